//! A chat, as stored.

use std::collections::BTreeMap;

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};

use super::Unread;
use super::flags::Flags;
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
            && self.attributes == other.attributes
    }

    /// About how many bytes it takes beyond its own size.
    pub(crate) fn weight(&self) -> usize {
        let managers = self.followers.len() + self.favorited_by.len() + self.unread.len();
        let attributes: usize = self.attributes.iter().map(|(key, value)| key.len() + value.len() + 60).sum();
        200 + managers * 8 + self.tags.len() * 4 + self.description.as_ref().map_or(0, String::len) + attributes
    }
}

const HAS_ATTRIBUTES: u8 = 1;
const HAS_EVENTS_BEFORE: u8 = 2;
const FLAG_BITS: u8 = 3;

impl Encode for ChatRecord {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.customer.encode(encoder)?;
        self.status.encode(encoder)?;
        self.snoozed_until.encode(encoder)?;
        self.assignee.encode(encoder)?;
        self.followers.encode(encoder)?;
        self.tags.encode(encoder)?;
        self.unread.encode(encoder)?;
        self.favorited_by.encode(encoder)?;
        let flags = Flags::new(self.description.is_some())
            .with(HAS_ATTRIBUTES, !self.attributes.is_empty())
            .with(HAS_EVENTS_BEFORE, self.events_before.is_some());
        flags.encode(encoder)?;
        if let Some(description) = &self.description {
            description.encode(encoder)?;
        }
        self.created_at.encode(encoder)?;
        self.last_activity_at.encode(encoder)?;
        self.position.encode(encoder)?;
        self.messages.encode(encoder)?;
        self.messages_digest.encode(encoder)?;
        if flags.has(HAS_ATTRIBUTES) {
            self.attributes.encode(encoder)?;
        }
        if let Some(events) = self.events_before {
            events.encode(encoder)?;
        }
        Ok(())
    }
}

impl<C> Decode<C> for ChatRecord {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let customer = Decode::decode(decoder)?;
        let status = Decode::decode(decoder)?;
        let snoozed_until = Decode::decode(decoder)?;
        let assignee = Decode::decode(decoder)?;
        let followers = Decode::decode(decoder)?;
        let tags = Decode::decode(decoder)?;
        let unread = Decode::decode(decoder)?;
        let favorited_by = Decode::decode(decoder)?;
        let flags = Flags::decode(decoder, FLAG_BITS)?;
        Ok(Self {
            customer,
            status,
            snoozed_until,
            assignee,
            followers,
            tags,
            unread,
            favorited_by,
            description: flags.decode_field(0, decoder)?,
            created_at: Decode::decode(decoder)?,
            last_activity_at: Decode::decode(decoder)?,
            position: Decode::decode(decoder)?,
            messages: Decode::decode(decoder)?,
            messages_digest: Decode::decode(decoder)?,
            attributes: flags.decode_field(HAS_ATTRIBUTES, decoder)?.unwrap_or_default(),
            events_before: flags.decode_field(HAS_EVENTS_BEFORE, decoder)?,
        })
    }
}
bincode::impl_borrow_decode!(ChatRecord);
