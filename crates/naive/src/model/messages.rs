//! Commands on messages, and on what is unread.

use std::collections::BTreeSet;

use serde_json::json;

use crate::model::Code;
use crate::model::command::{Actor, File, Said};
use crate::model::rules::{Answer, done, longer};
use crate::model::state::{Chat, Message, Status, Workspace};

fn file_too_large(file: &File) -> bool {
    [&file.name, &file.url, &file.media_type].iter().any(|field| longer(field, 2048))
}

/// Checks a message, regardless of author and chat.
pub fn judge_message(text: &str, files: &[File]) -> Result<(), Code> {
    judge_text(text, files)?;
    if files.len() > 16 || files.iter().any(file_too_large) {
        return Err("too_large");
    }
    Ok(())
}

fn judge_text(text: &str, files: &[File]) -> Result<(), Code> {
    if text.is_empty() && files.is_empty() {
        return Err("empty_message");
    }
    if text.len() > 65_536 {
        return Err("text_too_long");
    }
    Ok(())
}

impl Chat {
    /// Leaves unread what came after a message, or nothing.
    pub fn mark_read(&mut self, me: u64, up_to: Option<u32>) {
        let later = up_to.map_or(0, |up_to| self.messages.len() as u64 - u64::from(up_to));
        let left = later.min(self.unread.remove(&me).unwrap_or(0));
        if left > 0 {
            self.unread.insert(me, left);
        }
    }
}

impl Workspace {
    pub fn send_message(&mut self, now: u64, actor: Actor, id: u32, said: Said) -> Answer {
        let Said { public, text, files, external, quiet } = said;
        let mut messages = (1..).zip(&self.chats[&id].messages);
        if let Some((number, _)) = messages.find(|(_, one)| external.is_some() && one.external == external) {
            return Ok(json!({ "message": number }));
        }
        judge_message(&text, &files)?;
        let recipients = self.recipients_of(actor, id);
        let chat = self.active(id, now);
        for recipient in &recipients {
            *chat.unread.entry(*recipient).or_default() += 1;
        }
        if let Actor::Manager(me) = actor {
            chat.followers.insert(me);
            chat.unread.remove(&me);
        }
        if public && !quiet && actor != Actor::System {
            chat.settle(Status::Open);
        }
        chat.messages.push(Message {
            at: now,
            author: actor,
            public,
            text,
            files,
            external,
            edited_at: None,
            redacted: false,
        });
        let number = chat.messages.len();
        self.tell_of_message(id, number, recipients);
        Ok(json!({ "message": number }))
    }

    /// Returns the followers, and the operators if a customer writes in an unassigned chat.
    fn recipients_of(&self, actor: Actor, id: u32) -> BTreeSet<u64> {
        let chat = &self.chats[&id];
        let mut recipients = chat.followers.clone();
        if matches!(actor, Actor::Customer(_)) && chat.assignee.is_none() {
            recipients.extend(self.managers.iter().filter(|(_, manager)| manager.operator).map(|(id, _)| *id));
        }
        if let Actor::Manager(me) = actor {
            recipients.remove(&me);
        }
        recipients
    }

    fn message_mut(&mut self, chat: u32, number: u32) -> &mut Message {
        let messages = &mut self.chats.get_mut(&chat).expect("named").messages;
        &mut messages[number as usize - 1]
    }

    pub fn edit_message(&mut self, now: u64, chat: u32, number: u32, text: String) -> Answer {
        let message = self.message_mut(chat, number);
        judge_text(&text, &message.files)?;
        if message.text != text {
            message.text = text;
            message.edited_at = Some(now);
        }
        done()
    }

    pub fn redact_message(&mut self, chat: u32, number: u32) -> Answer {
        let message = self.message_mut(chat, number);
        message.text.clear();
        message.files.clear();
        message.redacted = true;
        done()
    }

    pub fn mark_unread(&mut self, actor: Actor, id: u32) -> Answer {
        if !matches!(actor, Actor::Manager(me) if self.is_recipient(&self.chats[&id], me)) {
            return Err("not_following");
        }
        self.as_manager(actor, id, |chat, me| {
            chat.unread.entry(me).or_insert(1);
        })
    }
}
