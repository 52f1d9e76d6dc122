//! A workspace in memory: its state behind a lock, and flags for other parts of the engine.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use std::sync::{Arc, OnceLock};

use parking_lot::{Mutex, RwLock};

use super::Backlog;
use super::budget::Budget;
use crate::error::Error;
use crate::feed::Hub;
use crate::kv::BackendError;
use crate::model::WorkspaceId;
use crate::query::MemoryUse;
use crate::record::Meta;
use crate::rules::next_build_step;
use crate::workspace::{Registry, State};

/// Means no deadline in [`LoadedWorkspace::timed`].
const NEVER: u64 = u64::MAX;
/// Means that the timer was told nothing yet.
const UNTOLD: u64 = u64::MAX - 1;

/// A workspace in memory. Unloading leaves a stub of its state, which the next use replaces: see
/// [`WorkspaceRef`](super::WorkspaceRef).
///
/// A writer takes the lock as upgradable, so that it plans alongside readers and excludes them only while it applies
/// the change.
pub(crate) struct LoadedWorkspace {
    pub(crate) workspace: WorkspaceId,
    pub(super) state: RwLock<State>,
    /// When it was used last, in turns of the [`Budget`](super::budget::Budget).
    pub(super) last_used: AtomicU64,
    /// How many references exist, beside the one in the table of workspaces.
    pub(super) references: AtomicUsize,
    /// Whether it stays in memory without a reference: it holds a workspace, and not only a stub.
    pub(super) is_kept: AtomicBool,
    /// This workspace's share of the budget.
    pub(super) memory: Mutex<MemoryUse>,
    /// Whether a checkpoint is writing its rows.
    is_being_written: AtomicBool,
    /// This workspace's share of the backlog, in bytes.
    counted: AtomicUsize,
    /// The next deadline known to the timer.
    timed: AtomicU64,
    /// Whether the host's custom indexes are registered in this workspace.
    pub(crate) registered: AtomicBool,
    /// Whether an import has exclusive use of the workspace.
    reserved: AtomicBool,
    /// What watchers share, once there was one.
    hub: OnceLock<Arc<Hub>>,
}

/// Why a workspace was not unloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StaysLoaded {
    /// It is in use, or has work under way.
    Busy,
    /// Changes wait for the next checkpoint.
    Dirty,
}

impl LoadedWorkspace {
    pub(crate) fn new(state: State) -> Self {
        Self {
            workspace: state.workspace,
            state: RwLock::new(state),
            last_used: AtomicU64::new(0),
            references: AtomicUsize::new(0),
            is_kept: AtomicBool::new(false),
            memory: Mutex::default(),
            is_being_written: AtomicBool::new(false),
            counted: AtomicUsize::new(0),
            timed: AtomicU64::new(UNTOLD),
            registered: AtomicBool::new(false),
            reserved: AtomicBool::new(false),
            hub: OnceLock::new(),
        }
    }

    /// A workspace that its first use loads.
    pub(super) fn unloaded(workspace: WorkspaceId, registry: &Registry) -> Self {
        Self::new(State::stub(workspace, Meta::default(), 0, registry))
    }

    /// Changes the state of a workspace that no other thread can reach.
    pub(crate) fn replay(
        &mut self,
        backlog: &Backlog,
        change: impl FnOnce(&mut State) -> Result<(), BackendError>,
    ) -> Result<(), BackendError> {
        let state = self.state.get_mut();
        let done = change(state);
        let now = state.dirty_bytes();
        backlog.replace(std::mem::replace(self.counted.get_mut(), now), now);
        done
    }

    /// The approximate memory of the workspace in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.state.read().memory_use().total() as usize
    }

    /// Begins a checkpoint of the rows waiting now. Returns false if there are none.
    pub(crate) fn freeze(&self) -> bool {
        let mut state = self.state.write();
        if state.is_clean() {
            return false;
        }
        state.freeze();
        self.is_being_written.store(true, Ordering::Relaxed);
        true
    }

    /// Records that the rows of the checkpoint are in the store.
    pub(super) fn frozen_is_written(&self) {
        self.is_being_written.store(false, Ordering::Relaxed);
    }

    /// Replaces the state by a stub if the store has all of it and nothing is under way. Returns the state, to be
    /// dropped without the lock.
    pub(super) fn unload(&self, budget: &Budget) -> Result<State, StaysLoaded> {
        let mut state = self.state.try_write().ok_or(StaysLoaded::Busy)?;
        if !state.is_clean() {
            return Err(StaysLoaded::Dirty);
        }
        // The flags change under the lock only, or together with a change that makes the state dirty.
        if !state.is_loaded() || self.is_being_written.load(Ordering::Relaxed) || self.is_reserved() || has_work(&state)
        {
            return Err(StaysLoaded::Busy);
        }
        self.is_kept.store(false, Ordering::SeqCst);
        budget.replace(&self.memory, MemoryUse::default());
        Ok(state.unload())
    }

    /// Whether the workspace was ever changed, so that it must be kept.
    pub(crate) fn is_touched(&self) -> bool {
        self.is_kept.load(Ordering::Relaxed)
    }

    /// Records that the workspace was changed. The caller holds the state lock.
    pub(crate) fn touch(&self) {
        if !self.is_touched() {
            self.is_kept.store(true, Ordering::SeqCst);
        }
    }

    /// What watchers share, if there is one.
    #[inline]
    pub(crate) fn watched_hub(&self) -> Option<&Arc<Hub>> {
        self.hub.get().filter(|hub| hub.is_watched())
    }

    /// What watchers share, made for the first of them.
    pub(crate) fn hub(&self, make: impl FnOnce() -> Arc<Hub>) -> &Arc<Hub> {
        self.hub.get_or_init(make)
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

    /// Whether the timer was never told the next deadline.
    pub(crate) fn is_untimed(&self) -> bool {
        self.timed.load(Ordering::Relaxed) == UNTOLD
    }

    /// Returns the next deadline if it changed since the last call. The caller holds the state lock.
    pub(crate) fn new_deadline(&self, state: &State) -> Option<Option<u64>> {
        let next = state.wheel.next_deadline();
        let stored = next.unwrap_or(NEVER);
        (self.timed.swap(stored, Ordering::Relaxed) != stored).then_some(next)
    }
}

/// Whether work goes on in the workspace: a bulk action, or the building of an index.
fn has_work(state: &State) -> bool {
    state.bulks().next().is_some() || next_build_step(state).is_some()
}
