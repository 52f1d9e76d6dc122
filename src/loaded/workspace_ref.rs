//! Counted references to workspaces, and locks that load a workspace when it is used.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::{RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard};

use super::{LoadedWorkspace, Workspaces};
use crate::error::Error;
use crate::workspace::State;

/// A reference to a workspace, which may be unloaded at any time that no lock is held. The next lock loads it again.
pub(crate) struct WorkspaceRef {
    slot: Arc<LoadedWorkspace>,
    workspaces: Arc<Workspaces>,
}

impl WorkspaceRef {
    /// The caller holds the lock of the table that `slot` is from.
    pub(super) fn new(slot: &Arc<LoadedWorkspace>, workspaces: &Arc<Workspaces>) -> Self {
        slot.references.fetch_add(1, Ordering::SeqCst);
        Self { slot: Arc::clone(slot), workspaces: Arc::clone(workspaces) }
    }

    /// Locks the workspace for reading.
    #[inline]
    pub(crate) fn read(&self) -> Result<RwLockReadGuard<'_, State>, Error> {
        let state = self.slot.state.read();
        if state.is_loaded() {
            self.note_use();
            return Ok(state);
        }
        drop(state);
        self.load_and_read()
    }

    /// Locks the workspace for a change: other writers are kept out, and readers are not.
    pub(crate) fn upgradable(&self) -> Result<RwLockUpgradableReadGuard<'_, State>, Error> {
        let state = self.slot.state.upgradable_read();
        if state.is_loaded() {
            self.note_use();
            return Ok(state);
        }
        drop(state);
        let state = RwLockWriteGuard::downgrade_to_upgradable(self.load()?);
        self.workspaces.unload_idle();
        Ok(state)
    }

    /// Locks the workspace for reading as it is: loaded or a stub, which has the counters only.
    pub(crate) fn read_as_it_is(&self) -> RwLockReadGuard<'_, State> {
        self.slot.state.read()
    }

    /// Locks the workspace as it is, to add what was read from the store.
    pub(super) fn write_as_it_is(&self) -> RwLockWriteGuard<'_, State> {
        self.slot.state.write()
    }

    /// Takes the state out as it is, and leaves its stub.
    #[cfg(test)]
    pub(crate) fn take_state(&self) -> State {
        self.slot.state.write().unload()
    }

    #[inline]
    fn note_use(&self) {
        let turn = self.workspaces.budget.turn();
        if self.slot.last_used.load(Ordering::Relaxed) != turn {
            self.slot.last_used.store(turn, Ordering::Relaxed);
        }
    }

    #[cold]
    #[inline(never)]
    fn load_and_read(&self) -> Result<RwLockReadGuard<'_, State>, Error> {
        let state = RwLockWriteGuard::downgrade(self.load()?);
        // The guard protects this workspace, however small the budget is.
        self.workspaces.unload_idle();
        Ok(state)
    }

    fn load(&self) -> Result<RwLockWriteGuard<'_, State>, Error> {
        let mut state = self.slot.state.write();
        if !state.is_loaded() {
            self.workspaces.load(&self.slot, &mut state)?;
        }
        self.note_use();
        Ok(state)
    }
}

impl Clone for WorkspaceRef {
    fn clone(&self) -> Self {
        // The table may be searched meanwhile, but this reference exists already.
        Self::new(&self.slot, &self.workspaces)
    }
}

impl Drop for WorkspaceRef {
    fn drop(&mut self) {
        // Sequentially consistent, like the two steps of unloading: one of both sides sees the other and removes the
        // stub.
        let was_last = self.slot.references.fetch_sub(1, Ordering::SeqCst) == 1;
        if was_last && !self.slot.is_kept.load(Ordering::SeqCst) {
            self.workspaces.forget_unused(self.slot.workspace);
        }
    }
}

impl Deref for WorkspaceRef {
    type Target = LoadedWorkspace;

    fn deref(&self) -> &LoadedWorkspace {
        &self.slot
    }
}
