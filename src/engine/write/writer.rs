//! The single path from a plan to a change in the journal and in memory.

use std::sync::Arc;

use parking_lot::{RwLockUpgradableReadGuard, RwLockWriteGuard};

use super::admission::Admission;
use super::following::Following;
use super::indexing::{IndexQueue, register_indexes};
use super::timer_queue::TimerQueue;
use crate::config::{Durability, Timer};
use crate::directory::{Disk, begin_epoch};
use crate::error::Error;
use crate::feed::{Entry, Feed};
use crate::index::Discarded;
use crate::journal::Journal;
use crate::loaded::{LoadedWorkspace, WorkspaceRef, Workspaces};
use crate::model::WorkspaceId;
use crate::record::codec::{CodecError, encode_versioned};
use crate::record::{Change, IndexKey, RecordKey};
use crate::rules::{PlanInput, Preloaded};
use crate::sets::ChatSet;
use crate::workspace::State;

/// A workspace state that only this thread may write, while others may read.
pub(in crate::engine) type Upgradable<'s> = RwLockUpgradableReadGuard<'s, State>;

/// The components that every write uses.
pub(crate) struct Writer {
    pub(in crate::engine) workspaces: Arc<Workspaces>,
    pub(in crate::engine) journal: Arc<Journal>,
    pub(in crate::engine) admission: Admission,
    pub(in crate::engine) following: Following,
    pub(in crate::engine) timer: Arc<TimerQueue>,
    pub(in crate::engine) index_queue: IndexQueue,
    pub(in crate::engine) clock: Timer,
    pub(in crate::engine) durability: Durability,
    pub(in crate::engine) feed: Arc<Feed>,
    pub(in crate::engine) disk: Arc<dyn Disk>,
}

/// A planned change, and what the caller learns from it.
pub(in crate::engine) type Planned<T> = Result<(Option<Change>, T), CodecError>;

impl Writer {
    /// Returns a workspace, loaded, and registers it with the timer and the custom indexes.
    ///
    /// An untouched workspace is empty, and nothing of it is kept.
    pub(in crate::engine) fn workspace(&self, id: WorkspaceId) -> Result<WorkspaceRef, Error> {
        let workspace = self.workspaces.get(id);
        let state = workspace.read()?;
        if workspace.is_untimed() && !workspace.is_reserved() {
            // The deadline row may have been lost. Under the lock no newer deadline can be overwritten.
            self.tell_timer(&workspace, &state);
        }
        drop(state);
        if self.workspaces.has_custom_indexes()
            && workspace.is_touched()
            && let Err(error) = register_indexes(self, &workspace)
        {
            tracing::warn!(workspace = %id, %error, "the custom indexes could not be registered; the next command tries again");
        }
        Ok(workspace)
    }

    /// Plans a change while readers continue, and commits it. `needs` names the records that the plan reads. It is
    /// called before the lock is taken, to warm the cache, and again under the lock. Returns the seq of the change, if
    /// there is one.
    pub(in crate::engine) fn change<T>(
        &self,
        workspace: &WorkspaceRef,
        needs: impl Fn(&State) -> Vec<RecordKey>,
        mut plan: impl FnMut(PlanInput<'_>) -> Planned<T>,
    ) -> Result<(Option<u64>, T), Error> {
        let records = self.workspaces.records_of(workspace);
        let cold = needs(&*workspace.read()?);
        records.warm(&cold)?;
        let state = workspace.upgradable()?;
        let mut preloaded = Preloaded::default();
        records.preload(&state, &needs(&state), &mut preloaded)?;
        let planned = loop {
            let planned = plan(PlanInput { state: &state, preloaded: &preloaded });
            let missed: Vec<RecordKey> = preloaded.take_missed().records.into_iter().collect();
            if missed.is_empty() {
                break planned;
            }
            records.preload(&state, &missed, &mut preloaded)?;
        };
        let (change, outcome) = planned?;
        let seq = change.map(|change| self.commit(workspace, state, change)).transpose()?;
        Ok((seq, outcome))
    }

    /// Queues a change in the journal and applies it. Returns its seq.
    pub(in crate::engine) fn commit(
        &self,
        workspace: &WorkspaceRef,
        state: Upgradable<'_>,
        change: Change,
    ) -> Result<u64, Error> {
        let (seq, state, discarded) = self.commit_locked(workspace, state, change)?;
        drop(state);
        // Only now, since others wait for the lock.
        drop(discarded);
        Ok(seq)
    }

    /// Like [`commit`](Self::commit), but keeps other writers out afterwards.
    pub(in crate::engine) fn commit_and_stay<'s>(
        &self,
        workspace: &WorkspaceRef,
        state: Upgradable<'s>,
        change: Change,
    ) -> Result<(u64, Upgradable<'s>), Error> {
        let (seq, state, _) = self.commit_locked(workspace, state, change)?;
        Ok((seq, RwLockWriteGuard::downgrade_to_upgradable(state)))
    }

    /// Reads the postings that must be in memory when a change is applied, and are not.
    pub(super) fn missing_postings(
        &self,
        workspace: &WorkspaceRef,
        state: &State,
        change: &Change,
    ) -> Result<Vec<(IndexKey, ChatSet)>, Error> {
        let watched = workspace.watched_hub().map(|hub| hub.on_demand_keys(state, change)).unwrap_or_default();
        self.workspaces.records_of(workspace).missing_postings(state, change.keys_to_load().chain(&watched))
    }

    fn commit_locked<'s>(
        &self,
        workspace: &WorkspaceRef,
        state: Upgradable<'s>,
        change: Change,
    ) -> Result<(u64, RwLockWriteGuard<'s, State>, Discarded), Error> {
        let postings = self.missing_postings(workspace, &state, &change)?;
        let frame = encode_versioned(&change)?;
        let mut state = RwLockUpgradableReadGuard::upgrade(state);
        let seq = self.journal.append(&[frame])?;
        let discarded = self.journal.poison_on_panic(|| {
            state.load_postings(postings);
            let (entry, discarded) = self.apply(workspace, &mut state, change);
            self.tell(workspace, seq, entry);
            self.applied(workspace, &mut state, seq);
            discarded
        });
        Ok((seq, state, discarded))
    }

    /// Applies a change to the state. It is in the journal, or about to be. Returns what watchers are told of it, and what
    /// to drop without the lock.
    pub(super) fn apply(
        &self,
        workspace: &LoadedWorkspace,
        state: &mut State,
        change: Change,
    ) -> (Option<Entry>, Discarded) {
        if change.wipes {
            self.workspaces.records.cache().forget(workspace.workspace);
        }
        let draft = workspace.watched_hub().and_then(|hub| hub.draft(state, &change));
        let discarded = state.apply(change);
        (draft.map(|draft| draft.finish(state)), discarded)
    }

    /// Tells watchers of a change that was applied, in the order of the changes. The caller holds the state lock.
    pub(super) fn tell(&self, workspace: &LoadedWorkspace, seq: u64, entry: Option<Entry>) {
        let (Some(entry), Some(hub)) = (entry, workspace.watched_hub()) else { return };
        hub.push(entry, seq);
        if self.journal.durable_seq() >= seq {
            // It was made durable along with another change, before the hub had it.
            self.feed.note_durable();
        }
    }

    /// Begins a new epoch of the change feed: what happened cannot be told change by change.
    pub(super) fn begin_epoch(&self) {
        match begin_epoch(self.disk.root()) {
            Ok(epoch) => self.feed.begin_epoch(epoch),
            // Watchers who come back find a change that cannot be told, and begin anew as well.
            Err(error) => tracing::warn!(%error, "the new epoch of the change feed could not be written"),
        }
    }

    /// Records that the changes up to `seq` were applied: updates the seq, the backlog and the timer.
    pub(super) fn applied(&self, workspace: &LoadedWorkspace, state: &mut State, seq: u64) {
        state.set_seq(seq);
        workspace.touch();
        workspace.update_backlog(self.admission.backlog(), state);
        if !workspace.is_reserved() {
            self.tell_timer(workspace, state);
        }
    }

    /// Sets the next deadline of a workspace whose state the caller has locked.
    pub(super) fn tell_timer(&self, workspace: &LoadedWorkspace, state: &State) {
        if let Some(deadline) = workspace.new_deadline(state) {
            self.timer.set(workspace.workspace, deadline);
        }
    }

    /// Waits until a command counts as done.
    pub(in crate::engine) fn settle(&self, seq: u64) -> Result<(), Error> {
        match self.durability {
            Durability::Sync => Ok(self.journal.wait(seq)?),
            Durability::Interval(_) => self.bound_queue(),
        }
    }

    /// Writes out the journal's queue if it has grown large, without waiting for its sync.
    pub(in crate::engine) fn bound_queue(&self) -> Result<(), Error> {
        const QUEUED_BYTES_MAX: usize = 4 << 20;
        if self.journal.queued_bytes() > QUEUED_BYTES_MAX {
            self.journal.write_out()?;
        }
        Ok(())
    }
}
