//! Whether the things that a command names exist, in the order of its fields.

use crate::model::Code;
use crate::model::command::{Condition, Do};
use crate::model::rules::Refusal;
use crate::model::state::{Message, Workspace};
use serde_json::{Map, Value, json};

impl Workspace {
    pub fn manager_exists(&self, id: u64) -> Result<(), Code> {
        self.managers.contains_key(&id).then_some(()).ok_or("unknown_manager")
    }

    pub fn managers_exist(&self, ids: &[u64]) -> Result<(), Code> {
        ids.iter().try_for_each(|id| self.manager_exists(*id))
    }

    pub fn customer_exists(&self, id: u64) -> Result<(), Code> {
        self.customers.contains_key(&id).then_some(()).ok_or("unknown_customer")
    }

    pub fn chat_exists(&self, id: u32) -> Result<(), Code> {
        self.chats.contains_key(&id).then_some(()).ok_or("unknown_chat")
    }

    /// Returns a message by its number in its chat, from 1.
    pub fn message(&self, chat: u32, number: u32) -> Option<&Message> {
        let place = (number as usize).checked_sub(1)?;
        self.chats.get(&chat)?.messages.get(place)
    }

    pub fn message_exists(&self, chat: u32, number: u32) -> Result<(), Code> {
        self.chat_exists(chat)?;
        self.message(chat, number).map(drop).ok_or("unknown_message")
    }

    pub fn names_exist(&self, command: &Do) -> Result<(), Code> {
        match command {
            Do::RemoveManager { manager }
            | Do::SetOperator { manager, .. }
            | Do::SetOnline { manager, .. }
            | Do::SetCapacity { manager, .. } => self.manager_exists(*manager),
            Do::TrackEvent { customer, .. } | Do::DeleteCustomer { customer } | Do::StartChat { customer, .. } => {
                self.customer_exists(*customer)
            }
            Do::DeleteTag { path } | Do::MoveTag { path, .. } => self.named_tag(path).map(drop),
            Do::MergeTag { path, into } => self.named_tag(path).and(self.named_tag(into)).map(drop),
            Do::FollowTag { path, manager } | Do::UnfollowTag { path, manager } => {
                self.named_tag(path)?;
                self.manager_exists(*manager)
            }
            Do::Bulk { select, action } => self.bulk_names_exist(select, action),
            Do::PutManager { .. }
            | Do::PutCustomer { .. }
            | Do::CreateTag { .. }
            | Do::SetProfileFields { .. }
            | Do::DeleteWorkspace
            | Do::All(_)
            | Do::SetClock { .. }
            | Do::Tick => Ok(()),
            _ => self.names_of_chat_exist(command),
        }
    }

    fn names_of_chat_exist(&self, command: &Do) -> Result<(), Code> {
        let chat = *command.clone().chat_mut().expect("all others are about a chat");
        self.chat_exists(chat)?;
        match command {
            Do::Assign { manager, .. } => self.manager_exists(*manager),
            Do::Follow { managers, .. } | Do::Unfollow { managers, .. } => self.managers_exist(managers),
            Do::Tag { tags, .. } | Do::Untag { tags, .. } => self.named_tags(tags).map(drop),
            Do::RedactMessage { message, .. } => self.message_exists(chat, *message),
            Do::EditMessage { message, .. } => {
                let redacted = self.message(chat, *message).is_none_or(|message| message.redacted);
                (!redacted).then_some(()).ok_or("unknown_message")
            }
            Do::MarkRead { up_to: Some(message), .. } => self.message_exists(chat, *message),
            _ => Ok(()),
        }
    }

    /// Judges the condition of an envelope.
    pub fn meets(&self, condition: &Condition) -> Result<(), Refusal> {
        let chat = &self.chats[&condition.chat];
        let (mut wanted, mut actual) = (Map::new(), Map::new());
        if let Some(messages) = condition.messages {
            wanted.insert("messages".to_owned(), messages.into());
            actual.insert("messages".to_owned(), chat.messages.len().into());
        }
        if let Some(status) = condition.status {
            wanted.insert("status".to_owned(), status.word().into());
            actual.insert("status".to_owned(), chat.status.word().into());
        }
        if let Some(assignee) = condition.assignee {
            wanted.insert("assignee".to_owned(), json!(assignee));
            actual.insert("assignee".to_owned(), json!(chat.assignee));
        }
        if wanted == actual {
            return Ok(());
        }
        Err(Refusal { actual: Some(Value::Object(actual)), ..Refusal::from("condition_failed") })
    }
}
