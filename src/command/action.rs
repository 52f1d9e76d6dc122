//! One action on many chats: which chats, and what to do with each.

use serde::{Deserialize, Serialize};

use super::Command;
use crate::model::{ChatId, File, ManagerId, Timestamp, Visibility};
use crate::view::Filter;

/// The chats of a bulk action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Selection {
    /// These, in this order, each once: up to 1,024.
    Chats(Vec<ChatId>),
    /// All that match, by id.
    Filter(Filter),
}

/// What a bulk action does with each of its chats, as the command of the same name does with one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Action {
    /// Puts one manager in charge.
    #[non_exhaustive]
    Assign {
        /// Who takes them.
        manager: ManagerId,
    },
    /// Leaves them without an assignee.
    #[non_exhaustive]
    Unassign {},
    /// Adds followers.
    #[non_exhaustive]
    Follow {
        /// Up to 1,024 managers.
        managers: Vec<ManagerId>,
    },
    /// Removes followers, but never the assignee.
    #[non_exhaustive]
    Unfollow {
        /// Up to 1,024 managers.
        managers: Vec<ManagerId>,
    },
    /// Adds tags.
    #[non_exhaustive]
    Tag {
        /// Paths of tags that exist.
        tags: Vec<String>,
    },
    /// Removes tags.
    #[non_exhaustive]
    Untag {
        /// Paths of tags that exist.
        tags: Vec<String>,
    },
    /// Adds a message.
    #[non_exhaustive]
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
    #[non_exhaustive]
    Open {},
    /// Puts them out of sight until a moment.
    #[non_exhaustive]
    Snooze {
        /// When they come back: later than now.
        until: Timestamp,
    },
    /// Closes them.
    #[non_exhaustive]
    Close {},
    /// The acting manager has read all of them.
    #[non_exhaustive]
    MarkRead {},
    /// Takes the acting manager out of them.
    #[non_exhaustive]
    Leave {},
}

impl Action {
    /// The command that does it with one chat.
    pub fn on(&self, chat: ChatId) -> Command {
        match self.clone() {
            Action::Assign { manager } => Command::Assign { chat, manager },
            Action::Unassign {} => Command::Unassign { chat },
            Action::Follow { managers } => Command::Follow { chat, managers },
            Action::Unfollow { managers } => Command::Unfollow { chat, managers },
            Action::Tag { tags } => Command::Tag { chat, tags },
            Action::Untag { tags } => Command::Untag { chat, tags },
            Action::SendMessage { visibility, text, files } => Command::SendMessage { chat, visibility, text, files },
            Action::Open {} => Command::Open { chat },
            Action::Snooze { until } => Command::Snooze { chat, until },
            Action::Close {} => Command::Close { chat },
            Action::MarkRead {} => Command::MarkRead { chat },
            Action::Leave {} => Command::Leave { chat },
        }
    }

    /// The managers that it names.
    pub(crate) fn managers(&self) -> &[ManagerId] {
        match self {
            Action::Assign { manager } => std::slice::from_ref(manager),
            Action::Follow { managers } | Action::Unfollow { managers } => managers,
            _ => &[],
        }
    }

    /// The tags that it names.
    pub(crate) fn tags(&self) -> &[String] {
        match self {
            Action::Tag { tags } | Action::Untag { tags } => tags,
            _ => &[],
        }
    }
}
