//! Several nodes of `inboxdb` on one replicated log of commands.
//!
//! The engine is deterministic: nodes that apply the same entries in the same order hold the same inbox. This crate brings
//! the order. A [`CommandLog`] holds the entries of a group of workspaces; [`JetStream`] keeps it on NATS JetStream, and
//! [`MemoryLog`] in memory, for tests.
//!
//! A [`Node`] publishes commands, applies the entries of all logs to its own engine, and answers from it.
//!
//! Workspaces are spread over [`Groups`], each with a log of its own. A command goes to the log of its workspace's group,
//! and every node applies each log from its first entry to its last.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod beginning;
mod jetstream;
mod log;
mod memory;
mod node;
mod wire;

pub use beginning::Beginning;
pub use jetstream::{JetStream, JetStreamOptions, Login, OpenError};
pub use log::{
    AppendError, Appended, Binding, BindingError, Bounds, CommandLog, Groups, LogEntry, LogError, LogIdentity, LogView,
    Logs, MessageId, ReadError, Reader,
};
pub use memory::{MemoryFault, MemoryFaults, MemoryLog};
pub use node::{GroupStatus, Node, NodeConfig, NodeError, NodeState, NodeStatus, StartError, Submitted};
