//! The state of the model: plain records, nothing derived.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::command::{Actor, File, Pairs, ProfileField};
use crate::model::ids::Done;
use crate::model::notices::Kept;
use crate::model::words::{continues_word, starts_word};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workspace {
    /// Whether a command has passed step 1 since the workspace was last deleted.
    pub used: bool,
    pub clock: u64,
    pub managers: BTreeMap<u64, Manager>,
    /// Managers who were removed. They may return.
    pub left: BTreeMap<u64, Manager>,
    pub customers: BTreeMap<u64, Customer>,
    /// The key of a path → the last name of the path as shown.
    pub tags: BTreeMap<String, String>,
    pub chats: BTreeMap<u32, Chat>,
    /// The highest numbers of people that were ever used.
    pub last_manager: u64,
    pub last_customer: u64,
    /// The newest chat id and position. Neither is ever reused.
    pub last_chat: u32,
    pub last_position: u64,
    /// The fields shown of a customer's profile.
    pub profile_fields: Vec<ProfileField>,
    /// Notices by manager.
    pub notices: BTreeMap<u64, Kept>,
    /// Commands that were done under an id of their actor.
    pub ids: BTreeMap<(Actor, String), Done>,
    /// The number of the newest chat, event, notice or remembered id. It orders them among each other.
    pub last_order: u64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manager {
    pub external: Option<String>,
    pub name: String,
    pub owner: bool,
    pub operator: bool,
    pub online: bool,
    /// Keys of paths.
    pub followed_tags: BTreeSet<String>,
    pub capacity: Option<u32>,
    pub last_assigned_at: Option<u64>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Customer {
    pub external: Option<String>,
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
    pub external: Option<String>,
    pub customer: u64,
    pub status: Status,
    pub snoozed_until: Option<u64>,
    /// The manager who snoozed it.
    pub snoozed_by: Option<u64>,
    pub assignee: Option<u64>,
    pub followers: BTreeSet<u64>,
    /// Keys of paths.
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
    pub external: Option<String>,
    pub edited_at: Option<u64>,
    pub redacted: bool,
}

impl Status {
    pub const ALL: [Self; 3] = [Self::Open, Self::Snoozed, Self::Closed];

    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

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
            external: None,
            customer,
            status: Status::Open,
            snoozed_until: None,
            snoozed_by: None,
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
        let words = text.split('#').skip(1).filter(|after| after.starts_with(starts_word));
        words.map(|after| after.chars().take_while(|c| continues_word(*c)).collect()).collect()
    }
}

impl Workspace {
    /// Whether messages of this chat can be unread for this manager.
    pub fn is_recipient(&self, chat: &Chat, manager: u64) -> bool {
        let operator = self.managers.get(&manager).is_some_and(|m| m.operator);
        chat.followers.contains(&manager) || (chat.assignee.is_none() && operator)
    }

    /// Returns the next number in the common order.
    pub fn next_order(&mut self) -> u64 {
        self.last_order += 1;
        self.last_order
    }
}
