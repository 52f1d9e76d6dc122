//! Managers and customers, as readers see them.

use std::collections::BTreeMap;
use std::sync::Arc;

use bincode::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{CustomerId, ManagerId};

/// What a manager may do. In JSON `"owner"` or `"member"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May also delete chats and manage managers.
    Owner,
    /// May do everything else.
    Member,
}

/// A person who answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manager {
    /// The id.
    pub manager: ManagerId,
    /// The name as shown.
    pub name: Arc<str>,
    /// What they may do.
    pub role: Role,
    /// Whether chats without an assignee are theirs to answer too.
    pub operator: bool,
    /// Whether they are there.
    pub online: bool,
    /// The paths of the tags they follow, by their lower-case form.
    pub followed_tags: Vec<Arc<str>>,
}

/// A person who writes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// The id.
    pub customer: CustomerId,
    /// The name, where it is known.
    pub name: Option<String>,
    /// What else is known of them.
    pub profile: BTreeMap<String, String>,
}
