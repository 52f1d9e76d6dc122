//! A workspace in memory: plans read it, changes apply to it, and its rows are written to the store.

mod apply;
mod dirty;
mod eras;
mod indexes;
mod memory;
mod names;
mod notices;
mod people;
mod remembered;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use roaring::RoaringBitmap;

use crate::error::Refusal;
use crate::index::{LiveIndex, Postings, TagParents, TagTree, Timeline};
use crate::model::{ChatId, ManagerId, TagId, WorkspaceId};
use crate::record::{
    BulkId, BulkRecord, IndexKey, ManagerRecord, Meta, Record, RecordKey, Setting, SettingKey, UnreadSum,
};
use crate::sets::{ChatSet, IdSet};
use crate::wheel::Wheel;

pub(crate) use eras::{Named, without_void};
pub(crate) use indexes::Registry;
pub(crate) use names::{ManagerNames, name_form};
pub(crate) use notices::{Notices, NumberedNotice};
pub(crate) use people::People;
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
    /// Made when it is first read.
    people: OnceLock<People>,
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
    pub(crate) notices: Notices,
    /// The indexes registered by the host.
    registry: Registry,
    /// Deleted tags, below which there were others whose records are still there.
    unswept_tags: BTreeSet<TagId>,
    /// Tags that are being merged, and into which. They are those that still exist and are noted as merged.
    merges: BTreeMap<TagId, TagId>,
    /// The registered indexes that the workspace has.
    live_indexes: Vec<LiveIndex>,
    dirty: dirty::Dirty,
    /// Increases whenever rows leave `dirty` or postings are evicted. Anything read from the store in an older
    /// generation may be stale.
    generation: u64,
    /// On-demand postings are evicted above this number.
    on_demand_max: usize,
    /// False in the stub that stands for an unloaded workspace.
    is_loaded: bool,
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

    /// Whether this is the whole workspace. Otherwise it is the stub of an unloaded one.
    #[inline]
    pub(crate) fn is_loaded(&self) -> bool {
        self.is_loaded
    }

    /// Whether no change was ever made here.
    pub(crate) fn is_untouched(&self) -> bool {
        self.meta.seq == 0
    }

    /// Returns the generation: see the field.
    #[inline]
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Adds postings that were loaded on demand, unless they are in memory by now.
    pub(crate) fn load_postings(&mut self, loaded: Vec<(IndexKey, ChatSet)>) {
        for (key, members) in loaded {
            if !self.postings.is_loaded(&key) {
                self.postings.load(key, &members);
            }
        }
    }

    /// Sets the seq of the newest change in this state.
    pub(crate) fn set_seq(&mut self, seq: u64) {
        debug_assert!(seq >= self.meta.seq, "changes are applied in their order");
        self.meta.seq = seq;
        self.notices.stamp(seq);
    }

    /// Sets the seq of the notices added last.
    pub(crate) fn stamp_notices(&mut self, seq: u64) {
        self.notices.stamp(seq);
    }

    /// Sets the seq of the change replayed last. The store may have held later ones.
    pub(crate) fn redone(&mut self, seq: u64) {
        self.meta.seq = seq;
        self.notices.stamp(seq);
    }

    /// The running bulk actions, oldest first.
    pub(crate) fn bulks(&self) -> impl Iterator<Item = (BulkId, &BulkRecord)> {
        let first = SettingKey::Bulk(BulkId(0));
        self.settings.range(first..).map_while(|(key, setting)| match (key, &**setting) {
            (SettingKey::Bulk(id), Setting::Bulk(record)) => Some((*id, record)),
            _ => None,
        })
    }

    /// Whether a bulk action or a merge of tags is running, or tags are to be swept.
    pub(crate) fn is_unfinished(&self) -> bool {
        self.bulks().next().is_some() || !self.unswept_tags.is_empty() || !self.merges.is_empty()
    }

    /// The tags that are being merged in pieces, and into which.
    pub(crate) fn merges(&self) -> impl Iterator<Item = (TagId, TagId)> + '_ {
        self.merges.iter().map(|(tag, into)| (*tag, *into))
    }

    /// Drops merges of tags that do not exist any more, and such as a damaged store may hold.
    fn drop_finished_merges(&mut self) {
        let tags = &self.tags;
        let is_apart = |tag, into| tags.get(into).is_some() && tags.lineage(into).all(|above| above != tag);
        self.merges.retain(|tag, into| tags.get(*tag).is_some() && is_apart(*tag, *into));
    }

    /// The deleted tags below which there were others whose records are still there.
    pub(crate) fn unswept_tags(&self) -> impl Iterator<Item = TagId> + '_ {
        self.unswept_tags.iter().copied()
    }

    /// Those others, by number. They count as gone.
    pub(crate) fn unswept_below(&self) -> RoaringBitmap {
        self.unswept_tags().flat_map(|tag| self.tags.unswept(tag)).map(|tag| tag.0).collect()
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
    pub(crate) notices: Notices,
}

impl StoredParts {
    /// The parts of a workspace without anything in it.
    pub(crate) fn empty(meta: Meta) -> Self {
        Self {
            managers: BTreeMap::new(),
            unread_messages: BTreeMap::new(),
            tags: TagTree::default(),
            postings: Postings::default(),
            timeline: Timeline::default(),
            wheel: Wheel::new(meta.clock),
            settings: BTreeMap::new(),
            remembered: Remembered::default(),
            notices: Notices::default(),
            meta,
        }
    }
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
            people: OnceLock::new(),
            unread_messages: parts.unread_messages,
            tags: parts.tags,
            postings: parts.postings,
            timeline: parts.timeline,
            wheel: parts.wheel,
            settings: parts.settings,
            remembered: parts.remembered,
            notices: parts.notices,
            registry: Arc::clone(registry),
            unswept_tags: BTreeSet::new(),
            merges: BTreeMap::new(),
            live_indexes: Vec::new(),
            dirty: dirty::Dirty::default(),
            generation: 0,
            on_demand_max: ON_DEMAND_MAX,
            is_loaded: true,
        };
        let unswept = |(key, setting): (&SettingKey, &Arc<Setting>)| setting.unswept(*key);
        state.unswept_tags = state.settings.iter().filter_map(unswept).collect();
        state.merges = state.settings.iter().filter_map(|(key, setting)| setting.merged(*key)).collect();
        state.drop_finished_merges();
        state.refresh_live_indexes();
        state.mark_notices();
        state
    }

    /// The stub of a workspace that is not loaded. It keeps the counters, and the generation, so that what was read
    /// from the store before is not taken for current after the workspace is loaded again.
    pub(crate) fn stub(workspace: WorkspaceId, meta: Meta, generation: u64, registry: &Registry) -> Self {
        Self { is_loaded: false, generation, ..Self::new(workspace, StoredParts::empty(meta), registry) }
    }

    /// Takes the workspace out and leaves its stub.
    pub(crate) fn unload(&mut self) -> Self {
        let stub = Self::stub(self.workspace, self.meta.clone(), self.generation + 1, &self.registry);
        std::mem::replace(self, stub)
    }

    /// Puts the workspace, as loaded from the store, in place of its stub.
    pub(crate) fn load(&mut self, loaded: Self) {
        debug_assert!(!self.is_loaded && loaded.is_loaded);
        *self = Self { generation: self.generation + 1, ..loaded };
    }
}
