//! A workspace in memory: plans read it, changes apply to it, and its rows are written to the store.

mod apply;
mod dirty;
mod eras;
mod feed;
mod indexes;
mod names;
mod remembered;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::Refusal;
use crate::index::{LiveIndex, Posting, Postings, TagTree, Timeline};
use crate::model::{ChatId, ManagerId, WorkspaceId};
use crate::record::{
    BulkId, BulkRecord, IndexKey, ManagerRecord, Meta, Record, RecordKey, Setting, SettingKey, UnreadSum,
};
use crate::sets::IdSet;
use crate::wheel::Wheel;

pub(crate) use eras::{Named, without_void};
pub(crate) use feed::{Feed, NumberedNotice};
pub(crate) use indexes::Registry;
pub(crate) use names::{ManagerNames, name_form};
pub(crate) use remembered::Remembered;

/// At least this many on-demand postings stay in memory.
const ON_DEMAND_MAX: usize = 65_536;

/// A workspace: its managers, tags, postings, timeline and deadlines. Chats, messages, customers and events are in
/// memory only until the store holds them.
///
/// A clone is a snapshot. Together with the store's rows of the same moment it is complete.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) workspace: WorkspaceId,
    pub(crate) meta: Meta,
    pub(crate) managers: BTreeMap<ManagerId, Arc<ManagerRecord>>,
    /// The managers who left.
    pub(crate) former_managers: BTreeMap<ManagerId, Arc<ManagerRecord>>,
    /// The names of the managers.
    pub(crate) names: ManagerNames,
    /// The managers in operator mode.
    pub(crate) operators: IdSet<ManagerId>,
    /// The unread sum of each manager, if it is more than zero.
    pub(crate) unread_messages: BTreeMap<ManagerId, UnreadSum>,
    pub(crate) tags: TagTree,
    pub(crate) postings: Postings,
    pub(crate) timeline: Timeline,
    pub(crate) wheel: Wheel,
    /// The settings of the workspace.
    pub(crate) settings: BTreeMap<SettingKey, Arc<Setting>>,
    /// The ids of the commands of the last day.
    pub(crate) remembered: Remembered,
    /// Recent notices.
    pub(crate) feed: Feed,
    /// The indexes registered by the host.
    registry: Registry,
    /// The registered indexes that the workspace has.
    live_indexes: Vec<LiveIndex>,
    dirty: dirty::Dirty,
    /// Increases whenever rows leave `dirty` or postings are evicted. Anything read from the store in an older
    /// generation may be stale.
    generation: u64,
    /// On-demand postings are evicted above this number.
    on_demand_max: usize,
}

/// The result of looking up a record in memory.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Lookup {
    /// The record.
    Record(Record),
    /// The record does not exist.
    Absent,
    /// The store must be read.
    InStore,
}

impl State {
    /// Whether a chat exists. This needs no record.
    #[inline]
    pub(crate) fn has_chat(&self, chat: ChatId) -> bool {
        self.timeline.position(chat).is_some()
    }

    /// Refuses an unknown manager.
    #[inline]
    pub(crate) fn check_manager(&self, manager: ManagerId) -> Result<(), Refusal> {
        if self.managers.contains_key(&manager) { Ok(()) } else { Err(Refusal::unknown_manager(manager)) }
    }

    /// A manager, also one who left.
    pub(crate) fn manager_or_former(&self, manager: ManagerId) -> Option<&Arc<ManagerRecord>> {
        self.managers.get(&manager).or_else(|| self.former_managers.get(&manager))
    }

    /// Looks up a record in memory.
    #[inline]
    pub(crate) fn known(&self, key: RecordKey) -> Lookup {
        match key {
            RecordKey::Manager(manager) => {
                let found = self.manager_or_former(manager);
                found.map_or(Lookup::Absent, |found| Lookup::Record(Record::Manager(found.clone())))
            }
            RecordKey::Remembered(number) => {
                let found = self.remembered.get(number);
                found.map_or(Lookup::Absent, |found| Lookup::Record(Record::Remembered(found.clone())))
            }
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

    /// Looks up a record only among the unwritten ones, without using the index to tell if a chat exists.
    pub(crate) fn unwritten(&self, key: RecordKey) -> Lookup {
        self.dirty.known(key)
    }

    /// Returns the generation: see the field.
    #[inline]
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Adds postings that were loaded on demand, unless they are in memory by now.
    pub(crate) fn load_postings(&mut self, loaded: Vec<(IndexKey, Posting)>) {
        for (key, posting) in loaded {
            if !self.postings.is_loaded(&key) {
                self.postings.load(key, posting);
            }
        }
    }

    /// Sets the seq of the newest change in this state.
    pub(crate) fn set_seq(&mut self, seq: u64) {
        debug_assert!(seq >= self.meta.seq, "changes are applied in their order");
        self.meta.seq = seq;
        self.feed.stamp(seq);
    }

    /// Sets the seq of the notices added last.
    pub(crate) fn stamp_notices(&mut self, seq: u64) {
        self.feed.stamp(seq);
    }

    /// Sets the seq of the change replayed last. The store may have held later ones.
    pub(crate) fn redone(&mut self, seq: u64) {
        self.meta.seq = seq;
        self.feed.stamp(seq);
    }

    /// The running bulk actions, oldest first.
    pub(crate) fn bulks(&self) -> impl Iterator<Item = (BulkId, &BulkRecord)> {
        let first = SettingKey::Bulk(BulkId(0));
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

/// The parts of a workspace loaded from the store.
pub(crate) struct StoredParts {
    pub(crate) meta: Meta,
    pub(crate) managers: BTreeMap<ManagerId, Arc<ManagerRecord>>,
    pub(crate) unread_messages: BTreeMap<ManagerId, UnreadSum>,
    pub(crate) tags: TagTree,
    pub(crate) postings: Postings,
    pub(crate) timeline: Timeline,
    pub(crate) wheel: Wheel,
    pub(crate) settings: BTreeMap<SettingKey, Arc<Setting>>,
    pub(crate) remembered: Remembered,
    pub(crate) feed: Feed,
}

impl State {
    /// Builds a workspace from its stored parts. Commands maintain the registered indexes that it has.
    pub(crate) fn new(workspace: WorkspaceId, parts: StoredParts, registry: &Registry) -> Self {
        let (former_managers, managers): (BTreeMap<_, _>, BTreeMap<_, _>) =
            parts.managers.into_iter().partition(|(_, record)| record.removed);
        let operators = managers.iter().filter(|(_, manager)| manager.operator).map(|(id, _)| *id).collect();
        let mut names = ManagerNames::default();
        managers.iter().for_each(|(id, manager)| names.insert(&manager.name, *id));
        let mut state = Self {
            workspace,
            meta: parts.meta,
            names,
            managers,
            former_managers,
            operators,
            unread_messages: parts.unread_messages,
            tags: parts.tags,
            postings: parts.postings,
            timeline: parts.timeline,
            wheel: parts.wheel,
            settings: parts.settings,
            remembered: parts.remembered,
            feed: parts.feed,
            registry: Arc::clone(registry),
            live_indexes: Vec::new(),
            dirty: dirty::Dirty::default(),
            generation: 0,
            on_demand_max: ON_DEMAND_MAX,
        };
        state.refresh_live_indexes();
        state.mark_notices();
        state
    }
}
