//! Moving what has changed from memory into the store, behind the writers' backs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use parking_lot::{Mutex, MutexGuard};

use super::Inner;
use super::bulk::has_unfinished;
use super::gauge::Gauge;
use super::slot::{RecordCache, Slot, is_cached};
use crate::error::Error;
use crate::store::{RowKey, Store, StoreError, write_checkpoint};

/// Rows that are taken from the state, written and taken off the list in one go.
const SLICE_ROWS: usize = 256;

/// When checkpoints happen, and one at a time.
pub(super) struct Checkpoints {
    /// The newest checkpoint; locked while one is made.
    newest: Mutex<u64>,
    /// How much the journal had grown at the newest one.
    journal_bytes: AtomicU64,
    requests: Sender<()>,
    requested: Receiver<()>,
}

impl Checkpoints {
    pub(super) fn new(newest: u64) -> Self {
        let (requests, requested) = bounded(1);
        Self { newest: Mutex::new(newest), journal_bytes: AtomicU64::new(0), requests, requested }
    }

    /// Asks for a checkpoint soon.
    pub(super) fn request(&self) {
        // A full channel says that one is asked for already.
        let _already_requested = self.requests.try_send(());
    }

    /// The newest checkpoint. The store stays as it is while this is held: the next checkpoint waits.
    pub(super) fn newest(&self) -> MutexGuard<'_, u64> {
        self.newest.lock()
    }

    /// Waits until a checkpoint is asked for, or some time has passed; says which.
    pub(super) fn wait(&self, timeout: Duration) -> bool {
        self.requested.recv_timeout(timeout).is_ok()
    }
}

impl Inner {
    /// Makes checkpoints as they become due, until `stopped`.
    pub(super) fn keep_checkpoints(&self, stopped: impl Fn() -> bool) {
        const LOOK_EVERY: Duration = Duration::from_millis(100);
        let interval = Duration::from_millis(self.config.checkpoint_interval_ms);
        let mut last = Instant::now();
        while !stopped() {
            let requested = self.checkpoints.wait(LOOK_EVERY);
            let grown = self.journal.appended_bytes() - self.checkpoints.journal_bytes.load(Ordering::Relaxed);
            let due = requested
                || grown >= self.config.checkpoint_journal_bytes
                || self.gauge.bytes() > self.dirty_bytes_max() / 2
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
    pub(super) fn checkpoint(&self) -> Result<(), Error> {
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

    fn write_rows(&self, seq: u64) -> Result<(), StoreError> {
        // A change up to `seq` was queued and applied under the lock of its workspace, and so is frozen here.
        let slots = self.loaded();
        for slot in &slots {
            slot.state.write().freeze();
        }
        let durable = |seq| self.journal.wait(seq).map_err(|failed| StoreError::Io(failed.to_string()));
        for slot in &slots {
            write_frozen(slot, &self.store, Some(&self.cache), &self.gauge, &durable)?;
        }
        durable(seq)?;
        self.store.seal(seq)?;
        write_checkpoint(self.disk.root(), seq)
            .map_err(|error| StoreError::Io(format!("the checkpoint could not be written: {error}")))
    }
}

/// Writes the rows of a checkpoint of one workspace. None of them holds a change that `durable` has not returned
/// for.
pub(super) fn write_frozen(
    slot: &Slot,
    store: &Store,
    cache: Option<&RecordCache>,
    gauge: &Gauge,
    durable: &dyn Fn(u64) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    delete_frozen(slot, store, durable)?;
    let mut rows = slot.state.read().frozen_rows();
    if rows.is_empty() {
        return Ok(());
    }
    // The store likes neighbours, and the same changes write the same batches.
    rows.sort_unstable();
    for slice in rows.chunks(SLICE_ROWS) {
        write_slice(slot, store, cache, gauge, durable, slice)?;
    }
    let (deadline, has_bulks, seq) = {
        let state = slot.state.read();
        (state.wheel.next_deadline(), has_unfinished(&state), state.meta.seq)
    };
    durable(seq)?;
    store.set_has_bulks(slot.workspace, has_bulks)?;
    store.set_next_deadline(slot.workspace, deadline)?;
    slot.state.write().forget_postings();
    Ok(())
}

/// Deletes what a checkpoint deletes as a whole: the workspace, or custom indexes.
fn delete_frozen(
    slot: &Slot,
    store: &Store,
    durable: &dyn Fn(u64) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let (wipe, dropped, seq) = {
        let state = slot.state.read();
        (state.frozen_wipe(), state.frozen_dropped_indexes(), state.meta.seq)
    };
    if !wipe && dropped.is_empty() {
        return Ok(());
    }
    durable(seq)?;
    if wipe {
        store.delete_workspace(slot.workspace)?;
    }
    for index in dropped {
        store.delete_custom_index(slot.workspace, index)?;
    }
    slot.state.write().deletions_written();
    Ok(())
}

fn write_slice(
    slot: &Slot,
    store: &Store,
    cache: Option<&RecordCache>,
    gauge: &Gauge,
    durable: &dyn Fn(u64) -> Result<(), StoreError>,
    rows: &[RowKey],
) -> Result<(), StoreError> {
    let slice = slot.state.read().frozen(rows)?;
    durable(slice.seq)?;
    store.write(slot.workspace, slice.encode()?)?;
    let mut state = slot.state.write();
    state.written(slice, |key, record| {
        let Some(cache) = cache else { return };
        match record.filter(|_| is_cached(key)) {
            Some(record) => cache.insert((slot.workspace, key), record),
            None => {
                cache.remove(&(slot.workspace, key));
            }
        }
    });
    slot.update_gauge(gauge, &state);
    Ok(())
}
