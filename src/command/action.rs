//! Bulk actions: which chats, and what to do with each.

use serde::{Deserialize, Serialize};

use super::Command;
use crate::model::{ChatId, File, ManagerId, Timestamp, Visibility};
use crate::view::Filter;

/// The chats of a bulk action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Selection {
    /// A list of up to 1,024 chats, in this order. Duplicates are ignored.
    Chats(Vec<ChatId>),
    /// All chats that match a filter, in order of their ids.
    Filter(Filter),
}

/// What a bulk action does with each chat. Each variant does what the [`Command`] of the same name does with one chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Action {
    /// Assigns the chats to a manager, who then follows them.
    #[non_exhaustive]
    Assign {
        /// The new assignee.
        manager: ManagerId,
    },
    /// Removes the assignee, who still follows.
    #[non_exhaustive]
    Unassign {},
    /// Adds followers.
    #[non_exhaustive]
    Follow {
        /// Up to 1,024 managers.
        managers: Vec<ManagerId>,
    },
    /// Removes followers. Refused for a chat that is assigned to one of them.
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
        /// Who can see the message.
        visibility: Visibility,
        /// Up to 65,536 bytes. May be empty if there are files.
        text: String,
        /// Up to 16 files.
        #[serde(default, deserialize_with = "super::optional::list", skip_serializing_if = "Option::is_none")]
        files: Option<Vec<File>>,
    },
    /// Opens the chats.
    #[non_exhaustive]
    Open {},
    /// Snoozes the chats until a given time.
    #[non_exhaustive]
    Snooze {
        /// When they open again. Must be later than now.
        until: Timestamp,
    },
    /// Closes the chats.
    #[non_exhaustive]
    Close {},
    /// Marks the chats as read by the acting manager.
    #[non_exhaustive]
    MarkRead {},
    /// Removes the acting manager as assignee and follower.
    #[non_exhaustive]
    Leave {},
}

impl Action {
    /// Returns the command that does the same with one chat.
    pub fn on(&self, chat: ChatId) -> Command {
        match self.clone() {
            Action::Assign { manager } => Command::Assign { chat, manager },
            Action::Unassign {} => Command::Unassign { chat },
            Action::Follow { managers } => Command::Follow { chat, managers },
            Action::Unfollow { managers } => Command::Unfollow { chat, managers },
            Action::Tag { tags } => Command::Tag { chat, tags },
            Action::Untag { tags } => Command::Untag { chat, tags },
            Action::SendMessage { visibility, text, files } => {
                Command::SendMessage { chat, visibility, text, files, external: None, quiet: None }
            }
            Action::Open {} => Command::Open { chat },
            Action::Snooze { until } => Command::Snooze { chat, until },
            Action::Close {} => Command::Close { chat },
            Action::MarkRead {} => Command::MarkRead { chat, up_to: None },
            Action::Leave {} => Command::Leave { chat },
        }
    }

    /// Returns the managers named in the action.
    pub(crate) fn managers(&self) -> &[ManagerId] {
        match self {
            Action::Assign { manager } => std::slice::from_ref(manager),
            Action::Follow { managers } | Action::Unfollow { managers } => managers,
            _ => &[],
        }
    }

    /// Returns the tags named in the action.
    pub(crate) fn tags(&self) -> &[String] {
        match self {
            Action::Tag { tags } | Action::Untag { tags } => tags,
            _ => &[],
        }
    }
}
