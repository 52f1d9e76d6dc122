//! What a manager is told, as readers see it.

use serde::{Deserialize, Serialize};

use super::{Actor, ChatId, MessageId, Timestamp};

/// Why a manager is told of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NotificationKind {
    /// Somebody else has put a chat in their charge.
    Assigned,
    /// A chat that they follow has come back.
    SnoozeEnded,
    /// An internal message names them, as `@name`.
    Mentioned,
    /// Somebody else has written in a chat that they follow, and has not named them.
    Message,
}

/// One thing that a manager is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Notification {
    /// The change that says so.
    pub seq: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Why they are told.
    pub kind: NotificationKind,
    /// In which chat.
    pub chat: ChatId,
    /// The number of the message, where it is about one.
    pub message: Option<MessageId>,
    /// Who brought it about; none where time did.
    pub by: Option<Actor>,
}
