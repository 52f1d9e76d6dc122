//! The stored forms: what the records of a workspace hold on disk and in the journal.
//!
//! They name tags by their internal id, keep lists sorted, and hold nothing that can be derived from them.

mod chat;
mod chat_set;
mod flags;
mod id_set;
mod manager;
mod meta;
mod notice;
mod setting;
mod unread;

use std::collections::BTreeMap;
use std::sync::Arc;

use bincode::{Decode, Encode};

use crate::model::{Actor, ChatId, CustomerId, File, ManagerId, MessageId, TagId, Visibility};

pub(crate) use chat::ChatRecord;
pub(crate) use chat_set::{ChatSet, chunks};
pub(crate) use id_set::IdSet;
pub(crate) use manager::ManagerRecord;
pub(crate) use meta::{Meta, Next};
pub(crate) use notice::Notice;
pub(crate) use setting::{BulkRecord, IndexRecord, IndexState, Setting, SettingId, SettingKey};
pub(crate) use unread::Unread;

/// A customer, as stored. Events are numbered 1, 2, 3 … in each customer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct CustomerRecord {
    pub(crate) name: Option<String>,
    pub(crate) profile: BTreeMap<String, String>,
    pub(crate) events: u32,
    /// The sum of the digests of the events, so that they can be deleted without being read.
    pub(crate) events_digest: u64,
}

/// What a customer did on the site, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct EventRecord {
    pub(crate) at: u64,
    pub(crate) name: String,
    pub(crate) page: Option<String>,
    pub(crate) properties: BTreeMap<String, String>,
}

/// A message, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct MessageRecord {
    pub(crate) at: u64,
    pub(crate) author: Actor,
    pub(crate) visibility: Visibility,
    pub(crate) text: String,
    pub(crate) files: Vec<File>,
}

/// A tag, as stored: one name, with the letters of its creation, below a parent.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct TagRecord {
    pub(crate) parent: Option<TagId>,
    pub(crate) name: String,
}

/// Names a record in its workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub(crate) enum RecordKey {
    Manager(ManagerId),
    Tag(TagId),
    Customer(CustomerId),
    Event(CustomerId, u32),
    Chat(ChatId),
    Message(ChatId, MessageId),
    Setting(SettingKey),
}

/// A record of any family.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub(crate) enum Record {
    Manager(Arc<ManagerRecord>),
    Tag(Arc<TagRecord>),
    Customer(Arc<CustomerRecord>),
    Event(Arc<EventRecord>),
    Chat(Arc<ChatRecord>),
    Message(Arc<MessageRecord>),
    Setting(Arc<Setting>),
}

/// A family of records: for each a count and a digest are kept, so that a record lost by the store is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub(crate) enum Family {
    Managers,
    Tags,
    Customers,
    Events,
    Chats,
    Messages,
    Settings,
}

impl Family {
    pub(crate) const ALL: [Family; 7] = [
        Family::Managers,
        Family::Tags,
        Family::Customers,
        Family::Events,
        Family::Chats,
        Family::Messages,
        Family::Settings,
    ];

    /// Its place in [`Family::ALL`].
    pub(crate) fn index(self) -> usize {
        self as usize
    }

    /// The word for it in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Family::Managers => "managers",
            Family::Tags => "tags",
            Family::Customers => "customers",
            Family::Events => "events",
            Family::Chats => "chats",
            Family::Messages => "messages",
            Family::Settings => "settings",
        }
    }
}

impl RecordKey {
    pub(crate) fn family(self) -> Family {
        match self {
            RecordKey::Manager(_) => Family::Managers,
            RecordKey::Tag(_) => Family::Tags,
            RecordKey::Customer(_) => Family::Customers,
            RecordKey::Event(..) => Family::Events,
            RecordKey::Chat(_) => Family::Chats,
            RecordKey::Message(..) => Family::Messages,
            RecordKey::Setting(_) => Family::Settings,
        }
    }
}

impl Record {
    /// About how many bytes it takes in memory.
    pub(crate) fn weight(&self) -> usize {
        let body = match self {
            Record::Manager(manager) => manager.name.len() + manager.followed_tags.len() * 4,
            Record::Tag(tag) => tag.name.len(),
            Record::Customer(customer) => properties_weight(&customer.profile),
            Record::Event(event) => event.weight(),
            Record::Chat(chat) => chat.weight(),
            Record::Message(message) => message.weight(),
            Record::Setting(_) => 2_000,
        };
        body + 150
    }
}

impl EventRecord {
    /// About how many bytes it takes beyond its own size.
    pub(crate) fn weight(&self) -> usize {
        self.name.len() + properties_weight(&self.properties)
    }
}

impl MessageRecord {
    /// About how many bytes it takes beyond its own size.
    pub(crate) fn weight(&self) -> usize {
        self.text.len() + self.files.len() * 200
    }
}

fn properties_weight(properties: &BTreeMap<String, String>) -> usize {
    properties.iter().map(|(key, value)| key.len() + value.len() + 60).sum()
}

/// How many records of a family there are, and the sum of their digests: it does not depend on order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Total {
    pub(crate) count: u64,
    pub(crate) digest: u64,
}

impl Total {
    pub(crate) fn add(&mut self, count: u64, digest: u64) {
        self.count = self.count.wrapping_add(count);
        self.digest = self.digest.wrapping_add(digest);
    }

    pub(crate) fn remove(&mut self, count: u64, digest: u64) {
        self.count = self.count.wrapping_sub(count);
        self.digest = self.digest.wrapping_sub(digest);
    }
}
