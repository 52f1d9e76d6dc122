//! One workspace in memory: what plans read, what changes are applied to, and what is written to the store.

mod apply;
mod dirty;
mod feed;
mod indexes;
mod load;
mod resolve;

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::error::Refusal;
use crate::index::{Key, LiveIndex, Posting, Postings, TagTree, Timeline};
use crate::model::{ChatId, CustomerId, ManagerId, WorkspaceId};
use crate::record::{ChatRecord, CustomerRecord, IdSet, ManagerRecord, Meta, Record, RecordKey, Setting, SettingKey};
use crate::wheel::Wheel;

pub(crate) use feed::Feed;
pub(crate) use indexes::Registry;
pub(crate) use load::load_posting;
pub(crate) use resolve::{Chats, resolve, resolve_filter, select, sessions};

/// A workspace: its managers, tags, postings, timeline and deadlines. Chats, messages, customers and events are
/// here only while the store does not hold them yet.
///
/// A clone is the workspace of one moment: with the rows of the store of that moment it is complete.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) workspace: WorkspaceId,
    pub(crate) meta: Meta,
    pub(crate) managers: BTreeMap<ManagerId, Arc<ManagerRecord>>,
    /// The managers in operator mode.
    pub(crate) operators: IdSet<ManagerId>,
    /// How many messages each manager has not read, where it is more than zero.
    pub(crate) unread_messages: BTreeMap<ManagerId, u64>,
    pub(crate) tags: TagTree,
    pub(crate) postings: Postings,
    pub(crate) timeline: Timeline,
    pub(crate) wheel: Wheel,
    /// What the workspace keeps once.
    pub(crate) settings: BTreeMap<SettingKey, Arc<Setting>>,
    /// What changes have said to managers lately.
    pub(crate) feed: Feed,
    /// The indexes that the host has registered.
    registry: Registry,
    /// Those of them that the workspace has.
    live_indexes: Vec<LiveIndex>,
    dirty: dirty::Dirty,
    /// Grows whenever rows leave `dirty`, or postings are forgotten: what was read from the store before that
    /// may be older than what has been written since.
    generation: u64,
    /// Postings loaded on demand are forgotten when there are more than this.
    on_demand_max: usize,
}

/// What is known of a record without asking the store.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Known {
    /// It is this.
    Record(Record),
    /// There is none.
    Absent,
    /// The store has to be asked.
    InStore,
}

impl State {
    /// Whether there is such a chat: known without its record.
    pub(crate) fn has_chat(&self, chat: ChatId) -> bool {
        self.timeline.position(chat).is_some()
    }

    /// Refuses where the manager is not one of the workspace.
    pub(crate) fn check_manager(&self, manager: ManagerId) -> Result<(), Refusal> {
        if self.managers.contains_key(&manager) { Ok(()) } else { Err(Refusal::unknown_manager(manager)) }
    }

    /// What is known of a record that the store may not hold yet.
    pub(crate) fn known(&self, key: RecordKey) -> Known {
        match key {
            RecordKey::Manager(manager) => {
                self.managers.get(&manager).map_or(Known::Absent, |found| Known::Record(Record::Manager(found.clone())))
            }
            RecordKey::Tag(tag) => {
                self.tags.get(tag).map_or(Known::Absent, |node| Known::Record(Record::Tag(node.record.clone())))
            }
            RecordKey::Setting(setting) => {
                let found = self.settings.get(&setting);
                found.map_or(Known::Absent, |found| Known::Record(Record::Setting(found.clone())))
            }
            RecordKey::Chat(chat) if !self.has_chat(chat) => Known::Absent,
            _ => self.dirty.known(key),
        }
    }

    /// What is known of a record from the changes alone that the store may not hold yet: the index is not asked, not
    /// even for whether there is such a chat.
    pub(crate) fn unwritten(&self, key: RecordKey) -> Known {
        self.dirty.known(key)
    }

    /// See the field.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Puts a posting that was read from the store on demand.
    pub(crate) fn load_posting(&mut self, key: Key, posting: Posting) {
        if !self.postings.is_loaded(&key) {
            self.postings.load(key, posting);
        }
    }

    /// Says which is the newest change that this holds.
    pub(crate) fn set_seq(&mut self, seq: u64) {
        debug_assert!(seq >= self.meta.seq, "changes are applied in their order");
        self.meta.seq = seq;
        self.feed.stamp(seq);
    }

    /// Says which change the notices are of that were applied last.
    pub(crate) fn stamp_notices(&mut self, seq: u64) {
        self.feed.stamp(seq);
    }

    /// Says which change was redone last. The store may have held later ones.
    pub(crate) fn redone(&mut self, seq: u64) {
        self.meta.seq = seq;
        self.feed.stamp(seq);
    }

    /// A setting of the workspace.
    pub(crate) fn setting(&self, key: SettingKey) -> Option<&Setting> {
        self.settings.get(&key).map(|setting| &**setting)
    }
}

/// Records that a plan needs and the state does not hold: read before, and held on to while it is made.
#[derive(Debug, Default)]
pub(crate) struct Pinned {
    records: FxHashMap<RecordKey, Option<Record>>,
}

impl Pinned {
    pub(crate) fn insert(&mut self, key: RecordKey, record: Option<Record>) {
        self.records.insert(key, record);
    }
}

/// What a plan reads: the state, and the records pinned for it.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
    pub(crate) pinned: &'a Pinned,
}

impl Facts<'_> {
    fn record(self, key: RecordKey) -> Option<Record> {
        match self.state.known(key) {
            Known::Record(record) => Some(record),
            Known::Absent => None,
            Known::InStore => {
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
