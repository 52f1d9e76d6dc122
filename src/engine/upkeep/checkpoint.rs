//! Moving what has changed from memory into the store, behind the writers' backs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use parking_lot::{Mutex, MutexGuard};

use crate::directory::write_checkpoint;
use crate::engine::Inner;
use crate::error::Error;
use crate::kv::BackendError;
use crate::loaded::write_frozen;

/// When checkpoints happen, and one at a time.
pub(crate) struct Checkpoints {
    /// The newest checkpoint; locked while one is made.
    newest: Mutex<u64>,
    /// How much the journal had grown at the newest one.
    journal_bytes: AtomicU64,
    requests: Sender<()>,
    requested: Receiver<()>,
}

impl Checkpoints {
    pub(crate) fn new(newest: u64) -> Self {
        let (requests, requested) = bounded(1);
        Self { newest: Mutex::new(newest), journal_bytes: AtomicU64::new(0), requests, requested }
    }

    /// Asks for a checkpoint soon.
    pub(crate) fn request(&self) {
        // A full channel says that one is asked for already.
        let _already_requested = self.requests.try_send(());
    }

    /// The newest checkpoint. The store stays as it is while this is held: the next checkpoint waits.
    pub(crate) fn newest(&self) -> MutexGuard<'_, u64> {
        self.newest.lock()
    }

    /// Waits until a checkpoint is asked for, or some time has passed; says which.
    pub(crate) fn wait(&self, timeout: Duration) -> bool {
        self.requested.recv_timeout(timeout).is_ok()
    }
}

impl Inner {
    /// Makes checkpoints as they become due, until `stopped`.
    pub(crate) fn keep_checkpoints(&self, stopped: impl Fn() -> bool) {
        const LOOK_EVERY: Duration = Duration::from_millis(100);
        let interval = self.config.checkpoint_interval;
        let mut last = Instant::now();
        while !stopped() {
            let requested = self.checkpoints.wait(LOOK_EVERY);
            let grown = self.journal.appended_bytes() - self.checkpoints.journal_bytes.load(Ordering::Relaxed);
            let due = requested
                || grown >= self.config.checkpoint_journal_bytes
                || self.backlog.bytes() > self.dirty_bytes_max() / 2
                || (grown > 0 && last.elapsed() >= interval);
            if !due || stopped() || self.journal.failure().is_some() {
                continue;
            }
            if let Err(error) = self.checkpoint() {
                tracing::warn!(%error, "the checkpoint failed; no more writes are taken");
            }
            last = Instant::now();
        }
    }

    /// Brings the store up to the newest change, and lets go of the journal before it.
    ///
    /// The first failure ends all writing, until the store is opened again.
    pub(crate) fn checkpoint(&self) -> Result<(), Error> {
        let mut newest = self.checkpoints.newest.lock();
        if let Some(failed) = self.journal.failure() {
            return Err(failed.into());
        }
        let seq = self.journal.last_seq();
        if seq == *newest {
            // Somebody may have needed the journal until now, or the archive may have been out of reach.
            return self.prune(seq);
        }
        let grown = self.journal.appended_bytes();
        self.write_rows(seq).map_err(|error| {
            self.journal.poison(&format!("the state store failed: {error}"));
            Error::Unavailable(error.to_string())
        })?;
        *newest = seq;
        self.checkpoints.journal_bytes.store(grown, Ordering::Relaxed);
        self.prune(seq)
    }

    fn write_rows(&self, seq: u64) -> Result<(), BackendError> {
        // A change up to `seq` was queued and applied under the lock of its workspace, and so is frozen here.
        let slots = self.loaded();
        for slot in &slots {
            slot.state.write().freeze();
        }
        let durable = |seq| self.journal.wait(seq).map_err(|failed| BackendError::Io(failed.to_string()));
        for slot in &slots {
            write_frozen(slot, &self.store, Some(&self.cache), &self.backlog, &durable)?;
        }
        durable(seq)?;
        self.store.seal(seq)?;
        write_checkpoint(self.disk.root(), seq)
            .map_err(|error| BackendError::Io(format!("the checkpoint could not be written: {error}")))
    }
}
