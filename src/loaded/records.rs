//! Reads records from the unwritten changes, the cache, or the store.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{RwLock, RwLockReadGuard};

use super::{RecordCache, WorkspaceRef};
use crate::error::Error;
use crate::model::{ChatId, CustomerId, MessageId, WorkspaceId};
use crate::record::{ChatRecord, CustomerRecord, EventRecord, IndexKey, MessageRecord, Record, RecordKey};
use crate::rules::Preloaded;
use crate::sets::ChatSet;
use crate::store::{Store, load_members};
use crate::workspace::{Lookup, State};

/// The state store with a cache in front of it.
pub(crate) struct Records {
    /// `None` once the engine is closed.
    store: RwLock<Option<Arc<Store>>>,
    /// Locked by what uses the store for long, whichever store that is.
    in_use: RwLock<()>,
    cache: RecordCache,
}

impl Records {
    pub(crate) fn new(store: Store, cache_bytes: u64) -> Self {
        Self {
            store: RwLock::new(Some(Arc::new(store))),
            in_use: RwLock::default(),
            cache: RecordCache::new(cache_bytes),
        }
    }

    /// The state store, or an error if the engine is closed.
    pub(crate) fn store(&self) -> Result<Arc<Store>, Error> {
        self.store.read().clone().ok_or(Error::Closed)
    }

    /// Puts a store with the same rows in the place of this one. Readers may still use that for a while.
    pub(crate) fn replace_store(&self, store: Store) -> Result<(), Error> {
        self.store.write().as_mut().map(|there| *there = Arc::new(store)).ok_or(Error::Closed)
    }

    /// Keeps the engine from being closed, for work that uses the store, the journal or the directory for long. Fails once it
    /// is closed.
    pub(crate) fn hold(&self) -> Result<RwLockReadGuard<'_, ()>, Error> {
        let held = self.in_use.read();
        self.store().map(|_| held)
    }

    /// Takes the store out after the last operation on it has ended. Returns `None` if it was taken before.
    pub(crate) fn take_store(&self) -> Option<Store> {
        const LOOK_EVERY: Duration = Duration::from_millis(1);
        let _unused = self.in_use.write();
        let mut store = self.store.write().take()?;
        loop {
            match Arc::try_unwrap(store) {
                Ok(store) => return Some(store),
                Err(shared) => store = shared,
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    #[inline]
    pub(crate) fn cache(&self) -> &RecordCache {
        &self.cache
    }

    /// Reads the records of a workspace through the cache.
    #[inline]
    pub(crate) fn of<'r>(&'r self, workspace: &'r WorkspaceRef) -> RecordReader<'r> {
        RecordReader { records: self, workspace, cached: true }
    }

    /// Reads the records of a workspace past the cache, for work that reads everything once and would evict records in
    /// use.
    pub(crate) fn past_cache<'r>(&'r self, workspace: &'r WorkspaceRef) -> RecordReader<'r> {
        RecordReader { records: self, workspace, cached: false }
    }

    fn cached_or_stored(&self, workspace: WorkspaceId, key: RecordKey) -> Result<Option<Record>, Error> {
        match self.cache.get(workspace, key) {
            Some(record) => Ok(Some(record)),
            None => Ok(self.store()?.record(workspace, key)?),
        }
    }
}

/// Reads the current records of one workspace.
#[derive(Clone, Copy)]
pub(crate) struct RecordReader<'r> {
    records: &'r Records,
    workspace: &'r WorkspaceRef,
    cached: bool,
}

impl RecordReader<'_> {
    /// Reads a record. The caller must not hold the state lock.
    #[inline]
    pub(crate) fn read(self, key: RecordKey) -> Result<Option<Record>, Error> {
        self.read_with(key, |_, record| record)
    }

    /// Reads a record and the state. They are of one moment, except where the record is read from the store.
    #[inline]
    fn read_with<R>(self, key: RecordKey, read: impl FnOnce(&State, Record) -> R) -> Result<Option<R>, Error> {
        let (cache, workspace) = (&self.records.cache, self.workspace.workspace);
        let generation = {
            let state = self.workspace.read()?;
            let found = match state.known(key) {
                Lookup::Record(record) => Some(record),
                Lookup::Absent => return Ok(None),
                Lookup::InStore if self.cached => cache.get(workspace, key),
                Lookup::InStore => None,
            };
            if let Some(record) = found {
                return Ok(Some(read(&state, record)));
            }
            state.generation()
        };
        let Some(record) = self.records.store()?.record(workspace, key)? else { return Ok(None) };
        let state = self.workspace.read()?;
        // The generation is checked because the record may have been rewritten since it was read.
        if self.cached && state.generation() == generation && state.known(key) == Lookup::InStore {
            cache.put(workspace, key, &record);
        }
        Ok(Some(read(&state, record)))
    }

    /// A chat, or `None` if it does not exist. Fails if the store has lost it.
    #[inline]
    pub(crate) fn chat(self, chat: ChatId) -> Result<Option<Arc<ChatRecord>>, Error> {
        self.chat_with(chat, |_, record| record)
    }

    /// Reads a chat and the state, like [`chat`](Self::chat).
    #[inline]
    pub(crate) fn chat_with<R>(
        self,
        chat: ChatId,
        read: impl FnOnce(&State, Arc<ChatRecord>) -> R,
    ) -> Result<Option<R>, Error> {
        let found = self.read_with(RecordKey::Chat(chat), |state, record| match record {
            Record::Chat(record) => Some(read(state, state.current_chat(record))),
            _ => None,
        });
        match found?.flatten() {
            Some(found) => Ok(Some(found)),
            None => self.absent_with(chat, format_args!("chat {chat}")),
        }
    }

    /// A message, or `None` if its chat is deleted. Fails if the store has lost it.
    pub(crate) fn message(self, chat: ChatId, message: MessageId) -> Result<Option<Arc<MessageRecord>>, Error> {
        match self.read(RecordKey::Message(chat, message))? {
            Some(Record::Message(record)) => Ok(Some(record)),
            _ => self.absent_with(chat, format_args!("message {message} of chat {chat}")),
        }
    }

    /// A customer, or `None` if it does not exist.
    pub(crate) fn customer(self, customer: CustomerId) -> Result<Option<Arc<CustomerRecord>>, Error> {
        match self.read(RecordKey::Customer(customer))? {
            Some(Record::Customer(record)) => Ok(Some(record)),
            _ => Ok(None),
        }
    }

    /// An event, or `None` if its customer is deleted, perhaps recreated with fewer events.
    pub(crate) fn event(self, customer: CustomerId, event: u32) -> Result<Option<Arc<EventRecord>>, Error> {
        if let Some(Record::Event(record)) = self.read(RecordKey::Event(customer, event))? {
            return Ok(Some(record));
        }
        match self.customer(customer)? {
            Some(record) if record.events >= event => {
                Err(self.missing(format_args!("event {event} of customer {customer}")))
            }
            _ => Ok(None),
        }
    }

    /// Reads records into the cache, before a plan needs them under the lock.
    pub(crate) fn warm(self, keys: &[RecordKey]) -> Result<(), Error> {
        let cold: Vec<RecordKey> = {
            let state = self.workspace.read()?;
            keys.iter().copied().filter(|key| state.known(*key) == Lookup::InStore).collect()
        };
        cold.into_iter().try_for_each(|key| self.read(key).map(drop))
    }

    /// Loads records for a plan. The caller holds the state lock, so the cache or the store has the newest version of
    /// every record that is not dirty.
    pub(crate) fn preload(self, state: &State, keys: &[RecordKey], into: &mut Preloaded) -> Result<(), Error> {
        for key in keys.iter().copied().filter(|key| state.known(*key) == Lookup::InStore) {
            let record = self.records.cached_or_stored(self.workspace.workspace, key)?;
            if record.is_none() && matches!(key, RecordKey::Chat(_)) {
                return Err(self.missing(format_args!("{key:?}")));
            }
            into.insert(key, record);
        }
        Ok(())
    }

    /// Reads those postings of `keys` that are loaded on demand and not in memory. The caller holds the state lock
    /// until it stores them there.
    pub(crate) fn missing_postings<'k>(
        self,
        state: &State,
        keys: impl Iterator<Item = &'k IndexKey>,
    ) -> Result<Vec<(IndexKey, ChatSet)>, Error> {
        let missing = state.postings.missing(keys);
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        Ok(load_members(&*self.records.store()?, state.workspace, state.is_wiped(), missing)?)
    }

    /// Reads the state once the postings of `keys` are in memory. The caller must not hold the state lock.
    pub(crate) fn with_postings<K: IntoIterator<Item = IndexKey>, R>(
        self,
        keys: impl Fn(&State) -> K,
        read: impl FnOnce(&State) -> R,
    ) -> Result<R, Error> {
        loop {
            let (generation, wiped, missing) = {
                let state = self.workspace.read()?;
                let keys = keys(&state).into_iter();
                let missing: Vec<IndexKey> = keys.filter(|key| !state.postings.is_loaded(key)).collect();
                if missing.is_empty() {
                    return Ok(read(&state));
                }
                (state.generation(), state.is_wiped(), missing)
            };
            let loaded = load_members(&*self.records.store()?, self.workspace.workspace, wiped, missing)?;
            let mut state = self.workspace.write_as_it_is();
            // The generation is checked because the postings may have been rewritten and dropped since they were read,
            // or the workspace unloaded.
            if state.generation() == generation {
                // Readers may ask for many that do not exist.
                state.forget_postings();
                state.load_postings(loaded);
            }
        }
    }

    /// `None` if the chat is gone. Otherwise the store has lost the record, which is an error.
    fn absent_with<T>(self, chat: ChatId, what: impl Display) -> Result<Option<T>, Error> {
        if self.workspace.read()?.has_chat(chat) { Err(self.missing(what)) } else { Ok(None) }
    }

    fn missing(self, what: impl Display) -> Error {
        Error::unreadable(format!(
            "{what} of workspace {} is missing; restore a backup, or rebuild the store",
            self.workspace.workspace
        ))
    }
}
