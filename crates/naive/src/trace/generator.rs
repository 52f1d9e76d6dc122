//! The input of command generation: the current workspace, the moment of the next command, and random choices.

use serde_json::{Value, json};

use crate::Rng;
use crate::model::command::Actor;
use crate::model::state::{Chat, Workspace};
use crate::model::tags;
use crate::trace::words;

pub const MANAGERS: &[u64] = &[1, 2, 3, 7, 9, 255, 256, 1 << 32, u64::MAX - 1, u64::MAX, 0];
pub const CUSTOMERS: &[u64] = &[5, 6, 7, 0, 11, 1 << 16, 1 << 40, u64::MAX, 100, 101, 102, 103];
/// Ids in neither of the two lists above.
pub const STRANGERS: &[u64] = &[4, 8, 254, 1 << 33, u64::MAX - 2];

/// An actor and a command.
pub type Request = (Value, Value);

/// Makes a request that is valid in the current workspace, or `None`.
pub type Choice = fn(&mut Generator<'_>) -> Option<Request>;

/// Choices with their weights.
pub type Choices = &'static [(u64, Choice)];

/// Picks people, chats and tags of a workspace for the next request.
pub struct Generator<'a> {
    pub w: &'a Workspace,
    pub rng: &'a mut Rng,
    /// The moment at which the request takes effect.
    pub now: u64,
    /// Whether people get small numbers only, so that there is always a next one.
    pub tame: bool,
}

pub fn system() -> Value {
    json!("system")
}

pub fn manager(id: u64) -> Value {
    json!({ "manager": id })
}

pub fn customer(id: u64) -> Value {
    json!({ "customer": id })
}

impl Generator<'_> {
    /// Returns a chat. Some are picked often, so that they have much history.
    pub fn chat(&mut self) -> Option<u32> {
        let ids: Vec<u32> = self.w.chats.keys().copied().collect();
        match self.rng.below(10) {
            0..3 => self.rng.any(&ids[..ids.len().min(4)]),
            3..6 => self.rng.any(&ids[ids.len().saturating_sub(8)..]),
            _ => self.rng.any(&ids),
        }
    }

    pub fn chat_where(&mut self, good: impl Fn(&Chat) -> bool) -> Option<u32> {
        let good = self.w.chats.iter().filter(|(_, chat)| good(chat));
        let ids: Vec<u32> = good.map(|(id, _)| *id).collect();
        self.rng.any(&ids)
    }

    /// Returns the id of a chat that does not exist: never assigned, not yet assigned, or deleted.
    pub fn no_chat(&mut self) -> u32 {
        let gone = (1..=self.w.last_chat).filter(|id| !self.w.chats.contains_key(id));
        let mut ids: Vec<u32> = gone.collect();
        ids.extend([0, self.w.last_chat + 1, u32::MAX]);
        self.rng.pick(&ids)
    }

    pub fn manager(&mut self) -> Option<u64> {
        self.manager_where(|_| true)
    }

    pub fn manager_where(&mut self, good: impl Fn(u64) -> bool) -> Option<u64> {
        let ids = self.w.managers.keys().copied().filter(|id| good(*id));
        let ids: Vec<u64> = ids.collect();
        self.rng.any(&ids)
    }

    pub fn member(&mut self) -> Option<u64> {
        self.manager_where(|id| !self.w.managers[&id].owner)
    }

    pub fn no_manager(&mut self) -> u64 {
        let pool = MANAGERS.iter().chain(STRANGERS);
        let free = pool.copied().filter(|id| !self.w.managers.contains_key(id));
        let free: Vec<u64> = free.collect();
        self.rng.pick(&free)
    }

    pub fn customer(&mut self) -> Option<u64> {
        let ids: Vec<u64> = self.w.customers.keys().copied().collect();
        self.rng.any(&ids)
    }

    pub fn no_customer(&mut self) -> u64 {
        let pool = CUSTOMERS.iter().chain(STRANGERS);
        let free = pool.copied().filter(|id| !self.w.customers.contains_key(id));
        let free: Vec<u64> = free.collect();
        self.rng.pick(&free)
    }

    /// Returns an actor who may do anything to a chat except delete it.
    pub fn staff(&mut self) -> Value {
        match self.manager() {
            Some(id) if self.rng.chance(75) => manager(id),
            _ => system(),
        }
    }

    /// Returns an owner, or the system.
    pub fn boss(&mut self) -> Value {
        let owner = self.manager_where(|id| self.w.managers[&id].owner);
        match owner {
            Some(id) if self.rng.chance(70) => manager(id),
            _ => system(),
        }
    }

    /// Returns a message of a chat, with its number.
    pub fn message(&mut self, chat: u32) -> Option<u32> {
        let count = self.w.chats[&chat].messages.len() as u64;
        // The newest ones are edited most.
        let back = if self.rng.chance(60) { count.min(3) } else { count };
        (count > 0).then(|| (count - self.rng.below(back)) as u32)
    }

    /// Returns somebody who may change this message, mostly its author.
    pub fn author_or_boss(&mut self, chat: u32, message: u32) -> Value {
        let author = self.w.message(chat, message).map(|message| message.author);
        match author {
            Some(Actor::Manager(id)) if self.rng.chance(75) => manager(id),
            _ => self.boss(),
        }
    }

    /// Returns the key of a tag's path.
    pub fn tag(&mut self) -> Option<String> {
        let paths: Vec<String> = self.w.tags.keys().cloned().collect();
        self.rng.any(&paths)
    }

    /// Returns the path of a tag in random letter case.
    pub fn written_tag(&mut self) -> Option<String> {
        let tag = self.tag()?;
        Some(self.write(&tag))
    }

    pub fn write(&mut self, tag: &str) -> String {
        let shown = self.w.shown(tag);
        let written = words::recase(self.rng, &shown);
        if self.rng.chance(30) { words::respelled(self.rng, &written) } else { written }
    }

    /// Returns a path of no existing tag, valid or not.
    pub fn no_tag(&mut self) -> String {
        if self.rng.chance(30) {
            return words::bad_path(self.rng);
        }
        loop {
            let length = 1 + self.rng.index(3);
            let path = words::path(self.rng, length) + "-";
            if self.w.named_tag(&path).is_err() {
                return path;
            }
        }
    }

    /// Returns one or more tags that are probably ancestors, descendants or siblings of each other.
    pub fn family(&mut self) -> Option<Vec<String>> {
        let tag = self.tag()?;
        let mut family = vec![tag.clone()];
        if self.rng.chance(50) {
            let top = tags::parent(&tag).unwrap_or(&tag).to_owned();
            let kin = self.w.tags.keys().filter(|other| tags::within(other, &top));
            let kin: Vec<String> = kin.cloned().collect();
            for _ in 0..self.rng.index(3) {
                family.push(self.rng.pick(&kin));
            }
        }
        Some(family.iter().map(|tag| self.write(tag)).collect())
    }
}
