//! The settings of a workspace: profile fields, running bulk actions and custom indexes.

use std::fmt;

use super::stored::{stored_enum, stored_newtype, stored_struct};
use crate::command::{Action, RefusedChat};
use crate::heap;
use crate::model::{Actor, ChatId, ProfileField, TagId};
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

/// What a deleted tag has become as long as there are records of tags that were below it. No tag has this number.
pub(crate) const UNSWEPT: TagId = TagId(0);

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
    /// What a running bulk action has done.
    BulkProgress(BulkId),
    /// The chats that one piece of a running bulk action refused.
    BulkRefused(BulkId, u32),
    /// A tag that was merged into another, or deleted with many below it.
    MergedTag(TagId),
    /// An import that is under way or was interrupted.
    Import,
}

stored_enum!(SettingKey {
    0 => ProfileFields,
    1 => Bulk(id),
    2 => BulkPart(id, part),
    3 => Index(id),
    4 => BulkProgress(id),
    5 => BulkRefused(id, piece),
    6 => MergedTag(tag),
    7 => Import,
});

/// The stored form of a setting.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Setting {
    ProfileFields(Vec<ProfileField>),
    Bulk(BulkRecord),
    BulkPart(ChatSet),
    Index(IndexRecord),
    BulkProgress(BulkProgressRecord),
    BulkRefused(Vec<RefusedChat>),
    /// The tag that it has become, or [`UNSWEPT`].
    MergedTag(TagId),
    /// The first chat number that was never used before the import, so that it keeps its numbers when it is run again.
    Import(ChatId),
}

impl Setting {
    /// The deleted tag of the key, if there are still records of tags that were below it.
    pub(crate) fn unswept(&self, key: SettingKey) -> Option<TagId> {
        match (key, self) {
            (SettingKey::MergedTag(tag), Setting::MergedTag(UNSWEPT)) => Some(tag),
            _ => None,
        }
    }

    /// The tag of the key, and the one that it has become.
    pub(crate) fn merged(&self, key: SettingKey) -> Option<(TagId, TagId)> {
        match (key, self) {
            (SettingKey::MergedTag(tag), Setting::MergedTag(into)) => Some((tag, *into)),
            _ => None,
        }
    }

    /// The approximate heap size in bytes.
    pub(crate) fn weight(&self) -> usize {
        /// Those of some fields, an action or an index.
        const TEXTS_BYTES: usize = 500;
        match self {
            Setting::BulkPart(chats) => chats.heap_bytes(),
            Setting::BulkRefused(chats) => heap::of_vec::<RefusedChat>(chats.len()),
            Setting::MergedTag(_) | Setting::BulkProgress(_) | Setting::Import(_) => 0,
            Setting::ProfileFields(_) | Setting::Bulk(_) | Setting::Index(_) => TEXTS_BYTES,
        }
    }
}

stored_enum!(Setting {
    0 => ProfileFields(fields),
    1 => Bulk(bulk),
    2 => BulkPart(chats),
    3 => Index(index),
    4 => BulkProgress(progress),
    5 => BulkRefused(chats),
    6 => MergedTag(into),
    7 => Import(first),
});

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

/// What a running bulk action has done. Bulk actions of older versions have none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct BulkProgressRecord {
    /// The digest of the actor and the command, if the command has an id.
    pub(crate) digest: u64,
    pub(crate) changed: u64,
    pub(crate) unchanged: u64,
}

stored_struct!(BulkProgressRecord { digest, changed, unchanged });

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
