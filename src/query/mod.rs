//! Queries and answers as plain data: every read of a workspace in serialisable form.
//!
//! A host that links the crate usually calls the methods of [`Workspace`](crate::Workspace) instead. This form is for
//! programs that forward queries, such as a server or the command line.

mod answer;
mod build;
mod cursor;
mod memory;
mod order;
mod page;
mod sidebar;
mod wanted;
mod work;

use serde::{Deserialize, Serialize};

use crate::model::{ChatId, CustomerId, ManagerId, MessageId, Visibility, WorkspaceId};
use crate::view::Filter;

pub use answer::{Answer, Found};
pub use cursor::{Cursor, CursorError};
pub use memory::MemoryUse;
pub use order::ListOrder;
pub use page::{ChatPage, CustomerPage, EventPage, FilePage, IdPage, LinkPage, MessagePage, NotificationPage};
pub use sidebar::{Sidebar, SidebarManager, SidebarManagers, SidebarTag, SidebarTags, UnreadCounts};
pub use wanted::{Find, Wanted};
pub use work::{BulkUnderWay, IndexStatus, WorkspacesInMemory};

/// A read of one workspace, or of which there are. In JSON, for example, `{"count":{"workspace":1,"view":"tag:billing:open"}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Query {
    /// Counts the chats in a filter.
    #[non_exhaustive]
    Count {
        /// The workspace.
        workspace: WorkspaceId,
        /// A view such as `assigned:7:open`, or several joined. In JSON a text or an object.
        view: Filter,
    },
    /// Lists the chats in a filter, newest activity first.
    #[non_exhaustive]
    List {
        /// The workspace.
        workspace: WorkspaceId,
        /// A view such as `assigned:7:open`, or several joined. In JSON a text or an object.
        view: Filter,
        /// 1 to 1,000 chats. 50 by default.
        #[serde(default)]
        limit: Option<u64>,
        /// The `next` cursor of the previous page, in the same order.
        #[serde(default)]
        before: Option<String>,
        /// Which chats come first. Those with the newest activity by default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<ListOrder>,
        /// Whether only the ids are listed, which reads no chat. Off by default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ids: Option<bool>,
    },
    /// Gets a chat.
    #[non_exhaustive]
    Show {
        /// The workspace.
        workspace: WorkspaceId,
        /// The chat.
        chat: ChatId,
    },
    /// Gets several chats.
    #[non_exhaustive]
    Chats {
        /// The workspace.
        workspace: WorkspaceId,
        /// Up to 1,000 chats.
        chats: Vec<ChatId>,
    },
    /// Gets a message.
    #[non_exhaustive]
    Message {
        /// The workspace.
        workspace: WorkspaceId,
        /// The chat.
        chat: ChatId,
        /// The number of the message in its chat.
        message: MessageId,
    },
    /// Lists the messages of a chat, newest first.
    #[non_exhaustive]
    Messages {
        /// The workspace.
        workspace: WorkspaceId,
        /// The chat.
        chat: ChatId,
        /// Only messages of this visibility. All by default.
        #[serde(default)]
        visibility: Option<Visibility>,
        /// 1 to 1,000 messages. 50 by default.
        #[serde(default)]
        limit: Option<u64>,
        /// The `next` cursor of the previous page.
        #[serde(default)]
        before: Option<String>,
    },
    /// Lists the files attached to the messages of a chat, newest message first.
    #[non_exhaustive]
    Files {
        /// The workspace.
        workspace: WorkspaceId,
        /// The chat.
        chat: ChatId,
        /// Only those of messages of this visibility. All by default.
        #[serde(default)]
        visibility: Option<Visibility>,
        /// 1 to 1,000 files. 50 by default.
        #[serde(default)]
        limit: Option<u64>,
        /// The `next` cursor of the previous page.
        #[serde(default)]
        before: Option<String>,
    },
    /// Lists the links in the messages of a chat, newest message first.
    #[non_exhaustive]
    Links {
        /// The workspace.
        workspace: WorkspaceId,
        /// The chat.
        chat: ChatId,
        /// Only those of messages of this visibility. All by default.
        #[serde(default)]
        visibility: Option<Visibility>,
        /// 1 to 1,000 links. 50 by default.
        #[serde(default)]
        limit: Option<u64>,
        /// The `next` cursor of the previous page.
        #[serde(default)]
        before: Option<String>,
    },
    /// Lists all managers, by id.
    #[non_exhaustive]
    Managers {
        /// The workspace.
        workspace: WorkspaceId,
        /// Whether managers who left are listed, too. Off by default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        removed: Option<bool>,
    },
    /// Finds what has an external id.
    Find(Find),
    /// Gets the digest of a workspace: equal wherever the same commands were done.
    #[non_exhaustive]
    Digest {
        /// The workspace.
        workspace: WorkspaceId,
    },
    /// Gets a manager.
    #[non_exhaustive]
    Manager {
        /// The workspace.
        workspace: WorkspaceId,
        /// The manager.
        manager: ManagerId,
    },
    /// Lists all tags, sorted as paths are compared.
    #[non_exhaustive]
    Tags {
        /// The workspace.
        workspace: WorkspaceId,
    },
    /// Gets a customer.
    #[non_exhaustive]
    Customer {
        /// The workspace.
        workspace: WorkspaceId,
        /// The customer.
        customer: CustomerId,
    },
    /// Lists the customers, by id.
    #[non_exhaustive]
    Customers {
        /// The workspace.
        workspace: WorkspaceId,
        /// 1 to 1,000 customers. 50 by default.
        #[serde(default)]
        limit: Option<u64>,
        /// The `next` cursor of the previous page.
        #[serde(default)]
        after: Option<String>,
    },
    /// Lists the events of a customer, newest first.
    #[non_exhaustive]
    Events {
        /// The workspace.
        workspace: WorkspaceId,
        /// The customer.
        customer: CustomerId,
        /// 1 to 1,000 events. 50 by default.
        #[serde(default)]
        limit: Option<u64>,
        /// The `next` cursor of the previous page.
        #[serde(default)]
        before: Option<String>,
    },
    /// Lists the events of a chat's customer from before the chat was started, newest first.
    #[non_exhaustive]
    EventsBeforeChat {
        /// The workspace.
        workspace: WorkspaceId,
        /// The chat.
        chat: ChatId,
        /// 1 to 1,000 events. 50 by default.
        #[serde(default)]
        limit: Option<u64>,
        /// The `next` cursor of the previous page.
        #[serde(default)]
        before: Option<String>,
    },
    /// Lists the earlier chats of a chat's customer, highest id first.
    #[non_exhaustive]
    EarlierChats {
        /// The workspace.
        workspace: WorkspaceId,
        /// The chat.
        chat: ChatId,
        /// 1 to 1,000 chats. 50 by default.
        #[serde(default)]
        limit: Option<u64>,
        /// The `next` cursor of the previous page.
        #[serde(default)]
        before: Option<String>,
    },
    /// Lists the profile fields.
    #[non_exhaustive]
    ProfileFields {
        /// The workspace.
        workspace: WorkspaceId,
    },
    /// Ranks the managers for a chat, best first.
    #[non_exhaustive]
    Recommend {
        /// The workspace.
        workspace: WorkspaceId,
        /// The chat.
        chat: ChatId,
        /// 1 to 1,000 managers. 50 by default.
        #[serde(default)]
        limit: Option<u64>,
    },
    /// Lists the notifications of a manager, oldest first.
    #[non_exhaustive]
    Notifications {
        /// The workspace.
        workspace: WorkspaceId,
        /// The manager.
        manager: ManagerId,
        /// Only those of changes after this sequence number. 0 by default.
        #[serde(default)]
        since: Option<u64>,
        /// 1 to 1,000 notifications. 50 by default.
        #[serde(default)]
        limit: Option<u64>,
        /// The `next` cursor of the previous page.
        #[serde(default)]
        after: Option<String>,
    },
    /// Lists the bulk actions in progress.
    #[non_exhaustive]
    Bulks {
        /// The workspace.
        workspace: WorkspaceId,
    },
    /// Lists the custom indexes that the host has registered, with their build progress.
    #[non_exhaustive]
    Indexes {
        /// The workspace.
        workspace: WorkspaceId,
    },
    /// Gets all counts of a manager's inbox.
    #[non_exhaustive]
    Sidebar {
        /// The workspace.
        workspace: WorkspaceId,
        /// The manager.
        manager: ManagerId,
    },
    /// Lists the workspaces in use, by id.
    #[non_exhaustive]
    Workspaces {},
}
