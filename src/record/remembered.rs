//! The ids of commands that were done, with their answers: a retry gets the answer again.

use super::stored::stored_struct;
use crate::command::{Reply, is_inner_id};
use crate::heap;
use crate::model::Actor;
use crate::model::limits::{INNER_REMEMBERED_MS, REMEMBERED_MS};

/// The id of a command that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RememberedRecord {
    pub(crate) actor: Actor,
    pub(crate) id: String,
    /// The digest of the actor and the command. Another command under the same id has another one.
    pub(crate) digest: u64,
    /// When the command was done, in ms.
    pub(crate) at: u64,
    pub(crate) reply: Reply,
}

stored_struct!(RememberedRecord { actor, id, digest, at, reply });

impl RememberedRecord {
    /// Whether the command was done so long ago that its id may be used again.
    pub(crate) fn is_expired(&self, clock: u64) -> bool {
        let kept = if self.is_inner() { INNER_REMEMBERED_MS } else { REMEMBERED_MS };
        clock > self.at.saturating_add(kept)
    }

    /// Whether a node of a cluster gave the command its id.
    pub(crate) fn is_inner(&self) -> bool {
        is_inner_id(&self.id)
    }

    /// The approximate heap size in bytes.
    pub(crate) fn weight(&self) -> usize {
        heap::of_bytes(self.id.len()) + self.reply.weight()
    }
}
