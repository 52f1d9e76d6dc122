//! Reading records for an export, one at a time, past the cache: an export reads everything once, and would push out
//! what is used.

use std::sync::Arc;

use roaring::RoaringTreemap;

use crate::engine::Inner;
use crate::error::Error;
use crate::loaded::LoadedWorkspace;
use crate::model::{ChatId, CustomerId, MessageId};
use crate::record::{ChatRecord, CustomerRecord, EventRecord, Family, MessageRecord, Record, RecordKey, RowKey};
use crate::store::Table;
use crate::workspace::Lookup;

/// The records of a workspace as they are when they are asked for. None is one that was deleted meanwhile.
pub(crate) struct Source<'e> {
    pub(crate) inner: &'e Inner,
    pub(crate) slot: Arc<LoadedWorkspace>,
}

impl Source<'_> {
    fn read(&self, key: RecordKey) -> Result<Option<Record>, Error> {
        let known = self.slot.state.read().known(key);
        match known {
            Lookup::Record(record) => Ok(Some(record)),
            Lookup::Absent => Ok(None),
            Lookup::InStore => Ok(self.inner.store.record(self.slot.workspace, key)?),
        }
    }

    pub(crate) fn chat(&self, chat: ChatId) -> Result<Option<Arc<ChatRecord>>, Error> {
        match self.read(RecordKey::Chat(chat))? {
            Some(Record::Chat(record)) => Ok(Some(record)),
            _ => self.deleted_with(chat, format_args!("chat {chat}")),
        }
    }

    pub(crate) fn message(&self, chat: ChatId, message: MessageId) -> Result<Option<Arc<MessageRecord>>, Error> {
        match self.read(RecordKey::Message(chat, message))? {
            Some(Record::Message(record)) => Ok(Some(record)),
            _ => self.deleted_with(chat, format_args!("message {message} of chat {chat}")),
        }
    }

    /// None where the chat is gone; otherwise the store has lost the record.
    fn deleted_with<T>(&self, chat: ChatId, what: impl std::fmt::Display) -> Result<Option<T>, Error> {
        if self.slot.state.read().has_chat(chat) { Err(self.lost(what)) } else { Ok(None) }
    }

    fn lost(&self, what: impl std::fmt::Display) -> Error {
        Error::Unreadable(format!("{what} of workspace {} is missing", self.slot.workspace))
    }

    pub(crate) fn customer(&self, customer: CustomerId) -> Result<Option<Arc<CustomerRecord>>, Error> {
        match self.read(RecordKey::Customer(customer))? {
            Some(Record::Customer(record)) => Ok(Some(record)),
            _ => Ok(None),
        }
    }

    pub(crate) fn event(&self, customer: CustomerId, event: u32) -> Result<Option<Arc<EventRecord>>, Error> {
        if let Some(Record::Event(record)) = self.read(RecordKey::Event(customer, event))? {
            return Ok(Some(record));
        }
        match self.customer(customer)? {
            Some(record) if record.events >= event => {
                Err(self.lost(format_args!("event {event} of customer {customer}")))
            }
            _ => Ok(None),
        }
    }

    /// The customers of the workspace, also some that are deleted by now.
    pub(crate) fn all_customers(&self) -> Result<RoaringTreemap, Error> {
        let mut customers = RoaringTreemap::new();
        // Those that are written to the store in between are in both.
        for key in self.slot.state.read().unwritten_records() {
            if let RecordKey::Customer(customer) = key {
                customers.insert(customer.0);
            }
        }
        self.inner.store.scan_table(self.slot.workspace, Table::Records(Family::Customers), &mut |row, _| {
            if let RowKey::Record(RecordKey::Customer(customer)) = row {
                customers.insert(customer.0);
            }
            Ok(())
        })?;
        Ok(customers)
    }

    /// The customers of some chats.
    pub(crate) fn customers_of(&self, chats: &[ChatId]) -> Result<RoaringTreemap, Error> {
        let mut customers = RoaringTreemap::new();
        for chat in chats {
            customers.extend(self.chat(*chat)?.map(|record| record.customer.0));
        }
        Ok(customers)
    }
}
