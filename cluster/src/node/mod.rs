//! A node: an engine, the logs, and what lies between them.

mod apply;
mod bulks;
mod comparing;
mod config;
mod coverage;
mod digests;
mod error;
mod group;
mod publish;
mod shared;
mod status;
mod submit;
mod ticks;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use std::{fmt, thread};

use inboxdb::{BulkLeft, Engine, Envelope, Place, WorkspaceId};
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinSet};

use crate::log::{LogIdentity, Logs, Reader};

pub use config::NodeConfig;
pub use error::{NodeError, StartError};
pub use status::{GroupStatus, NodeState, NodeStatus};
pub use submit::Submitted;

use digests::Reporter;
use group::Group;
use shared::Shared;

/// A node of a cluster: it publishes commands, applies the logs in order to its own engine, and answers.
///
/// Reads go to the engine. They see what this node has applied; [`wait_for`](Self::wait_for) waits for more.
///
/// The engine must be opened with [`Timer::Off`](inboxdb::Timer::Off), because time passes by entries of the log, and should be
/// with [`Durability::Interval`](inboxdb::Durability::Interval): the log is what must not lose anything, and a node that
/// crashes reads again what it had not synced. Nothing else may write to it.
pub struct Node {
    shared: Arc<Shared>,
    work: Mutex<Work>,
}

/// What a node has under way.
#[derive(Default)]
struct Work {
    tasks: JoinSet<()>,
    readers: Vec<AbortHandle>,
    threads: Vec<JoinHandle<()>>,
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("name", &self.shared.config.name)
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

impl Node {
    /// Starts a node behind the newest place of its engine in each group. Must be called within a Tokio runtime.
    ///
    /// # Errors
    ///
    /// [`StartError::Bound`] if the store was filled from other logs.
    pub fn start(engine: Arc<Engine>, logs: Logs, config: NodeConfig) -> Result<Self, StartError> {
        bind(&engine, &logs)?;
        let spread = logs.spread();
        let mut applied = vec![Place(0); logs.groups.len()];
        for (workspace, place) in engine.places().map_err(unreadable)? {
            if let Some(newest) = applied.get_mut(spread.of(workspace) as usize) {
                *newest = place.max(*newest);
            }
        }
        let instance = instance()?;
        let readers: Vec<Reader> = logs.groups.iter().zip(&applied).map(|(log, applied)| log.read(*applied)).collect();
        let groups = logs.groups.iter().zip(&readers).zip(&applied).zip(0..);
        let groups =
            groups.map(|(((log, reader), applied), index)| Group::new(index, Arc::clone(log), reader.view(), *applied));
        let (reports, reported) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared::new(engine, config, groups.collect(), spread, instance, reports));
        shared.bulks.begin(&shared.engine).map_err(unreadable)?;
        // From here on it is dropped, and so stopped, should a thread be missing.
        let node = Self { shared: Arc::clone(&shared), work: Mutex::default() };
        let mut work = node.work.lock();
        for (reader, applied) in readers.into_iter().zip(applied) {
            work.apply(&shared, reader, applied)?;
        }
        work.tasks.spawn(ticks::watch(Arc::clone(&shared)));
        work.tasks.spawn(bulks::watch(Arc::clone(&shared)));
        work.tasks.spawn(comparing::publish(Arc::clone(&shared), Arc::clone(&logs.digests), reported));
        work.tasks.spawn(coverage::watch(Arc::clone(&shared), Arc::clone(&logs.digests)));
        work.tasks.spawn(comparing::listen(Arc::clone(&shared), logs.digests));
        work.tasks.spawn(watch_alarm(shared, logs.alarm));
        drop(work);
        Ok(node)
    }

    /// Does a command: judges whether it may be published, publishes it, waits until this node has applied it, and answers.
    ///
    /// A command with an id is done once, however often and on however many nodes it is sent.
    ///
    /// # Errors
    ///
    /// [`NodeError`]. Only after [`NodeError::Unknown`] the command may have been done.
    pub async fn submit(&self, envelope: Envelope) -> Result<Submitted, NodeError> {
        submit::submit(&self.shared, envelope, &mut |_| {}).await
    }

    /// Does a command as [`submit`](Self::submit) does, and says after each piece of a large bulk action what is left of it.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit).
    pub async fn submit_watched(
        &self,
        envelope: Envelope,
        mut watch: impl FnMut(BulkLeft) + Send,
    ) -> Result<Submitted, NodeError> {
        submit::submit(&self.shared, envelope, &mut watch).await
    }

    /// Does commands in their order, and answers each, in the same order. Many are on their way together, so this takes a small
    /// part of the time of one [`submit`](Self::submit) after the other.
    ///
    /// Only an entry that has to be published again, because the log lost its leader, may come behind later ones. A command
    /// that must not be done unless another one was is better sent once that is answered, or in one
    /// [`All`](inboxdb::Command::All) with it.
    pub async fn submit_all(&self, envelopes: Vec<Envelope>) -> Vec<Result<Submitted, NodeError>> {
        submit::submit_all(&self.shared, envelopes).await
    }

    /// Waits until this node has applied a place in the log of a workspace's group, for reads that must see it.
    ///
    /// # Errors
    ///
    /// [`NodeError::Unavailable`] if that takes longer than `time`, or the node stops.
    pub async fn wait_for(&self, workspace: WorkspaceId, place: Place, time: Duration) -> Result<(), NodeError> {
        let group = self.shared.group_of(workspace)?;
        let unavailable = |reason: String| Err(NodeError::Unavailable(reason));
        tokio::select! {
            biased;
            is_there = group.wait_for(place, time) => match is_there {
                true => Ok(()),
                false => unavailable(format!("this node is at place {}, and {} was asked for", group.applied().0, place.0)),
            },
            reason = self.shared.stopped() => unavailable(format!("this node has stopped: {reason}")),
        }
    }

    /// Returns the last place that this node has applied in the log of a workspace's group.
    pub fn place_of(&self, workspace: WorkspaceId) -> Place {
        self.shared.group_of(workspace).map_or(Place(0), Group::applied)
    }

    /// Returns the engine, for reads.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.shared.engine
    }

    /// Returns how the node is doing.
    pub fn status(&self) -> NodeStatus {
        NodeStatus { state: self.shared.state(), groups: self.shared.groups.iter().map(Group::status).collect() }
    }

    /// Returns what tells of each change of the node's state.
    pub fn watch_state(&self) -> watch::Receiver<NodeState> {
        self.shared.watch_state()
    }

    /// Stops the node. Entries that are being applied are finished. The engine stays open. Commands that wait are answered as
    /// unknown. Stopping twice does nothing.
    pub async fn stop(&self) {
        self.shared.close();
        let mut work = std::mem::take(&mut *self.work.lock());
        work.readers.iter().for_each(AbortHandle::abort);
        let threads = std::mem::take(&mut work.threads);
        // Each has at most one entry to finish.
        let joined = tokio::task::spawn_blocking(move || threads.into_iter().all(|thread| thread.join().is_ok()));
        if !joined.await.unwrap_or(false) {
            tracing::error!("a thread of the node panicked");
        }
        work.tasks.shutdown().await;
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.shared.close();
        self.work.lock().readers.iter().for_each(AbortHandle::abort);
    }
}

impl Work {
    /// Applies a group on a thread of its own.
    fn apply(&mut self, shared: &Arc<Shared>, reader: Reader, applied: Place) -> Result<(), StartError> {
        let group = self.threads.len();
        let (shared, config) = (Arc::clone(shared), &shared.config);
        let reporter = Reporter::new(config.name.clone(), shared.instance, group as u32, config.digest_every, applied);
        self.readers.push(reader.stopper());
        let thread = thread::Builder::new().name(format!("inboxdb-group-{group}"));
        let spawned = thread.spawn(move || apply::run(&shared, group, reader, reporter));
        self.threads
            .push(spawned.map_err(|error| StartError::System(format!("no thread for group {group}: {error}")))?);
        Ok(())
    }
}

fn unreadable(error: inboxdb::Error) -> StartError {
    StartError::System(error.to_string())
}

fn bind(engine: &Engine, logs: &Logs) -> Result<(), StartError> {
    let binding = logs.binding();
    match engine.log_binding() {
        Some(bound) if bound == binding => Ok(()),
        Some(bound) => Err(StartError::Bound(format!(
            "it follows another log, {bound}, and this is {binding}; move it away and join a node of this log (inboxdb join)"
        ))),
        None => engine.bind_log(&binding).map_err(|error| StartError::Bound(error.to_string())),
    }
}

/// Random, and of one start only.
fn instance() -> Result<u64, StartError> {
    let random = LogIdentity::random().map_err(|error| StartError::System(error.to_string()))?;
    let digits = random.as_str().get(..16).unwrap_or_default();
    u64::from_str_radix(digits, 16).map_err(|error| StartError::System(error.to_string()))
}

/// Stops the node once the logs must no longer be used.
async fn watch_alarm(shared: Arc<Shared>, mut alarm: watch::Receiver<Option<String>>) {
    if let Ok(reason) = alarm.wait_for(Option::is_some).await
        && let Some(reason) = reason.clone()
    {
        shared.stop(reason);
    }
}
