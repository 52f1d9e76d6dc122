//! What can be asked of a workspace, as data, and the answers: the machine form of every read.
//!
//! A host that links the crate usually calls the methods of [`Workspace`](crate::Workspace); this form is for
//! programs that pass questions on.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::command::Action;
use crate::model::{
    Actor, Chat, ChatId, Customer, CustomerId, Event, FileOfMessage, LinkOfMessage, Manager, ManagerId, Message,
    Notification, ProfileField, Recommendation, Status, Visibility, WorkspaceId,
};
use crate::view::Filter;

/// A question. In JSON such as `{"count":{"workspace":1,"view":"tag:billing:open"}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Query {
    /// How many chats a filter holds.
    Count {
        /// In which workspace.
        workspace: WorkspaceId,
        /// A view such as `assigned:7:open`, or several joined; in JSON their text or an object.
        view: Filter,
    },
    /// A page of the chats of a filter, newest activity first.
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
    Show {
        /// In which workspace.
        workspace: WorkspaceId,
        /// Which.
        chat: ChatId,
    },
    /// A page of a chat's messages, newest first.
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
    Managers {
        /// Of which workspace.
        workspace: WorkspaceId,
    },
    /// All tags.
    Tags {
        /// Of which workspace.
        workspace: WorkspaceId,
    },
    /// One customer.
    Customer {
        /// In which workspace.
        workspace: WorkspaceId,
        /// Whom.
        customer: CustomerId,
    },
    /// A page of what a customer did on the site, newest first.
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
    ProfileFields {
        /// Of which workspace.
        workspace: WorkspaceId,
    },
    /// The managers who should have a chat, best first.
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
    Bulks {
        /// Of which workspace.
        workspace: WorkspaceId,
    },
    /// How far the custom indexes are that the host has registered.
    Indexes {
        /// Of which workspace.
        workspace: WorkspaceId,
    },
    /// Every number that a manager's inbox shows.
    Sidebar {
        /// In which workspace.
        workspace: WorkspaceId,
        /// Whose inbox.
        manager: ManagerId,
    },
}

/// The answer to a [`Query`]. In JSON without the variant's name: `{"count":5}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// To `count`.
    Count {
        /// How many chats.
        count: u64,
    },
    /// To `list`.
    List(ChatPage),
    /// To `show`.
    Show(Box<Chat>),
    /// To `messages`.
    Messages(MessagePage),
    /// To `files`.
    Files(FilePage),
    /// To `links`.
    Links(LinkPage),
    /// To `managers`.
    Managers {
        /// By id.
        managers: Vec<Manager>,
    },
    /// To `tags`.
    Tags {
        /// By lower-case path.
        tags: Vec<Tag>,
    },
    /// To `customer`.
    Customer(Customer),
    /// To `events` and `events_before_chat`.
    Events(EventPage),
    /// To `earlier_chats`.
    EarlierChats(ChatPage),
    /// To `profile_fields`.
    ProfileFields {
        /// In their order.
        fields: Vec<ProfileField>,
    },
    /// To `recommend`.
    Recommend {
        /// Best first.
        managers: Vec<Recommendation>,
    },
    /// To `notifications`.
    Notifications(NotificationPage),
    /// To `bulks`.
    Bulks {
        /// Oldest first.
        bulks: Vec<BulkUnderWay>,
    },
    /// To `indexes`.
    Indexes {
        /// By name.
        indexes: Vec<IndexStatus>,
    },
    /// To `sidebar`.
    Sidebar(Box<Sidebar>),
}

/// A page of chats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChatPage {
    /// Newest activity first.
    pub chats: Vec<Chat>,
    /// What to ask for the next page with; none where this is the last.
    pub next: Option<Cursor>,
}

/// A page of messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessagePage {
    /// Newest first.
    pub messages: Vec<Message>,
    /// What to ask for the next page with; none where this is the last.
    pub next: Option<Cursor>,
}

/// A page of what messages point to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FilePage {
    /// Newest message first, within one message in its order.
    pub files: Vec<FileOfMessage>,
    /// What to ask for the next page with; none where this is the last.
    pub next: Option<Cursor>,
}

/// A page of the links in the texts of messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkPage {
    /// Newest message first, within one message in the order of its text.
    pub links: Vec<LinkOfMessage>,
    /// What to ask for the next page with; none where this is the last.
    pub next: Option<Cursor>,
}

/// A page of what a customer did on the site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventPage {
    /// Newest first.
    pub events: Vec<Event>,
    /// What to ask for the next page with; none where this is the last.
    pub next: Option<Cursor>,
}

/// A page of what a manager is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotificationPage {
    /// Oldest first.
    pub notifications: Vec<Notification>,
    /// What to ask for the next page with; none where this is the last.
    pub next: Option<Cursor>,
}

/// How far a bulk action is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BulkProgress {
    /// How many of its chats are done: changed, unchanged or refused.
    pub done: u64,
    /// How many it has selected.
    pub total: u64,
}

/// A bulk action under way: running now, or interrupted, to be finished when the store is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BulkUnderWay {
    /// Who asked for it.
    pub actor: Actor,
    /// What it does with each chat.
    #[serde(rename = "do")]
    pub action: Action,
    /// How far it is.
    #[serde(flatten)]
    pub progress: BulkProgress,
}

/// How far a custom index of a workspace is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IndexStatus {
    /// The name under which it is registered.
    pub name: String,
    /// The version under which it is registered.
    pub version: u32,
    /// Whether views may use it. Until then commands keep it, and chats from before are being read.
    pub readable: bool,
    /// About how many chats it has been built from, of [`total`](Self::total).
    pub done: u64,
    /// How many chats there are to build it from.
    pub total: u64,
}

/// A tag of the workspace's tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tag {
    /// Its path, as it was created.
    pub path: Arc<str>,
}

/// Where a page ended. Opaque; stays good while chats move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(pub(crate) u64);

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

/// A text that is no cursor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a cursor; hand in the `next` of the page before, as it was")]
pub struct CursorError(String);

impl std::str::FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let canonical = u64::from_str_radix(text, 16).ok().map(Cursor).filter(|cursor| cursor.to_string() == text);
        canonical.ok_or_else(|| CursorError(text.to_owned()))
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How many chats of each status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct StatusCounts {
    /// Open ones.
    pub open: u64,
    /// Snoozed ones.
    pub snoozed: u64,
    /// Closed ones.
    pub closed: u64,
}

impl StatusCounts {
    /// Those of one status.
    pub fn of(self, status: Status) -> u64 {
        match status {
            Status::Open => self.open,
            Status::Snoozed => self.snoozed,
            Status::Closed => self.closed,
        }
    }

    /// The same of one status, and none of the others.
    pub(crate) fn only(self, status: Status) -> Self {
        let mut only = Self::default();
        match status {
            Status::Open => only.open = self.open,
            Status::Snoozed => only.snoozed = self.snoozed,
            Status::Closed => only.closed = self.closed,
        }
        only
    }

    /// All of them.
    pub fn total(self) -> u64 {
        self.open + self.snoozed + self.closed
    }
}

/// What one manager has not read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct UnreadCounts {
    /// In how many chats.
    pub chats: u64,
    /// How many messages.
    pub messages: u64,
}

/// A manager in a sidebar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SidebarManager {
    /// Who.
    pub manager: ManagerId,
    /// The name as shown.
    pub name: Arc<str>,
    /// The open chats assigned to them.
    pub open: u64,
}

/// A tag in a sidebar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SidebarTag {
    /// Its path.
    pub path: Arc<str>,
    /// The open chats in it or below it, each once.
    pub open: u64,
}

/// Every number that a manager's inbox shows, all of one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
