//! The stored forms of a workspace's records, on disk and in the journal.
//!
//! Records refer to tags by internal id, keep lists sorted, and hold no derived data.

mod change;
mod chat;
pub(crate) mod codec;
mod customer;
mod entry_part;
mod external;
mod families;
#[cfg(test)]
mod golden;
mod index_key;
pub(crate) mod key_bytes;
mod manager;
mod membership;
mod message;
mod meta;
mod notice;
mod remembered;
mod row_key;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod sample;
mod setting;
pub(crate) mod stored;
mod tag;
mod touched;
mod unread;

pub(crate) use change::{Cause, Change, Members, PostingDelta, clock_in_change, workspace_in_change};
pub(crate) use chat::{ChatRecord, IndexedFields};
pub(crate) use customer::{CustomerRecord, EventRecord};
pub(crate) use entry_part::{ChangePlace, EntryPart, LogPosition};
pub(crate) use external::{ExternalKey, ExternalRecord, ExternalSpace};
pub(crate) use families::{Family, Record, RecordKey, Rows, Total, decode_record, digest, encode_record};
pub(crate) use index_key::{IndexKey, IndexKind};
pub(crate) use manager::ManagerRecord;
pub(crate) use membership::each_changed_key;
pub(crate) use message::MessageRecord;
pub(crate) use meta::{Meta, Next};
pub(crate) use notice::Notice;
pub(crate) use remembered::RememberedRecord;
pub(crate) use row_key::{CHATS_PER_CHUNK, RowKey, RowWrite};
pub(crate) use setting::{
    BulkId, BulkProgressRecord, BulkRecord, IndexId, IndexRecord, IndexState, Setting, SettingKey, UNSWEPT,
};
pub(crate) use tag::TagRecord;
pub(crate) use touched::{Touched, TouchedChat, Whats};
pub(crate) use unread::{NewUnreadSum, Unread, UnreadSum};
