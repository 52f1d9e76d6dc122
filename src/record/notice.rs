//! The stored form of a notice: what a change tells managers.

use super::stored::stored_struct;
use crate::model::{Actor, ChatId, ManagerId, MessageId, NotificationKind};
use crate::sets::IdSet;

/// One event of a chat and the managers it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// When the event happened, in ms.
    pub(crate) at: u64,
    pub(crate) kind: NotificationKind,
    pub(crate) chat: ChatId,
    pub(crate) message: Option<MessageId>,
    /// The actor who caused it; `None` for a deadline.
    pub(crate) by: Option<Actor>,
    pub(crate) managers: IdSet<ManagerId>,
}

stored_struct!(Notice { at, kind, chat, message, by, managers });
