//! A chat, as stored.

use std::collections::BTreeMap;

use super::Unread;
use super::stored::flagged_record;
use crate::model::{CustomerId, ManagerId, Status, TagId};
use crate::sets::IdSet;

/// A chat, as stored. Everything that the index holds of it is a function of this and the tag tree.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// What the host has noted of it, by key.
    pub(crate) attributes: BTreeMap<String, String>,
    /// How many events of its customer had been tracked when it began; none of chats from before that was noted.
    pub(crate) events_before: Option<u32>,
}

impl ChatRecord {
    /// A chat that begins now, after so many events of its customer.
    pub(crate) fn new(customer: CustomerId, events_before: u32, now: u64, position: u64) -> Self {
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
            attributes: BTreeMap::new(),
            events_before: Some(events_before),
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

    /// What of it the index may depend on.
    pub(crate) fn indexed(&self) -> IndexedFields<'_> {
        let Self {
            customer,
            status,
            snoozed_until: _,
            assignee,
            followers,
            tags,
            unread,
            favorited_by,
            description,
            created_at,
            last_activity_at: _,
            position: _,
            messages: _,
            messages_digest: _,
            attributes,
            events_before: _,
        } = self;
        IndexedFields {
            status: *status,
            assignee: *assignee,
            customer: *customer,
            followers,
            tags,
            favorited_by,
            unread,
            description: description.as_deref(),
            attributes,
            created_at: *created_at,
        }
    }

    /// Whether both belong to the same keys of the index with the same status, as far as the chat decides.
    pub(crate) fn indexed_like(&self, other: &Self) -> bool {
        self.indexed() == other.indexed()
    }

    /// About how many bytes it takes beyond its own size.
    pub(crate) fn weight(&self) -> usize {
        let Self {
            customer: _,
            status: _,
            snoozed_until: _,
            assignee: _,
            followers,
            tags,
            unread,
            favorited_by,
            description,
            created_at: _,
            last_activity_at: _,
            position: _,
            messages: _,
            messages_digest: _,
            attributes,
            events_before: _,
        } = self;
        let managers = followers.len() + favorited_by.len() + unread.len();
        let attributes: usize = attributes.iter().map(|(key, value)| key.len() + value.len() + 60).sum();
        200 + managers * 8 + tags.len() * 4 + description.as_ref().map_or(0, String::len) + attributes
    }
}

/// What of a chat the index may depend on: a chat whose fields here are the same belongs to the same keys. An index sees
/// nothing else of a chat, so that a command that changes nothing here need not look at the index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct IndexedFields<'a> {
    pub(crate) status: Status,
    pub(crate) assignee: Option<ManagerId>,
    pub(crate) customer: CustomerId,
    pub(crate) followers: &'a IdSet<ManagerId>,
    pub(crate) tags: &'a IdSet<TagId>,
    pub(crate) favorited_by: &'a IdSet<ManagerId>,
    pub(crate) unread: &'a Unread,
    pub(crate) description: Option<&'a str>,
    pub(crate) attributes: &'a BTreeMap<String, String>,
    pub(crate) created_at: u64,
}

flagged_record!(ChatRecord {
    customer, status, snoozed_until, assignee, followers, tags, unread, favorited_by;
    description;
    created_at, last_activity_at, position, messages, messages_digest;
    attributes, events_before
});
