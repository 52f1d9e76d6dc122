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
use crate::store::{Store, load_for_replay, missing_members};

/// Replays changes on the state store. It needs no more memory than a running engine.
pub(crate) struct Replay<'s> {
    disk: &'s dyn Disk,
    store: &'s Store,
    workspaces: FxHashMap<WorkspaceId, LoadedWorkspace>,
    backlog: Backlog,
    /// The memory of the workspaces in bytes, as an estimate, and above which they are dropped.
    bytes: usize,
    bytes_max: usize,
}

impl<'s> Replay<'s> {
    pub(crate) fn new(disk: &'s dyn Disk, store: &'s Store, config: &Config) -> Self {
        Self {
            disk,
            store,
            workspaces: FxHashMap::default(),
            backlog: Backlog::new(config.dirty_bytes_max),
            bytes: 0,
            bytes_max: usize::try_from(config.workspaces_bytes_max).unwrap_or(usize::MAX),
        }
    }

    pub(crate) fn change(&mut self, seq: u64, payload: &[u8]) -> Result<(), OpenError> {
        let change: Change = decode_versioned(payload)
            .map_err(|error| OpenError::Damaged(format!("change {seq} of the journal cannot be read: {error}")))?;
        self.apply(seq, change).map_err(state_store_error(self.disk))
    }

    fn apply(&mut self, seq: u64, change: Change) -> Result<(), BackendError> {
        let id = change.workspace;
        if !self.workspaces.contains_key(&id) {
            if self.bytes > self.bytes_max {
                self.write()?;
            }
            let loaded = LoadedWorkspace::new(load_for_replay(self.store, id)?);
            self.bytes += loaded.memory_bytes();
            self.workspaces.insert(id, loaded);
        }
        if let Some(workspace) = self.workspaces.get_mut(&id) {
            workspace.replay(&self.backlog, |state| {
                let members = missing_members(self.store, state, change.keys_to_load())?;
                state.load_postings(members);
                state.redo(change);
                state.redone(seq);
                Ok(())
            })?;
        }
        if self.backlog.is_full() { self.write() } else { Ok(()) }
    }

    /// Writes what was replayed so far, all of which is already durable in the journal, and drops the workspaces if
    /// they take much memory.
    fn write(&mut self) -> Result<(), BackendError> {
        for workspace in self.workspaces.values() {
            if workspace.freeze() {
                write_frozen(workspace, self.store, None, &self.backlog, &|_| Ok(()))?;
            }
        }
        self.bytes = self.workspaces.values().map(LoadedWorkspace::memory_bytes).sum();
        if self.bytes > self.bytes_max {
            self.workspaces.clear();
            self.bytes = 0;
        }
        Ok(())
    }

    /// Writes the rest.
    pub(crate) fn finish(mut self) -> Result<(), OpenError> {
        self.write().map_err(state_store_error(self.disk))
    }
}
