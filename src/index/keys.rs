//! The functions that derive a chat's index keys.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use crate::index::custom::LiveIndex;
use crate::index::{Lineage, TagParents};
use crate::model::limits::{ATTRIBUTE_VALUE_CHARS_MAX, CUSTOM_KEYS_PER_CHAT_MAX};
use crate::model::{CustomerId, ManagerId, Status, Timestamp, hashtags};
use crate::record::{ChatRecord, IndexId, IndexKey, IndexedFields};

/// A pure function from a chat to its index keys. Counts, lists, posting deltas and the scrub all use it.
///
/// The built-in keys come from one such function. A host adds its own with [`Config::index`](crate::Config::index), as
/// a type or a closure. It must return the same keys for the same chat on every call, and must not panic. To change its
/// keys, register it under a new version; it is then rebuilt.
///
/// ```
/// use inboxdb::{Config, IndexedChat, Keys};
///
/// // `custom:state=assigned` and `custom:state=unassigned`.
/// let config = Config::default().index("state", 1, |chat: &IndexedChat<'_>, keys: &mut Keys| {
///     keys.push(if chat.assignee().is_some() { "assigned" } else { "unassigned" });
/// });
/// # let _ = config;
/// ```
pub trait Index: Send + Sync {
    /// Pushes the keys of a chat, in any order. Duplicates count once.
    fn keys(&self, chat: &IndexedChat<'_>, out: &mut Keys);
}

/// What an index sees of a chat. Tags are left out: moving a tag changes its path without touching its chats. Filters
/// combine tags with custom keys instead.
pub struct IndexedChat<'a> {
    fields: IndexedFields<'a>,
    tags: &'a dyn TagParents,
}

impl std::fmt::Debug for IndexedChat<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { fields, tags: _ } = self;
        f.debug_struct("IndexedChat").field("fields", fields).finish_non_exhaustive()
    }
}

impl<'a> IndexedChat<'a> {
    pub(crate) fn new(record: &'a ChatRecord, tags: &'a dyn TagParents) -> Self {
        Self { fields: record.indexed(), tags }
    }

    /// The customer.
    pub fn customer(&self) -> CustomerId {
        self.fields.customer
    }

    /// The status. An index rarely needs it: every key already has a set of chats per status.
    pub fn status(&self) -> Status {
        self.fields.status
    }

    /// The assignee.
    pub fn assignee(&self) -> Option<ManagerId> {
        self.fields.assignee
    }

    /// The followers, by id.
    pub fn followers(&self) -> impl Iterator<Item = ManagerId> + '_ {
        self.fields.followers.iter()
    }

    /// The number of messages that a manager has not read.
    pub fn unread(&self, manager: ManagerId) -> u64 {
        self.fields.unread.of(manager)
    }

    /// The value of an attribute, as set by `set_attribute`.
    pub fn attribute(&self, key: &str) -> Option<&'a str> {
        self.fields.attributes.get(key).map(String::as_str)
    }

    /// All attributes, by key.
    pub fn attributes(&self) -> &'a BTreeMap<String, String> {
        self.fields.attributes
    }

    /// The description, if set.
    pub fn description(&self) -> Option<&'a str> {
        self.fields.description
    }

    /// When the chat was started.
    pub fn created_at(&self) -> Timestamp {
        self.fields.created_at.into()
    }
}

/// The keys of a chat. Few chats have more than fit without an allocation.
pub(crate) type KeyList = SmallVec<[IndexKey; 24]>;

/// Collects the keys of a chat from an [`Index`].
#[derive(Debug)]
pub struct Keys {
    keys: KeyList,
    /// The custom index being asked; `None` for the built-in keys.
    custom: Option<IndexId>,
    /// The number of keys this index has pushed.
    pushed: usize,
}

impl Keys {
    /// Adds a key: the `payments` of `custom:team=payments`. Keys of more than 256 characters are ignored, and so are
    /// keys after the 64th of a chat.
    pub fn push(&mut self, value: &str) {
        let Some(index) = self.custom else { return };
        let short = value.len() <= ATTRIBUTE_VALUE_CHARS_MAX || value.chars().count() <= ATTRIBUTE_VALUE_CHARS_MAX;
        if short && self.pushed < CUSTOM_KEYS_PER_CHAT_MAX {
            self.pushed += 1;
            self.keys.push(IndexKey::Custom(index, value.into()));
        }
    }

    fn ask(&mut self, index: &LiveIndex, chat: &IndexedChat<'_>) {
        self.custom = Some(index.id);
        self.pushed = 0;
        index.index.keys(chat, self);
    }

    /// Returns the keys, sorted and deduplicated.
    fn sorted(mut self) -> KeyList {
        self.keys.sort_unstable();
        self.keys.dedup();
        self.keys
    }
}

/// The built-in keys, present in every inbox.
struct BuiltIn;

impl Index for BuiltIn {
    fn keys(&self, chat: &IndexedChat<'_>, out: &mut Keys) {
        let (chat, tags, out) = (&chat.fields, chat.tags, &mut out.keys);
        out.push(IndexKey::All);
        out.push(chat.assignee.map_or(IndexKey::Unassigned, IndexKey::Assignee));
        out.push(IndexKey::Customer(chat.customer));
        for manager in chat.followers.iter() {
            out.push(IndexKey::Following(manager));
            if chat.assignee.is_none() {
                out.push(IndexKey::FollowingUnassigned(manager));
            }
        }
        out.extend(chat.unread.iter().map(|(manager, _)| IndexKey::Unread(manager)));
        out.extend(chat.favorited_by.iter().map(IndexKey::Favorite));
        for tag in chat.tags.iter() {
            out.push(IndexKey::OwnTag(tag));
            out.extend(Lineage::of(tags, tag).map(IndexKey::Tag));
        }
        if let Some(description) = chat.description {
            out.extend(hashtags(description).into_iter().map(|word| IndexKey::Hashtag(word.into())));
        }
    }
}

/// Returns all keys of a chat, built-in and custom, sorted and deduplicated.
pub(crate) fn keys_of(chat: &ChatRecord, tags: &dyn TagParents, custom: &[LiveIndex]) -> KeyList {
    let chat = IndexedChat::new(chat, tags);
    let mut keys = Keys { keys: KeyList::new(), custom: None, pushed: 0 };
    BuiltIn.keys(&chat, &mut keys);
    custom.iter().for_each(|index| keys.ask(index, &chat));
    keys.sorted()
}

/// Returns the keys of a chat in one custom index, sorted and deduplicated.
pub(crate) fn keys_in(chat: &ChatRecord, tags: &dyn TagParents, index: &LiveIndex) -> KeyList {
    let mut keys = Keys { keys: KeyList::new(), custom: None, pushed: 0 };
    keys.ask(index, &IndexedChat::new(chat, tags));
    keys.sorted()
}
