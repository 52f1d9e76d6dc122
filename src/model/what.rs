//! What can happen to a chat.

use serde::{Deserialize, Serialize};

/// Something that a change did to a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum What {
    /// It was started.
    Started,
    /// A message was sent in it.
    Message,
    /// A message was edited.
    Edited,
    /// A message was redacted.
    Redacted,
    /// It was opened, snoozed or closed, its snooze ended, or its deadline moved.
    Status,
    /// It was assigned, or is without an assignee now.
    Assignee,
    /// Managers began or ceased to follow it.
    Followers,
    /// It gained or lost tags.
    Tags,
    /// The unread count of a manager changed.
    Unread,
    /// It became a favorite of a manager, or ceased to be one.
    Favorites,
    /// Its description changed.
    Description,
    /// Its attributes changed.
    Attributes,
    /// It was deleted.
    Deleted,
}

impl What {
    /// Everything that can happen to a chat.
    pub const ALL: [What; 13] = [
        What::Started,
        What::Message,
        What::Edited,
        What::Redacted,
        What::Status,
        What::Assignee,
        What::Followers,
        What::Tags,
        What::Unread,
        What::Favorites,
        What::Description,
        What::Attributes,
        What::Deleted,
    ];
}
