//! What is known of the earliest deadlines in the slots.

use std::collections::BTreeSet;

use crate::model::ChatId;

/// The fewest entries that a look keeps, if the slot has as many.
const KEEP_MIN: usize = 64;

/// A look at a slot keeps one entry of this many.
const KEEP_SHARE: usize = 16;

/// The earliest entries of the slots: all of them up to a bound.
///
/// Only the exact earliest deadline needs it. A slot is a list without order, and one that lies far
/// ahead may hold every snooze there is, so a look for its earliest entry walks through all. Were
/// only that one remembered, whoever reopens chats in the order of their deadlines would pay for a
/// look each. So a look keeps the first sixteenth, and there is no other until those are gone: at
/// most sixteen steps for each of them.
#[derive(Debug, Clone)]
pub(super) struct Nearest {
    /// The entries up to the bound.
    entries: BTreeSet<(u64, ChatId)>,
    /// Every entry of the slots at or before this one is in `entries`, and no other.
    bound: (u64, ChatId),
    /// With more than this many entries, the later half is forgotten.
    len_max: usize,
}

impl Nearest {
    /// What a look at the first occupied slot, which holds `slot`, tells.
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

    /// The earliest deadline.
    pub(super) fn first(&self) -> Option<u64> {
        Some(self.entries.first()?.0)
    }

    /// Whether nothing is known any more.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries, in order.
    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = &(u64, ChatId)> {
        self.entries.iter()
    }

    /// Whether `entry` lies at or before the bound; later ones need not be noted.
    #[inline]
    pub(super) fn reaches(&self, entry: (u64, ChatId)) -> bool {
        entry <= self.bound
    }

    /// Notes that `entry`, which the bound reaches, came into a slot.
    pub(super) fn insert(&mut self, entry: (u64, ChatId)) {
        self.entries.insert(entry);
        // The set stays small, so that an entry that comes before all others stays cheap.
        if self.entries.len() > self.len_max
            && let Some(&middle) = self.entries.iter().nth(self.len_max / 2)
        {
            self.entries.split_off(&middle);
            self.bound = self.entries.last().copied().unwrap_or(self.bound);
        }
    }

    /// Notes that `entry`, which the bound reaches, left its slot.
    pub(super) fn remove(&mut self, entry: (u64, ChatId)) {
        let was_known = self.entries.remove(&entry);
        debug_assert!(was_known);
    }

    /// Notes that everything up to `now` left the slots.
    pub(super) fn advance(&mut self, now: u64) {
        while self.entries.first().is_some_and(|first| first.0 <= now) {
            self.entries.pop_first();
        }
    }
}
