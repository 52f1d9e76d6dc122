//! What can be asked of a workspace, as data, and the answers: the machine form of every read.
//!
//! A host that links the crate usually calls the methods of [`Workspace`](crate::Workspace); this form is for
//! programs that pass questions on.

mod answer;
mod build;
mod cursor;
mod page;
mod sidebar;
mod work;

use serde::{Deserialize, Serialize};

use crate::model::{ChatId, CustomerId, ManagerId, Visibility, WorkspaceId};
use crate::view::Filter;

pub use answer::Answer;
pub use cursor::{Cursor, CursorError};
pub use page::{ChatPage, EventPage, FilePage, LinkPage, MessagePage, NotificationPage};
pub use sidebar::{Sidebar, SidebarManager, SidebarTag, UnreadCounts};
pub use work::{BulkUnderWay, IndexStatus};

/// A question. In JSON such as `{"count":{"workspace":1,"view":"tag:billing:open"}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Query {
    /// How many chats a filter holds.
    #[non_exhaustive]
    Count {
        /// In which workspace.
        workspace: WorkspaceId,
        /// A view such as `assigned:7:open`, or several joined; in JSON their text or an object.
        view: Filter,
    },
    /// A page of the chats of a filter, newest activity first.
    #[non_exhaustive]
    List {
        /// In which workspace.
        workspace: WorkspaceId,
        /// The view, or several joined.
        view: Filter,
        /// 1 to 1,000 chats; 50 where it is not said.
        #[serde(default)]
        limit: Option<u64>,
        /// The cursor that the page before ended with.
        #[serde(default)]
        before: Option<String>,
    },
    /// One chat.
    #[non_exhaustive]
    Show {
        /// In which workspace.
        workspace: WorkspaceId,
        /// Which.
        chat: ChatId,
    },
    /// A page of a chat's messages, newest first.
    #[non_exhaustive]
    Messages {
        /// In which workspace.
        workspace: WorkspaceId,
        /// Of which chat.
        chat: ChatId,
        /// Only messages of this visibility; all where it is not said.
        #[serde(default)]
        visibility: Option<Visibility>,
        /// 1 to 1,000 messages; 50 where it is not said.
        #[serde(default)]
        limit: Option<u64>,
        /// The cursor that the page before ended with.
        #[serde(default)]
        before: Option<String>,
    },
    /// What the messages of a chat point to, a page, newest message first.
    #[non_exhaustive]
    Files {
        /// In which workspace.
        workspace: WorkspaceId,
        /// Of which chat.
        chat: ChatId,
        /// Only those of messages of this visibility; all where it is not said.
        #[serde(default)]
        visibility: Option<Visibility>,
        /// 1 to 1,000 files; 50 where it is not said.
        #[serde(default)]
        limit: Option<u64>,
        /// The cursor that the page before ended with.
        #[serde(default)]
        before: Option<String>,
    },
    /// The links in the texts of a chat's messages, a page, newest message first.
    #[non_exhaustive]
    Links {
        /// In which workspace.
        workspace: WorkspaceId,
        /// Of which chat.
        chat: ChatId,
        /// Only those of messages of this visibility; all where it is not said.
        #[serde(default)]
        visibility: Option<Visibility>,
        /// 1 to 1,000 links; 50 where it is not said.
        #[serde(default)]
        limit: Option<u64>,
        /// The cursor that the page before ended with.
        #[serde(default)]
        before: Option<String>,
    },
    /// All managers.
    #[non_exhaustive]
    Managers {
        /// Of which workspace.
        workspace: WorkspaceId,
    },
    /// All tags.
    #[non_exhaustive]
    Tags {
        /// Of which workspace.
        workspace: WorkspaceId,
    },
    /// One customer.
    #[non_exhaustive]
    Customer {
        /// In which workspace.
        workspace: WorkspaceId,
        /// Whom.
        customer: CustomerId,
    },
    /// A page of what a customer did on the site, newest first.
    #[non_exhaustive]
    Events {
        /// In which workspace.
        workspace: WorkspaceId,
        /// Who did it.
        customer: CustomerId,
        /// 1 to 1,000 events; 50 where it is not said.
        #[serde(default)]
        limit: Option<u64>,
        /// The cursor that the page before ended with.
        #[serde(default)]
        before: Option<String>,
    },
    /// A page of what the customer of a chat had done on the site when it was started, newest first.
    #[non_exhaustive]
    EventsBeforeChat {
        /// In which workspace.
        workspace: WorkspaceId,
        /// Before which chat.
        chat: ChatId,
        /// 1 to 1,000 events; 50 where it is not said.
        #[serde(default)]
        limit: Option<u64>,
        /// The cursor that the page before ended with.
        #[serde(default)]
        before: Option<String>,
    },
    /// A page of the chats that the customer of a chat had before, the highest id first.
    #[non_exhaustive]
    EarlierChats {
        /// In which workspace.
        workspace: WorkspaceId,
        /// Before which chat.
        chat: ChatId,
        /// 1 to 1,000 chats; 50 where it is not said.
        #[serde(default)]
        limit: Option<u64>,
        /// The cursor that the page before ended with.
        #[serde(default)]
        before: Option<String>,
    },
    /// The fields that the profiles of customers have.
    #[non_exhaustive]
    ProfileFields {
        /// Of which workspace.
        workspace: WorkspaceId,
    },
    /// The managers who should have a chat, best first.
    #[non_exhaustive]
    Recommend {
        /// In which workspace.
        workspace: WorkspaceId,
        /// Which chat.
        chat: ChatId,
        /// 1 to 1,000 managers; 50 where it is not said.
        #[serde(default)]
        limit: Option<u64>,
    },
    /// A page of what a manager is told, oldest first.
    #[non_exhaustive]
    Notifications {
        /// In which workspace.
        workspace: WorkspaceId,
        /// Whom.
        manager: ManagerId,
        /// Only of changes later than this one; 0 where it is not said.
        #[serde(default)]
        since: Option<u64>,
        /// 1 to 1,000 notifications; 50 where it is not said.
        #[serde(default)]
        limit: Option<u64>,
        /// The cursor that the page before ended with.
        #[serde(default)]
        after: Option<String>,
    },
    /// The bulk actions under way.
    #[non_exhaustive]
    Bulks {
        /// Of which workspace.
        workspace: WorkspaceId,
    },
    /// How far the custom indexes are that the host has registered.
    #[non_exhaustive]
    Indexes {
        /// Of which workspace.
        workspace: WorkspaceId,
    },
    /// Every number that a manager's inbox shows.
    #[non_exhaustive]
    Sidebar {
        /// In which workspace.
        workspace: WorkspaceId,
        /// Whose inbox.
        manager: ManagerId,
    },
}
