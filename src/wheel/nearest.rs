//! A cache of the earliest deadlines in the slots.

use std::collections::BTreeSet;

use crate::model::ChatId;

/// The minimum number of entries that a scan keeps, if the slot has that many.
const KEEP_MIN: usize = 64;

/// A scan keeps one in this many entries.
const KEEP_SHARE: usize = 16;

/// The earliest entries of the slots: all of them up to a bound.
///
/// Only the exact earliest deadline needs this. A slot is an unordered list, and one far ahead may hold every snooze,
/// so finding its earliest entry is a full scan. If only that entry were cached, reopening chats in the order of their
/// deadlines would cost one scan each. A scan therefore keeps the first sixteenth, and there is no other scan until
/// those are gone: at most sixteen steps per entry.
#[derive(Debug, Clone)]
pub(super) struct Nearest {
    /// The entries up to the bound.
    entries: BTreeSet<(u64, ChatId)>,
    /// `entries` holds exactly the slots' entries at or before this one.
    bound: (u64, ChatId),
    /// Above this number of entries, the later half is dropped.
    len_max: usize,
}

impl Nearest {
    /// Scans the entries of the first occupied slot.
    pub(super) fn of(mut slot: Vec<(u64, ChatId)>) -> Self {
        let keep = (slot.len() / KEEP_SHARE).max(KEEP_MIN);
        if keep < slot.len() {
            slot.select_nth_unstable(keep);
            slot.truncate(keep);
        }
        let entries: BTreeSet<_> = slot.into_iter().collect();
        let bound = entries.last().copied().unwrap_or((0, ChatId(0)));
        Self { entries, bound, len_max: 2 * keep }
    }

    pub(super) fn first(&self) -> Option<u64> {
        Some(self.entries.first()?.0)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = &(u64, ChatId)> {
        self.entries.iter()
    }

    /// Returns true if `entry` is at or before the bound. Later entries are not cached.
    #[inline]
    pub(super) fn reaches(&self, entry: (u64, ChatId)) -> bool {
        entry <= self.bound
    }

    /// Adds an entry, at or before the bound, that was inserted into a slot.
    pub(super) fn insert(&mut self, entry: (u64, ChatId)) {
        self.entries.insert(entry);
        // Bounds the set, so that inserting a new earliest entry stays cheap.
        if self.entries.len() > self.len_max
            && let Some(&middle) = self.entries.iter().nth(self.len_max / 2)
        {
            self.entries.split_off(&middle);
            self.bound = self.entries.last().copied().unwrap_or(self.bound);
        }
    }

    /// Removes an entry, at or before the bound, that left its slot.
    pub(super) fn remove(&mut self, entry: (u64, ChatId)) {
        let was_known = self.entries.remove(&entry);
        debug_assert!(was_known);
    }

    /// Removes everything up to `now`, which has left the slots.
    pub(super) fn advance(&mut self, now: u64) {
        while self.entries.first().is_some_and(|first| first.0 <= now) {
            self.entries.pop_first();
        }
    }
}
