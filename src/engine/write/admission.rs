//! Checks before a command is judged: does the engine take writes, is there room, is the store keeping up?

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::directory::Disk;
use crate::error::{Error, Failure};
use crate::journal::Journal;
use crate::loaded::{Backlog, CheckpointRequests};

/// Admits commands or refuses them.
pub(in crate::engine) struct Admission {
    journal: Arc<Journal>,
    backlog: Arc<Backlog>,
    disk: Arc<dyn Disk>,
    checkpoints: CheckpointRequests,
    closed: AtomicBool,
    /// Bytes that may wait for the store. Fewer while the disk is nearly full, since writing them needs room.
    dirty_bytes_max: usize,
    disk_reserve_bytes: u64,
    /// How far the journal had grown at the last check of free space.
    looked_at_bytes: AtomicU64,
    is_low: AtomicBool,
}

/// Free space is checked again after this much journal growth.
const LOOK_EVERY_BYTES: u64 = 256 << 10;
/// The store grows by about this many times the bytes written to it, until it has collected its garbage.
const STORE_GROWTH: u64 = 3;
/// This many bytes may always wait.
const DIRTY_BYTES_MIN: u64 = 1 << 20;

impl Admission {
    pub(in crate::engine) fn new(
        journal: Arc<Journal>,
        backlog: Arc<Backlog>,
        disk: Arc<dyn Disk>,
        checkpoints: CheckpointRequests,
        (dirty_bytes_max, disk_reserve_bytes): (usize, u64),
    ) -> Self {
        Self {
            journal,
            backlog,
            disk,
            checkpoints,
            closed: AtomicBool::new(false),
            dirty_bytes_max,
            disk_reserve_bytes,
            looked_at_bytes: AtomicU64::new(0),
            is_low: AtomicBool::new(false),
        }
    }

    pub(in crate::engine) fn backlog(&self) -> &Backlog {
        &self.backlog
    }

    /// Stops taking writes. Returns false if it had stopped before.
    pub(in crate::engine) fn close(&self) -> bool {
        !self.closed.swap(true, Ordering::AcqRel)
    }

    /// Returns an error once the engine is closed or being closed.
    #[inline]
    pub(in crate::engine) fn check_open(&self) -> Result<(), Error> {
        if self.closed.load(Ordering::Acquire) { Err(Error::Closed) } else { Ok(()) }
    }

    /// Refuses a change if the engine takes no writes, or if room runs out and the change frees none. Waits while the
    /// store lags behind.
    pub(in crate::engine) fn admit(&self, frees_room: bool) -> Result<(), Error> {
        self.check_open()?;
        if let Some(failed) = self.journal.failure() {
            return Err(failed.into());
        }
        if self.disk_reserve_bytes > 0 {
            self.check_room(frees_room)?;
        }
        if self.backlog.is_full() {
            self.checkpoints.request();
            self.backlog.wait_for_room(|| self.journal.failure().is_none());
        }
        Ok(())
    }

    fn check_room(&self, frees_room: bool) -> Result<(), Error> {
        let grown = self.journal.appended_bytes();
        let due = grown >= self.looked_at_bytes.load(Ordering::Relaxed) + LOOK_EVERY_BYTES;
        if !(due || grown == 0 || self.is_low.load(Ordering::Relaxed)) {
            return Ok(());
        }
        self.looked_at_bytes.store(grown, Ordering::Relaxed);
        let Some(free) = self.disk.free_bytes() else { return Ok(()) };
        let reserve = self.disk_reserve_bytes;
        let spare = (free.saturating_sub(reserve) / (2 * STORE_GROWTH)).max(DIRTY_BYTES_MIN);
        self.backlog.set_bytes_max(usize::try_from(spare).unwrap_or(usize::MAX).min(self.dirty_bytes_max));

        let is_low = free < reserve.saturating_add(STORE_GROWTH * self.backlog.bytes() as u64);
        self.is_low.store(is_low, Ordering::Relaxed);
        if !is_low || frees_room {
            return Ok(());
        }
        // A checkpoint writes what waits, and then the room it needed is known.
        self.checkpoints.request();
        let reason = format!(
            "only {} MiB are free on the disk, and {} MiB are kept for deleting; make room, or delete chats",
            free >> 20,
            reserve >> 20
        );
        Err(Error::Unavailable(Failure::io(reason, std::io::ErrorKind::StorageFull)))
    }
}

/// Returns the size of a journal segment, or of what the journal keeps for watchers: smaller on a small disk, since
/// this much is never deleted.
pub(in crate::engine) fn fitting_bytes(disk: &dyn Disk, wanted: u64) -> u64 {
    const PART_OF_DISK: u64 = 32;
    const BYTES_MIN: u64 = 1 << 20;
    let fitting = disk.free_bytes().map_or(u64::MAX, |free| free / PART_OF_DISK);
    wanted.min(fitting.max(BYTES_MIN))
}
