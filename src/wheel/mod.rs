//! The timers of one workspace: a hierarchical timer wheel, chat → deadline.
//!
//! A snoozed chat has one deadline, in milliseconds since the epoch. The wheel finds those that a
//! moment has reached, in order of (deadline, chat), whatever the number of those that it has not.
//! It has no clock of its own: it stands where [`Wheel::advance`] last put it, at `elapsed`.
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
//! Together they hold 48 bits, which last until the year 10889. A deadline lies in the level of the
//! highest digit (of 6 bits) in which it differs from `elapsed`, in the slot of its own digit there.
//! Above that digit all is equal; so what lies in a lower level comes before what lies in a higher
//! one, and a lower slot before a higher one. The first occupied slot of the lowest occupied level
//! has the earliest deadline, and a word of 64 bits finds it without walking time.
//!
//! When `elapsed` reaches a slot, its entries are due or move to lower levels: they *cascade*, each
//! at most seven times. What is due waits in an ordered queue of its own until it is removed. So an
//! entry whose deadline is at or before `elapsed` is in the queue, any other is in the slot that the
//! formula names, and nobody has to write down where an entry is.

mod entries;
mod level;
mod nearest;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod reference;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use crate::model::ChatId;

use entries::{Entries, Entry};
use level::{LEVELS, Level, SLOTS, TIME_MAX, level_of, slot_of, start_of};
use nearest::Nearest;

/// The deadlines of one workspace's chats.
///
/// Inserting and removing cost the same whatever the number of deadlines. A time past the 48 bits
/// counts as the last moment within them, which lies after the year 9999, the end of what a command
/// can ask for.
#[derive(Debug, Clone)]
pub(crate) struct Wheel {
    /// Where the wheel stands. Never goes back.
    elapsed: u64,
    /// Every deadline, by chat, with the links of the slots' lists.
    entries: Entries,
    /// The slots, finest level first.
    levels: [Level; LEVELS],
    /// The deadlines that `elapsed` has reached, until they are removed.
    ///
    /// A tree rather than a queue: entries also leave it from the middle, and a late insertion puts
    /// them there. Its first thousand still lie side by side.
    ready: BTreeSet<(u64, ChatId)>,
    /// The earliest deadlines of the slots, from when somebody asks for them until they are gone.
    /// Readers may ask at the same time, hence the lock; whoever changes the wheel does not take it.
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

    /// Gives `chat` this deadline, in place of the one it may have.
    ///
    /// A deadline at or before the wheel's own time is ready at once.
    // Inlined, and so is `remove`: most of their time goes into waiting for memory, and a call's
    // stores to the stack take up the processor's queue of stores that wait.
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

    /// Takes the deadline of `chat` away, also one that is ready, and gives it back.
    #[inline]
    pub(crate) fn remove(&mut self, chat: ChatId) -> Option<u64> {
        let old = *self.entries.get(chat)?;
        self.unlink(chat, old);
        self.entries.remove(chat);
        Some(old.deadline)
    }

    /// The deadline of `chat`.
    pub(crate) fn deadline(&self, chat: ChatId) -> Option<u64> {
        Some(self.entries.get(chat)?.deadline)
    }

    /// How many chats have a deadline, the ready ones included.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no chat has a deadline.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every chat that has a deadline, by chat id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ChatId, u64)> {
        self.entries.iter()
    }

    /// The earliest deadline, the ready ones included.
    ///
    /// Cheap, but for a look through the first occupied slot when everything is gone that the last
    /// look found.
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

    /// Whether a deadline lies at or before `now`.
    pub(crate) fn is_due(&self, now: u64) -> bool {
        // Where the first slot starts settles almost every call without a look into the slot.
        let nothing_ready = self.ready.is_empty();
        if nothing_ready && self.first_start().is_none_or(|start| start > now) {
            return false;
        }
        self.next_deadline().is_some_and(|next| next <= now)
    }

    /// Moves the wheel to `now`, unless it stands there or later: every deadline at or before `now`
    /// becomes ready.
    ///
    /// Costs a step for each entry that becomes ready or cascades, and nothing for empty time.
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

    /// What is due, by (deadline, chat). Entries leave by [`Wheel::remove`].
    pub(crate) fn ready(&self) -> impl Iterator<Item = (u64, ChatId)> {
        self.ready.iter().copied()
    }

    /// Empties every slot that starts at or before `now`, and gives what was in them.
    ///
    /// Let `top` be the level of the highest digit in which `now` differs from `elapsed`. Lower
    /// levels lie before `now` as a whole; of `top`, so do the slots before the one that `now` is
    /// in; higher levels lie after.
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

    /// Adds what became due to the queue.
    fn queue(&mut self, mut due: Vec<(u64, ChatId)>) {
        if due.len() < self.ready.len() {
            self.ready.extend(due);
        } else {
            // A merge is linear in both; one insertion each would be several times as slow.
            due.sort_unstable();
            self.ready.append(&mut due.into_iter().collect());
        }
    }

    /// Puts `chat`, whose deadline lies ahead and which is in no list, into its slot.
    #[inline]
    fn link(&mut self, chat: ChatId, deadline: u64) {
        debug_assert!(deadline > self.elapsed);
        let at = level_of(self.elapsed, deadline);
        let slot = slot_of(deadline, at);
        let level = &mut self.levels[at];
        self.entries.put(chat, deadline, level.head(slot));
        level.set_head(slot, Some(chat));
    }

    /// Takes `chat`, whose entry this is, out of its slot, or out of the queue.
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

    /// Lets the slot whose head `chat` was begin with the one after it.
    #[inline(never)] // rare, and so are the next two: they stay out of what gets inlined
    fn behead(&mut self, chat: ChatId, entry: Entry) {
        let at = level_of(self.elapsed, entry.deadline);
        let slot = slot_of(entry.deadline, at);
        debug_assert_eq!(self.levels[at].head(slot), Some(chat));
        self.levels[at].set_head(slot, entry.after(chat));
    }

    /// Takes an entry out of the queue.
    #[inline(never)]
    fn unqueue(&mut self, entry: (u64, ChatId)) {
        let was_ready = self.ready.remove(&entry);
        debug_assert!(was_ready);
    }

    /// Lets `change` take entries out of what is known of the earliest deadlines. When none is left
    /// there, the next question takes another look.
    #[inline(never)]
    fn forget(&mut self, change: impl FnOnce(&mut Nearest)) {
        if let Some(nearest) = self.nearest.get_mut() {
            change(nearest);
            if nearest.is_empty() {
                self.nearest.take();
            }
        }
    }

    /// The first occupied slot of the lowest occupied level, and the level.
    fn first_slot(&self) -> Option<(usize, usize)> {
        let mut levels = self.levels.iter().enumerate();
        levels.find_map(|(at, level)| Some((at, level.first()?)))
    }

    /// Where that slot starts: no deadline ahead is earlier.
    fn first_start(&self) -> Option<u64> {
        let (level, slot) = self.first_slot()?;
        Some(start_of(self.elapsed, level, slot))
    }
}
