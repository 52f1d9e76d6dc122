//! Replies to commands.

use serde::{Deserialize, Serialize};

use crate::error::Code;
use crate::model::{ChatId, CustomerId, ManagerId, MessageId};

/// The result of an accepted command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outcome {
    /// The sequence number of the newest change when the command was done.
    pub seq: u64,
    /// The reply.
    pub reply: Reply,
}

/// The reply to an accepted command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Reply {
    /// `start_chat`: the id of the new chat.
    #[non_exhaustive]
    Chat {
        /// Its id.
        chat: ChatId,
    },
    /// `send_message`: the number of the new message.
    #[non_exhaustive]
    Message {
        /// Its number in the chat.
        message: MessageId,
    },
    /// `assign_recommended`: the new assignee. `put_manager` without a number: the manager.
    #[non_exhaustive]
    Manager {
        /// Its id.
        manager: ManagerId,
    },
    /// `put_customer` without a number: the customer.
    #[non_exhaustive]
    Customer {
        /// Its id.
        customer: CustomerId,
    },
    /// A batch: the replies to its commands, in their order.
    #[non_exhaustive]
    All {
        /// The replies.
        all: Vec<Reply>,
    },
    /// `bulk`: what happened to the chats.
    Bulk(BulkReport),
    /// Every other command. `{}` in JSON.
    #[non_exhaustive]
    Done {},
}

impl Reply {
    /// Returns the id of the new chat, if this is the reply to `start_chat`.
    pub fn chat(&self) -> Option<ChatId> {
        match self {
            Reply::Chat { chat } => Some(*chat),
            _ => None,
        }
    }

    /// Returns the number of the new message, if this is the reply to `send_message`.
    pub fn message(&self) -> Option<MessageId> {
        match self {
            Reply::Message { message } => Some(*message),
            _ => None,
        }
    }

    /// Returns the manager, if this is the reply to `assign_recommended`, or to `put_manager` without a number.
    pub fn manager(&self) -> Option<ManagerId> {
        match self {
            Reply::Manager { manager } => Some(*manager),
            _ => None,
        }
    }

    /// Returns the customer, if this is the reply to `put_customer` without a number.
    pub fn customer(&self) -> Option<CustomerId> {
        match self {
            Reply::Customer { customer } => Some(*customer),
            _ => None,
        }
    }

    /// Returns the replies to the commands of a batch. Empty for any other command.
    pub fn all(&self) -> &[Reply] {
        match self {
            Reply::All { all } => all,
            _ => &[],
        }
    }

    /// The approximate heap size in bytes.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Reply::All { all } => all.iter().map(|reply| 64 + reply.weight()).sum(),
            Reply::Bulk(report) => report.refused.len() * 8,
            Reply::Chat { .. }
            | Reply::Message { .. }
            | Reply::Manager { .. }
            | Reply::Customer { .. }
            | Reply::Done {} => 0,
        }
    }

    /// Returns the report, if this is the reply to `bulk`.
    pub fn bulk(&self) -> Option<&BulkReport> {
        match self {
            Reply::Bulk(report) => Some(report),
            _ => None,
        }
    }
}

/// What happened to the chats of a bulk action.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BulkReport {
    /// The number of chats that changed.
    pub changed: u64,
    /// The number of chats that needed no change.
    pub unchanged: u64,
    /// The refused chats, in the order of the selection.
    pub refused: Vec<RefusedChat>,
}

/// A chat that was refused in a bulk action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RefusedChat {
    /// The chat.
    pub chat: ChatId,
    /// Why it was refused.
    pub code: Code,
}

impl BulkReport {
    /// Adds the report on further chats.
    pub(crate) fn add(&mut self, more: Self) {
        self.changed += more.changed;
        self.unchanged += more.unchanged;
        self.refused.extend(more.refused);
    }
}
