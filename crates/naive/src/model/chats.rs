//! Commands on chats.

use std::collections::BTreeSet;

use serde_json::json;

use crate::model::Code;
use crate::model::parse::{Actor, File};
use crate::model::rules::{Answer, done, longer};
use crate::model::state::{Chat, Message, Status, Workspace};

/// The limit for any list in a command.
pub const LIST_MAX: usize = 1024;

impl Chat {
    /// Opens or closes the chat, which ends a snooze.
    pub fn settle(&mut self, status: Status) {
        self.status = status;
        self.snoozed_until = None;
    }
}

fn file_too_large(file: &File) -> bool {
    [&file.name, &file.url, &file.media_type].iter().any(|field| longer(field, 2048))
}

/// Checks a message, regardless of author and chat.
pub fn judge_message(text: &str, files: &[File]) -> Result<(), Code> {
    if text.is_empty() && files.is_empty() {
        return Err("empty_message");
    }
    if text.len() > 65_536 {
        return Err("text_too_long");
    }
    if files.len() > 16 || files.iter().any(file_too_large) {
        return Err("too_large");
    }
    Ok(())
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

    pub fn start_chat(&mut self, now: u64, actor: Actor, customer: u64) -> Answer {
        self.customer_exists(customer)?;
        let followers = match actor {
            Actor::Manager(me) => BTreeSet::from([me]),
            _ => BTreeSet::new(),
        };
        self.last_chat += 1;
        let chat = Chat::new(customer, followers, now, self.next_order());
        self.chats.insert(self.last_chat, chat);
        self.active(self.last_chat, now);
        Ok(json!({ "chat": self.last_chat }))
    }

    pub fn send_message(
        &mut self,
        now: u64,
        actor: Actor,
        id: u32,
        public: bool,
        text: String,
        files: Vec<File>,
    ) -> Answer {
        self.chat_exists(id)?;
        if matches!(actor, Actor::Customer(me) if me != self.chats[&id].customer) {
            return Err("forbidden");
        }
        judge_message(&text, &files)?;
        let operators = self.managers.iter().filter(|(_, manager)| manager.operator);
        let operators: Vec<u64> = operators.map(|(id, _)| *id).collect();
        let chat = self.active(id, now);
        let mut recipients = chat.followers.clone();
        if matches!(actor, Actor::Customer(_)) && chat.assignee.is_none() {
            recipients.extend(operators);
        }
        for recipient in recipients {
            *chat.unread.entry(recipient).or_default() += 1;
        }
        if let Actor::Manager(me) = actor {
            chat.followers.insert(me);
            chat.unread.remove(&me);
        }
        if public && actor != Actor::System {
            chat.settle(Status::Open);
        }
        chat.messages.push(Message { at: now, author: actor, public, text, files });
        let number = chat.messages.len();
        self.tell_of_message(id, number);
        Ok(json!({ "message": number }))
    }

    pub fn assign(&mut self, now: u64, actor: Actor, id: u32, manager: u64) -> Answer {
        self.chat_exists(id)?;
        self.manager_exists(manager)?;
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
        self.chat_exists(id)?;
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
        self.chat_exists(id)?;
        self.chats.remove(&id);
        done()
    }

    fn chat_and_managers(&self, id: u32, managers: &[u64]) -> Result<(), Code> {
        self.chat_exists(id)?;
        self.managers_exist(managers)?;
        (managers.len() <= LIST_MAX).then_some(()).ok_or("too_large")
    }

    pub fn follow(&mut self, id: u32, managers: &[u64]) -> Answer {
        self.chat_and_managers(id, managers)?;
        self.on_chat(id, |chat| chat.followers.extend(managers))
    }

    pub fn unfollow(&mut self, id: u32, managers: &[u64]) -> Answer {
        self.chat_and_managers(id, managers)?;
        if self.chats[&id].assignee.is_some_and(|assignee| managers.contains(&assignee)) {
            return Err("assignee_must_follow");
        }
        self.on_chat(id, |chat| chat.followers.retain(|m| !managers.contains(m)))
    }

    fn chat_and_tags(&self, id: u32, tags: &[String]) -> Result<BTreeSet<String>, Code> {
        self.chat_exists(id)?;
        let named = self.named_tags(tags)?;
        (tags.len() <= LIST_MAX).then_some(named).ok_or("too_large")
    }

    pub fn tag(&mut self, id: u32, tags: &[String]) -> Answer {
        let mut tags = self.chat_and_tags(id, tags)?;
        tags.extend(self.chats[&id].tags.iter().cloned());
        if tags.len() > 8 {
            return Err("too_many_tags");
        }
        self.on_chat(id, |chat| chat.tags = tags)
    }

    pub fn untag(&mut self, id: u32, tags: &[String]) -> Answer {
        let tags = self.chat_and_tags(id, tags)?;
        self.on_chat(id, |chat| chat.tags.retain(|tag| !tags.contains(tag)))
    }

    pub fn snooze(&mut self, now: u64, id: u32, until: u64) -> Answer {
        self.chat_exists(id)?;
        if until <= now {
            return Err("invalid_snooze");
        }
        self.on_chat(id, |chat| {
            chat.status = Status::Snoozed;
            chat.snoozed_until = Some(until);
        })
    }

    pub fn set_description(&mut self, id: u32, text: String) -> Answer {
        self.chat_exists(id)?;
        if longer(&text, 4096) {
            return Err("text_too_long");
        }
        self.on_chat(id, |chat| chat.description = Some(text))
    }

    pub fn set_attribute(&mut self, id: u32, key: String, value: Option<String>) -> Answer {
        self.chat_exists(id)?;
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
