//! What a workspace keeps once: the fields of its profiles, the bulk actions under way, its custom indexes.

use std::fmt;

use super::stored::{stored_enum, stored_newtype, stored_struct};
use crate::command::Action;
use crate::model::{Actor, ChatId, ProfileField};
use crate::sets::ChatSet;

/// The internal number of a custom index or a bulk action: never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SettingId(pub(crate) u32);

stored_newtype!(SettingId);

impl fmt::Display for SettingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

stored_enum!(SettingKey { 0 => ProfileFields, 1 => Bulk(id), 2 => BulkPart(id, part), 3 => Index(id) });

/// A setting, as stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Setting {
    ProfileFields(Vec<ProfileField>),
    Bulk(BulkRecord),
    BulkPart(ChatSet),
    Index(IndexRecord),
}

impl Setting {
    /// About how many bytes it takes beyond its own size.
    pub(crate) fn weight(&self) -> usize {
        2_000
    }
}

stored_enum!(Setting { 0 => ProfileFields(fields), 1 => Bulk(bulk), 2 => BulkPart(chats), 3 => Index(index) });

/// A bulk action under way: it goes on from here where it is interrupted.
#[derive(Debug, Clone, PartialEq, Eq)]
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

stored_struct!(BulkRecord { actor, id, action, listed, total, done });

/// A custom index, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexRecord {
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) state: IndexState,
}

stored_struct!(IndexRecord { name, version, state });

/// How far a custom index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IndexState {
    /// Commands keep it; chats below this one are in it, the others are still to be read.
    Building { next: ChatId },
    /// It is complete, and views may use it.
    Readable,
}

stored_enum!(IndexState { 0 => Building { next }, 1 => Readable });
