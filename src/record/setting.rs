//! The settings of a workspace: profile fields, running bulk actions and custom indexes.

use std::fmt;

use super::stored::{stored_enum, stored_newtype, stored_struct};
use crate::command::Action;
use crate::model::{Actor, ChatId, ProfileField};
use crate::sets::ChatSet;

/// The internal number of a bulk action. It is never reused, also not for an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BulkId(pub(crate) u32);

/// The internal number of a custom index. It is never reused, also not for a bulk action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct IndexId(pub(crate) u32);

stored_newtype!(BulkId);
stored_newtype!(IndexId);

impl fmt::Display for IndexId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum SettingKey {
    /// The fields shown in profiles.
    ProfileFields,
    /// A running bulk action.
    Bulk(BulkId),
    /// The part of its selection in one range of 65,536 chats.
    BulkPart(BulkId, u16),
    /// A custom index.
    Index(IndexId),
}

stored_enum!(SettingKey { 0 => ProfileFields, 1 => Bulk(id), 2 => BulkPart(id, part), 3 => Index(id) });

/// The stored form of a setting.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Setting {
    ProfileFields(Vec<ProfileField>),
    Bulk(BulkRecord),
    BulkPart(ChatSet),
    Index(IndexRecord),
}

impl Setting {
    /// The approximate heap size in bytes.
    pub(crate) fn weight(&self) -> usize {
        2_000
    }
}

stored_enum!(Setting { 0 => ProfileFields(fields), 1 => Bulk(bulk), 2 => BulkPart(chats), 3 => Index(index) });

/// A running bulk action. It resumes from here after an interruption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BulkRecord {
    pub(crate) actor: Actor,
    /// The idempotency id given by the caller.
    pub(crate) id: Option<String>,
    pub(crate) action: Action,
    /// The chats in their order, if the caller listed them. Otherwise the selection is in the parts.
    pub(crate) listed: Option<Vec<ChatId>>,
    /// The number of selected chats.
    pub(crate) total: u32,
    /// The number of chats done.
    pub(crate) done: u32,
}

stored_struct!(BulkRecord { actor, id, action, listed, total, done });

/// The stored form of a custom index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexRecord {
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) state: IndexState,
}

stored_struct!(IndexRecord { name, version, state });

/// The build state of a custom index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IndexState {
    /// Commands maintain it. Chats below `next` are in it; the others are still to be read.
    Building { next: ChatId },
    /// The index is complete, and views may use it.
    Readable,
}

stored_enum!(IndexState { 0 => Building { next }, 1 => Readable });
