//! A chat, as stored.

use bincode::{Decode, Encode};

use super::{IdSet, Unread};
use crate::model::{CustomerId, ManagerId, Status, TagId};

/// A chat, as stored. Everything that the index holds of it is a function of this and the tag tree.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct ChatRecord {
    pub(crate) customer: CustomerId,
    pub(crate) status: Status,
    /// The deadline, of a snoozed chat alone.
    pub(crate) snoozed_until: Option<u64>,
    pub(crate) assignee: Option<ManagerId>,
    pub(crate) followers: IdSet<ManagerId>,
    pub(crate) tags: IdSet<TagId>,
    pub(crate) unread: Unread,
    pub(crate) favorited_by: IdSet<ManagerId>,
    pub(crate) description: Option<String>,
    pub(crate) created_at: u64,
    pub(crate) last_activity_at: u64,
    /// Its place in the timeline.
    pub(crate) position: u64,
    pub(crate) messages: u32,
    /// The sum of the digests of its messages, so that they can be deleted without being read.
    pub(crate) messages_digest: u64,
}

impl ChatRecord {
    /// A chat that begins now.
    pub(crate) fn new(customer: CustomerId, now: u64, position: u64) -> Self {
        Self {
            customer,
            status: Status::Open,
            snoozed_until: None,
            assignee: None,
            followers: IdSet::default(),
            tags: IdSet::default(),
            unread: Unread::default(),
            favorited_by: IdSet::default(),
            description: None,
            created_at: now,
            last_activity_at: now,
            position,
            messages: 0,
            messages_digest: 0,
        }
    }

    /// Makes it open or closed; a snooze ends with that.
    pub(crate) fn set_status(&mut self, status: Status) {
        debug_assert!(status != Status::Snoozed, "a snooze needs its deadline");
        self.status = status;
        self.snoozed_until = None;
    }

    pub(crate) fn snooze(&mut self, until: u64) {
        self.status = Status::Snoozed;
        self.snoozed_until = Some(until);
    }

    /// Whether both belong to the same keys of the index with the same status, as far as the chat decides.
    pub(crate) fn indexed_like(&self, other: &Self) -> bool {
        self.status == other.status
            && self.assignee == other.assignee
            && self.customer == other.customer
            && self.followers == other.followers
            && self.tags == other.tags
            && self.favorited_by == other.favorited_by
            && self.unread == other.unread
            && self.description == other.description
    }

    /// About how many bytes it takes beyond its own size.
    pub(crate) fn weight(&self) -> usize {
        let managers = self.followers.len() + self.favorited_by.len() + self.unread.len();
        200 + managers * 8 + self.tags.len() * 4 + self.description.as_ref().map_or(0, String::len)
    }
}
