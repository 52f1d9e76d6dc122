//! Recommended assignees, as queries return them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ManagerId, Timestamp};

/// A manager in the ranking for a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recommendation {
    /// The id of the manager.
    pub manager: ManagerId,
    /// The display name.
    pub name: Arc<str>,
    /// The score: the sum of the points of `reasons`.
    pub points: u32,
    /// Whether they have reached their capacity. Such managers rank after all others.
    pub full: bool,
    /// The number of open chats assigned to them, not counting this one.
    pub open: u64,
    /// How many open chats they can handle. `None` is no limit.
    pub capacity: Option<u32>,
    /// When they last became the assignee of a chat, or `None` if never.
    pub last_assigned_at: Option<Timestamp>,
    /// What the points are for.
    pub reasons: Vec<Reason>,
}

/// One part of a manager's score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reason {
    /// The points it adds.
    pub points: u32,
    /// A description for people, such as `is online`.
    pub reason: String,
}
