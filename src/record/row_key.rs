//! The rows of a workspace in the state store.

use super::{IndexKey, RecordKey};
use crate::model::{ManagerId, Status};

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
    Posting(IndexKey, Status, u16),
    Notices(u64),
}

/// A row to write; `None` is a deletion.
pub(crate) type RowWrite = (RowKey, Option<Vec<u8>>);
