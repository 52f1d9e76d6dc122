//! Queries, as clients send them.

use serde::Serialize;
use utoipa::ToSchema;

use super::recursive::Filter;
use super::shared::Visibility;

/// A read of one workspace, or of which there are. In JSON, for example, `{"count":{"workspace":1,"view":"tag:billing:open"}}`.
#[derive(Serialize, ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Query {
    /// Counts the chats in a filter.
    Count {
        /// The workspace.
        workspace: u64,
        /// A view such as `assigned:7:open`, or several joined. In JSON a text or an object.
        view: Filter,
    },
    /// Lists the chats in a filter, newest activity first.
    List {
        /// The workspace.
        workspace: u64,
        /// A view such as `assigned:7:open`, or several joined. In JSON a text or an object.
        view: Filter,
        /// 1 to 1,000 chats. 50 by default.
        #[schema(minimum = 1, maximum = 1000)]
        limit: Option<u64>,
        /// The `next` cursor of the previous page, in the same order.
        before: Option<String>,
        /// Which chats come first. Those with the newest activity by default.
        order: Option<ListOrder>,
        /// Whether only the ids are listed, which reads no chat. Off by default.
        ids: Option<bool>,
    },
    /// Gets a chat.
    Show {
        /// The workspace.
        workspace: u64,
        /// The chat.
        chat: u32,
    },
    /// Gets several chats.
    Chats {
        /// The workspace.
        workspace: u64,
        /// Up to 1,000 chats.
        chats: Vec<u32>,
    },
    /// Gets a message.
    Message {
        /// The workspace.
        workspace: u64,
        /// The chat.
        chat: u32,
        /// The number of the message in its chat.
        message: u32,
    },
    /// Lists the messages of a chat, newest first.
    Messages {
        /// The workspace.
        workspace: u64,
        /// The chat.
        chat: u32,
        /// Only messages of this visibility. All by default.
        visibility: Option<Visibility>,
        /// 1 to 1,000 messages. 50 by default.
        #[schema(minimum = 1, maximum = 1000)]
        limit: Option<u64>,
        /// The `next` cursor of the previous page.
        before: Option<String>,
    },
    /// Lists the files attached to the messages of a chat, newest message first.
    Files {
        /// The workspace.
        workspace: u64,
        /// The chat.
        chat: u32,
        /// Only those of messages of this visibility. All by default.
        visibility: Option<Visibility>,
        /// 1 to 1,000 files. 50 by default.
        #[schema(minimum = 1, maximum = 1000)]
        limit: Option<u64>,
        /// The `next` cursor of the previous page.
        before: Option<String>,
    },
    /// Lists the links in the messages of a chat, newest message first.
    Links {
        /// The workspace.
        workspace: u64,
        /// The chat.
        chat: u32,
        /// Only those of messages of this visibility. All by default.
        visibility: Option<Visibility>,
        /// 1 to 1,000 links. 50 by default.
        #[schema(minimum = 1, maximum = 1000)]
        limit: Option<u64>,
        /// The `next` cursor of the previous page.
        before: Option<String>,
    },
    /// Lists all managers, by id.
    Managers {
        /// The workspace.
        workspace: u64,
        /// Whether managers who left are listed, too. Off by default.
        removed: Option<bool>,
    },
    /// Finds what has an external id.
    Find(Find),
    /// Gets the digest of a workspace: equal wherever the same commands were done.
    Digest {
        /// The workspace.
        workspace: u64,
    },
    /// Gets a manager.
    Manager {
        /// The workspace.
        workspace: u64,
        /// The manager.
        manager: u64,
    },
    /// Lists all tags, sorted as paths are compared.
    Tags {
        /// The workspace.
        workspace: u64,
    },
    /// Gets a customer.
    Customer {
        /// The workspace.
        workspace: u64,
        /// The customer.
        customer: u64,
    },
    /// Lists the customers, by id.
    Customers {
        /// The workspace.
        workspace: u64,
        /// 1 to 1,000 customers. 50 by default.
        #[schema(minimum = 1, maximum = 1000)]
        limit: Option<u64>,
        /// The `next` cursor of the previous page.
        after: Option<String>,
    },
    /// Lists the events of a customer, newest first.
    Events {
        /// The workspace.
        workspace: u64,
        /// The customer.
        customer: u64,
        /// 1 to 1,000 events. 50 by default.
        #[schema(minimum = 1, maximum = 1000)]
        limit: Option<u64>,
        /// The `next` cursor of the previous page.
        before: Option<String>,
    },
    /// Lists the events of a chat's customer from before the chat was started, newest first.
    EventsBeforeChat {
        /// The workspace.
        workspace: u64,
        /// The chat.
        chat: u32,
        /// 1 to 1,000 events. 50 by default.
        #[schema(minimum = 1, maximum = 1000)]
        limit: Option<u64>,
        /// The `next` cursor of the previous page.
        before: Option<String>,
    },
    /// Lists the earlier chats of a chat's customer, highest id first.
    EarlierChats {
        /// The workspace.
        workspace: u64,
        /// The chat.
        chat: u32,
        /// 1 to 1,000 chats. 50 by default.
        #[schema(minimum = 1, maximum = 1000)]
        limit: Option<u64>,
        /// The `next` cursor of the previous page.
        before: Option<String>,
    },
    /// Lists the profile fields.
    ProfileFields {
        /// The workspace.
        workspace: u64,
    },
    /// Ranks the managers for a chat, best first.
    Recommend {
        /// The workspace.
        workspace: u64,
        /// The chat.
        chat: u32,
        /// 1 to 1,000 managers. 50 by default.
        #[schema(minimum = 1, maximum = 1000)]
        limit: Option<u64>,
    },
    /// Lists the notifications of a manager, oldest first.
    Notifications {
        /// The workspace.
        workspace: u64,
        /// The manager.
        manager: u64,
        /// Only those of changes after this sequence number. 0 by default.
        since: Option<u64>,
        /// 1 to 1,000 notifications. 50 by default.
        #[schema(minimum = 1, maximum = 1000)]
        limit: Option<u64>,
        /// The `next` cursor of the previous page.
        after: Option<String>,
    },
    /// Lists the bulk actions in progress.
    Bulks {
        /// The workspace.
        workspace: u64,
    },
    /// Lists the custom indexes that the host has registered, with their build progress.
    Indexes {
        /// The workspace.
        workspace: u64,
    },
    /// Gets all counts of a manager's inbox.
    Sidebar {
        /// The workspace.
        workspace: u64,
        /// The manager.
        manager: u64,
    },
    /// Lists the workspaces in use, by id.
    Workspaces {},
}

/// Which chats of a list come first.
#[derive(Serialize, ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum ListOrder {
    /// Those with the newest activity.
    Newest,
    /// Those with the oldest activity.
    Oldest,
}

/// What to find by its id in the caller's own system.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Find {
    /// A manager, also one who left.
    Manager {
        /// The workspace.
        workspace: u64,
        /// The external id.
        manager: String,
    },
    /// A customer.
    Customer {
        /// The workspace.
        workspace: u64,
        /// The external id.
        customer: String,
    },
    /// A chat.
    Chat {
        /// The workspace.
        workspace: u64,
        /// The external id.
        chat: String,
    },
    /// A message of a chat.
    Message {
        /// The workspace.
        workspace: u64,
        /// The chat, by its number.
        chat: u32,
        /// The external id.
        message: String,
    },
}
