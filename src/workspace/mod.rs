//! One workspace in memory: what plans read, what changes are applied to, and what is written to the store.

mod apply;
mod dirty;
mod feed;
mod indexes;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::Refusal;
use crate::index::{LiveIndex, Posting, Postings, TagTree, Timeline};
use crate::model::{ChatId, ManagerId, WorkspaceId};
use crate::record::{BulkRecord, IndexKey, ManagerRecord, Meta, Record, RecordKey, Setting, SettingId, SettingKey};
use crate::sets::IdSet;
use crate::wheel::Wheel;

pub(crate) use feed::Feed;
pub(crate) use indexes::Registry;

/// At least this many postings that were loaded on demand stay in memory.
const ON_DEMAND_MAX: usize = 65_536;

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
pub(crate) enum Lookup {
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
    pub(crate) fn known(&self, key: RecordKey) -> Lookup {
        match key {
            RecordKey::Manager(manager) => self
                .managers
                .get(&manager)
                .map_or(Lookup::Absent, |found| Lookup::Record(Record::Manager(found.clone()))),
            RecordKey::Tag(tag) => {
                self.tags.get(tag).map_or(Lookup::Absent, |node| Lookup::Record(Record::Tag(node.record.clone())))
            }
            RecordKey::Setting(setting) => {
                let found = self.settings.get(&setting);
                found.map_or(Lookup::Absent, |found| Lookup::Record(Record::Setting(found.clone())))
            }
            RecordKey::Chat(chat) if !self.has_chat(chat) => Lookup::Absent,
            _ => self.dirty.known(key),
        }
    }

    /// What is known of a record from the changes alone that the store may not hold yet: the index is not asked, not
    /// even for whether there is such a chat.
    pub(crate) fn unwritten(&self, key: RecordKey) -> Lookup {
        self.dirty.known(key)
    }

    /// See the field.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Puts postings that were read from the store on demand, unless they are there by now.
    pub(crate) fn load_postings(&mut self, loaded: Vec<(IndexKey, Posting)>) {
        for (key, posting) in loaded {
            if !self.postings.is_loaded(&key) {
                self.postings.load(key, posting);
            }
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

    /// The bulk actions that are under way, oldest first.
    pub(crate) fn bulks(&self) -> impl Iterator<Item = (SettingId, &BulkRecord)> {
        let first = SettingKey::Bulk(SettingId(0));
        self.settings.range(first..).map_while(|(key, setting)| match (key, &**setting) {
            (SettingKey::Bulk(id), Setting::Bulk(record)) => Some((*id, record)),
            _ => None,
        })
    }

    /// A setting of the workspace.
    pub(crate) fn setting(&self, key: SettingKey) -> Option<&Setting> {
        self.settings.get(&key).map(|setting| &**setting)
    }
}

/// What the store holds of a workspace, read back.
pub(crate) struct StoredParts {
    pub(crate) meta: Meta,
    pub(crate) managers: BTreeMap<ManagerId, Arc<ManagerRecord>>,
    pub(crate) unread_messages: BTreeMap<ManagerId, u64>,
    pub(crate) tags: TagTree,
    pub(crate) postings: Postings,
    pub(crate) timeline: Timeline,
    pub(crate) wheel: Wheel,
    pub(crate) settings: BTreeMap<SettingKey, Arc<Setting>>,
    pub(crate) feed: Feed,
}

impl State {
    /// The workspace that the store holds. Commands keep those registered indexes that it has.
    pub(crate) fn new(workspace: WorkspaceId, parts: StoredParts, registry: &Registry) -> Self {
        let operators = parts.managers.iter().filter(|(_, manager)| manager.operator).map(|(id, _)| *id).collect();
        let mut state = Self {
            workspace,
            meta: parts.meta,
            managers: parts.managers,
            operators,
            unread_messages: parts.unread_messages,
            tags: parts.tags,
            postings: parts.postings,
            timeline: parts.timeline,
            wheel: parts.wheel,
            settings: parts.settings,
            feed: parts.feed,
            registry: Arc::clone(registry),
            live_indexes: Vec::new(),
            dirty: dirty::Dirty::default(),
            generation: 0,
            on_demand_max: ON_DEMAND_MAX,
        };
        state.refresh_live_indexes();
        state
    }
}
