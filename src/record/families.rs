//! The families of records: what each is, and the totals that are kept of it.

use std::sync::Arc;

use bincode::{Decode, Encode};

use super::{ChatRecord, CustomerRecord, EventRecord, ManagerRecord, MessageRecord, Setting, TagRecord};

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

impl Record {
    /// About how many bytes it takes in memory.
    pub(crate) fn weight(&self) -> usize {
        let body = match self {
            Record::Manager(manager) => manager.name.len() + manager.followed_tags.len() * 4,
            Record::Tag(tag) => tag.name.len(),
            Record::Customer(customer) => customer.weight(),
            Record::Event(event) => event.weight(),
            Record::Chat(chat) => chat.weight(),
            Record::Message(message) => message.weight(),
            Record::Setting(_) => 2_000,
        };
        body + 150
    }
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
