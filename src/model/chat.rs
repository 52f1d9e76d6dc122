//! A chat, as readers see it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ChatId, CustomerId, ManagerId, Timestamp};

/// Whether a chat waits for an answer. In JSON and text `open`, `snoozed` or `closed`.
///
/// The list is complete, and a match on it needs no other arm: every chat has exactly one of the three, and counts
/// have a field for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It waits for an answer.
    Open,
    /// Out of sight until a moment.
    Snoozed,
    /// Done.
    Closed,
}

impl Status {
    /// Every status, in the order in which numbers are shown.
    pub const ALL: [Status; 3] = [Status::Open, Status::Snoozed, Status::Closed];
}

/// A chat, as `show` and `list` answer it. Ids are sorted by number, tags by their lower-case path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Chat {
    /// Its id in the workspace.
    pub id: ChatId,
    /// Who wrote in.
    pub customer: CustomerId,
    /// Whether it waits for an answer.
    pub status: Status,
    /// When it comes back; only of a snoozed chat.
    pub snoozed_until: Option<Timestamp>,
    /// The one manager in charge.
    pub assignee: Option<ManagerId>,
    /// The managers who take part; the assignee is always among them.
    pub followers: Vec<ManagerId>,
    /// The paths of its tags, as they were created.
    pub tags: Vec<Arc<str>>,
    /// How many messages each manager has not read, where it is more than zero.
    pub unread: BTreeMap<ManagerId, u64>,
    /// The managers whose favorite it is.
    pub favorited_by: Vec<ManagerId>,
    /// Free text, where it was given; a word after `#` is a hashtag.
    pub description: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was started, written in or came back last.
    pub last_activity_at: Timestamp,
    /// How many messages it holds.
    pub messages: u64,
    /// What the host has noted of it, by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}
