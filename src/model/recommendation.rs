//! Who should have a chat, as readers see it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ManagerId, Timestamp};

/// A manager in the ranking for a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recommendation {
    /// Who.
    pub manager: ManagerId,
    /// The name as shown.
    pub name: Arc<str>,
    /// The sum of the points of the reasons.
    pub points: u32,
    /// Whether they have a capacity and no room below it: then they come after all who have.
    pub full: bool,
    /// The open chats assigned to them, without this one.
    pub open: u64,
    /// How many open chats they can have; none is no limit.
    pub capacity: Option<u32>,
    /// When they became the assignee of a chat last; none where they never did.
    pub last_assigned_at: Option<Timestamp>,
    /// Why they have their points.
    pub reasons: Vec<Reason>,
}

/// Why a manager has some of their points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reason {
    /// What it is worth.
    pub points: u32,
    /// In words for people, such as `is online`.
    pub reason: String,
}
