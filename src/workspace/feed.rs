//! The recent notices of a workspace.

use std::collections::VecDeque;
use std::ops::Range;

use crate::model::ManagerId;
use crate::model::limits::NOTICES_MAX;
use crate::record::Notice;

/// The number of notices that share a row of the store.
pub(crate) const NOTICES_PER_CHUNK: u64 = 128;

/// The seq of a notice whose change has no number yet. It sorts last.
const PENDING: u64 = u64::MAX;

/// The newest notices, numbered without gaps, in the order of their changes.
#[derive(Debug, Default, Clone)]
pub(crate) struct Feed {
    /// The number of the oldest notice.
    first: u64,
    /// Each notice with the seq of its change. A notice is `None` only during replay.
    notices: VecDeque<(u64, Option<Notice>)>,
    /// The numbers of the notices added since the last [`stamp`](Self::stamp). During replay, later ones may already be
    /// there.
    pending: Range<u64>,
}

impl Feed {
    /// Adds or replaces the notice with this number, and drops the oldest one if there are too many.
    /// [`stamp`](Self::stamp) sets the seq of its change later.
    pub(crate) fn put(&mut self, number: u64, notice: Notice) {
        self.set(number, PENDING, notice);
        let first = if self.pending.is_empty() { number } else { self.pending.start };
        self.pending = first..number + 1;
        while self.notices.len() > NOTICES_MAX {
            self.notices.pop_front();
            self.first += 1;
        }
    }

    fn set(&mut self, number: u64, seq: u64, notice: Notice) {
        if self.notices.is_empty() {
            self.first = number;
        }
        let newest = self.first + self.notices.len().saturating_sub(1) as u64;
        if newest.saturating_sub(number) >= NOTICES_MAX as u64 {
            // During replay, the feed may already be full of later notices.
            return;
        }
        // During replay, later notices may be there without the ones before.
        while self.first > number {
            self.notices.push_front((0, None));
            self.first -= 1;
        }
        let place = (number - self.first) as usize;
        while self.notices.len() <= place {
            let seq_before = self.notices.back().map_or(0, |(seq, _)| *seq);
            self.notices.push_back((seq_before, None));
        }
        self.notices[place] = (seq, Some(notice));
    }

    /// Sets the seq of the notices added since the last stamp.
    pub(crate) fn stamp(&mut self, seq: u64) {
        for number in std::mem::take(&mut self.pending) {
            let place = number.checked_sub(self.first).map(|place| place as usize);
            if let Some((pending, _)) = place.and_then(|place| self.notices.get_mut(place)) {
                *pending = seq;
            }
        }
    }

    /// The approximate memory in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        let managers: usize =
            self.notices.iter().flat_map(|(_, notice)| notice).map(|notice| notice.managers.len()).sum();
        self.notices.capacity() * size_of::<(u64, Option<Notice>)>() + managers * size_of::<ManagerId>()
    }

    /// The number of the oldest notice.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// The notices of changes after `seq`, from the number `first` on, oldest first. Each comes with its number and the
    /// seq of its change.
    pub(crate) fn since(&self, seq: u64, first: u64) -> impl Iterator<Item = (u64, u64, &Notice)> {
        let place = self.notices.partition_point(|(found, _)| *found <= seq);
        self.starting_at(place.max(self.place_of(first)))
    }

    /// The notices from a number on.
    fn from(&self, number: u64) -> impl Iterator<Item = (u64, u64, &Notice)> {
        self.starting_at(self.place_of(number))
    }

    /// The index of the first notice from a number on.
    fn place_of(&self, number: u64) -> usize {
        let place = usize::try_from(number.saturating_sub(self.first)).unwrap_or(usize::MAX);
        place.min(self.notices.len())
    }

    fn starting_at(&self, place: usize) -> impl Iterator<Item = (u64, u64, &Notice)> {
        let numbered = (self.first + place as u64..).zip(self.notices.range(place..));
        numbered.filter_map(|(number, (seq, notice))| Some((number, *seq, notice.as_ref()?)))
    }

    /// Removes the notices for a manager. Returns the chunks that this changes.
    pub(crate) fn forget(&mut self, manager: ManagerId) -> Vec<u64> {
        let mut chunks = Vec::new();
        for (number, (_, notice)) in (self.first..).zip(&mut self.notices) {
            let Some(notice) = notice.as_mut().filter(|notice| notice.concerns(manager)) else { continue };
            notice.managers.remove(manager);
            chunks.push(number / NOTICES_PER_CHUNK);
        }
        chunks.dedup();
        chunks
    }

    /// The content of one row of the store.
    pub(crate) fn chunk(&self, chunk: u64) -> Vec<(u64, u64, Notice)> {
        let first = chunk * NOTICES_PER_CHUNK;
        let there = self.from(first).take_while(|(number, ..)| *number < first + NOTICES_PER_CHUNK);
        there
            .filter(|(number, ..)| *number >= first)
            .map(|(number, seq, notice)| (number, seq, notice.clone()))
            .collect()
    }

    /// Restores the content of a row. Rows must come in order.
    pub(crate) fn load(&mut self, chunk: Vec<(u64, u64, Notice)>) {
        chunk.into_iter().for_each(|(number, seq, notice)| self.set(number, seq, notice));
    }
}

impl Notice {
    /// Whether the notice concerns a manager.
    pub(crate) fn concerns(&self, manager: ManagerId) -> bool {
        self.managers.contains(manager)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feed_replays_notices_before_later_ones_in_their_place() {
        let mut whole = Feed::default();
        for number in 0..4 {
            whole.put(number, notice(number));
            whole.stamp(10 + number);
        }
        // A crash during a checkpoint has kept only the last row.
        let mut feed = Feed::default();
        feed.load(whole.chunk(0).split_off(3));
        for number in 1..4 {
            feed.put(number, notice(number));
            feed.stamp(10 + number);
        }
        assert!(feed.since(0, 0).eq(whole.since(0, 1)));
    }
    use crate::model::{ChatId, NotificationKind};

    fn notice(number: u64) -> Notice {
        Notice {
            at: number,
            kind: NotificationKind::Assigned,
            chat: ChatId(1),
            message: None,
            by: None,
            managers: [ManagerId(number % 2)].into_iter().collect(),
        }
    }

    #[test]
    fn feed_keeps_the_newest_notices_and_reads_from_a_seq() {
        let mut feed = Feed::default();
        let count = NOTICES_MAX as u64 + 1_000;
        for number in 0..count {
            feed.put(number, notice(number));
            feed.stamp(number / 3 + 1);
        }
        assert_eq!(feed.first(), 1_000);
        assert_eq!(feed.since(0, 0).count(), NOTICES_MAX);
        let last: Vec<u64> = feed.since(count / 3, 0).map(|(number, ..)| number).collect();
        assert!(last.iter().all(|number| number / 3 + 1 > count / 3) && last.last() == Some(&(count - 1)));
        assert_eq!(feed.from(count - 5).count(), 5);
        assert_eq!(feed.since(0, count - 5).count(), 5);
        assert_eq!(feed.since(count / 3, 0).count(), feed.since(count / 3, count - 1_000).count());
        assert_eq!(feed.since(0, u64::MAX).count() + feed.since(u64::MAX, 0).count(), 0);

        let mut again = Feed::default();
        (feed.first() / NOTICES_PER_CHUNK..=count / NOTICES_PER_CHUNK).for_each(|chunk| again.load(feed.chunk(chunk)));
        assert!(again.since(0, 0).eq(feed.since(0, 0)));
        feed.put(2_000, notice(7));
        feed.stamp(668);
        assert_eq!(feed.notices.len(), NOTICES_MAX, "a replayed notice replaces itself");
        assert!(feed.since(667, 0).next().is_some_and(|(number, seq, _)| (number, seq) == (2_000, 668)));
        assert!(feed.forget(ManagerId(1)).len() > 500);
        assert!(feed.since(0, 0).all(|(.., notice)| !notice.concerns(ManagerId(1))));
    }
}
