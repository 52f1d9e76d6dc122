//! What a chat can belong to, and the functions that say what it does belong to.

use std::collections::BTreeMap;

use crate::index::TagTree;
use crate::index::custom::LiveIndex;
use crate::model::limits::{ATTRIBUTE_VALUE_CHARS_MAX, CUSTOM_KEYS_PER_CHAT_MAX};
use crate::model::{CustomerId, ManagerId, Status, Timestamp, hashtags};
use crate::record::{ChatRecord, IndexKey, IndexedFields, SettingId};

/// A pure function from a chat to the keys that it belongs to. Counts, lists, the difference that a command makes and
/// the scrub all follow from it.
///
/// The built-in keys come from one such function; a host adds its own with [`Config::index`](crate::Config::index), as
/// a type or a closure. It must give the same keys for the same chat whenever it is called, and must not panic; one
/// that is to give other keys is registered under another version, and is then built anew.
///
/// ```
/// use inboxdb::{Config, IndexedChat, Keys};
///
/// // `custom:waiting=nobody` and `custom:waiting=somebody`.
/// let config = Config::default().index("waiting", 1, |chat: &IndexedChat<'_>, keys: &mut Keys| {
///     keys.push(if chat.assignee().is_some() { "somebody" } else { "nobody" });
/// });
/// # let _ = config;
/// ```
pub trait Index: Send + Sync {
    /// Pushes the keys of a chat, in any order; a key that is pushed twice counts once.
    fn keys(&self, chat: &IndexedChat<'_>, out: &mut Keys);
}

/// What an index sees of a chat. Tags are not among it: a tag that is moved changes its path without touching the
/// chats that bear it; filters combine tags with custom keys.
#[derive(Debug)]
pub struct IndexedChat<'a> {
    fields: IndexedFields<'a>,
    tags: &'a TagTree,
}

impl<'a> IndexedChat<'a> {
    pub(crate) fn new(record: &'a ChatRecord, tags: &'a TagTree) -> Self {
        Self { fields: record.indexed(), tags }
    }

    /// Who wrote in.
    pub fn customer(&self) -> CustomerId {
        self.fields.customer
    }

    /// Whether it waits for an answer. Every key has a set of chats for each status anyway.
    pub fn status(&self) -> Status {
        self.fields.status
    }

    /// The manager in charge.
    pub fn assignee(&self) -> Option<ManagerId> {
        self.fields.assignee
    }

    /// The managers who take part, by id.
    pub fn followers(&self) -> impl Iterator<Item = ManagerId> + '_ {
        self.fields.followers.iter()
    }

    /// What a manager has not read.
    pub fn unread(&self, manager: ManagerId) -> u64 {
        self.fields.unread.of(manager)
    }

    /// An attribute, as `set_attribute` has set it.
    pub fn attribute(&self, key: &str) -> Option<&'a str> {
        self.fields.attributes.get(key).map(String::as_str)
    }

    /// All attributes.
    pub fn attributes(&self) -> &'a BTreeMap<String, String> {
        self.fields.attributes
    }

    /// The description, where it was given.
    pub fn description(&self) -> Option<&'a str> {
        self.fields.description
    }

    /// When it began.
    pub fn created_at(&self) -> Timestamp {
        self.fields.created_at.into()
    }
}

/// Where an [`Index`] puts the keys of a chat.
#[derive(Debug)]
pub struct Keys {
    keys: Vec<IndexKey>,
    /// The custom index whose turn it is; none for the built-in keys.
    custom: Option<SettingId>,
    /// How many keys it has pushed.
    pushed: usize,
}

impl Keys {
    /// Adds a key: the `payments` of `custom:team=payments`. One of more than 256 characters is left out, and so are
    /// those after the 64th of a chat.
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

    /// The keys, sorted, each once.
    fn sorted(mut self) -> Vec<IndexKey> {
        self.keys.sort_unstable();
        self.keys.dedup();
        self.keys
    }
}

/// The keys that every inbox has.
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
            out.extend(tags.lineage(tag).map(IndexKey::Tag));
        }
        if let Some(description) = chat.description {
            out.extend(hashtags(description).into_iter().map(|word| IndexKey::Hashtag(word.into())));
        }
    }
}

/// The keys of a chat, sorted, each once: the built-in ones, and those of the custom indexes.
pub(crate) fn keys_of(chat: &ChatRecord, tags: &TagTree, custom: &[LiveIndex]) -> Vec<IndexKey> {
    let chat = IndexedChat::new(chat, tags);
    let mut keys = Keys { keys: Vec::with_capacity(16), custom: None, pushed: 0 };
    BuiltIn.keys(&chat, &mut keys);
    custom.iter().for_each(|index| keys.ask(index, &chat));
    keys.sorted()
}

/// The keys of a chat in one custom index, sorted, each once.
pub(crate) fn keys_in(chat: &ChatRecord, tags: &TagTree, index: &LiveIndex) -> Vec<IndexKey> {
    let mut keys = Keys { keys: Vec::new(), custom: None, pushed: 0 };
    keys.ask(index, &IndexedChat::new(chat, tags));
    keys.sorted()
}
