//! Replaying changes of the journal on a state store.

use rustc_hash::FxHashMap;

use crate::config::Config;
use crate::directory::{Disk, state_store_error};
use crate::error::OpenError;
use crate::kv::BackendError;
use crate::loaded::{Backlog, LoadedWorkspace, write_frozen};
use crate::model::WorkspaceId;
use crate::record::Change;
use crate::record::codec::decode_versioned;
use crate::store::{Store, load_workspace, missing_postings};
use crate::workspace::Registry;

/// Replays changes on the state store. It needs no more memory than a running engine.
pub(crate) struct Replay<'s> {
    disk: &'s dyn Disk,
    store: &'s Store,
    workspaces: FxHashMap<WorkspaceId, LoadedWorkspace>,
    backlog: Backlog,
}

impl<'s> Replay<'s> {
    pub(crate) fn new(disk: &'s dyn Disk, store: &'s Store, config: &Config) -> Self {
        Self { disk, store, workspaces: FxHashMap::default(), backlog: Backlog::new(config.dirty_bytes_max) }
    }

    pub(crate) fn change(&mut self, seq: u64, payload: &[u8]) -> Result<(), OpenError> {
        let change: Change = decode_versioned(payload)
            .map_err(|error| OpenError::Damaged(format!("change {seq} of the journal cannot be read: {error}")))?;
        self.apply(seq, change).map_err(state_store_error(self.disk))
    }

    fn apply(&mut self, seq: u64, change: Change) -> Result<(), BackendError> {
        let id = change.workspace;
        if !self.workspaces.contains_key(&id) {
            self.workspaces.insert(id, LoadedWorkspace::new(load_workspace(self.store, id, &Registry::default())?));
        }
        if let Some(workspace) = self.workspaces.get(&id) {
            let mut state = workspace.state.write();
            let keys = change.postings.iter().map(|delta| &delta.key);
            let postings = missing_postings(self.store, &state, keys)?;
            state.load_postings(postings);
            state.apply(change);
            state.redone(seq);
            workspace.update_backlog(&self.backlog, &state);
        }
        if self.backlog.is_full() { self.write() } else { Ok(()) }
    }

    /// Writes what was replayed so far. All of it is already durable in the journal.
    fn write(&self) -> Result<(), BackendError> {
        for workspace in self.workspaces.values() {
            workspace.state.write().freeze();
            write_frozen(workspace, self.store, None, &self.backlog, &|_| Ok(()))?;
        }
        Ok(())
    }

    /// Writes the rest.
    pub(crate) fn finish(self) -> Result<(), OpenError> {
        self.write().map_err(state_store_error(self.disk))
    }
}
