//! What a chat can belong to, and the one function that says what it does belong to.

use std::sync::Arc;

use bincode::{Decode, Encode};

use super::TagTree;
use crate::model::{CustomerId, ManagerId, TagId, hashtags};
use crate::record::{ChatRecord, SettingId};

/// Something that chats belong to. For each key and status there is one set of chats.
///
/// The order is that of the stored rows: the keys that are loaded on demand come last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub(crate) enum Key {
    All,
    Unassigned,
    Assignee(ManagerId),
    Following(ManagerId),
    /// Followed and without an assignee: what `sessions` must not count twice.
    FollowingUnassigned(ManagerId),
    Unread(ManagerId),
    Favorite(ManagerId),
    /// Bears the tag or one below it.
    Tag(TagId),
    /// Bears the tag itself: what a tag's parent keeps when the tag moves away.
    OwnTag(TagId),
    Customer(CustomerId),
    Hashtag(Arc<str>),
    /// Has a value in a custom index.
    Custom(SettingId, Arc<str>),
}

impl Key {
    /// Whether its postings are many and small, and so are loaded on demand.
    pub(crate) fn is_lazy(&self) -> bool {
        matches!(self, Key::Customer(_) | Key::Hashtag(_) | Key::Custom(..))
    }
}

/// A pure function from a chat to the keys that it belongs to. Counts, lists, the difference that a command
/// makes and the scrub all follow from it.
pub(crate) trait Index: Send + Sync {
    /// Pushes the keys of a chat, in any order; a key that is pushed twice counts once.
    fn keys(&self, chat: &ChatRecord, tags: &TagTree, out: &mut Vec<Key>);
}

/// The keys that every inbox has.
pub(crate) struct BuiltIn;

impl Index for BuiltIn {
    fn keys(&self, chat: &ChatRecord, tags: &TagTree, out: &mut Vec<Key>) {
        out.push(Key::All);
        out.push(chat.assignee.map_or(Key::Unassigned, Key::Assignee));
        out.push(Key::Customer(chat.customer));
        for manager in chat.followers.iter() {
            out.push(Key::Following(manager));
            if chat.assignee.is_none() {
                out.push(Key::FollowingUnassigned(manager));
            }
        }
        out.extend(chat.unread.iter().map(|(manager, _)| Key::Unread(manager)));
        out.extend(chat.favorited_by.iter().map(Key::Favorite));
        for tag in chat.tags.iter() {
            out.push(Key::OwnTag(tag));
            out.extend(tags.lineage(tag).map(Key::Tag));
        }
        if let Some(description) = &chat.description {
            out.extend(hashtags(description).into_iter().map(|word| Key::Hashtag(word.into())));
        }
    }
}

/// The keys of a chat, sorted, each once.
pub(crate) fn keys_of(chat: &ChatRecord, tags: &TagTree) -> Vec<Key> {
    let mut keys = Vec::with_capacity(16);
    BuiltIn.keys(chat, tags, &mut keys);
    keys.sort_unstable();
    keys.dedup();
    keys
}
