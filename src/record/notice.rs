//! What a change says to managers, as stored.

use super::stored::stored_struct;
use crate::model::{Actor, ChatId, ManagerId, MessageId, NotificationKind};
use crate::sets::IdSet;

/// One event of a chat, with all the managers whom it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// When it happened, in ms.
    pub(crate) at: u64,
    pub(crate) kind: NotificationKind,
    pub(crate) chat: ChatId,
    pub(crate) message: Option<MessageId>,
    /// Who brought it about; none where time did.
    pub(crate) by: Option<Actor>,
    pub(crate) managers: IdSet<ManagerId>,
}

stored_struct!(Notice { at, kind, chat, message, by, managers });
