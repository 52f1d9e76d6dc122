//! Custom indexes: registering them in a workspace, and building them while commands go on.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use crate::engine::Inner;
use crate::error::{Error, OpenError};
use crate::index::Registration;
use crate::loaded::LoadedWorkspace;
use crate::model::{WorkspaceId, fault_of_index_name};
use crate::query::IndexStatus;
use crate::record::IndexState;
use crate::rules::{PlanInput, Preloaded, next_build_step, plan_build, plan_registration};
use crate::workspace::{Registry, State};

/// The workspaces in which indexes are to be built.
pub(crate) struct IndexQueue {
    sender: Sender<WorkspaceId>,
    receiver: Receiver<WorkspaceId>,
}

impl IndexQueue {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = unbounded();
        Self { sender, receiver }
    }
}

/// The registered indexes, if their names can be names and are different.
pub(crate) fn registry(registrations: &[Registration]) -> Result<Registry, OpenError> {
    for (place, registered) in registrations.iter().enumerate() {
        let again = registrations[..place].iter().any(|earlier| earlier.name == registered.name);
        let fault =
            fault_of_index_name(&registered.name).or_else(|| again.then(|| "it is registered twice".to_owned()));
        if let Some(reason) = fault {
            return Err(OpenError::InvalidIndex { name: registered.name.clone(), reason });
        }
    }
    Ok(registrations.into())
}

impl Inner {
    /// Sees to it that a workspace has the indexes that the host has registered, and no others, before its next
    /// change: those that the host does not know could not be kept.
    pub(crate) fn register_indexes(&self, slot: &LoadedWorkspace) -> Result<(), Error> {
        if slot.registered.load(Ordering::Acquire) {
            return Ok(());
        }
        let state = slot.state.upgradable_read();
        if let Some(change) = plan_registration(PlanInput { state: &state, pinned: &Preloaded::default() })? {
            self.commit(slot, state, change)?;
        }
        slot.registered.store(true, Ordering::Release);
        if next_build_step(&slot.state.read()).is_some() {
            // The thread that listens ends with the engine alone.
            let _nobody_listens = self.index_queue.sender.send(slot.workspace);
        }
        Ok(())
    }

    /// Builds indexes as workspaces with new ones are touched, until `stopped`.
    pub(crate) fn keep_building(&self, stopped: impl Fn() -> bool) {
        const LOOK_EVERY: Duration = Duration::from_millis(100);
        while !stopped() {
            match self.index_queue.receiver.recv_timeout(LOOK_EVERY) {
                Ok(workspace) => {
                    let built = self.build_indexes(workspace, &mut |_| !stopped());
                    if let Err(error) = built {
                        tracing::warn!(%workspace, %error, "an index could not be built; it goes on after the next opening");
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Builds the indexes of a workspace to their end, or until `watch` says to stop.
    pub(crate) fn build_indexes(
        &self,
        workspace: WorkspaceId,
        watch: &mut dyn FnMut(&[IndexStatus]) -> bool,
    ) -> Result<(), Error> {
        let slot: Arc<LoadedWorkspace> = self.slot(workspace)?;
        self.register_indexes(&slot)?;
        loop {
            // The host may do anything meanwhile: no lock is held.
            let statuses = statuses(&slot.state.read());
            if !watch(&statuses) || !self.build_step(&slot)? {
                return Ok(());
            }
        }
    }

    /// Reads the next chats of an index that is being built, as one change; says whether there was something to do.
    fn build_step(&self, slot: &LoadedWorkspace) -> Result<bool, Error> {
        let Some(step) = next_build_step(&slot.state.read()) else { return Ok(false) };
        self.admit(false)?;
        self.warm_chats(slot, &step.chats)?;
        let state = slot.state.upgradable_read();
        // Another step may have been made meanwhile.
        let Some(step) = next_build_step(&state) else { return Ok(false) };
        let pinned = self.pin_chats(slot, &state, &step.chats)?;
        if let Some(change) = plan_build(PlanInput { state: &state, pinned: &pinned }, &step)? {
            self.commit(slot, state, change)?;
        }
        self.bound_queue()?;
        Ok(true)
    }
}

/// How far the registered indexes of a workspace are, by name.
pub(crate) fn statuses(state: &State) -> Vec<IndexStatus> {
    let total = u64::from(state.meta.next.chat) - 1;
    let live = state.indexes().filter(|(id, _)| state.live_index(*id).is_some());
    let mut statuses: Vec<IndexStatus> = live
        .map(|(_, record)| {
            let (readable, done) = match record.state {
                IndexState::Readable => (true, total),
                IndexState::Building { next } => (false, u64::from(next.0) - 1),
            };
            IndexStatus { name: record.name.clone(), version: record.version, readable, done, total }
        })
        .collect();
    statuses.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    statuses
}
