//! What commands answer.

use serde::{Deserialize, Serialize};

use crate::error::Code;
use crate::model::{ChatId, ManagerId, MessageId};

/// What an accepted command answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outcome {
    /// The newest change when the command was done.
    pub seq: u64,
    /// The answer.
    pub reply: Reply,
}

/// What an accepted command answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Reply {
    /// `start_chat`: the id of the new chat.
    #[non_exhaustive]
    Chat {
        /// The id.
        chat: ChatId,
    },
    /// `send_message`: the number of the new message.
    #[non_exhaustive]
    Message {
        /// The number in its chat.
        message: MessageId,
    },
    /// `assign_recommended`: the new assignee.
    #[non_exhaustive]
    Manager {
        /// The id.
        manager: ManagerId,
    },
    /// `bulk`: what became of the chats.
    Bulk(BulkReport),
    /// Every other command: there is nothing to say.
    #[non_exhaustive]
    Done {},
}

impl Reply {
    /// The id of the chat that was started.
    pub fn chat(&self) -> Option<ChatId> {
        match self {
            Reply::Chat { chat } => Some(*chat),
            _ => None,
        }
    }

    /// The number of the message that was sent.
    pub fn message(&self) -> Option<MessageId> {
        match self {
            Reply::Message { message } => Some(*message),
            _ => None,
        }
    }

    /// The manager who was assigned.
    pub fn manager(&self) -> Option<ManagerId> {
        match self {
            Reply::Manager { manager } => Some(*manager),
            _ => None,
        }
    }

    /// What became of the chats of a bulk action.
    pub fn bulk(&self) -> Option<&BulkReport> {
        match self {
            Reply::Bulk(report) => Some(report),
            _ => None,
        }
    }
}

/// What became of the chats of a bulk action.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BulkReport {
    /// How many are not as they were.
    pub changed: u64,
    /// How many were so already.
    pub unchanged: u64,
    /// Those that were refused, in the order of the selection.
    pub refused: Vec<RefusedChat>,
}

/// A chat that a bulk action left as it was, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RefusedChat {
    /// Which.
    pub chat: ChatId,
    /// Why.
    pub code: Code,
}

impl BulkReport {
    /// Adds what became of further chats.
    pub(crate) fn add(&mut self, more: Self) {
        self.changed += more.changed;
        self.unchanged += more.unchanged;
        self.refused.extend(more.refused);
    }
}
