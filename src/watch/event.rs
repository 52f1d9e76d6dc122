//! The events of the change feed. They serialise to the JSON of `inboxdb watch` and of the server.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Watched;
use crate::model::{Actor, ChatId, ManagerId, MessageId, NotificationKind, StatusCounts, Timestamp, What, WorkspaceId};
use crate::view::View;

/// What a watcher gets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum FeedEvent {
    /// A durable change of the workspace. Watchers share it where they are told the same.
    Change(Arc<ChangeEvent>),
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
    /// [`CaughtUp`](Self::CaughtUp) follows.
    Lagged {
        /// The change up to which everything was told.
        lagged: u64,
    },
}

impl FeedEvent {
    /// Returns the number of the change up to which everything is told with this event.
    pub fn seq(&self) -> u64 {
        match self {
            Self::Change(change) => change.seq,
            Self::CaughtUp { caught_up: seq, .. } | Self::Reset { reset: seq, .. } | Self::Lagged { lagged: seq } => {
                *seq
            }
        }
    }
}

/// A durable change of a workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChangeEvent {
    /// The number of the change.
    pub seq: u64,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The time of the workspace after the change.
    pub at: Timestamp,
    /// Who did it, or `None` if time did, or the engine by itself.
    pub by: Option<Actor>,
    /// The id of the command, if it was given one.
    pub id: Option<Arc<str>>,
    /// What happened to which chats, by id: at most 1,000. A chat with several new messages comes once for each.
    pub chats: Arc<[ChatChange]>,
    /// Whether more chats changed than are named.
    #[serde(default, skip_serializing_if = "crate::model::is_false")]
    pub more: bool,
    /// The watched views whose numbers moved. Empty while changes of the past are told.
    pub counts: Vec<ViewCounts>,
    /// Whether managers, operators or tags changed, so that a sidebar has to be read again.
    pub sidebar: bool,
    /// What managers are told.
    pub notices: Arc<[NoticeEvent]>,
}

/// What happened to a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChatChange {
    /// The chat.
    pub chat: ChatId,
    /// What happened.
    pub what: Vec<What>,
    /// The message that was sent, edited or redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
}

/// What managers are told of a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NoticeEvent {
    /// Why.
    pub kind: NotificationKind,
    /// The chat.
    pub chat: ChatId,
    /// The message, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
    /// Who is told, by id.
    pub managers: Vec<ManagerId>,
}

/// The numbers of a watched view as of a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ViewCounts {
    /// The view.
    #[serde(with = "as_text")]
    pub view: Arc<View>,
    /// Its chats, by status.
    #[serde(flatten)]
    pub chats: StatusCounts,
    /// Of `unread:7` in a sidebar: the unread messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<u64>,
}

/// For the engine.
impl ChangeEvent {
    /// Whether nothing happened that a watcher could see.
    pub(crate) fn is_silent(&self) -> bool {
        let Self { chats, more, counts, sidebar, notices, .. } = self;
        chats.is_empty() && !more && counts.is_empty() && !sidebar && notices.is_empty()
    }

    pub(crate) fn new(seq: u64, workspace: WorkspaceId, at: u64) -> Self {
        Self {
            seq,
            workspace,
            at: at.into(),
            by: None,
            id: None,
            chats: Arc::default(),
            more: false,
            counts: Vec::new(),
            sidebar: false,
            notices: Arc::default(),
        }
    }
}

/// Views as the text that names them.
mod as_text {
    use std::sync::Arc;

    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{View, Watched};

    pub(super) fn serialize<S: Serializer>(view: &Arc<View>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(view)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<View>, D::Error> {
        match String::deserialize(deserializer)?.parse() {
            Ok(Watched::View(view)) => Ok(Arc::new(view)),
            Ok(Watched::Sidebar(_)) => Err(D::Error::custom("a sidebar is not a view")),
            Err(error) => Err(D::Error::custom(error)),
        }
    }
}
