//! How much memory loaded workspaces may take, and which of them are idle.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parking_lot::{Mutex, MutexGuard};

use crate::query::MemoryUse;

/// The memory of loaded workspaces, as an estimate, and its limit.
///
/// Time is counted in turns. Each load of a workspace begins one, so a workspace notes its last use by reading a number
/// that rarely changes.
pub(super) struct Budget {
    turn: Turn,
    bytes: AtomicUsize,
    /// The same by structure.
    memory: Mutex<MemoryUse>,
    bytes_max: usize,
    /// Held while workspaces are unloaded: the turn before which that is not worth trying again.
    next_try: Mutex<u64>,
}

/// On a cache line of its own: every read looks at it.
#[repr(align(128))]
struct Turn(AtomicU64);

impl Budget {
    pub(super) fn new(bytes_max: u64) -> Self {
        Self {
            turn: Turn(AtomicU64::new(1)),
            bytes: AtomicUsize::new(0),
            memory: Mutex::default(),
            bytes_max: usize::try_from(bytes_max).unwrap_or(usize::MAX),
            next_try: Mutex::new(0),
        }
    }

    /// The current turn.
    #[inline]
    pub(super) fn turn(&self) -> u64 {
        self.turn.0.load(Ordering::Relaxed)
    }

    /// Begins a turn.
    pub(super) fn next_turn(&self) {
        self.turn.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn memory(&self) -> MemoryUse {
        *self.memory.lock()
    }

    /// Replaces one workspace's share.
    pub(super) fn replace(&self, share: &Mutex<MemoryUse>, now: MemoryUse) {
        let mut share = share.lock();
        let mut memory = self.memory.lock();
        *memory = memory.minus(*share).plus(now);
        *share = now;
        self.bytes.store(memory.total() as usize, Ordering::Relaxed);
    }

    pub(super) fn is_exceeded(&self) -> bool {
        self.bytes() > self.bytes_max
    }

    /// Whether enough was unloaded. A little more than necessary is, so that not every load has to look for something.
    pub(super) fn has_room(&self) -> bool {
        self.bytes() <= self.bytes_max - self.bytes_max / 8
    }

    /// Whether a workspace that was used last in this turn may be unloaded. One used since the load before the last is
    /// not idle: otherwise two in use at the same time would evict each other.
    pub(super) fn is_idle(&self, last_used: u64) -> bool {
        self.bytes_max == 0 || last_used.saturating_add(1) < self.turn()
    }

    /// Begins to unload workspaces. Returns `None` if that is not worth it: another thread does it, or the last attempt
    /// found too few idle ones and was short ago.
    pub(super) fn begin(&self) -> Option<MutexGuard<'_, u64>> {
        self.next_try.try_lock().filter(|next_try| self.turn() >= **next_try)
    }

    /// Allows an attempt at once, since workspaces became clean.
    pub(super) fn try_soon(&self) {
        *self.next_try.lock() = 0;
    }
}
