//! How a node is doing.

use std::time::Duration;

use inboxdb::Place;
use serde::Serialize;

/// Whether a node works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "reason")]
#[non_exhaustive]
pub enum NodeState {
    /// It does.
    Running,
    /// It applies what others write, and writes nothing itself. This is why.
    ReadOnly(String),
    /// It has stopped, and its data is no longer up to date. This is why.
    Stopped(String),
}

/// How a node is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeStatus {
    /// Whether it works.
    pub state: NodeState,
    /// How far it is with each group, in order.
    pub groups: Vec<GroupStatus>,
}

/// How far a node is with a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupStatus {
    /// The group, counted from 0.
    pub group: u32,
    /// The last place that this node has applied.
    pub applied: Place,
    /// The last place of the log, as far as this node knows.
    pub last: Place,
    /// How long ago the log was last heard of. A log without a leader is silent for seconds.
    pub silence: Duration,
}

impl GroupStatus {
    /// Returns how many entries the node is behind the log, as far as it knows.
    pub fn lag(&self) -> u64 {
        self.last.0.saturating_sub(self.applied.0)
    }
}
