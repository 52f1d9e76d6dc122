//! Checkpoints: writing changes from memory to the state store in the background.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use parking_lot::{Mutex, MutexGuard};

use super::retention::{Pin, Retention};
use crate::config::Config;
use crate::directory::{Disk, write_checkpoint};
use crate::error::{Error, Failure};
use crate::journal::{Journal, Timed};
use crate::kv::BackendError;
use crate::loaded::{Backlog, Workspaces, write_frozen};
use crate::store::Store;

/// Makes checkpoints, one at a time.
pub(crate) struct Checkpointer {
    workspaces: Arc<Workspaces>,
    journal: Arc<Journal>,
    backlog: Arc<Backlog>,
    disk: Arc<dyn Disk>,
    pub(in crate::engine) retention: Retention,
    /// The newest checkpoint. Locked while a checkpoint is made.
    newest: Mutex<u64>,
    /// How far the journal had grown at the newest checkpoint.
    journal_bytes: AtomicU64,
    requested: Receiver<()>,
    interval: Duration,
    journal_growth_max: u64,
    pub(in crate::engine) made: Timed,
}

impl Checkpointer {
    /// Creates the checkpointer of an engine whose newest checkpoint is `newest`.
    pub(in crate::engine) fn new(
        workspaces: Arc<Workspaces>,
        journal: Arc<Journal>,
        backlog: Arc<Backlog>,
        disk: Arc<dyn Disk>,
        retention: Retention,
        requested: Receiver<()>,
        config: &Config,
    ) -> Self {
        Self {
            newest: Mutex::new(journal.last_seq()),
            workspaces,
            journal,
            backlog,
            disk,
            retention,
            journal_bytes: AtomicU64::new(0),
            requested,
            interval: config.checkpoint_interval,
            journal_growth_max: config.checkpoint_journal_bytes,
            made: Timed::default(),
        }
    }

    /// Makes checkpoints as they become due, until `stopped` returns true.
    pub(in crate::engine) fn keep_checkpointing(&self, stopped: impl Fn() -> bool) {
        const LOOK_EVERY: Duration = Duration::from_millis(100);
        let mut last = Instant::now();
        while !stopped() {
            let requested = self.requested.recv_timeout(LOOK_EVERY).is_ok();
            let grown = self.journal.appended_bytes() - self.journal_bytes.load(Ordering::Relaxed);
            let due = requested
                || grown >= self.journal_growth_max
                || self.backlog.is_half_full()
                || (grown > 0 && last.elapsed() >= self.interval);
            if !due || stopped() || self.journal.failure().is_some() {
                continue;
            }
            if let Err(error) = self.checkpoint() {
                tracing::warn!(%error, "the checkpoint failed; no more writes are taken");
            }
            last = Instant::now();
        }
    }

    /// Returns the newest checkpoint. While the guard is held the store does not change: the next checkpoint waits.
    pub(in crate::engine) fn pause(&self) -> MutexGuard<'_, u64> {
        self.newest.lock()
    }

    /// Keeps the journal after the newest checkpoint.
    pub(in crate::engine) fn pin(&self) -> Pin<'_> {
        // No checkpoint is made between reading the number and pinning, so nothing is pruned.
        let checkpoint = self.pause();
        self.retention.pin(*checkpoint)
    }

    /// Brings the store up to the newest change, and prunes the journal before it.
    ///
    /// After a failure the engine takes no writes until the store is opened again.
    pub(in crate::engine) fn checkpoint(&self) -> Result<(), Error> {
        let mut newest = self.newest.lock();
        self.bring_up_to_date(&mut newest)?;
        self.workspaces.unload_written();
        // Prunes even without a new checkpoint: a pin may be gone, or the archive may be reachable again.
        self.prune(*newest)
    }

    fn bring_up_to_date(&self, newest: &mut u64) -> Result<(), Error> {
        self.journal.stop_if_displaced()?;
        let seq = self.journal.last_seq();
        if seq > *newest {
            let (grown, began) = (self.journal.appended_bytes(), Instant::now());
            self.write_all(&*self.workspaces.records.store()?, seq)?;
            self.made.note(seq - *newest, began.elapsed());
            *newest = seq;
            self.journal_bytes.store(grown, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Puts the copy of the state store in its place. If that fails, the engine takes no writes
    /// until the store is opened again.
    pub(in crate::engine) fn switch_to_copy(&self) -> Result<(), Error> {
        let mut newest = self.newest.lock();
        self.bring_up_to_date(&mut newest)?;
        let copy = self.workspaces.records.store()?.rows().take_copy()?;
        let replaced = self.disk.replace_open_state(copy).map_err(|error| {
            let what = format!("the state store could not be replaced: {error}");
            self.journal.poison(&what, error.kind());
            Error::Unavailable(Failure::io(what, error.kind()))
        })?;
        self.workspaces.records.replace_store(Store::new(replaced))
    }

    /// Removes journal segments that are no longer needed.
    pub(in crate::engine) fn prune(&self, checkpoint: u64) -> Result<(), Error> {
        self.retention.prune(&self.journal, &*self.disk, checkpoint)?;
        Ok(())
    }

    fn write_all(&self, store: &Store, seq: u64) -> Result<(), Error> {
        self.write_rows(store, seq).map_err(|error| {
            let kind = match &error {
                BackendError::Io { kind, .. } => *kind,
                BackendError::Damaged(_) => io::ErrorKind::InvalidData,
            };
            self.journal.poison(&format!("the state store failed: {error}"), kind);
            Error::Unavailable(Error::from(error).into_failure(str::to_owned))
        })
    }

    fn write_rows(&self, store: &Store, seq: u64) -> Result<(), BackendError> {
        // Every change up to `seq` was queued and applied under the lock of its workspace, so freezing covers it.
        let mut loaded = self.workspaces.in_table();
        loaded.retain(|workspace| workspace.freeze());
        let durable =
            |seq| self.journal.wait(seq).map_err(|failed| BackendError::io(failed.kind(), failed.to_string()));
        for workspace in &loaded {
            write_frozen(workspace, store, Some(self.workspaces.records.cache()), &self.backlog, &durable)?;
            self.workspaces.measure(workspace);
        }
        durable(seq)?;
        store.seal(seq)?;
        write_checkpoint(self.disk.root(), seq)
            .map_err(|error| BackendError::io(error.kind(), format!("the checkpoint could not be written: {error}")))
    }
}
