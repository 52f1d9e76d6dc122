//! What a chat can belong to: the keys of the secondary index.

use std::sync::Arc;

use bincode::{Decode, Encode};

use super::SettingId;
use crate::model::{CustomerId, ManagerId, TagId};

/// Something that chats belong to. For each key and status there is one set of chats.
///
/// The keys that are loaded on demand come last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub(crate) enum IndexKey {
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

impl IndexKey {
    /// Whether its postings are many and small, and so are loaded on demand.
    pub(crate) fn is_on_demand(&self) -> bool {
        matches!(self, IndexKey::Customer(_) | IndexKey::Hashtag(_) | IndexKey::Custom(..))
    }
}
