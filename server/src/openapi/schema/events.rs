//! The events of the change feed.

use serde::Serialize;
use utoipa::ToSchema;

use super::records::NotificationKind;
use super::shared::Actor;

/// What a watcher gets.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum FeedEvent {
    /// A durable change of the workspace.
    Change(ChangeEvent),
    /// Everything that had happened before is told: live changes follow.
    CaughtUp {
        /// The newest change of the workspace by now.
        caught_up: u64,
        /// All watched numbers as of this change.
        counts: Vec<ViewCounts>,
    },
    /// Earlier changes cannot be told one by one: the journal no longer holds them, or they are an import or of an older
    /// version. Read again what matters; live changes follow.
    Reset {
        /// The newest change of the workspace by now.
        reset: u64,
        /// All watched numbers as of this change.
        counts: Vec<ViewCounts>,
    },
    /// The watcher was too slow, and the changes after this one come from the journal, without counts. Then
    /// `CaughtUp` follows.
    Lagged {
        /// The change up to which everything was told.
        lagged: u64,
    },
}

/// A durable change of a workspace.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangeEvent {
    /// The number of the change.
    pub(crate) seq: u64,
    /// The workspace.
    pub(crate) workspace: u64,
    /// The time of the workspace after the change.
    pub(crate) at: u64,
    /// Who did it, or null if time did, or the engine by itself.
    pub(crate) by: Option<Actor>,
    /// The id of the command, if it was given one.
    pub(crate) id: Option<String>,
    /// What happened to which chats, by id: at most 1,000. A chat with several new messages comes once for each.
    pub(crate) chats: Vec<ChatChange>,
    /// Whether more chats changed than are named.
    pub(crate) more: Option<bool>,
    /// The watched views whose numbers moved. Empty while changes of the past are told.
    pub(crate) counts: Vec<ViewCounts>,
    /// Whether managers, operators or tags changed, so that a sidebar has to be read again.
    pub(crate) sidebar: bool,
    /// What managers are told.
    pub(crate) notices: Vec<NoticeEvent>,
}

/// What happened to a chat.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChatChange {
    /// The chat.
    pub(crate) chat: u32,
    /// What happened.
    pub(crate) what: Vec<What>,
    /// The message that was sent, edited or redacted.
    pub(crate) message: Option<u32>,
}

/// What managers are told of a chat.
#[derive(Serialize, ToSchema)]
pub(crate) struct NoticeEvent {
    /// Why.
    pub(crate) kind: NotificationKind,
    /// The chat.
    pub(crate) chat: u32,
    /// The message, if it is about one.
    pub(crate) message: Option<u32>,
    /// Who is told, by id.
    pub(crate) managers: Vec<u64>,
}

/// The numbers of a watched view as of a change.
#[derive(Serialize, ToSchema)]
pub(crate) struct ViewCounts {
    /// The view.
    pub(crate) view: String,
    /// Its open chats.
    pub(crate) open: u64,
    /// Its snoozed chats.
    pub(crate) snoozed: u64,
    /// Its closed chats.
    pub(crate) closed: u64,
    /// Of `unread:7` in a sidebar: the unread messages.
    pub(crate) messages: Option<u64>,
}

/// Something that a change did to a chat.
#[derive(Serialize, ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum What {
    /// It was started.
    Started,
    /// A message was sent in it.
    Message,
    /// A message was edited.
    Edited,
    /// A message was redacted.
    Redacted,
    /// It was opened, snoozed or closed, its snooze ended, or its deadline moved.
    Status,
    /// It was assigned, or is without an assignee now.
    Assignee,
    /// Managers began or ceased to follow it.
    Followers,
    /// It gained or lost tags.
    Tags,
    /// The unread count of a manager changed.
    Unread,
    /// It became a favorite of a manager, or ceased to be one.
    Favorites,
    /// Its description changed.
    Description,
    /// Its attributes changed.
    Attributes,
    /// It was deleted.
    Deleted,
}
