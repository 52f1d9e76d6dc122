//! The timers of one workspace: a hierarchical timer wheel that maps a chat to its deadline.
//!
//! A snoozed chat has one deadline, in milliseconds since the epoch. The wheel finds due deadlines in order of
//! (deadline, chat), at a cost that does not depend on how many are still ahead. It has no clock: it stands at
//! `elapsed`, where [`Wheel::advance`] last put it.
//!
//! Each level has 64 slots and decides 6 bits of a deadline:
//!
//! | level | a slot spans | the level spans |
//! |-------|--------------|-----------------|
//! | 0     | 1 ms         | 64 ms           |
//! | 1     | 64 ms        | 4.1 seconds     |
//! | 2     | 4.1 seconds  | 4.4 minutes     |
//! | 3     | 4.4 minutes  | 4.7 hours       |
//! | 4     | 4.7 hours    | 12.4 days       |
//! | 5     | 12.4 days    | 2.2 years       |
//! | 6     | 2.2 years    | 139 years       |
//! | 7     | 139 years    | 8,919 years     |
//!
//! Together they hold 48 bits, which last until the year 10889. A deadline is in the level of the highest digit (of 6
//! bits) in which it differs from `elapsed`, in the slot of its own digit there. All higher digits are equal. So a
//! lower level comes before a higher one, and a lower slot before a higher one. The first occupied slot of the lowest
//! occupied level has the earliest deadline, and a 64-bit word finds it without walking time.
//!
//! When `elapsed` reaches a slot, its entries become due or *cascade* to lower levels, at most seven times each. Due
//! entries wait in an ordered queue until they are removed. So an entry with a deadline at or before `elapsed` is in
//! the queue, and any other is in the slot given by the formula. No entry needs to store its position.

mod entries;
mod level;
mod nearest;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod reference;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use crate::heap;
use crate::model::ChatId;

use entries::{Entries, Entry};
use level::{LEVELS, Level, SLOTS, TIME_MAX, level_of, slot_of, start_of};
use nearest::Nearest;

/// The deadlines of one workspace's chats.
///
/// Inserting and removing cost the same for any number of deadlines. A time beyond 48 bits counts as the last moment
/// within them. That moment is after the year 9999, the latest a command can name.
#[derive(Debug, Clone)]
pub(crate) struct Wheel {
    /// Where the wheel stands. Never decreases.
    elapsed: u64,
    /// Every deadline, by chat, with the links of the slots' lists.
    entries: Entries,
    /// The slots, finest level first.
    levels: [Level; LEVELS],
    /// Due deadlines that are not removed yet.
    ///
    /// A B-tree rather than a queue, because entries are also removed from the middle, and late insertions land there.
    ready: BTreeSet<(u64, ChatId)>,
    /// The earliest deadlines in the slots, cached from the first query until they are gone. Concurrent readers may
    /// fill it, hence the lock. Writers have exclusive access and do not lock.
    nearest: OnceLock<Nearest>,
}

impl Wheel {
    /// An empty wheel that stands at `elapsed`.
    pub(crate) fn new(elapsed: u64) -> Self {
        Self {
            elapsed: elapsed.min(TIME_MAX),
            entries: Entries::default(),
            levels: Default::default(),
            ready: BTreeSet::new(),
            nearest: OnceLock::new(),
        }
    }

    /// Sets the deadline of `chat`, replacing any earlier one.
    ///
    /// A deadline at or before the wheel's own time is ready at once.
    #[inline]
    pub(crate) fn insert(&mut self, chat: ChatId, deadline: u64) {
        let deadline = deadline.min(TIME_MAX);
        if let Some(&old) = self.entries.get(chat) {
            if old.deadline == deadline {
                return;
            }
            self.unlink(chat, old);
        }
        if deadline <= self.elapsed {
            self.entries.put(chat, deadline, None);
            self.ready.insert((deadline, chat));
            return;
        }
        self.link(chat, deadline);
        if let Some(nearest) = self.nearest.get_mut()
            && nearest.reaches((deadline, chat))
        {
            nearest.insert((deadline, chat));
        }
    }

    /// Removes the deadline of `chat`, even if it is ready, and returns it.
    #[inline]
    pub(crate) fn remove(&mut self, chat: ChatId) -> Option<u64> {
        let old = *self.entries.get(chat)?;
        self.unlink(chat, old);
        self.entries.remove(chat);
        Some(old.deadline)
    }

    pub(crate) fn deadline(&self, chat: ChatId) -> Option<u64> {
        Some(self.entries.get(chat)?.deadline)
    }

    /// The approximate memory in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        let heads: usize = self.levels.iter().map(Level::heap_bytes).sum();
        let ordered = self.ready.len() + self.nearest.get().map_or(0, Nearest::len);
        self.entries.heap_bytes() + heads + heap::of_tree::<(u64, ChatId), ()>(ordered)
    }

    /// The number of chats with a deadline, including ready ones.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every chat with a deadline, by chat id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ChatId, u64)> {
        self.entries.iter()
    }

    /// The earliest deadline, including ready ones.
    ///
    /// Cheap, except for a scan of the first occupied slot once the cached deadlines are gone.
    pub(crate) fn next_deadline(&self) -> Option<u64> {
        if let Some(&(deadline, _)) = self.ready.first() {
            return Some(deadline);
        }
        let (level, slot) = self.first_slot()?;
        if level == 0 {
            return Some(start_of(self.elapsed, level, slot));
        }
        let head = self.levels[level].head(slot)?;
        let look = || Nearest::of(self.entries.list(head).collect());
        self.nearest.get_or_init(look).first()
    }

    /// Returns true if a deadline is at or before `now`.
    pub(crate) fn is_due(&self, now: u64) -> bool {
        // The start of the first slot settles almost every call without a scan of the slot.
        let nothing_ready = self.ready.is_empty();
        if nothing_ready && self.first_start().is_none_or(|start| start > now) {
            return false;
        }
        self.next_deadline().is_some_and(|next| next <= now)
    }

    /// Moves the wheel forward to `now`. Every deadline at or before `now` becomes ready.
    ///
    /// Costs one step for each entry that becomes ready or cascades, and nothing for empty time.
    pub(crate) fn advance(&mut self, now: u64) {
        let now = now.min(TIME_MAX);
        if now <= self.elapsed {
            return;
        }
        let mut due = self.take_slots(now);
        debug_assert!(due.iter().all(|&(deadline, _)| deadline > self.elapsed));
        self.elapsed = now;
        due.retain(|&(deadline, chat)| {
            if deadline > now {
                self.link(chat, deadline);
            }
            deadline <= now
        });
        debug_assert!(self.first_start().is_none_or(|start| start > now));
        if !due.is_empty() {
            self.forget(|nearest| nearest.advance(now));
            self.queue(due);
        }
    }

    /// The due entries, by (deadline, chat). [`Wheel::remove`] removes them.
    pub(crate) fn ready(&self) -> impl Iterator<Item = (u64, ChatId)> {
        self.ready.iter().copied()
    }

    /// Empties every slot that starts at or before `now`, and returns the entries.
    ///
    /// Let `top` be the level of the highest digit in which `now` differs from `elapsed`. All slots of lower levels
    /// are before `now`. In `top`, so are the slots up to that of `now`. Higher levels are after `now`.
    fn take_slots(&mut self, now: u64) -> Vec<(u64, ChatId)> {
        let top = level_of(self.elapsed, now);
        let mut taken = Vec::new();
        for (at, level) in self.levels.iter_mut().enumerate().take(top + 1) {
            let last = if at == top { slot_of(now, top) } else { SLOTS - 1 };
            while let Some(head) = level.take_first(last) {
                taken.extend(self.entries.list(head));
            }
        }
        taken
    }

    /// Adds due entries to the queue.
    fn queue(&mut self, mut due: Vec<(u64, ChatId)>) {
        if due.len() < self.ready.len() {
            self.ready.extend(due);
        } else {
            // A merge is linear in both. Single insertions would be several times slower.
            due.sort_unstable();
            self.ready.append(&mut due.into_iter().collect());
        }
    }

    /// Puts `chat` into its slot. The deadline must be ahead, and `chat` must not be in a list.
    #[inline]
    fn link(&mut self, chat: ChatId, deadline: u64) {
        debug_assert!(deadline > self.elapsed);
        let at = level_of(self.elapsed, deadline);
        let slot = slot_of(deadline, at);
        let level = &mut self.levels[at];
        self.entries.put(chat, deadline, level.head(slot));
        level.set_head(slot, Some(chat));
    }

    /// Removes `chat`, whose entry is given, from its slot or from the queue.
    #[inline]
    fn unlink(&mut self, chat: ChatId, entry: Entry) {
        let deadline = entry.deadline;
        if deadline <= self.elapsed {
            self.unqueue((deadline, chat));
            return;
        }
        self.entries.unlink(chat, entry);
        if entry.prev == chat {
            self.behead(chat, entry);
        }
        if let Some(nearest) = self.nearest.get_mut()
            && nearest.reaches((deadline, chat))
        {
            self.forget(|nearest| nearest.remove((deadline, chat)));
        }
    }

    /// Moves the head of a slot's list from `chat` to the next entry.
    #[inline(never)] // rare, like the next two, so kept out of the inlined code
    fn behead(&mut self, chat: ChatId, entry: Entry) {
        let at = level_of(self.elapsed, entry.deadline);
        let slot = slot_of(entry.deadline, at);
        debug_assert_eq!(self.levels[at].head(slot), Some(chat));
        self.levels[at].set_head(slot, entry.after(chat));
    }

    /// Removes an entry from the queue.
    #[inline(never)]
    fn unqueue(&mut self, entry: (u64, ChatId)) {
        let was_ready = self.ready.remove(&entry);
        debug_assert!(was_ready);
    }

    /// Removes entries from the cached earliest deadlines with `change`. An empty cache is dropped, and the next query
    /// scans again.
    #[inline(never)]
    fn forget(&mut self, change: impl FnOnce(&mut Nearest)) {
        if let Some(nearest) = self.nearest.get_mut() {
            change(nearest);
            if nearest.is_empty() {
                self.nearest.take();
            }
        }
    }

    /// The level and index of the first occupied slot of the lowest occupied level.
    fn first_slot(&self) -> Option<(usize, usize)> {
        let mut levels = self.levels.iter().enumerate();
        levels.find_map(|(at, level)| Some((at, level.first()?)))
    }

    /// The start of that slot. No deadline in the slots is earlier.
    fn first_start(&self) -> Option<u64> {
        let (level, slot) = self.first_slot()?;
        Some(start_of(self.elapsed, level, slot))
    }
}
