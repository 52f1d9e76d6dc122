//! The timeline: the chats of a workspace ordered by their last activity.

use roaring::RoaringBitmap;

use crate::heap;
use crate::model::ChatId;

/// Chats whose ids differ only in the low bits are neighbors.
const NEIGHBORS: usize = 32;

/// Maps each chat to its position, and lists activities in order.
///
/// Positions are never reused or renumbered, and they grow with each activity. A new activity is appended, and the
/// chat's older entry becomes stale. Stale entries are dropped once they are more than half.
#[derive(Debug, Default, Clone)]
pub(crate) struct Timeline {
    /// By chat id; 0 if the chat does not exist.
    positions: Vec<u64>,
    /// The newest position that any chat of a group of neighbors ever had. A search for newer chats skips most groups
    /// by it.
    newest_of_neighbors: Vec<u64>,
    /// The position of every activity, in order. `activity_chats` holds the chats, index by index.
    activity_positions: Vec<u64>,
    activity_chats: Vec<ChatId>,
    live: usize,
    /// An older position was set. This happens only during replay and repair, before anything is listed.
    out_of_order: bool,
    /// Another number after older positions were set.
    order: u64,
}

impl Timeline {
    /// Builds the timeline from the positions of all chats, by chat id.
    pub(crate) fn from_positions(positions: Vec<u64>) -> Self {
        let mut activities: Vec<(u64, ChatId)> = (0..)
            .zip(&positions)
            .filter(|(_, position)| **position > 0)
            .map(|(chat, position)| (*position, ChatId(chat)))
            .collect();
        activities.sort_unstable();
        let (activity_positions, activity_chats): (Vec<u64>, Vec<ChatId>) = activities.into_iter().unzip();
        let newest = |neighbors: &[u64]| neighbors.iter().copied().max().unwrap_or(0);
        Self {
            live: activity_chats.len(),
            newest_of_neighbors: positions.chunks(NEIGHBORS).map(newest).collect(),
            positions,
            activity_positions,
            activity_chats,
            out_of_order: false,
            order: 0,
        }
    }

    /// Returns the position of a chat, if it exists.
    #[inline]
    pub(crate) fn position(&self, chat: ChatId) -> Option<u64> {
        self.positions.get(chat.0 as usize).copied().filter(|position| *position > 0)
    }

    /// An upper bound of the positions of a chat and its neighbors.
    #[inline]
    pub(crate) fn newest_near(&self, chat: ChatId) -> u64 {
        self.newest_of_neighbors.get(chat.0 as usize / NEIGHBORS).copied().unwrap_or(0)
    }

    /// The position of the last activity, or 0.
    #[inline]
    pub(crate) fn newest(&self) -> u64 {
        self.activity_positions.last().copied().unwrap_or(0)
    }

    /// A number that changes when older positions were set. As long as it is the same, positions of chats only rise.
    #[inline]
    pub(crate) fn order(&self) -> u64 {
        self.order
    }

    /// The chats with activity above a position, once for each activity that is not dropped.
    #[inline]
    pub(crate) fn active_after(&self, position: u64) -> &[ChatId] {
        debug_assert!(!self.out_of_order, "the timeline is listed before it is sorted");
        // No position has two activities, so there are at most this many.
        let activities_max = usize::try_from(self.newest().saturating_sub(position)).unwrap_or(usize::MAX);
        let near = self.activity_positions.len().saturating_sub(activities_max);
        let first = near + self.activity_positions[near..].partition_point(|other| *other <= position);
        &self.activity_chats[first..]
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.live
    }

    /// The approximate memory in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        // Room that was never used is no memory yet. Activities are dropped again, so theirs was used.
        let by_chat = [&self.positions, &self.newest_of_neighbors].map(|numbers| heap::of_vec::<u64>(numbers.len()));
        let activities = heap::of_vec::<u64>(self.activity_positions.capacity())
            + heap::of_vec::<ChatId>(self.activity_chats.capacity());
        by_chat.into_iter().sum::<usize>() + activities
    }

    /// Sets the position of a chat. `None` removes it.
    pub(crate) fn set(&mut self, chat: ChatId, position: Option<u64>) {
        let place = chat.0 as usize;
        if place >= self.positions.len() {
            if position.is_none() {
                return;
            }
            self.positions.resize(place + 1, 0);
            self.newest_of_neighbors.resize(place / NEIGHBORS + 1, 0);
        }
        let new = position.unwrap_or(0);
        let old = std::mem::replace(&mut self.positions[place], new);
        if old == new {
            return;
        }
        self.live = self.live + usize::from(new > 0) - usize::from(old > 0);
        if new > 0 {
            let newest = &mut self.newest_of_neighbors[place / NEIGHBORS];
            *newest = new.max(*newest);
            self.out_of_order |= self.activity_positions.last().is_some_and(|last| *last >= new);
            self.activity_positions.push(new);
            self.activity_chats.push(chat);
        }
        if self.activity_chats.len() > 64 + 2 * self.live {
            self.drop_stale();
        }
    }

    /// Sorts the activities again after older positions were set.
    pub(crate) fn sort(&mut self) {
        let order = self.order + 1;
        *self = Self { order, ..Self::from_positions(std::mem::take(&mut self.positions)) };
    }

    fn drop_stale(&mut self) {
        let mut kept = 0;
        for entry in 0..self.activity_chats.len() {
            let (position, chat) = (self.activity_positions[entry], self.activity_chats[entry]);
            if self.positions[chat.0 as usize] == position {
                self.activity_positions[kept] = position;
                self.activity_chats[kept] = chat;
                kept += 1;
            }
        }
        self.activity_positions.truncate(kept);
        self.activity_chats.truncate(kept);
    }

    /// The number of activities below a position, including stale ones.
    #[inline]
    pub(crate) fn activities_before(&self, before: u64) -> usize {
        self.activity_positions.partition_point(|position| *position < before)
    }

    /// The chats below a position and their positions, newest activity first.
    #[inline]
    pub(crate) fn newest_before(&self, before: u64) -> impl Iterator<Item = (u64, ChatId)> + '_ {
        debug_assert!(!self.out_of_order, "the timeline is listed before it is sorted");
        (0..self.activities_before(before)).rev().filter_map(|entry| {
            let (position, chat) = (self.activity_positions[entry], self.activity_chats[entry]);
            (self.positions[chat.0 as usize] == position).then_some((position, chat))
        })
    }

    /// The chats above a position and their positions, oldest activity first.
    pub(crate) fn oldest_after(&self, after: u64) -> impl Iterator<Item = (u64, ChatId)> + '_ {
        debug_assert!(!self.out_of_order, "the timeline is listed before it is sorted");
        let first = after.checked_add(1).map_or(self.activity_positions.len(), |from| self.activities_before(from));
        (first..self.activity_positions.len()).filter_map(|entry| {
            let (position, chat) = (self.activity_positions[entry], self.activity_chats[entry]);
            (self.positions[chat.0 as usize] == position).then_some((position, chat))
        })
    }

    /// Returns the members of `chats` that exist, oldest activity first.
    ///
    /// For a large share of all chats the timeline is walked, which needs no memory beside the result.
    pub(crate) fn oldest_first(&self, chats: &RoaringBitmap) -> Vec<ChatId> {
        const WALKED_PER_CHAT_MAX: u64 = 16;
        if self.activity_chats.len() as u64 <= chats.len().saturating_mul(WALKED_PER_CHAT_MAX) {
            let newest_first = self.newest_before(u64::MAX).map(|(_, chat)| chat);
            let mut found: Vec<ChatId> = newest_first.filter(|chat| chats.contains(chat.0)).collect();
            found.reverse();
            return found;
        }
        let placed = chats.iter().map(ChatId).filter_map(|chat| Some((self.position(chat)?, chat)));
        let mut placed: Vec<(u64, ChatId)> = placed.collect();
        placed.sort_unstable();
        placed.into_iter().map(|(_, chat)| chat).collect()
    }

    /// The positions of a range of chat ids; 0 if the chat does not exist.
    pub(crate) fn positions_of(&self, chats: std::ops::Range<usize>) -> &[u64] {
        let end = chats.end.min(self.positions.len());
        &self.positions[chats.start.min(end)..end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeline_lists_newest_first_without_stale_entries() {
        let mut timeline = Timeline::default();
        let mut position = 0;
        for round in 0..100 {
            for chat in 1..=20 {
                if (chat + round) % 3 == 0 {
                    position += 1;
                    timeline.set(ChatId(chat), Some(position));
                }
            }
        }
        timeline.set(ChatId(5), None);
        timeline.set(ChatId(500), None);
        assert_eq!(timeline.len(), 19);
        assert!(timeline.activity_chats.len() <= 64 + 2 * 20);
        let listed: Vec<(u64, ChatId)> = timeline.newest_before(u64::MAX).collect();
        assert_eq!(listed.len(), 19);
        assert!(listed.is_sorted_by(|a, b| a.0 > b.0));
        assert!(listed.iter().all(|(position, chat)| timeline.position(*chat) == Some(*position)));
        assert!(listed.iter().all(|(position, chat)| timeline.newest_near(*chat) >= *position));
        let middle = listed[9].0;
        assert_eq!(timeline.newest_before(middle).count(), 9);
        assert_eq!(timeline.oldest_after(middle).count(), 9);
        assert!(timeline.oldest_after(0).eq(listed.iter().rev().copied()));
        assert_eq!(timeline.oldest_after(u64::MAX).count(), 0);
        let mut oldest_first: Vec<ChatId> = listed.iter().map(|(_, chat)| *chat).collect();
        oldest_first.reverse();
        assert_eq!(timeline.oldest_first(&(1..=500).collect()), oldest_first, "walked");
        assert_eq!(timeline.oldest_first(&[5, 500, oldest_first[7].0].into()), [oldest_first[7]], "selected");
        let derived = Timeline::from_positions(timeline.positions_of(0..21).to_vec());
        assert!(derived.newest_before(u64::MAX).eq(listed));
    }
}
