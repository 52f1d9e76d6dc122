//! The counts of an inbox.

mod managers;
mod tags;

use serde::{Deserialize, Serialize};

use crate::model::{ManagerId, StatusCounts, WorkspaceId};

pub use managers::{SidebarManager, SidebarManagers};
pub use tags::{SidebarTag, SidebarTags};

/// Unread counts of one manager.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnreadCounts {
    /// The number of chats with unread messages.
    pub chats: u64,
    /// The number of unread messages.
    pub messages: u64,
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
    pub operators: SidebarManagers,
    /// The other managers, by id.
    pub others: SidebarManagers,
    /// All tags, sorted as paths are compared.
    pub tags: SidebarTags,
}
