//! Selects a page of chats, newest activity first, by the cheaper of two plans.

use std::cmp::Ordering;

use crate::index::Timeline;
use crate::model::ChatId;
use crate::select::FilterSets;
use crate::sets::ChatSet;

/// Selecting among this many members takes as long as one step of a walk, which looks up a chat in sets (measured at a million
/// chats).
pub(super) const MEMBERS_PER_STEP: u64 = 6;
/// The limit of steps for a walk tried without knowing the number of members.
pub(super) const TRIED_STEPS_MAX: u64 = 1_000;

/// The chats of a page with their positions, and whether older ones follow.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Page {
    pub(crate) chats: Vec<(u64, ChatId)>,
    pub(crate) more: bool,
}

/// The newest chats below a position in the union of the sets.
///
/// One plan walks the timeline from the position and keeps the members. It is cheap if the sets hold a large share of
/// all chats. The other takes all members and selects the newest, which is cheap for few members. A walk that gets
/// longer than expected is abandoned for the other plan.
pub(crate) fn page(timeline: &Timeline, sets: &[&ChatSet], before: u64, limit: usize) -> Page {
    let members: u64 = sets.iter().map(|set| set.len()).sum();
    if members == 0 || limit == 0 {
        return Page::default();
    }
    let worth_steps = members / MEMBERS_PER_STEP;
    let walked = (steps_to_expect(timeline, members, before, limit) <= worth_steps)
        .then(|| {
            let steps_max = worth_steps.max(TRIED_STEPS_MAX);
            walk(timeline.newest_before(before), |chat| sets.iter().any(|set| set.contains(chat)), limit, steps_max)
        })
        .flatten();
    walked.unwrap_or_else(|| select(timeline, sets, before, limit))
}

/// The newest chats below a position that match a filter.
///
/// The number of matches is unknown until the filter is computed; only an upper bound is known. If the bound promises a
/// short walk, the walk is tried, looking up each chat in the filter's sets. Otherwise, or if the walk gets too long,
/// the filter is computed first.
pub(crate) fn page_of_filter(timeline: &Timeline, sets: &FilterSets<'_>, before: u64, limit: usize) -> Page {
    let members_max = sets.len_max();
    if members_max == 0 || limit == 0 {
        return Page::default();
    }
    let walked = (steps_to_expect(timeline, members_max, before, limit) <= TRIED_STEPS_MAX / 2)
        .then(|| walk(timeline.newest_before(before), |chat| sets.contains(chat), limit, TRIED_STEPS_MAX))
        .flatten();
    walked.unwrap_or_else(|| page(timeline, &sets.sets().each_ref().map(AsRef::as_ref), before, limit))
}

/// The number of activities that a walk is expected to pass if the members are spread evenly.
fn steps_to_expect(timeline: &Timeline, members: u64, before: u64, limit: usize) -> u64 {
    expected_steps(timeline.activities_before(before), members, limit)
}

pub(super) fn expected_steps(activities: usize, members: u64, limit: usize) -> u64 {
    (activities as u64).saturating_mul(limit as u64 + 1) / members
}

/// Walks activities. Returns `None` after `steps_max` of them.
#[inline]
pub(super) fn walk(
    activities: impl Iterator<Item = (u64, ChatId)>,
    holds: impl Fn(ChatId) -> bool,
    limit: usize,
    steps_max: u64,
) -> Option<Page> {
    let mut page = Page::default();
    let mut steps = 0;
    for (position, chat) in activities {
        if holds(chat) {
            if page.chats.len() == limit {
                page.more = true;
                return Some(page);
            }
            page.chats.push((position, chat));
        }
        steps += 1;
        if steps > steps_max {
            return None;
        }
    }
    Some(page)
}

fn select(timeline: &Timeline, sets: &[&ChatSet], before: u64, limit: usize) -> Page {
    // A chat may be in every set, so this many entries contain at least `limit + 1` distinct ones.
    let enough = (limit + 1).saturating_mul(sets.len());
    let mut newest = Newest { chats: Vec::with_capacity(2 * enough + CHUNK), floor: 0, enough };
    for set in sets {
        // Later chats often have newer activity, so this order raises the floor early.
        set.for_each_block_from_highest(|block| {
            block.rchunks(CHUNK).for_each(|chunk| newest.add(timeline, chunk, before));
        });
    }
    newest.into_page(limit)
}

/// The number of members that are compared with the floor at once.
const CHUNK: usize = 128;

/// The newest chats seen so far.
struct Newest {
    chats: Vec<(u64, ChatId)>,
    /// Chats at or below this position are not on the page.
    floor: u64,
    enough: usize,
}

impl Newest {
    /// Adds those of some chats that may be on the page.
    ///
    /// Whether a chat may be is as good as random, and a processor that guesses wrong waits for the memory of each chat by
    /// itself. So nothing branches on it: all chats are read, and each takes the place of the one before if that was none.
    #[inline]
    fn add(&mut self, timeline: &Timeline, chunk: &[u32], before: u64) {
        let mut near = [ChatId(0); CHUNK];
        let mut count = 0;
        for chat in chunk.iter().copied().map(ChatId) {
            near[count] = chat;
            count += usize::from(timeline.newest_near(chat) > self.floor);
        }
        let mut found = [(0, ChatId(0)); CHUNK];
        let mut found_count = 0;
        for chat in near.into_iter().take(count) {
            let position = timeline.position(chat).unwrap_or(0);
            found[found_count] = (position, chat);
            found_count += usize::from(position > self.floor) & usize::from(position < before);
        }
        self.chats.extend_from_slice(&found[..found_count]);
        if self.chats.len() >= 2 * self.enough {
            let (_, oldest, _) = self.chats.select_nth_unstable_by(self.enough - 1, newest_first);
            self.floor = oldest.0;
            self.chats.truncate(self.enough);
        }
    }

    fn into_page(mut self, limit: usize) -> Page {
        self.chats.sort_unstable_by(newest_first);
        self.chats.dedup();
        let more = self.chats.len() > limit;
        self.chats.truncate(limit);
        Page { chats: self.chats, more }
    }
}

pub(super) fn newest_first(a: &(u64, ChatId), b: &(u64, ChatId)) -> Ordering {
    b.cmp(a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_plans_give_the_same_page() {
        let mut timeline = Timeline::default();
        for position in 1..=3_000_u64 {
            let chat = ChatId((position * 7_919 % 1_000) as u32 + 1);
            timeline.set(chat, Some(position));
        }
        let some: ChatSet = (1..=1_000).filter(|id| id % 3 == 0).map(ChatId).collect();
        let others: ChatSet = (1..=1_000).filter(|id| id % 5 == 0).map(ChatId).collect();
        let sets = [&some, &others];
        let holds = |chat| some.contains(chat) || others.contains(chat);
        let mut before = u64::MAX;
        let mut seen = 0;
        loop {
            let walked = walk(timeline.newest_before(before), holds, 40, u64::MAX).unwrap();
            assert_eq!(walked, select(&timeline, &sets, before, 40));
            assert_eq!(walked, page(&timeline, &sets, before, 40));
            seen += walked.chats.len();
            if !walked.more {
                break;
            }
            before = walked.chats.last().unwrap().0;
        }
        assert_eq!(seen, 333 + 200 - 66);
    }

    #[test]
    fn page_that_ends_with_the_last_chat_has_no_next() {
        let mut timeline = Timeline::default();
        (1..=10).for_each(|id| timeline.set(ChatId(id), Some(u64::from(id))));
        let all: ChatSet = (1..=10).map(ChatId).collect();
        let page = page(&timeline, &[&all], u64::MAX, 10);
        assert_eq!((page.chats.len(), page.more), (10, false));
    }
}
