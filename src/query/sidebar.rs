//! The counts of an inbox.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{ManagerId, StatusCounts, WorkspaceId};

/// Unread counts of one manager.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnreadCounts {
    /// The number of chats with unread messages.
    pub chats: u64,
    /// The number of unread messages.
    pub messages: u64,
}

/// A manager in a sidebar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SidebarManager {
    /// The id of the manager.
    pub manager: ManagerId,
    /// The display name.
    pub name: Arc<str>,
    /// The number of open chats assigned to them.
    pub open: u64,
}

/// A tag in a sidebar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SidebarTag {
    /// The path, spelled as it was created.
    pub path: Arc<str>,
    /// The number of open chats with this tag or one of its descendants. Each chat counts once.
    pub open: u64,
}

/// All counts of a manager's inbox, from one consistent snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sidebar {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The manager whose inbox it is.
    pub manager: ManagerId,
    /// The sequence number of the workspace's newest change in this snapshot.
    pub seq: u64,
    /// The chats assigned to the manager.
    pub me: StatusCounts,
    /// The chats without an assignee.
    pub unassigned: StatusCounts,
    /// All chats.
    pub all: StatusCounts,
    /// The manager's unread chats and messages.
    pub unread: UnreadCounts,
    /// The number of the manager's favorites, of any status.
    pub favorites: u64,
    /// The chats that the manager follows, plus the unassigned ones in operator mode. Each chat counts once.
    pub my_sessions: StatusCounts,
    /// The managers in operator mode, by id.
    pub operators: Vec<SidebarManager>,
    /// The other managers, by id.
    pub others: Vec<SidebarManager>,
    /// All tags, sorted as paths are compared.
    pub tags: Vec<SidebarTag>,
}
