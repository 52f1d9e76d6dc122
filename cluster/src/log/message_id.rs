//! The id by which a log knows an entry that it has already.

use std::fmt;
use std::str::FromStr;

use inboxdb::{Envelope, Timestamp, WorkspaceId};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The id of an entry: two that are appended with the same id within two minutes are one.
///
/// It is half a SHA-256 hash, in 32 hexadecimal digits, of what makes the entry the same. A hash keeps what a caller writes into
/// the id of a command out of the header of a message, and with this one no caller can make a command that takes the place of
/// another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(u128);

impl MessageId {
    /// The id of a command: made of its workspace, actor, id, content and condition, not of its time, which a retry may
    /// have another of. A retry of an unknown outcome has the same `attempt`, and a command that is to be judged once more has
    /// another one.
    pub fn of_command(envelope: &Envelope, attempt: u64) -> Self {
        let Envelope { workspace, actor, id, command, condition, .. } = envelope;
        Self::of(&("command", workspace, actor, id, command, condition, attempt))
    }

    /// The id of a tick: every node that finds the same deadline due makes the same one.
    pub fn of_tick(workspace: WorkspaceId, clock_epoch: u32, deadline: Timestamp) -> Self {
        Self::of(&("tick", workspace, clock_epoch, deadline))
    }

    /// The id of a piece of a bulk action: every node that goes on with it at the same chat makes the same one.
    pub fn of_bulk_piece(workspace: WorkspaceId, bulk: u32, done: u64) -> Self {
        Self::of(&("bulk_piece", workspace, bulk, done))
    }

    /// The id of what a node tells of its digests at a place.
    pub fn of_report(node: &str, instance: u64, group: u32, place: u64) -> Self {
        Self::of(&("report", node, instance, group, place))
    }

    /// The id of what a node tells of its newest backup.
    pub fn of_coverage(node: &str, instance: u64, number: u64) -> Self {
        Self::of(&("coverage", node, instance, number))
    }

    fn of(parts: &impl Serialize) -> Self {
        // These types always have a JSON form; a failure would only make an id that is not unique, never a wrong entry.
        let hash = Sha256::digest(serde_json::to_vec(parts).unwrap_or_default());
        Self(hash.iter().take(16).fold(0, |id, byte| id << 8 | u128::from(*byte)))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for MessageId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use inboxdb::{Actor, Command, Condition};

    use super::*;

    fn envelope(at: u64) -> Envelope {
        Envelope::new(1, at, Actor::System, Command::close(7)).with_id("a\nb")
    }

    #[test]
    fn a_retry_has_the_same_id_and_another_command_another() {
        let id = MessageId::of_command(&envelope(1), 0);
        assert_eq!(MessageId::of_command(&envelope(2), 0), id);
        assert_eq!(id.to_string().parse(), Ok(id));
        let others = [
            MessageId::of_command(&envelope(1), 1),
            MessageId::of_command(&envelope(1).with_id("c"), 0),
            MessageId::of_command(&envelope(1).only_if(Condition::on(7).messages(1)), 0),
            MessageId::of_tick(WorkspaceId(1), 0, Timestamp::from(1)),
            MessageId::of_bulk_piece(WorkspaceId(1), 0, 1),
        ];
        assert!(others.iter().all(|other| *other != id), "{others:?}");
    }
}
