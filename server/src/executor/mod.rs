//! What does the commands of a server: its engine, or a node of a cluster.

mod engine;
mod status;

use std::fmt::Debug;
use std::time::Duration;

use futures_util::future::BoxFuture;
use inboxdb::{Envelope, Outcome, Place, WorkspaceId};

pub(crate) use engine::EngineExecutor;
pub use status::{GroupStatus, NodeState, NodeStatus};

/// Is told how far a long command is: the chats that are done, and all chats.
pub type Watch = Box<dyn FnMut(u64, Option<u64>) + Send>;

/// What came of a command.
pub type Executed = Result<Done, ExecuteError>;

/// A command that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// What came of it.
    pub outcome: Outcome,
    /// Its place in the log of its workspace's group. None without a log.
    pub place: Option<Place>,
}

/// Why a command was not done, or is not known to be done.
#[derive(Debug)]
#[non_exhaustive]
pub enum ExecuteError {
    /// It was refused, or the engine failed at it.
    Engine(inboxdb::Error),
    /// It was not done, and will not be. This is why.
    Unavailable(String),
    /// It may be done or not. The same command with the same id settles that. This is why.
    Unknown(String),
    /// A panic ended it.
    Panicked,
}

/// What does the commands of a server, and knows how far its reads are.
///
/// The engine of the server is one, and what [`Server`](crate::Server) uses unless it is given another. A node of a cluster is
/// another one: it sends commands through a log, and then reads have places.
pub trait Executor: Debug + Send + Sync + 'static {
    /// Does commands one after the other, and answers each, in their order. Several may be on their way at the same time.
    ///
    /// What was begun is finished also if the future is dropped.
    fn execute(&self, envelopes: Vec<Envelope>) -> BoxFuture<'static, Vec<Executed>>;

    /// Does a command that may take long, and says meanwhile how far it is. It is finished also if the future is dropped.
    fn execute_watched(&self, envelope: Envelope, watch: Watch) -> BoxFuture<'static, Executed>;

    /// Returns the place that reads of a workspace include at least. None without a log.
    fn place(&self, workspace: WorkspaceId) -> Option<Place>;

    /// Waits until reads of a workspace include a place, but no longer than `time`.
    ///
    /// # Errors
    ///
    /// Why it was not reached.
    fn wait_for(&self, workspace: WorkspaceId, place: Place, time: Duration) -> BoxFuture<'static, Result<(), String>>;

    /// Returns how the node is doing. None without a log.
    fn status(&self) -> Option<NodeStatus>;

    /// Returns why reads must not be answered, if that is so: a node that has stopped may hold what is wrong.
    fn stopped(&self) -> Option<String>;
}
