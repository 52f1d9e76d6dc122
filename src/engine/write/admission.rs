//! What is asked before a command is judged: does the store take writes, is there room, is it keeping up?

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use crate::directory::Disk;
use crate::engine::Inner;
use crate::error::Error;

/// The room on the disk, looked at now and then.
pub(crate) struct Admission {
    /// How much the journal had grown when the room was looked at last.
    looked_at_bytes: AtomicU64,
    low: AtomicBool,
    /// How many bytes may wait for the store: fewer where the disk is small, as they will need room there.
    dirty_bytes_max: AtomicUsize,
}

/// The room is looked at again after the journal has grown by this.
const LOOK_EVERY_BYTES: u64 = 256 << 10;
/// The store takes about this many times the bytes that wait for it, until it has collected its garbage.
const STORE_GROWTH: u64 = 3;
/// As many bytes may wait in any case.
const DIRTY_BYTES_MIN: u64 = 1 << 20;

impl Admission {
    pub(crate) fn new(dirty_bytes_max: usize) -> Self {
        Self {
            looked_at_bytes: AtomicU64::new(0),
            low: AtomicBool::new(false),
            dirty_bytes_max: AtomicUsize::new(dirty_bytes_max),
        }
    }
}

impl Inner {
    /// Refuses a change where the store takes no writes, or where room runs out and it frees none; and waits where
    /// the store lags.
    pub(crate) fn admit(&self, frees_room: bool) -> Result<(), Error> {
        if let Some(failed) = self.journal.failure() {
            return Err(failed.into());
        }
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::Unavailable("the engine is being closed".to_owned()));
        }
        if self.config.disk_reserve_bytes > 0 {
            self.check_room(frees_room)?;
        }
        if self.backlog.bytes() > self.dirty_bytes_max() {
            self.checkpoints.request();
            self.backlog.wait_below(self.dirty_bytes_max(), || self.journal.failure().is_none());
        }
        Ok(())
    }

    /// How many bytes may wait for the store before writers wait for it.
    pub(crate) fn dirty_bytes_max(&self) -> usize {
        self.admission.dirty_bytes_max.load(Ordering::Relaxed)
    }

    fn check_room(&self, frees_room: bool) -> Result<(), Error> {
        let admission = &self.admission;
        let grown = self.journal.appended_bytes();
        let due = grown >= admission.looked_at_bytes.load(Ordering::Relaxed) + LOOK_EVERY_BYTES;
        if !(due || grown == 0 || admission.low.load(Ordering::Relaxed)) {
            return Ok(());
        }
        admission.looked_at_bytes.store(grown, Ordering::Relaxed);
        let Some(free) = self.disk.free_bytes() else { return Ok(()) };
        let reserve = self.config.disk_reserve_bytes;
        let spare = (free.saturating_sub(reserve) / (2 * STORE_GROWTH)).max(DIRTY_BYTES_MIN);
        let dirty_bytes_max = usize::try_from(spare).unwrap_or(usize::MAX).min(self.config.dirty_bytes_max);
        admission.dirty_bytes_max.store(dirty_bytes_max, Ordering::Relaxed);

        let low = free < reserve.saturating_add(STORE_GROWTH * self.backlog.bytes() as u64);
        admission.low.store(low, Ordering::Relaxed);
        if !low || frees_room {
            return Ok(());
        }
        // What waits is written now, and its room is known.
        self.checkpoints.request();
        Err(Error::Unavailable(format!(
            "only {} MiB are free on the disk, and {} MiB are kept for deleting; make room, or delete chats",
            free >> 20,
            reserve >> 20
        )))
    }
}

/// Bytes of a segment of the journal: fewer where the disk is small, as the newest is never deleted.
pub(crate) fn segment_bytes(disk: &dyn Disk, wanted: u64) -> u64 {
    const SEGMENTS_PER_DISK: u64 = 32;
    const SEGMENT_BYTES_MIN: u64 = 1 << 20;
    let fitting = disk.free_bytes().map_or(u64::MAX, |free| free / SEGMENTS_PER_DISK);
    wanted.min(fitting.max(SEGMENT_BYTES_MIN))
}
