//! Answers to queries.

use serde::Serialize;
use utoipa::ToSchema;

use super::commands::Action;
use super::records::{
    Chat, Customer, Event, FileOfMessage, LinkOfMessage, Manager, Message, Notification, Recommendation, StatusCounts,
    Tag,
};
use super::shared::{Actor, ProfileField};

/// The answer to a `Query`. Its JSON has no variant name: `{"count":5}`.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Answer {
    /// The answer to `count`.
    Count {
        /// The number of chats.
        count: u64,
    },
    /// The answer to `workspaces`.
    Workspaces {
        /// The workspaces in use, by id.
        workspaces: Vec<u64>,
    },
    /// The answer to `list`.
    List(ChatPage),
    /// The answer to `list` with `ids`.
    Ids(IdPage),
    /// The answer to `show`.
    Show(Chat),
    /// The answer to `show`, for a customer.
    Reduced(ReducedChat),
    /// The answer to `list` and `chats`, for a customer.
    ReducedList(ReducedChatPage),
    /// The answer to `chats`.
    Chats {
        /// The chats, in the order of the query. null stands for one that does not exist.
        chats: Vec<Option<Chat>>,
    },
    /// The answer to `message`.
    Message(Message),
    /// The answer to `messages`.
    Messages(MessagePage),
    /// The answer to `files`.
    Files(FilePage),
    /// The answer to `links`.
    Links(LinkPage),
    /// The answer to `managers`.
    Managers {
        /// All managers, by id.
        managers: Vec<Manager>,
    },
    /// The answer to `find`.
    Found(Found),
    /// The answer to `digest`.
    Digest {
        /// The digest, 16 hexadecimal digits.
        digest: String,
    },
    /// The answer to `manager`.
    Manager(Manager),
    /// The answer to `tags`.
    Tags {
        /// All tags, sorted as paths are compared.
        tags: Vec<Tag>,
    },
    /// The answer to `customer`.
    Customer(Customer),
    /// The answer to `customers`.
    Customers(CustomerPage),
    /// The answer to `events` and `events_before_chat`.
    Events(EventPage),
    /// The answer to `earlier_chats`.
    EarlierChats(ChatPage),
    /// The answer to `profile_fields`.
    ProfileFields {
        /// The fields, in display order.
        fields: Vec<ProfileField>,
    },
    /// The answer to `recommend`.
    Recommend {
        /// The managers, best first.
        managers: Vec<Recommendation>,
    },
    /// The answer to `notifications`.
    Notifications(NotificationPage),
    /// The answer to `bulks`.
    Bulks {
        /// The bulk actions, oldest first.
        bulks: Vec<BulkUnderWay>,
    },
    /// The answer to `indexes`.
    Indexes {
        /// The indexes, by name.
        indexes: Vec<IndexStatus>,
    },
    /// The answer to `sidebar`.
    Sidebar(Sidebar),
}

/// The number that has an external id.
#[derive(Serialize, ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Found {
    /// Of a manager.
    Manager(u64),
    /// Of a customer.
    Customer(u64),
    /// Of a chat.
    Chat(u32),
    /// Of a message in its chat.
    Message(u32),
}

/// A page of chats.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChatPage {
    /// The chats, newest activity first unless asked otherwise. Earlier chats of a customer are sorted by id, highest
    /// first.
    pub(crate) chats: Vec<Chat>,
    /// The cursor for the next page, or null if this is the last page.
    pub(crate) next: Option<String>,
}

/// A page of chats, by their ids alone.
#[derive(Serialize, ToSchema)]
pub(crate) struct IdPage {
    /// The ids of the chats, in the order that was asked for.
    pub(crate) ids: Vec<u32>,
    /// The cursor for the next page, or null if this is the last page.
    pub(crate) next: Option<String>,
}

/// A page of customers.
#[derive(Serialize, ToSchema)]
pub(crate) struct CustomerPage {
    /// The customers, by id.
    pub(crate) customers: Vec<Customer>,
    /// The cursor for the next page, or null if this is the last page.
    pub(crate) next: Option<String>,
}

/// A page of messages.
#[derive(Serialize, ToSchema)]
pub(crate) struct MessagePage {
    /// The messages, newest first.
    pub(crate) messages: Vec<Message>,
    /// The cursor for the next page, or null if this is the last page.
    pub(crate) next: Option<String>,
}

/// A page of files.
#[derive(Serialize, ToSchema)]
pub(crate) struct FilePage {
    /// The files, newest message first. Files of one message are in the order of the message.
    pub(crate) files: Vec<FileOfMessage>,
    /// The cursor for the next page, or null if this is the last page.
    pub(crate) next: Option<String>,
}

/// A page of links.
#[derive(Serialize, ToSchema)]
pub(crate) struct LinkPage {
    /// The links, newest message first. Links in one message are in the order of the text.
    pub(crate) links: Vec<LinkOfMessage>,
    /// The cursor for the next page, or null if this is the last page.
    pub(crate) next: Option<String>,
}

/// A page of events.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventPage {
    /// The events, newest first.
    pub(crate) events: Vec<Event>,
    /// The cursor for the next page, or null if this is the last page.
    pub(crate) next: Option<String>,
}

/// A page of notifications.
#[derive(Serialize, ToSchema)]
pub(crate) struct NotificationPage {
    /// The notifications, oldest first.
    pub(crate) notifications: Vec<Notification>,
    /// The cursor for the next page, or null if this is the last page.
    pub(crate) next: Option<String>,
    /// Whether there were notifications after `since` that are no longer kept. In a store of an older version, those
    /// from before its oldest notification may have been the manager's, and count.
    pub(crate) missed: Option<bool>,
}

/// All counts of a manager's inbox, from one consistent snapshot.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sidebar {
    /// The workspace.
    pub(crate) workspace: u64,
    /// The manager whose inbox it is.
    pub(crate) manager: u64,
    /// The sequence number of the workspace's newest change in this snapshot.
    pub(crate) seq: u64,
    /// The chats assigned to the manager.
    pub(crate) me: StatusCounts,
    /// The chats without an assignee.
    pub(crate) unassigned: StatusCounts,
    /// All chats.
    pub(crate) all: StatusCounts,
    /// The manager's unread chats and messages.
    pub(crate) unread: UnreadCounts,
    /// The number of the manager's favorites, of any status.
    pub(crate) favorites: u64,
    /// The chats that the manager follows, plus the unassigned ones in operator mode. Each chat counts once.
    pub(crate) my_sessions: StatusCounts,
    /// The managers in operator mode, by id.
    pub(crate) operators: Vec<SidebarManager>,
    /// The other managers, by id.
    pub(crate) others: Vec<SidebarManager>,
    /// All tags, sorted as paths are compared.
    pub(crate) tags: Vec<SidebarTag>,
}

/// A manager in a sidebar.
#[derive(Serialize, ToSchema)]
pub(crate) struct SidebarManager {
    /// The id of the manager.
    pub(crate) manager: u64,
    /// The display name.
    pub(crate) name: String,
    /// The number of open chats assigned to them.
    pub(crate) open: u64,
}

/// A tag in a sidebar.
#[derive(Serialize, ToSchema)]
pub(crate) struct SidebarTag {
    /// The path, spelled as it was created.
    pub(crate) path: String,
    /// The number of open chats with this tag or one of its descendants. Each chat counts once.
    pub(crate) open: u64,
}

/// Unread counts of one manager.
#[derive(Serialize, ToSchema)]
pub(crate) struct UnreadCounts {
    /// The number of chats with unread messages.
    pub(crate) chats: u64,
    /// The number of unread messages.
    pub(crate) messages: u64,
}

/// A bulk action in progress: running, or interrupted by an error. An interrupted one is finished by the next open.
#[derive(Serialize, ToSchema)]
pub(crate) struct BulkUnderWay {
    /// The actor who started it.
    pub(crate) actor: Actor,
    /// What to do with each chat.
    #[schema(rename = "do")]
    pub(crate) action: Action,
    /// The number of chats done: changed, unchanged or refused.
    pub(crate) done: u64,
    /// The number of chats selected.
    pub(crate) total: u64,
}

/// The state of a custom index in a workspace.
#[derive(Serialize, ToSchema)]
pub(crate) struct IndexStatus {
    /// The registered name.
    pub(crate) name: String,
    /// The registered version.
    pub(crate) version: u32,
    /// Whether views can use it. While it is being built, commands already update it.
    pub(crate) readable: bool,
    /// About how many chats are indexed, out of `total`.
    pub(crate) done: u64,
    /// The number of chats to index.
    pub(crate) total: u64,
}

/// As much of a chat as its customer sees.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReducedChat {
    /// The id of the chat.
    pub(crate) id: u32,
    /// The status.
    pub(crate) status: super::shared::Status,
    /// When the chat was started.
    pub(crate) created_at: u64,
    /// When the chat was last started, written in, or reopened.
    pub(crate) last_activity_at: u64,
    /// The name of the manager in charge.
    pub(crate) assignee: Option<String>,
}

/// A page of chats as their customer sees them.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReducedChatPage {
    /// The chats.
    pub(crate) chats: Vec<Option<ReducedChat>>,
    /// The cursor for the next page.
    pub(crate) next: Option<String>,
}

/// A backup that the server keeps.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeptBackup {
    /// The file, on the machine of the server.
    pub(crate) file: String,
    /// The format of the backup.
    pub(crate) format: u32,
    /// The format of the store.
    pub(crate) store_format: u32,
    /// The version that wrote it.
    pub(crate) version: String,
    /// The newest change in it.
    pub(crate) seq: u64,
    /// The latest clock of any workspace.
    pub(crate) clock: u64,
    /// The checkpoint at its beginning.
    pub(crate) checkpoint: u64,
    /// The number of rows.
    pub(crate) rows: u64,
    /// The number of changes.
    pub(crate) changes: u64,
    /// The size in bytes.
    pub(crate) bytes: u64,
}

/// Who a caller is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session {
    /// Whether the server has no secret, so that anyone who reaches it may do everything.
    pub(crate) open: bool,
    /// The workspace of the token.
    pub(crate) workspace: Option<u64>,
    /// The actor of the token.
    pub(crate) actor: Option<Actor>,
    /// When the token expires, in seconds since the Unix epoch.
    pub(crate) expires_at: Option<u64>,
}

/// A token to trade for a cookie.
#[derive(Serialize, ToSchema)]
pub(crate) struct Traded {
    /// The token.
    pub(crate) token: String,
}

/// The state of the server.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    pub(crate) status: String,
    /// The newest durable change.
    pub(crate) seq: u64,
    /// How a node of a cluster is doing.
    pub(crate) node: Option<Node>,
}

/// That a server is not to be sent requests, and why.
#[derive(Serialize, ToSchema)]
pub(crate) struct Unhealthy {
    /// Why.
    pub(crate) error: super::envelope::Refusal,
    /// How a node of a cluster is doing.
    pub(crate) node: Option<Node>,
}

/// How a node of a cluster is doing.
#[derive(Serialize, ToSchema)]
pub(crate) struct Node {
    /// Whether it works.
    pub(crate) state: State,
    /// Why it does not.
    pub(crate) reason: Option<String>,
    /// How far it is with each group of workspaces.
    pub(crate) groups: Vec<Group>,
}

/// Whether a node works.
#[derive(Serialize, ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum State {
    /// It does.
    Running,
    /// It answers reads and does no commands.
    ReadOnly,
    /// It answers nothing.
    Stopped,
}

/// How far a node is with a group.
#[derive(Serialize, ToSchema)]
pub(crate) struct Group {
    /// The group.
    pub(crate) group: u32,
    /// The last place applied.
    pub(crate) place: u64,
    /// Entries of the log that are not applied yet, as far as the node knows.
    pub(crate) lag: u64,
    /// Milliseconds since the log was last heard of.
    pub(crate) silence_ms: u64,
}
