//! The input of planning: the state of the workspace, and preloaded records.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::model::{ChatId, CustomerId};
use crate::record::{ChatRecord, CustomerRecord, Record, RecordKey};
use crate::workspace::{Lookup, State};

/// Records that a plan needs and the state does not keep in memory. They are loaded before planning.
#[derive(Debug, Default)]
pub(crate) struct Preloaded {
    records: FxHashMap<RecordKey, Option<Record>>,
}

impl Preloaded {
    pub(crate) fn insert(&mut self, key: RecordKey, record: Option<Record>) {
        self.records.insert(key, record);
    }
}

/// The input of planning: the state, and the records preloaded for the command.
#[derive(Clone, Copy)]
pub(crate) struct PlanInput<'a> {
    pub(crate) state: &'a State,
    pub(crate) preloaded: &'a Preloaded,
}

impl PlanInput<'_> {
    fn record(self, key: RecordKey) -> Option<Record> {
        match self.state.known(key) {
            Lookup::Record(record) => Some(record),
            Lookup::Absent => None,
            Lookup::InStore => {
                debug_assert!(self.preloaded.records.contains_key(&key), "{key:?} was not preloaded");
                self.preloaded.records.get(&key).cloned().flatten()
            }
        }
    }

    /// Returns a chat, if it exists.
    pub(crate) fn chat(self, chat: ChatId) -> Option<Arc<ChatRecord>> {
        match self.record(RecordKey::Chat(chat)) {
            Some(Record::Chat(record)) => Some(record),
            _ => None,
        }
    }

    /// Returns a customer, if they exist.
    pub(crate) fn customer(self, customer: CustomerId) -> Option<Arc<CustomerRecord>> {
        match self.record(RecordKey::Customer(customer)) {
            Some(Record::Customer(record)) => Some(record),
            _ => None,
        }
    }
}
