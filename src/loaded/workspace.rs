//! A loaded workspace: its state under a lock, and its records through the cache.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use parking_lot::RwLock;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::error::Error;
use crate::index::Posting;
use crate::kv::BackendError;
use crate::loaded::Backlog;
use crate::model::WorkspaceId;
use crate::record::{IndexKey, Record, RecordKey};
use crate::rules::Preloaded;
use crate::store::{Store, load_posting};
use crate::workspace::{Lookup, State};

/// The records of all workspaces that were used lately.
pub(crate) type RecordCache = Cache<(WorkspaceId, RecordKey), Record, RecordWeight>;

/// Weighs records by the bytes that they take.
#[derive(Debug, Clone)]
pub(crate) struct RecordWeight;

impl Weighter<(WorkspaceId, RecordKey), Record> for RecordWeight {
    fn weight(&self, _key: &(WorkspaceId, RecordKey), record: &Record) -> u64 {
        record.weight() as u64
    }
}

pub(crate) fn new_cache(bytes: u64) -> RecordCache {
    const RECORD_BYTES_TYPICAL: u64 = 400;
    Cache::with_weighter((bytes / RECORD_BYTES_TYPICAL) as usize + 1, bytes, RecordWeight)
}

/// No deadline, in [`LoadedWorkspace::timed`].
const NEVER: u64 = u64::MAX;

/// A loaded workspace.
///
/// A writer takes the lock in its upgradable form, plans beside the readers, and excludes them only while it
/// applies.
pub(crate) struct LoadedWorkspace {
    pub(crate) workspace: WorkspaceId,
    pub(crate) state: RwLock<State>,
    /// What of the state is counted in the backlog.
    counted: AtomicUsize,
    /// The next deadline that the timer knows of.
    timed: AtomicU64,
    /// Whether it has the custom indexes that the host has registered.
    pub(crate) registered: AtomicBool,
    /// Whether an import has the workspace for itself.
    reserved: AtomicBool,
}

impl LoadedWorkspace {
    pub(crate) fn new(state: State) -> Self {
        Self {
            workspace: state.workspace,
            timed: AtomicU64::new(state.wheel.next_deadline().unwrap_or(NEVER)),
            state: RwLock::new(state),
            counted: AtomicUsize::new(0),
            registered: AtomicBool::new(false),
            reserved: AtomicBool::new(false),
        }
    }

    /// Keeps commands out, for an import; says whether nobody else does so already.
    pub(crate) fn reserve(&self) -> bool {
        !self.reserved.swap(true, Ordering::AcqRel)
    }

    /// Lets commands in again.
    pub(crate) fn release(&self) {
        self.reserved.store(false, Ordering::Release);
    }

    pub(crate) fn is_reserved(&self) -> bool {
        self.reserved.load(Ordering::Acquire)
    }

    /// Refuses a command while an import has the workspace for itself. The caller holds the state locked.
    pub(crate) fn check_free(&self) -> Result<(), Error> {
        if self.is_reserved() {
            return Err(Error::Unavailable(format!("workspace {} is being imported into", self.workspace)));
        }
        Ok(())
    }

    /// Brings the backlog up to date with the state, which the caller holds locked.
    pub(crate) fn update_backlog(&self, backlog: &Backlog, state: &State) {
        let now = state.dirty_bytes();
        let before = self.counted.swap(now, Ordering::Relaxed);
        backlog.replace(before, now);
    }

    /// The next deadline, if it is not the one that was answered last; the caller holds the state locked.
    pub(crate) fn new_deadline(&self, state: &State) -> Option<Option<u64>> {
        let next = state.wheel.next_deadline();
        let stored = next.unwrap_or(NEVER);
        (self.timed.swap(stored, Ordering::Relaxed) != stored).then_some(next)
    }

    /// A record, from memory or the store. The caller holds no lock on the state.
    pub(crate) fn read(&self, store: &Store, cache: &RecordCache, key: RecordKey) -> Result<Option<Record>, Error> {
        let generation = {
            let state = self.state.read();
            match state.known(key) {
                Lookup::Record(record) => return Ok(Some(record)),
                Lookup::Absent => return Ok(None),
                Lookup::InStore => state.generation(),
            }
        };
        if let Some(record) = cache.get(&(self.workspace, key)) {
            return Ok(Some(record));
        }
        let record = store.record(self.workspace, key)?;
        if let Some(record) = &record
            && is_cached(key)
        {
            let state = self.state.read();
            // Otherwise it may have been rewritten since it was read.
            if state.generation() == generation && state.known(key) == Lookup::InStore {
                cache.insert((self.workspace, key), record.clone());
            }
        }
        Ok(record)
    }

    /// Pins a record for a plan. The caller holds the state locked, so that what the store or the cache holds of
    /// a record that is not dirty is the newest.
    pub(crate) fn pin(
        &self,
        state: &State,
        store: &Store,
        cache: &RecordCache,
        key: RecordKey,
        pinned: &mut Preloaded,
    ) -> Result<(), Error> {
        if state.known(key) != Lookup::InStore {
            return Ok(());
        }
        let record = match cache.get(&(self.workspace, key)) {
            Some(record) => Some(record),
            None => store.record(self.workspace, key)?,
        };
        if record.is_none() && matches!(key, RecordKey::Chat(_)) {
            return Err(Error::Unreadable(format!("{key:?} of workspace {} is missing", self.workspace)));
        }
        pinned.insert(key, record);
        Ok(())
    }

    /// Reads the postings among these keys that are loaded on demand and are not loaded. The caller holds the
    /// state locked until it puts them there.
    pub(crate) fn missing_postings<'k>(
        &self,
        state: &State,
        store: &Store,
        keys: impl Iterator<Item = &'k IndexKey>,
    ) -> Result<Vec<(IndexKey, Posting)>, BackendError> {
        let missing = keys.filter(|key| !state.postings.is_loaded(key));
        // Where the workspace was deleted and the store does not know yet, there is nothing to read.
        let wiped = state.is_wiped();
        let load = |key| if wiped { Ok(Posting::default()) } else { load_posting(store, self.workspace, key) };
        missing.map(|key| Ok((key.clone(), load(key)?))).collect()
    }

    /// Reads the state with the postings of some keys loaded. The caller holds no lock on the state.
    pub(crate) fn with_postings<R>(
        &self,
        store: &Store,
        keys: impl Fn(&State) -> Vec<IndexKey>,
        read: impl FnOnce(&State) -> R,
    ) -> Result<R, Error> {
        loop {
            let (generation, wiped, missing) = {
                let state = self.state.read();
                let mut missing = keys(&state);
                missing.retain(|key| !state.postings.is_loaded(key));
                if missing.is_empty() {
                    return Ok(read(&state));
                }
                (state.generation(), state.is_wiped(), missing)
            };
            let mut loaded = Vec::with_capacity(missing.len());
            for key in missing {
                let posting = if wiped { Posting::default() } else { load_posting(store, self.workspace, &key)? };
                loaded.push((key, posting));
            }
            let mut state = self.state.write();
            // Otherwise they may have been rewritten and forgotten since they were read.
            if state.generation() == generation {
                loaded.into_iter().for_each(|(key, posting)| state.load_posting(key, posting));
            }
        }
    }
}

/// Messages and events are many and rarely read again.
pub(crate) fn is_cached(key: RecordKey) -> bool {
    matches!(key, RecordKey::Chat(_) | RecordKey::Customer(_))
}
