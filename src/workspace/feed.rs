//! What the changes of a workspace have said to managers lately.

use std::collections::VecDeque;
use std::ops::Range;

use crate::model::ManagerId;
use crate::model::limits::NOTICES_MAX;
use crate::record::Notice;

/// Notices that share a row of the store.
pub(crate) const NOTICES_PER_CHUNK: u64 = 128;

/// The change of a notice is not numbered yet. It sorts after all that are.
const PENDING: u64 = u64::MAX;

/// The newest notices, numbered without a gap, in the order of the changes.
#[derive(Debug, Default, Clone)]
pub(crate) struct Feed {
    /// The number of the oldest one.
    first: u64,
    /// With the seq of the change of each. None only while a store is being redone.
    notices: VecDeque<(u64, Option<Notice>)>,
    /// The numbers of those that were put since the last [`stamp`](Self::stamp). They need not be the last ones: while a
    /// store is being redone it may hold later ones already.
    pending: Range<u64>,
}

impl Feed {
    /// Puts a notice under its number, also one that is there already; the oldest one goes where there are too many.
    /// The seq of its change is told later, by [`stamp`](Self::stamp).
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
            // While a store is being redone it may hold so many later ones already.
            return;
        }
        // Or later ones, and not yet those before them.
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

    /// Says which change the notices are of that were put since this was said last.
    pub(crate) fn stamp(&mut self, seq: u64) {
        for number in std::mem::take(&mut self.pending) {
            let place = number.checked_sub(self.first).map(|place| place as usize);
            if let Some((pending, _)) = place.and_then(|place| self.notices.get_mut(place)) {
                *pending = seq;
            }
        }
    }

    /// The number of the oldest notice.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// The notices of changes after a seq, from a number on, oldest first, with their numbers and the seqs of their
    /// changes.
    pub(crate) fn since(&self, seq: u64, first: u64) -> impl Iterator<Item = (u64, u64, &Notice)> {
        let place = self.notices.partition_point(|(found, _)| *found <= seq);
        self.starting_at(place.max(self.place_of(first)))
    }

    /// The notices from a number on.
    fn from(&self, number: u64) -> impl Iterator<Item = (u64, u64, &Notice)> {
        self.starting_at(self.place_of(number))
    }

    /// Where the notices from a number on begin.
    fn place_of(&self, number: u64) -> usize {
        let place = usize::try_from(number.saturating_sub(self.first)).unwrap_or(usize::MAX);
        place.min(self.notices.len())
    }

    fn starting_at(&self, place: usize) -> impl Iterator<Item = (u64, u64, &Notice)> {
        let numbered = (self.first + place as u64..).zip(self.notices.range(place..));
        numbered.filter_map(|(number, (seq, notice))| Some((number, *seq, notice.as_ref()?)))
    }

    /// Forgets what was said to a manager; answers with the chunks that this changes.
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

    /// What a row of the store holds of it.
    pub(crate) fn chunk(&self, chunk: u64) -> Vec<(u64, u64, Notice)> {
        let first = chunk * NOTICES_PER_CHUNK;
        let there = self.from(first).take_while(|(number, ..)| *number < first + NOTICES_PER_CHUNK);
        there
            .filter(|(number, ..)| *number >= first)
            .map(|(number, seq, notice)| (number, seq, notice.clone()))
            .collect()
    }

    /// Puts back what a row held; rows come in order.
    pub(crate) fn load(&mut self, chunk: Vec<(u64, u64, Notice)>) {
        chunk.into_iter().for_each(|(number, seq, notice)| self.set(number, seq, notice));
    }
}

impl Notice {
    /// Whether it concerns a manager.
    pub(crate) fn concerns(&self, manager: ManagerId) -> bool {
        self.managers.contains(manager)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_that_are_redone_before_later_ones_have_their_place_and_their_change() {
        let mut whole = Feed::default();
        for number in 0..4 {
            whole.put(number, notice(number));
            whole.stamp(10 + number);
        }
        // A crash in a checkpoint has kept the row of the last one alone.
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
    fn the_newest_are_kept_and_read_from_a_seq_on() {
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
        assert_eq!(feed.notices.len(), NOTICES_MAX, "one that is redone takes its own place");
        assert!(feed.since(667, 0).next().is_some_and(|(number, seq, _)| (number, seq) == (2_000, 668)));
        assert!(feed.forget(ManagerId(1)).len() > 500);
        assert!(feed.since(0, 0).all(|(.., notice)| !notice.concerns(ManagerId(1))));
    }
}
