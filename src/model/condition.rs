//! Conditions of commands: what must hold for a chat.

use serde::{Deserialize, Deserializer, Serialize};

use super::{ChatId, ManagerId, Status};

/// What must hold for a chat when a command is judged. Otherwise the command is refused with
/// [`Code::ConditionFailed`](crate::Code::ConditionFailed), and the refusal tells what the chat is like.
///
/// ```
/// use inboxdb::{Command, Condition, Envelope, Status};
///
/// // Close chat 7, unless a message or an assignee came meanwhile.
/// let unchanged = Condition::on(7).messages(12).status(Status::Open).unassigned();
/// let envelope = Envelope::new(1, 1_582_652_374_000, inboxdb::ManagerId(7), Command::close(7)).only_if(unchanged);
/// # let _ = envelope;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Condition {
    /// The chat.
    pub chat: ChatId,
    /// The number of its messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<u64>,
    /// Its status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Its assignee; `Some(None)`, in JSON null, means that it has none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub assignee: Option<Option<ManagerId>>,
}

impl Condition {
    /// Creates a condition that only asks for the chat to exist.
    pub fn on(chat: impl Into<ChatId>) -> Self {
        Self { chat: chat.into(), messages: None, status: None, assignee: None }
    }

    /// Requires a number of messages: nothing was said since.
    #[must_use]
    pub fn messages(self, messages: u64) -> Self {
        Self { messages: Some(messages), ..self }
    }

    /// Requires a status.
    #[must_use]
    pub fn status(self, status: Status) -> Self {
        Self { status: Some(status), ..self }
    }

    /// Requires an assignee.
    #[must_use]
    pub fn assignee(self, manager: impl Into<ManagerId>) -> Self {
        Self { assignee: Some(Some(manager.into())), ..self }
    }

    /// Requires that the chat has no assignee.
    #[must_use]
    pub fn unassigned(self) -> Self {
        Self { assignee: Some(None), ..self }
    }
}

/// What a chat is like, in the fields that a condition asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Actual {
    /// The number of its messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<u64>,
    /// Its status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Its assignee, if any.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub assignee: Option<Option<ManagerId>>,
}

/// Tells a null from an absent field.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<ManagerId>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
