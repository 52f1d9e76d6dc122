//! Redoing changes of the journal on a state store.

use rustc_hash::FxHashMap;

use crate::config::Config;
use crate::directory::{Disk, state_store_error};
use crate::error::OpenError;
use crate::kv::BackendError;
use crate::loaded::{Backlog, LoadedWorkspace, write_frozen};
use crate::model::WorkspaceId;
use crate::record::Change;
use crate::record::codec::decode_versioned;
use crate::store::{Store, load_workspace};
use crate::workspace::Registry;

/// Redoes changes on the state store. It needs no more memory than an engine that runs.
pub(crate) struct Replay<'s> {
    disk: &'s dyn Disk,
    store: &'s Store,
    slots: FxHashMap<WorkspaceId, LoadedWorkspace>,
    backlog: Backlog,
    dirty_bytes_max: usize,
}

impl<'s> Replay<'s> {
    pub(crate) fn new(disk: &'s dyn Disk, store: &'s Store, config: &Config) -> Self {
        Self {
            disk,
            store,
            slots: FxHashMap::default(),
            backlog: Backlog::default(),
            dirty_bytes_max: config.dirty_bytes_max,
        }
    }

    pub(crate) fn change(&mut self, seq: u64, payload: &[u8]) -> Result<(), OpenError> {
        let change: Change = decode_versioned(payload)
            .map_err(|error| OpenError::Damaged(format!("change {seq} of the journal cannot be read: {error}")))?;
        self.apply(seq, change).map_err(state_store_error(self.disk))
    }

    fn apply(&mut self, seq: u64, change: Change) -> Result<(), BackendError> {
        let workspace = change.workspace;
        if !self.slots.contains_key(&workspace) {
            self.slots
                .insert(workspace, LoadedWorkspace::new(load_workspace(self.store, workspace, &Registry::default())?));
        }
        if let Some(slot) = self.slots.get(&workspace) {
            let mut state = slot.state.write();
            let keys = change.postings.iter().map(|delta| &delta.key);
            let postings = slot.missing_postings(&state, self.store, keys)?;
            postings.into_iter().for_each(|(key, posting)| state.load_posting(key, posting));
            state.apply(change);
            state.redone(seq);
            slot.update_backlog(&self.backlog, &state);
        }
        if self.backlog.bytes() > self.dirty_bytes_max { self.write() } else { Ok(()) }
    }

    /// Writes what was redone so far. All of it is durable in the journal already.
    fn write(&self) -> Result<(), BackendError> {
        for slot in self.slots.values() {
            slot.state.write().freeze();
            write_frozen(slot, self.store, None, &self.backlog, &|_| Ok(()))?;
        }
        Ok(())
    }

    /// Writes the rest.
    pub(crate) fn finish(self) -> Result<(), OpenError> {
        self.write().map_err(state_store_error(self.disk))
    }
}
