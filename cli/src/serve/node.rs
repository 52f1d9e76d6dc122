//! `inboxdb serve --log`: the server as a node of a cluster.

use std::future::ready;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use inboxdb::{BulkLeft, Engine, Envelope, Error, Place, WorkspaceId};
use inboxdb_cluster::{Beginning, JetStream, Logs, Node, NodeConfig, NodeError, NodeState, Submitted};
use inboxdb_server::{Done, ExecuteError, Executed, Executor, GroupStatus, NodeStatus, Watch};
use tokio::sync::watch;

use crate::failure::Failure;
use crate::log_options::{LogOptions, bounds_of};

/// The name of a node that is given none: no other node has this directory of this machine.
pub(super) fn name(dir: &Path) -> String {
    let dir = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    format!("{}:{}", machine(), dir.display())
}

#[cfg(unix)]
fn machine() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn machine() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

/// A node that runs, with the connection to its log.
pub(super) struct Running {
    node: Arc<Node>,
    _log: JetStream,
}

impl Running {
    /// Connects to the log, and starts a node behind what the engine has applied.
    pub(super) async fn start(engine: &Arc<Engine>, options: &LogOptions, name: String) -> Result<Self, Failure> {
        let is_new = engine.log_binding().is_none();
        let log = options.connect(is_new.then(|| Beginning::of(engine)).transpose()?).await?;
        if is_new && engine.durable_seq() > 0 {
            check_unused(&log.logs()).await?;
        }
        let node = Node::start(Arc::clone(engine), log.logs(), NodeConfig::new(name));
        let node = Arc::new(node.map_err(|error| Failure::Broken(error.to_string()))?);
        Ok(Self { node, _log: log })
    }

    /// What does the commands of the server.
    pub(super) fn executor(&self) -> NodeExecutor {
        NodeExecutor { node: Arc::clone(&self.node), state: self.node.watch_state() }
    }

    /// Stops the node. The engine stays open.
    pub(super) async fn stop(&self) {
        self.node.stop().await;
    }
}

/// Lets a store with data of its own begin a log, and never follow one that others have begun.
async fn check_unused(logs: &Logs) -> Result<(), Failure> {
    for log in &logs.groups {
        if bounds_of(&**log).await?.last > Place(0) {
            return Err(Failure::Broken(
                "the store has data that does not come from this log, and the log is in use; make a new store with \
                 `inboxdb join`"
                    .to_owned(),
            ));
        }
    }
    Ok(())
}

/// The node as what does the commands of a server.
#[derive(Debug)]
pub(super) struct NodeExecutor {
    node: Arc<Node>,
    state: watch::Receiver<NodeState>,
}

fn executed(submitted: Result<Submitted, NodeError>) -> Executed {
    match submitted {
        Ok(Submitted { place, outcome, .. }) => Ok(Done { outcome, place: Some(place) }),
        Err(NodeError::Refused { refusal, .. }) => Err(ExecuteError::Engine(Error::Refused(refusal))),
        Err(error @ NodeError::Unknown(_)) => Err(ExecuteError::Unknown(error.to_string())),
        Err(error) => Err(ExecuteError::Unavailable(error.to_string())),
    }
}

impl Executor for NodeExecutor {
    fn execute(&self, envelopes: Vec<Envelope>) -> BoxFuture<'static, Vec<Executed>> {
        let (node, count) = (Arc::clone(&self.node), envelopes.len());
        // A task of its own, so that a client that goes away takes nothing back.
        let task = tokio::spawn(async move { node.submit_all(envelopes).await });
        async move {
            match task.await {
                Ok(submitted) => submitted.into_iter().map(executed).collect(),
                Err(_) => (0..count).map(|_| Err(ExecuteError::Panicked)).collect(),
            }
        }
        .boxed()
    }

    fn execute_watched(&self, envelope: Envelope, mut watch: Watch) -> BoxFuture<'static, Executed> {
        let node = Arc::clone(&self.node);
        let told = move |BulkLeft { done, total, .. }: BulkLeft| watch(done, Some(total));
        let task = tokio::spawn(async move { node.submit_watched(envelope, told).await });
        async move { task.await.map_or(Err(ExecuteError::Panicked), executed) }.boxed()
    }

    fn place(&self, workspace: WorkspaceId) -> Option<Place> {
        Some(self.node.place_of(workspace))
    }

    fn wait_for(&self, workspace: WorkspaceId, place: Place, time: Duration) -> BoxFuture<'static, Result<(), String>> {
        if self.node.place_of(workspace) >= place {
            return ready(Ok(())).boxed();
        }
        let node = Arc::clone(&self.node);
        async move { node.wait_for(workspace, place, time).await.map_err(|error| error.reason()) }.boxed()
    }

    fn status(&self) -> Option<NodeStatus> {
        let status = self.node.status();
        let state = match status.state {
            NodeState::Running => inboxdb_server::NodeState::Running,
            NodeState::ReadOnly(reason) => inboxdb_server::NodeState::ReadOnly(reason),
            NodeState::Stopped(reason) => inboxdb_server::NodeState::Stopped(reason),
            _ => inboxdb_server::NodeState::Stopped("its state is not known".to_owned()),
        };
        let group = |group: &inboxdb_cluster::GroupStatus| GroupStatus {
            group: group.group,
            applied: group.applied,
            last: group.last,
            silence: group.silence,
        };
        Some(NodeStatus { state, groups: status.groups.iter().map(group).collect() })
    }

    fn stopped(&self) -> Option<String> {
        match &*self.state.borrow() {
            NodeState::Stopped(reason) => Some(reason.clone()),
            _ => None,
        }
    }
}
