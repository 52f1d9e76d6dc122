//! What a workspace keeps once: the fields of its profiles, the bulk actions under way, its custom indexes.

use bincode::{Decode, Encode};

use crate::command::Action;
use crate::model::{Actor, ChatId, ProfileField};
use crate::sets::ChatSet;

/// The internal number of a custom index or a bulk action: never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub(crate) struct SettingId(pub(crate) u32);

/// Names a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub(crate) enum SettingKey {
    /// The fields of the profiles.
    ProfileFields,
    /// A bulk action under way.
    Bulk(SettingId),
    /// Its selection among 65,536 chats.
    BulkPart(SettingId, u16),
    /// A custom index.
    Index(SettingId),
}

/// A setting, as stored.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub(crate) enum Setting {
    ProfileFields(Vec<ProfileField>),
    Bulk(BulkRecord),
    BulkPart(ChatSet),
    Index(IndexRecord),
}

/// A bulk action under way: it goes on from here where it is interrupted.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct BulkRecord {
    pub(crate) actor: Actor,
    /// The id that the caller gave the command.
    pub(crate) id: Option<String>,
    pub(crate) action: Action,
    /// The chats in their order, where they were named one by one; otherwise the parts hold them.
    pub(crate) listed: Option<Vec<ChatId>>,
    /// How many chats were selected.
    pub(crate) total: u32,
    /// How many of them are done.
    pub(crate) done: u32,
}

/// A custom index, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct IndexRecord {
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) state: IndexState,
}

/// How far a custom index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(crate) enum IndexState {
    /// Commands keep it; chats below this one are in it, the others are still to be read.
    Building { next: ChatId },
    /// It is complete, and views may use it.
    Readable,
}
