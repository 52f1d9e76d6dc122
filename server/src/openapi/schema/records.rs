//! The records that answers hold.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::shared::{Actor, File, Role, Status, Visibility};

/// A chat, as `show` and `list` return it. Ids are in ascending order, tags sorted by path as it is compared.
#[derive(Serialize, ToSchema)]
pub(crate) struct Chat {
    /// The id of the chat, unique in its workspace.
    pub(crate) id: u32,
    /// The customer.
    pub(crate) customer: u64,
    /// The status.
    pub(crate) status: Status,
    /// When the snooze ends. Set only if the chat is snoozed.
    pub(crate) snoozed_until: Option<u64>,
    /// The manager in charge, if any.
    pub(crate) assignee: Option<u64>,
    /// The managers who follow the chat. Always includes the assignee.
    pub(crate) followers: Vec<u64>,
    /// The paths of its tags, spelled as they were created.
    pub(crate) tags: Vec<String>,
    /// The number of unread messages per manager. Managers with none are left out.
    pub(crate) unread: BTreeMap<String, u64>,
    /// The managers who have it as a favorite.
    pub(crate) favorited_by: Vec<u64>,
    /// Free text, if set. A word after `#` is a hashtag.
    pub(crate) description: Option<String>,
    /// When the chat was started.
    pub(crate) created_at: u64,
    /// When the chat was last started, written in, or reopened by the end of a snooze.
    pub(crate) last_activity_at: u64,
    /// The number of messages.
    pub(crate) messages: u64,
    /// The attributes set by the host application, by key.
    pub(crate) attributes: Option<BTreeMap<String, String>>,
    /// The id in the caller's own system, if it has one.
    pub(crate) external: Option<String>,
}

/// A message in a chat.
#[derive(Serialize, ToSchema)]
pub(crate) struct Message {
    /// The number of the message in its chat: 1, 2, 3 …
    pub(crate) message: u32,
    /// When the message was sent.
    pub(crate) at: u64,
    /// The author.
    pub(crate) author: Actor,
    /// Who can see it.
    pub(crate) visibility: Visibility,
    /// The text. Can be empty if there are files.
    pub(crate) text: String,
    /// The attached files.
    pub(crate) files: Vec<File>,
    /// The id in the caller's own system, if it has one.
    pub(crate) external: Option<String>,
    /// When the text was last edited.
    pub(crate) edited_at: Option<u64>,
    /// Whether text and files were taken away.
    pub(crate) redacted: Option<bool>,
}

/// A file, with the message it is attached to.
#[derive(Serialize, ToSchema)]
pub(crate) struct FileOfMessage {
    /// The number of the message in its chat.
    pub(crate) message: u32,
    /// When the message was sent.
    pub(crate) at: u64,
    /// The author.
    pub(crate) author: Actor,
    /// Who can see it.
    pub(crate) visibility: Visibility,
    /// The display name.
    pub(crate) name: String,
    /// Where the contents are.
    pub(crate) url: String,
    /// The media type, such as `image/png`.
    pub(crate) media_type: String,
    /// The size in bytes.
    pub(crate) bytes: u64,
}

/// A link in the text of a message.
#[derive(Serialize, ToSchema)]
pub(crate) struct LinkOfMessage {
    /// The number of the message in its chat.
    pub(crate) message: u32,
    /// When the message was sent.
    pub(crate) at: u64,
    /// The author.
    pub(crate) author: Actor,
    /// Who can see it.
    pub(crate) visibility: Visibility,
    /// The URL as written in the text, including its scheme.
    pub(crate) url: String,
}

/// A person who answers chats.
#[derive(Serialize, ToSchema)]
pub(crate) struct Manager {
    /// The id, unique in the workspace.
    pub(crate) manager: u64,
    /// The display name.
    pub(crate) name: String,
    /// What they may do.
    pub(crate) role: Role,
    /// Whether they are in operator mode, and so also receive chats without an assignee.
    pub(crate) operator: bool,
    /// Whether they are online.
    pub(crate) online: bool,
    /// The paths of the tags they follow, sorted as paths are compared.
    pub(crate) followed_tags: Vec<String>,
    /// How many open chats they can handle. Null is no limit.
    pub(crate) capacity: Option<u32>,
    /// The id in the caller's own system, if they have one.
    pub(crate) external: Option<String>,
    /// Whether they left.
    pub(crate) removed: Option<bool>,
}

/// A person who starts chats.
#[derive(Serialize, ToSchema)]
pub(crate) struct Customer {
    /// The id, unique in the workspace.
    pub(crate) customer: u64,
    /// The name, if known.
    pub(crate) name: Option<String>,
    /// The profile: further details by key.
    pub(crate) profile: BTreeMap<String, String>,
    /// The id in the caller's own system, if they have one.
    pub(crate) external: Option<String>,
}

/// An action of a customer on the host's site, such as a page view.
#[derive(Serialize, ToSchema)]
pub(crate) struct Event {
    /// The number of the event among those of the customer: 1, 2, 3 …
    pub(crate) event: u32,
    /// When it happened.
    pub(crate) at: u64,
    /// The name, such as `view`.
    pub(crate) name: String,
    /// The page it happened on, if known.
    pub(crate) page: Option<String>,
    /// Further details by key.
    pub(crate) properties: BTreeMap<String, String>,
}

/// A tag in the tag tree of a workspace.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tag {
    /// The path, spelled as it was created.
    pub(crate) path: String,
}

/// Why a manager is notified.
#[derive(Serialize, ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum NotificationKind {
    /// Another actor assigned a chat to them.
    Assigned,
    /// The snooze of a chat they follow has ended.
    SnoozeEnded,
    /// An internal message mentions them as `@name`.
    Mentioned,
    /// Another actor wrote in a chat they follow, without mentioning them.
    Message,
}

/// A notification for one manager.
#[derive(Serialize, ToSchema)]
pub(crate) struct Notification {
    /// The sequence number of the change that caused it.
    pub(crate) seq: u64,
    /// When it happened.
    pub(crate) at: u64,
    /// Why the manager is notified.
    pub(crate) kind: NotificationKind,
    /// The chat.
    pub(crate) chat: u32,
    /// The number of the message, if the notification is about one.
    pub(crate) message: Option<u32>,
    /// The actor who caused it, or null if a timer did.
    pub(crate) by: Option<Actor>,
}

/// A manager in the ranking for a chat.
#[derive(Serialize, ToSchema)]
pub(crate) struct Recommendation {
    /// The id of the manager.
    pub(crate) manager: u64,
    /// The display name.
    pub(crate) name: String,
    /// The score: the sum of the points of `reasons`.
    pub(crate) points: u32,
    /// Whether they have reached their capacity. Such managers rank after all others.
    pub(crate) full: bool,
    /// The number of open chats assigned to them, not counting this one.
    pub(crate) open: u64,
    /// How many open chats they can handle. Null is no limit.
    pub(crate) capacity: Option<u32>,
    /// When they last became the assignee of a chat, or null if never.
    pub(crate) last_assigned_at: Option<u64>,
    /// What the points are for.
    pub(crate) reasons: Vec<Reason>,
}

/// One part of a manager's score.
#[derive(Serialize, ToSchema)]
pub(crate) struct Reason {
    /// The points it adds.
    pub(crate) points: u32,
    /// A description for people, such as `is online`.
    pub(crate) reason: String,
}

/// The number of chats of each status.
#[derive(Serialize, ToSchema)]
pub(crate) struct StatusCounts {
    /// Open chats.
    pub(crate) open: u64,
    /// Snoozed chats.
    pub(crate) snoozed: u64,
    /// Closed chats.
    pub(crate) closed: u64,
}
