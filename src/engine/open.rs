//! Opening a store: the lock, the state store, and redoing what the journal holds beyond the newest checkpoint.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use parking_lot::RwLock;
use rustc_hash::FxHashMap;

use super::admission::{Admission, segment_bytes};
use super::checkpoint::{Checkpoints, write_frozen};
use super::config::{Config, Timer};
use super::gauge::Gauge;
use super::indexing::{IndexQueue, registry};
use super::retention::Retention;
use super::slot::{Slot, new_cache};
use super::timer::TimerQueue;
use super::{Inner, OpenError};
use crate::change::Change;
use crate::codec;
use crate::journal::{self, Journal, RealFiles};
use crate::model::WorkspaceId;
use crate::state::{Registry, State};
use crate::store::{Directory, SledError, Store, StoreError, open_sled, read_checkpoint, write_checkpoint};

impl Inner {
    pub(super) fn open(path: &Path, config: Config) -> Result<Self, OpenError> {
        let registry = registry(&config.indexes)?;
        let directory = Directory::open(path, config.create)?;
        let checkpoint = read_checkpoint(directory.path()).map_err(|source| OpenError::Io {
            doing: "read the checkpoint in",
            path: path.to_owned(),
            source,
        })?;
        let (store, checkpoint) = open_store(&directory, &config, checkpoint)?;
        let mut redo = Redo::new(&store, &config);
        let journal = open_journal(&directory, &config, checkpoint, &mut redo)?;
        let newest = journal.last_seq();
        let sealed = store.sealed_seq().map_err(damaged)?;
        if sealed > newest {
            return Err(OpenError::Damaged(format!(
                "the state store holds changes up to {sealed}, and the journal ends at {newest}"
            )));
        }
        redo.finish()?;
        if newest > checkpoint {
            store.seal(newest).map_err(damaged)?;
            write_checkpoint(directory.path(), newest).map_err(|source| OpenError::Io {
                doing: "write the checkpoint in",
                path: path.to_owned(),
                source,
            })?;
        }
        let timer = match config.timer {
            Timer::Off => None,
            Timer::Wall | Timer::Manual => Some(TimerQueue::new(store.next_deadlines().map_err(damaged)?)),
        };
        Ok(Self {
            cache: new_cache(config.record_cache_bytes),
            journal,
            store,
            slots: RwLock::default(),
            gauge: Gauge::default(),
            admission: Admission::new(config.dirty_bytes_max),
            checkpoints: Checkpoints::new(newest),
            retention: Retention::new(&config)?,
            timer,
            registry,
            index_queue: IndexQueue::new(),
            closed: AtomicBool::new(false),
            directory,
            config,
        })
    }
}

/// Spares the next opening what this engine has written: sled makes the snapshot that it opens from only while it
/// opens, and without one reads its whole log.
pub(super) fn prepare_next_opening(closed: Inner) {
    const WRITTEN_BYTES_MANY: u64 = 32 << 20;
    let Inner { store, directory, config, .. } = closed;
    let much_was_written = store.written_bytes() > WRITTEN_BYTES_MANY;
    drop(store);
    if much_was_written && let Err(error) = open_sled(&directory.state(), config.store_cache_bytes) {
        tracing::warn!(%error, "the store was closed, and its snapshot could not be made anew");
    }
}

fn damaged(error: StoreError) -> OpenError {
    OpenError::Damaged(error.0)
}

/// Opens the state store, and says from which change on the journal has to be redone on it.
///
/// A state store that cannot be opened, or has lost what a checkpoint had made safe, is set aside where the
/// journal still holds every change, and made again from that; otherwise it is an error.
fn open_store(directory: &Directory, config: &Config, checkpoint: u64) -> Result<(Store, u64), OpenError> {
    let lost = checkpoint > 0 && !directory.state().join("db").exists();
    let opened = if lost {
        Err(SledError::Damaged("its file is missing".to_owned()))
    } else {
        open_sled(&directory.state(), config.store_cache_bytes)
    };
    let reason = match opened {
        Ok(backend) => {
            let store = Store::new(backend);
            match store.sealed_seq() {
                Ok(sealed) if sealed >= checkpoint => return Ok((store, checkpoint)),
                Ok(sealed) => format!("it holds changes up to {sealed}, and the newest checkpoint is {checkpoint}"),
                Err(error) => error.0,
            }
        }
        Err(SledError::Io { doing, path, source }) => return Err(OpenError::Io { doing, path, source }),
        Err(SledError::Damaged(reason)) => reason,
    };
    let complete = journal_is_complete(directory).map_err(|source| OpenError::Io {
        doing: "list",
        path: directory.journal(),
        source,
    })?;
    if !complete {
        return Err(OpenError::Damaged(format!(
            "the state store in {} cannot be used ({reason}), and the journal no longer holds the changes up to \
             {checkpoint}: they are missing",
            directory.state().display()
        )));
    }
    quarantine(directory, &reason)?;
    match open_sled(&directory.state(), config.store_cache_bytes) {
        Ok(backend) => Ok((Store::new(backend), 0)),
        Err(SledError::Io { doing, path, source }) => Err(OpenError::Io { doing, path, source }),
        Err(SledError::Damaged(reason)) => Err(OpenError::Damaged(reason)),
    }
}

/// Whether the journal begins with the first change of all.
fn journal_is_complete(directory: &Directory) -> io::Result<bool> {
    let names = fs::read_dir(directory.journal())?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let first = names.collect::<io::Result<Vec<String>>>()?.into_iter().filter(|name| name.ends_with(".log")).min();
    Ok(first.is_some_and(|name| name.trim_end_matches(".log").parse() == Ok(1_u64)))
}

/// Moves the state store aside, under the first name that is free.
fn quarantine(directory: &Directory, reason: &str) -> Result<(), OpenError> {
    let free = (1..).map(|number| directory.path().join(format!("quarantine-{number}"))).find(|path| !path.exists());
    let Some(aside) = free else { return Ok(()) };
    fs::create_dir_all(directory.state()).map_err(|source| OpenError::Io {
        doing: "create",
        path: directory.state(),
        source,
    })?;
    tracing::error!(reason, aside = %aside.display(), "the state store is damaged; it is made again from the journal");
    let moved = fs::rename(directory.state(), &aside).and_then(|()| fs::create_dir(directory.state()));
    moved.map_err(|source| OpenError::Io { doing: "set aside", path: directory.state(), source })
}

fn open_journal(
    directory: &Directory,
    config: &Config,
    checkpoint: u64,
    redo: &mut Redo<'_>,
) -> Result<Journal, OpenError> {
    let files = Arc::new(RealFiles::new(directory.journal()));
    let options = journal::Options { segment_bytes: segment_bytes(directory.path(), config.segment_bytes) };
    Journal::open(files, options, checkpoint, |seq, payload| redo.change(seq, payload)).map_err(|error| match error {
        journal::OpenError::Redo { source, .. } => source,
        journal::OpenError::Io { doing, file, source } => {
            OpenError::Io { doing, path: directory.journal().join(file), source }
        }
        journal::OpenError::NewerFormat { file, found, newest } => {
            OpenError::NewerFormat { path: directory.journal().join(file), found, known: newest }
        }
        other => OpenError::Damaged(format!("in {}: {other}", directory.journal().display())),
    })
}

/// Redoes changes on the state store. It needs no more memory than an engine that runs.
struct Redo<'s> {
    store: &'s Store,
    slots: FxHashMap<WorkspaceId, Slot>,
    gauge: Gauge,
    dirty_bytes_max: usize,
}

impl<'s> Redo<'s> {
    fn new(store: &'s Store, config: &Config) -> Self {
        Self { store, slots: FxHashMap::default(), gauge: Gauge::default(), dirty_bytes_max: config.dirty_bytes_max }
    }

    fn change(&mut self, seq: u64, payload: &[u8]) -> Result<(), OpenError> {
        let change: Change = codec::decode_versioned(payload)
            .map_err(|error| OpenError::Damaged(format!("change {seq} of the journal cannot be read: {error}")))?;
        self.apply(seq, change).map_err(damaged)
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
    fn finish(self) -> Result<(), OpenError> {
        self.write().map_err(damaged)
    }
}
