//! Custom indexes: registering them in a workspace, and building them while commands continue.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use super::writer::Writer;
use crate::error::{Error, OpenError};
use crate::index::Registration;
use crate::loaded::WorkspaceRef;
use crate::model::{WorkspaceId, fault_of_index_name};
use crate::query::IndexStatus;
use crate::record::{IndexState, RecordKey};
use crate::rules::{PlanInput, Preloaded, next_build_step, plan_build, plan_registration};
use crate::workspace::{Registry, State};

/// The workspaces whose indexes must be built.
pub(in crate::engine) struct IndexQueue {
    sender: Sender<WorkspaceId>,
    receiver: Receiver<WorkspaceId>,
}

impl IndexQueue {
    pub(in crate::engine) fn new() -> Self {
        let (sender, receiver) = unbounded();
        Self { sender, receiver }
    }

    fn push(&self, workspace: WorkspaceId) {
        // The receiver lives as long as the sender.
        let _sent = self.sender.send(workspace);
    }
}

/// Returns the registered indexes if their names are valid and distinct.
pub(in crate::engine) fn registry(registrations: &[Registration]) -> Result<Registry, OpenError> {
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

/// Gives a workspace exactly the indexes that the host has registered, before its next change. Others are dropped,
/// since they could not be kept up to date.
pub(super) fn register_indexes(writer: &Writer, workspace: &WorkspaceRef) -> Result<(), Error> {
    if workspace.registered.load(Ordering::Acquire) {
        return Ok(());
    }
    let state = workspace.upgradable()?;
    if let Some(change) = plan_registration(PlanInput { state: &state, preloaded: &Preloaded::default() })? {
        writer.commit(workspace, state, change)?;
    }
    workspace.registered.store(true, Ordering::Release);
    if next_build_step(&*workspace.read()?).is_some() {
        writer.index_queue.push(workspace.workspace);
    }
    Ok(())
}

/// Builds indexes as workspaces with new ones are loaded, until `stopped` returns true.
pub(in crate::engine) fn keep_building(writer: &Writer, stopped: impl Fn() -> bool) {
    const LOOK_EVERY: Duration = Duration::from_millis(100);
    while !stopped() {
        match writer.index_queue.receiver.recv_timeout(LOOK_EVERY) {
            Ok(workspace) => {
                let built = build_indexes(writer, workspace, &mut |_| !stopped());
                if let Err(error) = built {
                    tracing::warn!(%workspace, %error, "an index could not be built; building continues after the next opening");
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Builds the indexes of a workspace until they are complete or `watch` returns false.
pub(in crate::engine) fn build_indexes(
    writer: &Writer,
    workspace: WorkspaceId,
    watch: &mut dyn FnMut(&[IndexStatus]) -> bool,
) -> Result<(), Error> {
    let workspace = writer.workspace(workspace)?;
    register_indexes(writer, &workspace)?;
    loop {
        // No lock is held: `watch` may use the engine.
        let statuses = statuses(&*workspace.read()?);
        if !watch(&statuses) || !build_step(writer, &workspace)? {
            return Ok(());
        }
    }
}

/// Adds the next chats to an index that is being built, as one change. Returns false if nothing is left to do.
fn build_step(writer: &Writer, workspace: &WorkspaceRef) -> Result<bool, Error> {
    if next_build_step(&*workspace.read()?).is_none() {
        return Ok(false);
    }
    writer.admission.admit(false)?;
    let needs = |state: &State| {
        let chats = next_build_step(state).map(|step| step.chats).unwrap_or_default();
        chats.into_iter().map(RecordKey::Chat).collect()
    };
    let (_, went_on) = writer.change(workspace, needs, |input| match next_build_step(input.state) {
        Some(step) => Ok((plan_build(input, &step)?, true)),
        // Another thread has taken the last step.
        None => Ok((None, false)),
    })?;
    writer.bound_queue()?;
    Ok(went_on)
}

/// Returns the build progress of the registered indexes of a workspace, sorted by name.
pub(in crate::engine) fn statuses(state: &State) -> Vec<IndexStatus> {
    if state.is_untouched() {
        // The first change registers them.
        let empty = |(name, version): (&str, u32)| IndexStatus {
            name: name.to_owned(),
            version,
            readable: true,
            done: 0,
            total: 0,
        };
        return sorted(state.registrations().map(empty).collect());
    }
    let total = u64::from(state.meta.next.chat) - 1;
    let live = state.indexes().filter(|(id, _)| state.live_index(*id).is_some());
    let statuses = live
        .map(|(_, record)| {
            let (readable, done) = match record.state {
                IndexState::Readable => (true, total),
                IndexState::Building { next } => (false, u64::from(next.0) - 1),
            };
            IndexStatus { name: record.name.clone(), version: record.version, readable, done, total }
        })
        .collect();
    sorted(statuses)
}

fn sorted(mut statuses: Vec<IndexStatus>) -> Vec<IndexStatus> {
    statuses.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    statuses
}
