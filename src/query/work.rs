//! How far work is that takes a while.

use serde::{Deserialize, Serialize};

use crate::command::Action;
use crate::model::Actor;

/// A bulk action under way: running now, or interrupted, to be finished when the store is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BulkUnderWay {
    /// Who asked for it.
    pub actor: Actor,
    /// What it does with each chat.
    #[serde(rename = "do")]
    pub action: Action,
    /// How many of its chats are done: changed, unchanged or refused.
    pub done: u64,
    /// How many chats it has selected.
    pub total: u64,
}

/// How far a custom index of a workspace is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IndexStatus {
    /// The name under which it is registered.
    pub name: String,
    /// The version under which it is registered.
    pub version: u32,
    /// Whether views may use it. Until then commands keep it, and chats from before are being read.
    pub readable: bool,
    /// About how many chats it has been built from, of [`total`](Self::total).
    pub done: u64,
    /// How many chats there are to build it from.
    pub total: u64,
}
