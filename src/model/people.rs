//! Managers and customers, as readers see them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{CustomerId, ManagerId, Timestamp};

/// What a manager may do. In JSON `"owner"` or `"member"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// May also delete chats and manage managers.
    Owner,
    /// May do everything else.
    Member,
}

/// A person who answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
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
    /// How many open chats they can have; none is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
}

/// A person who writes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Customer {
    /// The id.
    pub customer: CustomerId,
    /// The name, where it is known.
    pub name: Option<String>,
    /// What else is known of them.
    pub profile: BTreeMap<String, String>,
}

/// A field that the profiles of a workspace show, in its place among the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ProfileField {
    /// The key of the profile's entry, 1 to 128 characters.
    pub key: String,
    /// The words for it, up to 256 characters.
    pub label: String,
    /// Whether it is to be seen.
    pub shown: bool,
}

impl ProfileField {
    /// A field that is to be seen, with its key and the words for it.
    pub fn new(key: impl Into<String>, label: impl Into<String>) -> Self {
        Self { key: key.into(), label: label.into(), shown: true }
    }

    /// The same field, not to be seen.
    #[must_use]
    pub fn hidden(self) -> Self {
        Self { shown: false, ..self }
    }
}

/// What a customer did on the site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// Its number among the customer's events: 1, 2, 3 …
    pub event: u32,
    /// When.
    pub at: Timestamp,
    /// What.
    pub name: String,
    /// On which page, where it is known.
    pub page: Option<String>,
    /// Its details.
    pub properties: BTreeMap<String, String>,
}
