//! The rows of a workspace in the state store.

use super::{IndexKey, RecordKey};
use crate::model::{CustomerId, ManagerId, Status};

/// The number of chats whose positions, or deadlines, share a row.
pub(crate) const CHATS_PER_CHUNK: usize = 1_024;

/// The key of a row of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum RowKey {
    Meta,
    Record(RecordKey),
    UnreadMessages(ManagerId),
    Positions(u32),
    Deadlines(u32),
    /// The chats of a status, of [`IndexKey::All`]. Older versions kept every posting so.
    Posting(IndexKey, Status, u16),
    /// The chats of another posting, whatever their statuses. These follow from the rows of all chats, so a command that
    /// changes the status of a chat rewrites no row of its two dozen keys.
    Members(IndexKey, u16),
    /// The chats of a customer. They are few, spread over all chats, and read together: rows of 65,536 chats would hold
    /// about one each.
    CustomerChats(CustomerId),
    Notices(u64),
}

impl RowKey {
    /// The row that tells the members of a posting among 65,536 chats, apart from their statuses.
    pub(crate) fn of_members(key: &IndexKey, chunk: u16) -> Self {
        match key {
            IndexKey::Customer(customer) => Self::CustomerChats(*customer),
            key => Self::Members(key.clone(), chunk),
        }
    }

    /// The posting that the row belongs to, if it is loaded on demand.
    pub(crate) fn on_demand_posting(&self) -> Option<IndexKey> {
        match self {
            Self::CustomerChats(customer) => Some(IndexKey::Customer(*customer)),
            Self::Members(key, _) if key.is_on_demand() => Some(key.clone()),
            _ => None,
        }
    }
}

/// A row to write; `None` is a deletion.
pub(crate) type RowWrite = (RowKey, Option<Vec<u8>>);
