//! What is asked before a command is judged: does the store take writes, is there room, is it keeping up?

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::Inner;
use crate::command::Command;
use crate::error::Error;

/// The room on the disk, looked at now and then.
#[derive(Default)]
pub(super) struct Admission {
    /// How much the journal had grown when the room was looked at last.
    looked_at_bytes: AtomicU64,
    low: AtomicBool,
}

/// The room is looked at again after the journal has grown by this.
const LOOK_EVERY_BYTES: u64 = 1 << 20;

impl Inner {
    /// Refuses a command where the store takes no writes or room runs out, and waits where the store lags.
    pub(super) fn admit(&self, command: &Command) -> Result<(), Error> {
        if let Some(failed) = self.journal.failure() {
            return Err(failed.into());
        }
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::Unavailable("the engine is being closed".to_owned()));
        }
        if self.config.disk_reserve_bytes > 0 {
            self.check_room(command)?;
        }
        if self.gauge.bytes() > self.config.dirty_bytes_max {
            self.checkpoints.request();
            self.gauge.wait_below(self.config.dirty_bytes_max, || self.journal.failure().is_none());
        }
        Ok(())
    }

    fn check_room(&self, command: &Command) -> Result<(), Error> {
        let grown = self.journal.appended_bytes();
        let admission = &self.admission;
        let due = grown >= admission.looked_at_bytes.load(Ordering::Relaxed) + LOOK_EVERY_BYTES;
        let first = grown == 0;
        if due || first || admission.low.load(Ordering::Relaxed) {
            admission.looked_at_bytes.store(grown, Ordering::Relaxed);
            let free = self.free_bytes();
            let low = free.is_some_and(|free| free < self.config.disk_reserve_bytes);
            admission.low.store(low, Ordering::Relaxed);
            if low && !command.frees_room() {
                return Err(Error::Unavailable(format!(
                    "only {} MiB are free on the disk and {} MiB are kept for deleting; make room or delete chats",
                    free.unwrap_or(0) >> 20,
                    self.config.disk_reserve_bytes >> 20
                )));
            }
        }
        Ok(())
    }

    /// The bytes that this process may still write to the disk; none where the system does not say.
    fn free_bytes(&self) -> Option<u64> {
        let stat = rustix::fs::statvfs(self.directory.path()).ok()?;
        Some(stat.f_bavail.saturating_mul(stat.f_frsize))
    }
}
