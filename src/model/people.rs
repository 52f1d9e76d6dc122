//! Managers and customers, as queries return them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::message::is_false;
use super::{CustomerId, ManagerId, Timestamp};

/// What a manager may do. In JSON `"owner"` or `"member"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// May do everything, including deleting chats and customers and managing managers.
    Owner,
    /// May do everything but delete chats or customers, or manage other managers.
    Member,
}

/// A person who answers chats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Manager {
    /// The id, unique in the workspace.
    pub manager: ManagerId,
    /// The display name.
    pub name: Arc<str>,
    /// What they may do.
    pub role: Role,
    /// Whether they are in operator mode, and so also receive chats without an assignee.
    pub operator: bool,
    /// Whether they are online.
    pub online: bool,
    /// The paths of the tags they follow, sorted as paths are compared.
    pub followed_tags: Vec<Arc<str>>,
    /// How many open chats they can handle. `None` is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
    /// The id in the caller's own system, if they have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<String>,
    /// Whether they left.
    #[serde(default, skip_serializing_if = "is_false")]
    pub removed: bool,
}

/// A person who starts chats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Customer {
    /// The id, unique in the workspace.
    pub customer: CustomerId,
    /// The name, if known.
    pub name: Option<String>,
    /// The profile: further details by key.
    pub profile: BTreeMap<String, String>,
    /// The id in the caller's own system, if they have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<String>,
}

/// A field of the customer profiles in a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ProfileField {
    /// The key of the profile entry, 1 to 128 characters.
    pub key: String,
    /// The label to display, up to 256 characters.
    pub label: String,
    /// Whether it is displayed.
    pub shown: bool,
}

impl ProfileField {
    /// Creates a displayed field with a key and a label.
    pub fn new(key: impl Into<String>, label: impl Into<String>) -> Self {
        Self { key: key.into(), label: label.into(), shown: true }
    }

    /// Returns the same field, but hidden.
    #[must_use]
    pub fn hidden(self) -> Self {
        Self { shown: false, ..self }
    }
}

/// An action of a customer on the host's site, such as a page view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// The number of the event among those of the customer: 1, 2, 3 …
    pub event: u32,
    /// When it happened.
    pub at: Timestamp,
    /// The name, such as `view`.
    pub name: String,
    /// The page it happened on, if known.
    pub page: Option<String>,
    /// Further details by key.
    pub properties: BTreeMap<String, String>,
}
