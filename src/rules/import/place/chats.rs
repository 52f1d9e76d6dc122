//! Chats with their messages.

use std::sync::Arc;

use super::Plan;
use crate::model::{Actor, ChatId, CustomerId, MessageId};
use crate::record::{ChatRecord, ExternalSpace, MessageRecord, Record, RecordKey};
use crate::rules::commands::externals::taken;
use crate::rules::import::check::not_theirs;
use crate::rules::import::piece::{NewChatRecord, NewMessage, Open, Part, Start, Started, Writer};
use crate::rules::import::team::number_taken;
use crate::rules::import::{Checked, LineFault};

impl Plan<'_, '_> {
    /// Puts a chat with its missing messages.
    pub(super) fn chat(&mut self, part: &Part<ChatId, NewChatRecord, NewMessage>) -> Result<Open<ChatId>, LineFault> {
        let open = match &part.start {
            Started::Earlier(open) => *open,
            Started::Here(start) => self.chat_number(start).map_err(|fault| fault.at(part.line))?,
        };
        let (old, mut new) = match &part.start {
            Started::Here(start) if open.is_new => {
                (None, self.new_chat(&start.record).map_err(|fault| fault.at(part.line))?)
            }
            _ => match self.builder.known_chat(open.id) {
                Some(old) => (Some(Arc::clone(&old)), (*old).clone()),
                None => return Ok(open),
            },
        };
        if let Started::Here(start) = &part.start {
            self.check_owner(start, &open, &new).map_err(|fault| fault.at(part.line))?;
        }
        for (number, (line, message)) in (part.first..).zip(&part.lines) {
            self.message(open, &mut new, number, message).map_err(|fault| fault.at(*line))?;
        }
        if old.as_deref() != Some(&new) {
            self.builder.import_chat(open.id, old.is_some(), new);
        }
        Ok(open)
    }

    /// Finds the chat of a line, or a number for a new one.
    fn chat_number(&mut self, start: &Start<ChatId, NewChatRecord>) -> Checked<Open<ChatId>> {
        let Start { number, external, .. } = start;
        let has = |plan: &Self, id: u64| plan.placed.chats.has(id) || plan.known.chats.has(id);
        let found = external.as_ref().and_then(|external| self.find(ExternalSpace::Chats, external));
        if let (Some(found), Some(external)) = (found, external)
            && has(self, found)
        {
            return Err(taken(&external.id, &format!("chat {found}")).into());
        }
        let is_free = |plan: &Self, id: ChatId| {
            let never_existed = id.0 >= plan.known.first_chat && !plan.builder.input().state.has_chat(id);
            !has(plan, id.0.into()) && (plan.known.into_empty || never_existed)
        };
        let id = match (found, number) {
            (Some(found), _) => ChatId(found as u32),
            (None, Some(number)) if is_free(self, *number) => *number,
            (None, Some(number)) if external.is_none() => return Err(number_taken("chat", number.0.into())),
            (None, _) => self.builder.next_chat().ok_or("the ids of chats are exhausted")?,
        };
        if found.is_none() {
            self.put_external(ExternalSpace::Chats, external.as_ref(), id.0.into(), self.known.into_empty);
            self.placed.created.chats += 1;
        }
        self.placed.chats.put(number.map(|number| number.0.into()), id.0.into());
        Ok(Open { id, is_new: found.is_none() })
    }

    /// Returns the record of a new chat, at the top of the timeline.
    fn new_chat(&mut self, new: &NewChatRecord) -> Checked<ChatRecord> {
        let customer = self.find_customer(&new.customer)?;
        let events = self.events_of(customer);
        if let (Some(before), Some(count)) = (new.record.events_before, events)
            && before > count
        {
            return Err(format!("{before} events came before the chat, and customer {customer} has {count}").into());
        }
        let position = self.take_position(new.record.last_activity_at);
        Ok(ChatRecord { customer, position, ..new.record.clone() })
    }

    /// Returns how many events a customer has, unless they are not loaded yet.
    fn events_of(&self, customer: CustomerId) -> Option<u32> {
        let count = self.placed.events.get(&customer).or_else(|| self.known.events.get(&customer)).copied();
        if count.is_some() || self.known.into_empty {
            return Some(count.unwrap_or(0));
        }
        self.builder.customer(customer).map(|record| record.events)
    }

    /// Refuses the chat of another customer.
    fn check_owner(
        &self,
        start: &Start<ChatId, NewChatRecord>,
        open: &Open<ChatId>,
        found: &ChatRecord,
    ) -> Checked<()> {
        match &start.external {
            Some(external) if !open.is_new && self.find_customer(&start.record.customer)? != found.customer => {
                Err(taken(&external.id, &format!("chat {} of another customer", open.id)).into())
            }
            _ => Ok(()),
        }
    }

    /// Adds a message to a chat, unless it is there.
    fn message(
        &mut self,
        chat: Open<ChatId>,
        record: &mut ChatRecord,
        number: u32,
        message: &NewMessage,
    ) -> Checked<()> {
        let space = ExternalSpace::Messages(chat.id);
        let author = self.author(&message.writer, record)?;
        let found = match &message.external {
            Some(external) if chat.is_new && external.fresh => None,
            Some(external) => self.builder.find_external(space, &external.id),
            None => Some(u64::from(number)).filter(|_| number <= record.messages),
        };
        match (found, &message.external) {
            (Some(found), Some(external)) if chat.is_new => {
                return Err(taken(&external.id, &format!("message {found} of the chat")).into());
            }
            (Some(_), _) => return Ok(()),
            (None, _) => {}
        }
        if !chat.is_new {
            self.note_late_message(chat.id, record, message.record.at);
        }
        let count = record.messages.checked_add(1).ok_or("the chat has the maximum number of messages")?;
        record.messages = count;
        self.put_external(space, message.external.as_ref(), count.into(), chat.is_new);
        record.external_messages += u32::from(message.external.is_some());
        let message = MessageRecord { author, ..message.record.clone() };
        let digest = self.builder.put_message(chat.id, MessageId(count), message);
        record.messages_digest = record.messages_digest.wrapping_add(digest);
        self.placed.created.messages += 1;
        Ok(())
    }

    fn author(&self, writer: &Writer, chat: &ChatRecord) -> Checked<Actor> {
        match writer {
            Writer::Known(actor) => Ok(*actor),
            Writer::TheCustomer => Ok(Actor::Customer(chat.customer)),
            Writer::Customer(customer) => match self.find_customer(customer)? {
                found if found == chat.customer => Ok(Actor::Customer(found)),
                _ => Err(not_theirs()),
            },
        }
    }

    /// Moves a chat up in the timeline if a message is added that is newer than its last activity, and notes if one is
    /// older than those before it.
    fn note_late_message(&mut self, chat: ChatId, record: &mut ChatRecord, at: u64) {
        let last = Some(record.messages).filter(|last| *last > 0).map(MessageId);
        let last_at = match last.and_then(|last| self.builder.record(RecordKey::Message(chat, last))) {
            Some(Record::Message(last)) => last.at,
            _ => record.created_at,
        };
        if at < last_at {
            self.builder.mistrust_times();
        }
        if at > record.last_activity_at {
            record.last_activity_at = at;
            record.position = self.take_position(at);
        }
    }

    /// Returns the highest position, for an activity at a moment. Notes if an earlier activity was later.
    fn take_position(&mut self, at: u64) -> u64 {
        if at < self.newest_activity() {
            self.builder.mistrust_times();
        }
        self.last_activity_at = Some(at);
        self.builder.take_position()
    }

    /// The last activity of the newest chat.
    pub(super) fn newest_activity(&mut self) -> u64 {
        if let Some(at) = self.last_activity_at {
            return at;
        }
        let newest = self.builder.input().state.timeline.newest_before(u64::MAX).next();
        let record = newest.and_then(|(_, chat)| self.builder.known_chat(chat));
        let at = record.map_or(0, |record| record.last_activity_at);
        self.last_activity_at = Some(at);
        at
    }
}
