//! Opening a store: the state store, and redoing what the journal holds beyond the newest checkpoint.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use parking_lot::RwLock;
use rustc_hash::FxHashMap;

use super::admission::{Admission, segment_bytes};
use super::checkpoint::{Checkpoints, write_frozen};
use super::config::{Config, Timer};
use super::gauge::Gauge;
use super::indexing::IndexQueue;
use super::rebuild::rebuild;
use super::retention::Retention;
use super::slot::{Slot, new_cache};
use super::timer::TimerQueue;
use super::{Inner, OpenError};
use crate::backup::BackupError;
use crate::change::Change;
use crate::codec;
use crate::journal::{self, Journal};
use crate::model::WorkspaceId;
use crate::state::{Registry, State};
use crate::store::{Disk, SledError, Store, StoreError, read_checkpoint, write_checkpoint};

impl Inner {
    pub(super) fn open(disk: Box<dyn Disk>, registry: Registry, config: Config) -> Result<Self, OpenError> {
        let checkpoint = read_checkpoint(disk.root()).map_err(io_error(&*disk, "read the checkpoint in"))?;
        let (store, checkpoint) = open_store(&*disk, &config, checkpoint)?;
        let mut redo = Redo::new(&*disk, &store, &config);
        let journal = open_journal(&*disk, &config, checkpoint, &mut redo)?;
        let newest = journal.last_seq();
        let sealed = store.sealed_seq().map_err(failed(&*disk))?;
        if sealed > newest {
            return Err(OpenError::Damaged(format!(
                "the state store holds changes up to {sealed}, and the journal ends at {newest}"
            )));
        }
        redo.finish()?;
        if newest > checkpoint {
            store.seal(newest).map_err(failed(&*disk))?;
            write_checkpoint(disk.root(), newest).map_err(io_error(&*disk, "write the checkpoint in"))?;
        }
        let timer = match config.timer {
            Timer::Off => None,
            Timer::Wall | Timer::Manual => Some(TimerQueue::new(store.next_deadlines().map_err(failed(&*disk))?)),
        };
        Ok(Self {
            cache: new_cache(config.record_cache_bytes),
            journal,
            store,
            slots: RwLock::default(),
            gauge: Gauge::default(),
            admission: Admission::new(config.dirty_bytes_max),
            checkpoints: Checkpoints::new(newest),
            retention: Retention::new(&config, &*disk)?,
            timer,
            registry,
            index_queue: IndexQueue::new(),
            closed: AtomicBool::new(false),
            disk,
            config,
        })
    }
}

/// Spares the next opening what this engine has written: sled makes the snapshot that it opens from only while it
/// opens, and without one reads its whole log.
pub(super) fn prepare_next_opening(closed: Inner) {
    const WRITTEN_BYTES_MANY: u64 = 32 << 20;
    let Inner { store, disk, config, .. } = closed;
    let much_was_written = store.written_bytes() > WRITTEN_BYTES_MANY;
    drop(store);
    if much_was_written && let Err(error) = disk.open_state(config.store_cache_bytes) {
        tracing::warn!(%error, "the store was closed, and its snapshot could not be made anew");
    }
}

fn io_error(disk: &dyn Disk, doing: &'static str) -> impl FnOnce(io::Error) -> OpenError {
    let path = disk.path().to_owned();
    move |source| OpenError::Io { doing, path, source }
}

/// Of the state store.
fn failed(disk: &dyn Disk) -> impl Fn(StoreError) -> OpenError + Clone {
    let path = disk.path().to_owned();
    move |error| match error {
        StoreError::Damaged(reason) => OpenError::Damaged(reason),
        StoreError::Io(reason) => {
            OpenError::Io { doing: "use the state store in", path: path.clone(), source: io::Error::other(reason) }
        }
    }
}

impl From<SledError> for OpenError {
    fn from(error: SledError) -> Self {
        match error {
            SledError::Io { doing, path, source } => Self::Io { doing, path, source },
            SledError::Damaged(reason) => Self::Damaged(reason),
        }
    }
}

/// Opens the state store, and says from which change on the journal has to be redone on it.
///
/// A state store that cannot be opened, or has lost what a checkpoint had made safe, is made again where the journal,
/// the newest backup and the archive hold all that was in it; otherwise it is an error.
fn open_store(disk: &dyn Disk, config: &Config, checkpoint: u64) -> Result<(Store, u64), OpenError> {
    let opened = if checkpoint > 0 && !disk.has_state() {
        Err(SledError::Damaged("its file is missing".to_owned()))
    } else {
        disk.open_state(config.store_cache_bytes)
    };
    let reason = match opened {
        Ok(backend) => {
            let store = Store::new(backend);
            match store.sealed_seq() {
                Ok(sealed) if sealed >= checkpoint => return Ok((store, checkpoint)),
                Ok(sealed) => format!("it holds changes up to {sealed}, and the newest checkpoint is {checkpoint}"),
                Err(StoreError::Damaged(reason)) => reason,
                Err(error) => return Err(failed(disk)(error)),
            }
        }
        Err(SledError::Damaged(reason)) => reason,
        Err(error) => return Err(error.into()),
    };
    let archives: Vec<PathBuf> = config.archive.iter().cloned().collect();
    let rebuilt = rebuild(disk, config, checkpoint, None, &archives, &mut |_, _| {}).map_err(|error| match error {
        BackupError::Target(error) => error,
        BackupError::Io { doing, path, source } => OpenError::Io { doing, path, source },
        error => {
            let path = disk.path().display();
            OpenError::Damaged(format!("the state store in {path} cannot be used ({reason}), nor made again: {error}"))
        }
    })?;
    let aside = rebuilt.quarantine.display();
    tracing::error!(reason, %aside, backup = ?rebuilt.backup, "the state store was damaged; it is made again");
    Ok((Store::new(disk.open_state(config.store_cache_bytes)?), rebuilt.seq))
}

fn open_journal(disk: &dyn Disk, config: &Config, checkpoint: u64, redo: &mut Redo<'_>) -> Result<Journal, OpenError> {
    let options = journal::Options { segment_bytes: segment_bytes(disk, config.segment_bytes) };
    let files = disk.path().join("journal");
    let redo = |seq, payload: &[u8]| redo.change(seq, payload);
    Journal::open(disk.journal(), options, checkpoint, redo).map_err(|error| match error {
        journal::OpenError::Redo { source, .. } => source,
        journal::OpenError::Io { doing, file, source } => OpenError::Io { doing, path: files.join(file), source },
        journal::OpenError::NewerFormat { file, found, newest } => {
            OpenError::NewerFormat { path: files.join(file), found, known: newest }
        }
        other => OpenError::Damaged(format!("in {}: {other}", files.display())),
    })
}

/// Redoes changes on the state store. It needs no more memory than an engine that runs.
pub(super) struct Redo<'s> {
    disk: &'s dyn Disk,
    store: &'s Store,
    slots: FxHashMap<WorkspaceId, Slot>,
    gauge: Gauge,
    dirty_bytes_max: usize,
}

impl<'s> Redo<'s> {
    pub(super) fn new(disk: &'s dyn Disk, store: &'s Store, config: &Config) -> Self {
        Self {
            disk,
            store,
            slots: FxHashMap::default(),
            gauge: Gauge::default(),
            dirty_bytes_max: config.dirty_bytes_max,
        }
    }

    pub(super) fn change(&mut self, seq: u64, payload: &[u8]) -> Result<(), OpenError> {
        let change: Change = codec::decode_versioned(payload)
            .map_err(|error| OpenError::Damaged(format!("change {seq} of the journal cannot be read: {error}")))?;
        self.apply(seq, change).map_err(failed(self.disk))
    }

    fn apply(&mut self, seq: u64, change: Change) -> Result<(), StoreError> {
        let workspace = change.workspace;
        if !self.slots.contains_key(&workspace) {
            self.slots.insert(workspace, Slot::new(State::load(self.store, workspace, &Registry::default())?));
        }
        if let Some(slot) = self.slots.get(&workspace) {
            let mut state = slot.state.write();
            let keys = change.postings.iter().map(|delta| &delta.key);
            let postings = slot.missing_postings(&state, self.store, keys)?;
            postings.into_iter().for_each(|(key, posting)| state.load_posting(key, posting));
            state.apply(change);
            state.redone(seq);
            slot.update_gauge(&self.gauge, &state);
        }
        if self.gauge.bytes() > self.dirty_bytes_max { self.write() } else { Ok(()) }
    }

    /// Writes what was redone so far. All of it is durable in the journal already.
    fn write(&self) -> Result<(), StoreError> {
        for slot in self.slots.values() {
            slot.state.write().freeze();
            write_frozen(slot, self.store, None, &self.gauge, &|_| Ok(()))?;
        }
        Ok(())
    }

    /// Writes the rest.
    pub(super) fn finish(self) -> Result<(), OpenError> {
        self.write().map_err(failed(self.disk))
    }
}
