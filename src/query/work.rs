//! Progress of background work.

use serde::{Deserialize, Serialize};

use crate::command::Action;
use crate::model::Actor;

/// A bulk action in progress: running, or interrupted by an error. An interrupted one is finished by the next open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BulkUnderWay {
    /// The actor who started it.
    pub actor: Actor,
    /// What to do with each chat.
    #[serde(rename = "do")]
    pub action: Action,
    /// The number of chats done: changed, unchanged or refused.
    pub done: u64,
    /// The number of chats selected.
    pub total: u64,
}

/// The state of a custom index in a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IndexStatus {
    /// The registered name.
    pub name: String,
    /// The registered version.
    pub version: u32,
    /// Whether views can use it. While it is being built, commands already update it.
    pub readable: bool,
    /// About how many chats are indexed, out of [`total`](Self::total).
    pub done: u64,
    /// The number of chats to index.
    pub total: u64,
}

/// How many workspaces an engine has in memory, and what they take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WorkspacesInMemory {
    /// The number of loaded workspaces.
    pub workspaces: u64,
    /// The bytes that they take, as an estimate, beside the caches and the changes that wait for the state store.
    pub bytes: u64,
}
