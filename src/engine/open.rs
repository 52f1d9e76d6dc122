//! Opening a store: the state store, and replaying the journal after the newest checkpoint.

use std::path::PathBuf;
use std::sync::Arc;

use super::Shared;
use super::read::watch::Replays;
use super::upkeep::checkpoint::Checkpointer;
use super::upkeep::live_compact::LiveCompaction;
use super::upkeep::retention::Retention;
use super::write::admission::{Admission, fitting_bytes};
use super::write::following::Following;
use super::write::indexing::{IndexQueue, registry};
use super::write::timer_queue::TimerQueue;
use super::write::writer::Writer;
use crate::config::Config;
use crate::directory::{
    Disk, checkpoint_error, read_checkpoint, read_or_begin_epoch, state_store_error, write_checkpoint,
};
use crate::error::OpenError;
use crate::feed::Feed;
use crate::journal;
use crate::journal::{Journal, Mark};
use crate::kv::{BackendError, OpenBackendError};
use crate::loaded::{Backlog, CheckpointRequests, Records, Workspaces};
use crate::recovery::{RebuildError, RecoveryError, Replay, rebuild};
use crate::store::{Store, rewrite_older_hashtags, rewrite_older_rows};

/// The parts of a store that is open and up to date with its journal.
pub(super) struct Opened {
    pub(super) store: Store,
    pub(super) journal: Journal,
    pub(super) retention: Retention,
}

impl Opened {
    /// Opens the parts, replays the journal after the newest checkpoint, and makes a new checkpoint.
    pub(super) fn open(disk: &dyn Disk, config: &Config) -> Result<Self, OpenError> {
        let noted = read_checkpoint(disk.root()).map_err(checkpoint_error(disk))?;
        let (store, checkpoint) = open_store(disk, config, noted.seq)?;
        rewrite_older_rows(&store).map_err(state_store_error(disk))?;
        let mut replay = Replay::new(disk, &store, config);
        let journal = open_journal(disk, config, checkpoint, &mut replay)?;
        let newest = journal.last_seq();
        let sealed = store.sealed_seq().map_err(state_store_error(disk))?;
        if sealed > newest {
            let what = format!("the state store holds changes up to {sealed}, and the journal ends at {newest}");
            return Err(OpenError::damaged(what, disk.path()));
        }
        replay.finish()?;
        rewrite_older_hashtags(&store).map_err(state_store_error(disk))?;
        if newest > checkpoint {
            store.seal(newest).map_err(state_store_error(disk))?;
        }
        if newest > checkpoint || !noted.is_whole {
            write_checkpoint(disk.root(), newest).map_err(OpenError::io("write the checkpoint in", disk.path()))?;
        }
        Ok(Self { store, journal, retention: Retention::new(config, disk)? })
    }
}

impl Shared {
    /// Opens a store and assembles the components of an engine.
    pub(super) fn open(disk: Arc<dyn Disk>, config: &Config) -> Result<Self, OpenError> {
        let registry = registry(&config.indexes)?;
        let Opened { store, journal, retention } = Opened::open(&*disk, config)?;
        let following = Following::open(&*disk, &store)?;
        let timer = Arc::new(TimerQueue::new(store.next_deadlines().map_err(state_store_error(&*disk))?));
        let epoch = read_or_begin_epoch(disk.root()).map_err(OpenError::io("read EPOCH in", disk.path()))?;
        let feed = Arc::new(Feed::new(config.watch_events_max, epoch));
        let journal = Arc::new(journal);
        let listening = Arc::clone(&feed);
        journal.listen(move || listening.note_durable());
        let backlog = Arc::new(Backlog::new(config.dirty_bytes_max));
        let (requests, requested) = CheckpointRequests::new();
        let records = Records::new(store, config.record_cache_bytes);
        let workspaces = Arc::new(Workspaces::new(records, registry, config.workspaces_bytes_max, requests.clone()));
        let admission = Admission::new(
            Arc::clone(&journal),
            Arc::clone(&backlog),
            Arc::clone(&disk),
            requests.clone(),
            (config.dirty_bytes_max, config.disk_reserve_bytes),
        );
        let writer = Writer {
            workspaces: Arc::clone(&workspaces),
            journal: Arc::clone(&journal),
            admission,
            following,
            timer,
            index_queue: IndexQueue::new(),
            clock: config.timer,
            durability: config.durability,
            feed,
            disk: Arc::clone(&disk),
        };
        let checkpointer = Checkpointer::new(
            Arc::clone(&workspaces),
            journal,
            backlog,
            Arc::clone(&disk),
            retention,
            requested,
            config,
        );
        Ok(Self {
            workspaces,
            writer,
            checkpointer,
            checkpoint_requests: requests,
            disk,
            replays: Replays::default(),
            live_compaction: LiveCompaction::new(config),
        })
    }
}

/// Opens the state store, and returns the change after which the journal must be replayed on it.
///
/// A state store that cannot be opened, or is older than the newest checkpoint, is rebuilt if the journal, the newest
/// backup and the archive together hold everything. Otherwise this is an error.
fn open_store(disk: &dyn Disk, config: &Config, checkpoint: u64) -> Result<(Store, u64), OpenError> {
    let has_state = disk.has_state().map_err(OpenError::io("look for the state store in", disk.path()))?;
    let opened = if checkpoint > 0 && !has_state {
        Err(OpenBackendError::Damaged("its file is missing".to_owned()))
    } else {
        disk.open_state(config.store_cache_bytes)
    };
    let reason = match opened {
        Ok(backend) => {
            let store = Store::new(backend);
            match store.sealed_seq() {
                Ok(sealed) if sealed >= checkpoint => return Ok((store, checkpoint)),
                Ok(sealed) => format!("it holds changes up to {sealed}, and the newest checkpoint is {checkpoint}"),
                Err(BackendError::Damaged(reason)) => reason,
                Err(error) => return Err(state_store_error(disk)(error)),
            }
        }
        Err(OpenBackendError::Damaged(reason)) => reason,
        Err(error) => return Err(error.into()),
    };
    let archives: Vec<PathBuf> = config.archive.iter().cloned().collect();
    let rebuilt = rebuild(disk, config, checkpoint, None, &archives, &mut |_| {}).map_err(|error| match error {
        RebuildError::Recovery(RecoveryError::Target(error)) => error,
        RebuildError::Recovery(RecoveryError::Io { doing, path, source }) => OpenError::Io { doing, path, source },
        error => {
            let path = disk.path().display();
            OpenError::Damaged(format!("the state store in {path} cannot be used ({reason}), nor made again: {error}"))
        }
    })?;
    let aside = rebuilt.quarantine.display();
    tracing::error!(reason, %aside, backup = ?rebuilt.backup, "the state store was damaged; it is made again");
    Ok((Store::new(disk.open_state(config.store_cache_bytes)?), rebuilt.seq))
}

fn open_journal(
    disk: &dyn Disk,
    config: &Config,
    checkpoint: u64,
    redo: &mut Replay<'_>,
) -> Result<Journal, OpenError> {
    let options = journal::Options { segment_bytes: fitting_bytes(disk, config.segment_bytes) };
    let files = disk.path().join("journal");
    let redo = |seq, payload: &[u8]| redo.change(seq, payload);
    let mark = Mark::open(disk.root()).map_err(OpenError::io("open DURABLE in", disk.path()))?;
    Journal::open_marked(disk.journal(), options, mark, checkpoint, redo).map_err(|error| match error {
        journal::OpenError::Replay { source, .. } => source,
        journal::OpenError::Io { doing, file, source } => OpenError::Io { doing, path: files.join(file), source },
        journal::OpenError::NewerFormat { file, found, newest } => {
            OpenError::NewerFormat { path: files.join(file), found, known: newest }
        }
        other => OpenError::damaged(format!("in {}: {other}", files.display()), disk.path()),
    })
}
