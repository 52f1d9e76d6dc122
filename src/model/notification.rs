//! Notifications, as queries return them.

use serde::{Deserialize, Serialize};

use super::{Actor, ChatId, MessageId, Timestamp};

/// Why a manager is notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NotificationKind {
    /// Another actor assigned a chat to them.
    Assigned,
    /// The snooze of a chat they follow has ended.
    SnoozeEnded,
    /// An internal message mentions them as `@name`.
    Mentioned,
    /// Another actor wrote in a chat they follow, without mentioning them.
    Message,
}

/// A notification for one manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Notification {
    /// The sequence number of the change that caused it.
    pub seq: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Why the manager is notified.
    pub kind: NotificationKind,
    /// The chat.
    pub chat: ChatId,
    /// The number of the message, if the notification is about one.
    pub message: Option<MessageId>,
    /// The actor who caused it, or `None` if a timer did.
    pub by: Option<Actor>,
}
