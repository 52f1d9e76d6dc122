//! A loaded workspace: its state under a lock, and what other parts of the engine know of it.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use parking_lot::RwLock;

use super::Backlog;
use crate::error::Error;
use crate::model::WorkspaceId;
use crate::workspace::State;

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

    /// Keeps commands out, for an import. False if another import does so already.
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
            return Err(Error::unavailable(format!(
                "workspace {} is being imported into; try again afterwards",
                self.workspace
            )));
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
}
