//! The state of the model: plain records, nothing derived.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::notices::Notice;
use crate::model::parse::{Actor, File, Pairs, ProfileField};
use crate::model::rules::longer;
use crate::model::tags;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workspace {
    pub clock: u64,
    pub managers: BTreeMap<u64, Manager>,
    pub customers: BTreeMap<u64, Customer>,
    /// Lower-case path → the last name of the path as shown.
    pub tags: BTreeMap<String, String>,
    pub chats: BTreeMap<u32, Chat>,
    /// The newest chat id and position. Neither is ever reused.
    pub last_chat: u32,
    pub last_position: u64,
    /// The fields shown of a customer's profile.
    pub profile_fields: Vec<ProfileField>,
    /// Notices for managers, oldest first.
    pub notices: Vec<Notice>,
    /// The number of the newest chat, event or notice. It orders them among each other.
    pub last_order: u64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manager {
    pub name: String,
    pub owner: bool,
    pub operator: bool,
    pub online: bool,
    /// Lower-case paths.
    pub followed_tags: BTreeSet<String>,
    pub capacity: Option<u32>,
    pub last_assigned_at: Option<u64>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Customer {
    pub name: Option<String>,
    pub profile: Pairs,
    pub events: Vec<Event>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub order: u64,
    pub at: u64,
    pub name: String,
    pub page: Option<String>,
    pub properties: Pairs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Open,
    Snoozed,
    Closed,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Chat {
    pub customer: u64,
    pub status: Status,
    pub snoozed_until: Option<u64>,
    pub assignee: Option<u64>,
    pub followers: BTreeSet<u64>,
    /// Lower-case paths.
    pub tags: BTreeSet<String>,
    /// Only counts above zero.
    pub unread: BTreeMap<u64, u64>,
    pub favorited_by: BTreeSet<u64>,
    pub description: Option<String>,
    pub created_at: u64,
    pub last_activity_at: u64,
    pub position: u64,
    pub messages: Vec<Message>,
    pub attributes: Pairs,
    /// When the chat was started, in the common order.
    pub order: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub at: u64,
    pub author: Actor,
    pub public: bool,
    pub text: String,
    pub files: Vec<File>,
}

impl Status {
    pub const ALL: [Self; 3] = [Self::Open, Self::Snoozed, Self::Closed];

    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Snoozed => "snoozed",
            Self::Closed => "closed",
        }
    }
}

impl Chat {
    pub fn new(customer: u64, followers: BTreeSet<u64>, now: u64, order: u64) -> Self {
        Self {
            customer,
            status: Status::Open,
            snoozed_until: None,
            assignee: None,
            followers,
            tags: BTreeSet::new(),
            unread: Default::default(),
            favorited_by: BTreeSet::new(),
            description: None,
            created_at: now,
            last_activity_at: now,
            position: 0,
            messages: Vec::new(),
            attributes: Default::default(),
            order,
        }
    }

    /// Returns the hashtags of the description, as written.
    pub fn hashtags(&self) -> Vec<String> {
        let text = self.description.as_deref().unwrap_or("");
        let runs = text.split('#').skip(1).map(|after| {
            let letters = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_');
            letters.collect::<String>()
        });
        runs.filter(|run| !run.is_empty()).collect()
    }
}

impl Workspace {
    /// Whether messages of this chat can be unread for this manager.
    pub fn is_recipient(&self, chat: &Chat, manager: u64) -> bool {
        let operator = self.managers.get(&manager).is_some_and(|m| m.operator);
        chat.followers.contains(&manager) || (chat.assignee.is_none() && operator)
    }

    pub fn verify(&self) {
        for (id, chat) in &self.chats {
            let snoozed = chat.status == Status::Snoozed;
            assert_eq!(snoozed, chat.snoozed_until.is_some(), "snooze of {id}");
            assert!(chat.snoozed_until.is_none_or(|until| until > self.clock));
            assert!(chat.assignee.is_none_or(|m| chat.followers.contains(&m)));
            assert!(chat.attributes.len() <= 32 && !chat.attributes.contains_key(""));
            assert!(chat.attributes.iter().all(|(k, v)| !longer(k, 128) && !longer(v, 256)));
            assert!(chat.tags.len() <= 8 && *id <= self.last_chat);
            assert!(chat.tags.iter().all(|t| self.tags.contains_key(t)));
            assert!(self.customers.contains_key(&chat.customer));
            let managers = chat.followers.iter().chain(&chat.favorited_by);
            assert!(managers.clone().all(|m| self.managers.contains_key(m)));
            for (manager, count) in &chat.unread {
                assert!(self.managers.contains_key(manager) && *count > 0);
                assert!(self.is_recipient(chat, *manager), "unread in {id}");
            }
        }
        let positions: BTreeSet<u64> = self.chats.values().map(|c| c.position).collect();
        assert_eq!(positions.len(), self.chats.len(), "a position given twice");
        for (path, name) in &self.tags {
            assert!(tags::names(path).len() <= 8);
            assert_eq!(path.rsplit('/').next(), Some(name.to_lowercase().as_str()));
            assert!(tags::parent(path).is_none_or(|p| self.tags.contains_key(p)));
        }
        for manager in self.managers.values() {
            let mut followed = manager.followed_tags.iter();
            assert!(followed.all(|t| self.tags.contains_key(t)));
            assert!(manager.last_assigned_at.is_none_or(|at| at <= self.clock));
        }
        self.verify_order();
        let keys: BTreeSet<&str> = self.profile_fields.iter().map(|field| field.key.as_str()).collect();
        assert!(keys.len() == self.profile_fields.len() && keys.len() <= 64);
    }

    /// Returns the next number in the common order.
    pub fn next_order(&mut self) -> u64 {
        self.last_order += 1;
        self.last_order
    }

    /// Verifies that every event has a distinct place in the common order, and is not in the future.
    fn verify_order(&self) {
        let mut orders = Vec::new();
        for customer in self.customers.values() {
            assert!(customer.events.is_sorted_by_key(|event| (event.order, event.at)));
            assert!(customer.events.iter().all(|event| event.at <= self.clock));
            orders.extend(customer.events.iter().map(|event| event.order));
        }
        assert!(self.chats.values().is_sorted_by_key(|chat| chat.order));
        orders.extend(self.chats.values().map(|chat| chat.order));
        assert!(self.notices.is_sorted_by_key(|notice| notice.order));
        for notice in &self.notices {
            assert!(notice.at <= self.clock && notice.chat <= self.last_chat);
            assert!(notice.managers.iter().all(|m| self.managers.contains_key(m)));
            let messages = self.chats.get(&notice.chat).map(|chat| chat.messages.len());
            assert!(notice.message.is_none_or(|n| n > 0 && messages.is_none_or(|all| n <= all)));
            orders.push(notice.order);
        }
        let distinct: BTreeSet<u64> = orders.iter().copied().collect();
        assert_eq!(distinct.len(), orders.len(), "a place in the order given twice");
        assert!(distinct.last().is_none_or(|last| *last <= self.last_order));
    }
}
