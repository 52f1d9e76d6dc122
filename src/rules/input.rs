//! What a plan reads: the state of the workspace, and the records that were preloaded for it.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::model::{ChatId, CustomerId};
use crate::record::{ChatRecord, CustomerRecord, Record, RecordKey};
use crate::workspace::{Lookup, State};

/// Records that a plan needs and the state does not hold: read before, and held on to while it is made.
#[derive(Debug, Default)]
pub(crate) struct Preloaded {
    records: FxHashMap<RecordKey, Option<Record>>,
}

impl Preloaded {
    pub(crate) fn insert(&mut self, key: RecordKey, record: Option<Record>) {
        self.records.insert(key, record);
    }
}

/// What a plan reads: the state, and the records pinned for it.
#[derive(Clone, Copy)]
pub(crate) struct PlanInput<'a> {
    pub(crate) state: &'a State,
    pub(crate) pinned: &'a Preloaded,
}

impl PlanInput<'_> {
    fn record(self, key: RecordKey) -> Option<Record> {
        match self.state.known(key) {
            Lookup::Record(record) => Some(record),
            Lookup::Absent => None,
            Lookup::InStore => {
                debug_assert!(self.pinned.records.contains_key(&key), "{key:?} was not pinned");
                self.pinned.records.get(&key).cloned().flatten()
            }
        }
    }

    /// A chat, where it exists.
    pub(crate) fn chat(self, chat: ChatId) -> Option<Arc<ChatRecord>> {
        match self.record(RecordKey::Chat(chat)) {
            Some(Record::Chat(record)) => Some(record),
            _ => None,
        }
    }

    /// A customer, where they are known.
    pub(crate) fn customer(self, customer: CustomerId) -> Option<Arc<CustomerRecord>> {
        match self.record(RecordKey::Customer(customer)) {
            Some(Record::Customer(record)) => Some(record),
            _ => None,
        }
    }
}
