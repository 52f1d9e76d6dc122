//! Chats, as queries return them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ChatId, CustomerId, ManagerId, Timestamp};

/// The status of a chat. In JSON and text `open`, `snoozed` or `closed`.
///
/// Every chat has exactly one of these three, and the enum is exhaustive: no variant will be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waiting for an answer.
    Open,
    /// Hidden until a given time, then open again.
    Snoozed,
    /// Done.
    Closed,
}

impl Status {
    /// Every status, in display order.
    pub const ALL: [Status; 3] = [Status::Open, Status::Snoozed, Status::Closed];
}

/// A chat, as `show` and `list` return it. Ids are in ascending order, tags sorted by path as it is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Chat {
    /// The id of the chat, unique in its workspace.
    pub id: ChatId,
    /// The customer.
    pub customer: CustomerId,
    /// The status.
    pub status: Status,
    /// When the snooze ends. Set only if the chat is snoozed.
    pub snoozed_until: Option<Timestamp>,
    /// The manager in charge, if any.
    pub assignee: Option<ManagerId>,
    /// The managers who follow the chat. Always includes the assignee.
    pub followers: Vec<ManagerId>,
    /// The paths of its tags, spelled as they were created.
    pub tags: Vec<Arc<str>>,
    /// The number of unread messages per manager. Managers with none are left out.
    pub unread: BTreeMap<ManagerId, u64>,
    /// The managers who have it as a favorite.
    pub favorited_by: Vec<ManagerId>,
    /// Free text, if set. A word after `#` is a hashtag.
    pub description: Option<String>,
    /// When the chat was started.
    pub created_at: Timestamp,
    /// When the chat was last started, written in, or reopened by the end of a snooze.
    pub last_activity_at: Timestamp,
    /// The number of messages.
    pub messages: u64,
    /// The attributes set by the host application, by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// The id in the caller's own system, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<String>,
}
