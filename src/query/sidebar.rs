//! The numbers of an inbox.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{ManagerId, StatusCounts, WorkspaceId};

/// What one manager has not read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnreadCounts {
    /// In how many chats.
    pub chats: u64,
    /// How many messages.
    pub messages: u64,
}

/// A manager in a sidebar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SidebarManager {
    /// Who.
    pub manager: ManagerId,
    /// The name as shown.
    pub name: Arc<str>,
    /// The open chats assigned to them.
    pub open: u64,
}

/// A tag in a sidebar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SidebarTag {
    /// Its path.
    pub path: Arc<str>,
    /// The open chats in it or below it, each once.
    pub open: u64,
}

/// Every number that a manager's inbox shows, all of one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sidebar {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Whose inbox.
    pub manager: ManagerId,
    /// The newest change of the workspace that the numbers hold.
    pub seq: u64,
    /// The chats assigned to the manager.
    pub me: StatusCounts,
    /// The chats assigned to nobody.
    pub unassigned: StatusCounts,
    /// All chats.
    pub all: StatusCounts,
    /// What the manager has not read.
    pub unread: UnreadCounts,
    /// The manager's favorites, of any status.
    pub favorites: u64,
    /// The chats that the manager follows and, in operator mode, those of nobody.
    pub my_sessions: StatusCounts,
    /// The managers in operator mode, by id.
    pub operators: Vec<SidebarManager>,
    /// The other managers, by id.
    pub others: Vec<SidebarManager>,
    /// All tags, by lower-case path.
    pub tags: Vec<SidebarTag>,
}
