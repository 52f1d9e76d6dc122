//! Entries of a replicated log: what one of them asks of every engine that follows the log.

use serde::{Deserialize, Serialize};

use super::{ChosenChats, Envelope, Outcome};
use crate::error::Refusal;
use crate::model::{Timestamp, WorkspaceId};

/// What one entry of a replicated log asks of an engine.
///
/// Engines that apply the same entries in the same order hold the same inbox: see
/// [`Engine::apply_entry`](crate::Engine::apply_entry). As JSON it is externally tagged:
///
/// ```
/// use inboxdb::Entry;
///
/// let line = r#"{"tick":{"workspace":1,"clock_epoch":0,"at":1582652374000}}"#;
/// let entry: Entry = serde_json::from_str(line)?;
/// assert_eq!(entry.workspace(), 1.into());
/// assert_eq!(serde_json::to_string(&entry)?, line);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Entry {
    /// A command. A bulk action over more than 256 chats only begins here: its chats are selected, and each piece is an
    /// entry of its own.
    Command(Envelope),
    /// A bulk action whose filter names a custom index, with the chats that it selects. Engines build their custom
    /// indexes at different times, so the filter is evaluated before the entry is published, and never again.
    /// [`Engine::prepare_entry`](crate::Engine::prepare_entry) makes it.
    ChosenBulk {
        /// The bulk action. Its filter only tells it from others under the same command id.
        command: Envelope,
        /// The chats that its filter selected.
        chats: ChosenChats,
    },
    /// Time passes in a workspace: snoozes with a deadline up to a moment end. Nothing happens if the clock was set or
    /// reset meanwhile, or nothing is due; so the same tick counts once.
    Tick {
        /// The workspace.
        workspace: WorkspaceId,
        /// How often its clock had been set or reset when the tick was made.
        clock_epoch: u32,
        /// The moment.
        at: Timestamp,
    },
    /// The next 256 chats of a bulk action that has begun, if so many are done; otherwise nothing happens.
    BulkPiece {
        /// The workspace.
        workspace: WorkspaceId,
        /// The number of the bulk action: [`BulkLeft::bulk`].
        bulk: u32,
        /// How many chats are done before this piece.
        done: u64,
    },
}

impl Entry {
    /// Returns the workspace that the entry concerns. Its group has the log for the entry.
    pub fn workspace(&self) -> WorkspaceId {
        match self {
            Entry::Command(command) | Entry::ChosenBulk { command, .. } => command.workspace,
            Entry::Tick { workspace, .. } | Entry::BulkPiece { workspace, .. } => *workspace,
        }
    }
}

/// What applying an entry gave.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Applied {
    /// The answer: the same on every engine, but for [`Outcome::seq`].
    ///
    /// The answer to a piece of a bulk action is the report on this piece; that to the last piece is the whole report, if
    /// the command had an id.
    pub outcome: Result<Outcome, Refusal>,
    /// What is left of the bulk action that the entry began, found under way, or went on with.
    pub bulk: Option<BulkLeft>,
}

/// A bulk action of which chats are left to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BulkLeft {
    /// The number of the bulk action in its workspace.
    pub bulk: u32,
    /// The number of chats done.
    pub done: u64,
    /// The number of chats selected.
    pub total: u64,
}

impl BulkLeft {
    /// The entry that does the next piece.
    pub fn next_piece(self, workspace: impl Into<WorkspaceId>) -> Entry {
        Entry::BulkPiece { workspace: workspace.into(), bulk: self.bulk, done: self.done }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Action, Command};
    use crate::model::{Actor, ChatId};
    use crate::view::View;

    fn round_trip(entry: &Entry, json: &str) {
        assert_eq!(serde_json::to_string(entry).unwrap(), json);
        assert_eq!(serde_json::from_str::<Entry>(json).unwrap(), *entry);
        assert_eq!(entry.workspace(), WorkspaceId(3));
    }

    #[test]
    fn entries_have_these_forms_in_json() {
        let tick = Envelope::new(3, 9, Actor::System, Command::Tick).with_id("a");
        round_trip(
            &Entry::Command(tick),
            r#"{"command":{"workspace":3,"at":9,"actor":"system","do":"tick","id":"a"}}"#,
        );
        let left = BulkLeft { bulk: 7, done: 256, total: 300 };
        round_trip(&left.next_piece(3), r#"{"bulk_piece":{"workspace":3,"bulk":7,"done":256}}"#);
        let close = Envelope::new(3, 9, Actor::System, Command::bulk(View::all(), Action::close()));
        let entry = Entry::ChosenBulk { command: close, chats: [1, 2].map(ChatId).into_iter().collect() };
        let json = serde_json::to_string(&entry).unwrap();
        assert_eq!(serde_json::from_str::<Entry>(&json).unwrap(), entry, "{json}");
    }

    #[test]
    fn entries_of_a_later_version_and_unknown_fields_do_not_parse() {
        for wrong in [
            r#"{"fly":{"workspace":3}}"#,
            r#"{"tick":{"workspace":3,"clock_epoch":0,"at":1,"more":2}}"#,
            r#"{"tick":{"workspace":3,"at":1}}"#,
            r#"{"bulk_piece":{"workspace":3,"bulk":-1,"done":0}}"#,
            r#"{"chosen_bulk":{"command":{"workspace":3,"at":9,"actor":"system","do":"tick"},"chats":"0"}}"#,
        ] {
            assert!(serde_json::from_str::<Entry>(wrong).is_err(), "{wrong}");
        }
    }
}
