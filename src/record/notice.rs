//! What a change says to managers, as stored.

use bincode::{Decode, Encode};

use crate::model::{Actor, ChatId, ManagerId, MessageId, NotificationKind};
use crate::sets::IdSet;

/// One event of a chat, with all the managers whom it concerns.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
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
