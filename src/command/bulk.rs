//! One action on many chats: which chats, and what to do with each.

use serde::{Deserialize, Serialize};

use crate::model::{ChatId, File, ManagerId, Visibility};
use crate::view::Filter;

/// The chats of a bulk action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// These, in this order, each once: up to 1,024.
    Chats(Vec<ChatId>),
    /// All that match, by id.
    Filter(Filter),
}

/// What a bulk action does with each of its chats, as the command of the same name does with one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Puts one manager in charge.
    Assign {
        /// Who takes them.
        manager: ManagerId,
    },
    /// Leaves them without an assignee.
    Unassign {},
    /// Adds followers.
    Follow {
        /// Up to 1,024 managers.
        managers: Vec<ManagerId>,
    },
    /// Removes followers, but never the assignee.
    Unfollow {
        /// Up to 1,024 managers.
        managers: Vec<ManagerId>,
    },
    /// Adds tags.
    Tag {
        /// Paths of tags that exist.
        tags: Vec<String>,
    },
    /// Removes tags.
    Untag {
        /// Paths of tags that exist.
        tags: Vec<String>,
    },
    /// Adds a message.
    SendMessage {
        /// Who may see it.
        visibility: Visibility,
        /// Up to 65,536 bytes; may be empty where there are files.
        text: String,
        /// Up to 16 files.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        files: Option<Vec<File>>,
    },
    /// Opens them.
    Open {},
    /// Puts them out of sight until a moment.
    Snooze {
        /// When they come back, in ms since the Unix epoch: later than now.
        until: u64,
    },
    /// Closes them.
    Close {},
    /// The acting manager has read all of them.
    MarkRead {},
    /// Takes the acting manager out of them.
    Leave {},
}
