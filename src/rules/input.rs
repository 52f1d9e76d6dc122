//! The input of planning: the state of the workspace, and preloaded records.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use roaring::RoaringBitmap;
use rustc_hash::FxHashMap;

use crate::index::Posting;
use crate::model::ChatId;
use crate::record::{ChatRecord, IndexKey, Record, RecordKey};
use crate::workspace::{Lookup, State};

/// Records that a plan needs and the state does not keep in memory. They are loaded before planning.
///
/// What a plan needs can depend on what it has done itself, above all in a batch. So a plan may miss something: it notes
/// the key and goes on, its result is thrown away, and it is made again with what it missed.
#[derive(Debug, Default)]
pub(crate) struct Preloaded {
    records: FxHashMap<RecordKey, Option<Record>>,
    /// The chats of a bulk action, if they were chosen before. Its filter is not evaluated then.
    chosen: Option<Arc<RoaringBitmap>>,
    missed: RefCell<Missed>,
}

/// What a plan needed and did not have.
#[derive(Debug, Default)]
pub(crate) struct Missed {
    pub(crate) records: BTreeSet<RecordKey>,
    pub(crate) postings: BTreeSet<IndexKey>,
}

impl Missed {
    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty() && self.postings.is_empty()
    }
}

impl Preloaded {
    /// Nothing is preloaded yet, but these chats may be chosen for a bulk action.
    pub(crate) fn with_chosen(chosen: Option<Arc<RoaringBitmap>>) -> Self {
        Self { chosen, ..Self::default() }
    }

    pub(crate) fn insert(&mut self, key: RecordKey, record: Option<Record>) {
        self.records.insert(key, record);
    }

    /// Returns what the last plan missed. Its result counts only if that is nothing.
    pub(crate) fn take_missed(&mut self) -> Missed {
        std::mem::take(self.missed.get_mut())
    }
}

/// The input of planning: the state, and the records preloaded for the command.
#[derive(Clone, Copy)]
pub(crate) struct PlanInput<'a> {
    pub(crate) state: &'a State,
    pub(crate) preloaded: &'a Preloaded,
}

impl<'a> PlanInput<'a> {
    /// Returns a record, if it exists. One that is neither in memory nor preloaded is noted as missed.
    pub(super) fn record(self, key: RecordKey) -> Option<Record> {
        match self.state.known(key) {
            Lookup::Record(record) => Some(record),
            Lookup::Absent => None,
            Lookup::InStore => match self.preloaded.records.get(&key) {
                Some(record) => record.clone(),
                None => {
                    self.preloaded.missed.borrow_mut().records.insert(key);
                    None
                }
            },
        }
    }

    /// Returns the chats that were chosen for a bulk action before, if any.
    pub(super) fn chosen(self) -> Option<&'a RoaringBitmap> {
        self.preloaded.chosen.as_deref()
    }

    /// Returns whether a record can be read: it is in memory or preloaded.
    pub(super) fn has(self, key: RecordKey) -> bool {
        self.preloaded.records.contains_key(&key) || self.state.known(key) != Lookup::InStore
    }

    /// Returns a posting, if it is not empty. One that is not in memory is noted as missed.
    pub(super) fn posting(self, key: &IndexKey) -> Option<&'a Posting> {
        if !self.state.postings.is_loaded(key) {
            self.preloaded.missed.borrow_mut().postings.insert(key.clone());
        }
        self.state.postings.get(key)
    }

    /// Returns a chat as it counts now, if it exists.
    pub(crate) fn chat(self, chat: ChatId) -> Option<Arc<ChatRecord>> {
        self.stored_chat(chat).map(|record| self.state.current_chat(record))
    }

    /// Returns a chat as it was last written, if it exists.
    pub(super) fn stored_chat(self, chat: ChatId) -> Option<Arc<ChatRecord>> {
        match self.record(RecordKey::Chat(chat)) {
            Some(Record::Chat(record)) => Some(record),
            _ => None,
        }
    }
}
