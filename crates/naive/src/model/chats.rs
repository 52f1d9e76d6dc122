//! Commands on chats.

use std::collections::BTreeSet;

use serde_json::json;

use crate::model::Code;
use crate::model::command::Actor;
use crate::model::rules::{Answer, done, longer};
use crate::model::state::{Chat, Status, Workspace};

/// The limit for any list in a command.
pub const LIST_MAX: usize = 1024;

impl Chat {
    /// Opens or closes the chat, which ends a snooze.
    pub fn settle(&mut self, status: Status) {
        self.status = status;
        self.snoozed_until = None;
        self.snoozed_by = None;
    }
}

fn not_too_many<T>(list: &[T]) -> Result<(), Code> {
    (list.len() <= LIST_MAX).then_some(()).ok_or("too_large")
}

impl Workspace {
    /// Executes a command whose only condition is that the chat exists.
    pub fn on_chat(&mut self, id: u32, change: impl FnOnce(&mut Chat)) -> Answer {
        change(self.chats.get_mut(&id).ok_or("unknown_chat")?);
        done()
    }

    /// Executes a command about the acting manager.
    pub fn as_manager(&mut self, actor: Actor, id: u32, change: impl FnOnce(&mut Chat, u64)) -> Answer {
        let Actor::Manager(me) = actor else {
            return Err("forbidden");
        };
        self.on_chat(id, |chat| change(chat, me))
    }

    pub fn start_chat(&mut self, now: u64, actor: Actor, customer: u64, external: Option<String>) -> Answer {
        let mut chats = self.chats.iter();
        if let Some((id, chat)) = chats.find(|(_, chat)| external.is_some() && chat.external == external) {
            let theirs = chat.customer == customer;
            return theirs.then(|| json!({ "chat": id })).ok_or("external_taken");
        }
        let followers = match actor {
            Actor::Manager(me) => BTreeSet::from([me]),
            _ => BTreeSet::new(),
        };
        self.last_chat += 1;
        let mut chat = Chat::new(customer, followers, now, self.next_order());
        chat.external = external;
        self.chats.insert(self.last_chat, chat);
        self.active(self.last_chat, now);
        Ok(json!({ "chat": self.last_chat }))
    }

    pub fn assign(&mut self, now: u64, actor: Actor, id: u32, manager: u64) -> Answer {
        if self.chats[&id].assignee != Some(manager) {
            self.managers.get_mut(&manager).expect("seen above").last_assigned_at = Some(now);
            if actor != Actor::Manager(manager) {
                self.notify(now, "assigned", id, None, Some(actor), BTreeSet::from([manager]));
            }
        }
        self.on_chat(id, |chat| {
            chat.assignee = Some(manager);
            chat.followers.insert(manager);
        })
    }

    pub fn leave(&mut self, actor: Actor, id: u32) -> Answer {
        let Actor::Manager(me) = actor else {
            return Err("forbidden");
        };
        if !self.chats[&id].followers.contains(&me) {
            return Err("not_following");
        }
        self.on_chat(id, |chat| {
            chat.assignee = chat.assignee.filter(|assignee| *assignee != me);
            chat.followers.remove(&me);
            // This applies even if an operator stays a recipient of the chat.
            chat.unread.remove(&me);
        })
    }

    pub fn delete_chat(&mut self, id: u32) -> Answer {
        self.chats.remove(&id);
        done()
    }

    pub fn follow(&mut self, id: u32, managers: &[u64]) -> Answer {
        not_too_many(managers)?;
        self.on_chat(id, |chat| chat.followers.extend(managers))
    }

    pub fn unfollow(&mut self, id: u32, managers: &[u64]) -> Answer {
        not_too_many(managers)?;
        if self.chats[&id].assignee.is_some_and(|assignee| managers.contains(&assignee)) {
            return Err("assignee_must_follow");
        }
        self.on_chat(id, |chat| chat.followers.retain(|m| !managers.contains(m)))
    }

    pub fn tag(&mut self, id: u32, tags: &[String]) -> Answer {
        not_too_many(tags)?;
        let mut tags = self.named_tags(tags)?;
        tags.extend(self.chats[&id].tags.iter().cloned());
        if tags.len() > 8 {
            return Err("too_many_tags");
        }
        self.on_chat(id, |chat| chat.tags = tags)
    }

    pub fn untag(&mut self, id: u32, tags: &[String]) -> Answer {
        not_too_many(tags)?;
        let tags = self.named_tags(tags)?;
        self.on_chat(id, |chat| chat.tags.retain(|tag| !tags.contains(tag)))
    }

    pub fn snooze(&mut self, now: u64, actor: Actor, id: u32, until: u64) -> Answer {
        if until <= now {
            return Err("invalid_snooze");
        }
        self.on_chat(id, |chat| {
            chat.status = Status::Snoozed;
            chat.snoozed_until = Some(until);
            chat.snoozed_by = match actor {
                Actor::Manager(me) => Some(me),
                _ => None,
            };
        })
    }

    pub fn set_description(&mut self, id: u32, text: String) -> Answer {
        if longer(&text, 4096) {
            return Err("text_too_long");
        }
        self.on_chat(id, |chat| chat.description = Some(text))
    }

    pub fn set_attribute(&mut self, id: u32, key: String, value: Option<String>) -> Answer {
        let mut attributes = self.chats[&id].attributes.clone();
        if longer(&key, 128) || value.as_ref().is_some_and(|value| longer(value, 256)) {
            return Err("too_large");
        }
        match value {
            Some(value) => attributes.insert(key, value),
            None => attributes.remove(&key),
        };
        if attributes.len() > 32 {
            return Err("too_large");
        }
        self.on_chat(id, |chat| chat.attributes = attributes)
    }
}
