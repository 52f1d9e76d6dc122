//! The stored forms: what the records of a workspace hold on disk and in the journal.
//!
//! They name tags by their internal id, keep lists sorted, and hold nothing that can be derived from them.

mod change;
mod chat;
pub(crate) mod codec;
mod customer;
mod families;
mod flags;
#[cfg(test)]
mod golden;
mod index_key;
mod key;
mod manager;
mod message;
mod meta;
mod notice;
mod row_key;
mod setting;
mod tag;
mod unread;

pub(crate) use change::{Cause, Change, Members, PostingDelta, clock_in_change};
pub(crate) use chat::ChatRecord;
pub(crate) use customer::{CustomerRecord, EventRecord};
pub(crate) use families::{Family, Record, Total};
pub(crate) use index_key::IndexKey;
pub(crate) use key::RecordKey;
pub(crate) use manager::ManagerRecord;
pub(crate) use message::MessageRecord;
pub(crate) use meta::{Meta, Next};
pub(crate) use notice::Notice;
pub(crate) use row_key::{CHATS_PER_CHUNK, RowKey, RowWrite};
pub(crate) use setting::{BulkRecord, IndexRecord, IndexState, Setting, SettingId, SettingKey};
pub(crate) use tag::TagRecord;
pub(crate) use unread::Unread;
