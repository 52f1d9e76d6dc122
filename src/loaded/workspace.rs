//! A loaded workspace: its state behind a lock, and flags for other parts of the engine.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use parking_lot::RwLock;

use super::Backlog;
use crate::error::Error;
use crate::model::WorkspaceId;
use crate::workspace::State;

/// Means no deadline in [`LoadedWorkspace::timed`].
const NEVER: u64 = u64::MAX;

/// A loaded workspace.
///
/// A writer takes the lock as upgradable, so that it plans alongside readers and excludes them only while it applies
/// the change.
pub(crate) struct LoadedWorkspace {
    pub(crate) workspace: WorkspaceId,
    pub(crate) state: RwLock<State>,
    /// This workspace's share of the backlog, in bytes.
    counted: AtomicUsize,
    /// The next deadline known to the timer.
    timed: AtomicU64,
    /// Whether the host's custom indexes are registered in this workspace.
    pub(crate) registered: AtomicBool,
    /// Whether an import has exclusive use of the workspace.
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

    /// Reserves the workspace for an import. Returns false if another import holds it.
    pub(crate) fn reserve(&self) -> bool {
        !self.reserved.swap(true, Ordering::AcqRel)
    }

    /// Ends the reservation.
    pub(crate) fn release(&self) {
        self.reserved.store(false, Ordering::Release);
    }

    pub(crate) fn is_reserved(&self) -> bool {
        self.reserved.load(Ordering::Acquire)
    }

    /// Rejects a command while an import holds the workspace. The caller holds the state lock.
    pub(crate) fn check_free(&self) -> Result<(), Error> {
        if self.is_reserved() {
            return Err(Error::unavailable(format!(
                "workspace {} is being imported into; try again when the import is done",
                self.workspace
            )));
        }
        Ok(())
    }

    /// Updates this workspace's share of the backlog. The caller holds the state lock.
    pub(crate) fn update_backlog(&self, backlog: &Backlog, state: &State) {
        let now = state.dirty_bytes();
        let before = self.counted.swap(now, Ordering::Relaxed);
        backlog.replace(before, now);
    }

    /// Returns the next deadline if it changed since the last call. The caller holds the state lock.
    pub(crate) fn new_deadline(&self, state: &State) -> Option<Option<u64>> {
        let next = state.wheel.next_deadline();
        let stored = next.unwrap_or(NEVER);
        (self.timed.swap(stored, Ordering::Relaxed) != stored).then_some(next)
    }
}
