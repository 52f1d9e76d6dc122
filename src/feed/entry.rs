//! A change with its numbers, made once for all watchers of a workspace.

use std::sync::{Arc, OnceLock};

use super::account::{account_of, touched_keys};
use super::key_mask::KeyMask;
use super::numbers::{Resolved, resolve};
use crate::model::{ManagerId, Status, StatusCounts};
use crate::record::{Change, ChangePlace, EntryPart, IndexKey, NewUnreadSum, RecordKey, SettingKey};
use crate::view::{View, ViewKind};
use crate::watch::{ChangeEvent, ViewCounts};
use crate::workspace::State;

/// A change as watchers need it.
pub(crate) struct Entry {
    pub(super) seq: u64,
    /// Where the change stands in the log, if it is part of an entry.
    pub(super) place: Option<ChangePlace>,
    /// The event without counts; `None` if the change cannot be told.
    pub(super) event: Option<Arc<ChangeEvent>>,
    /// The event with the counts that all sidebars have, once a watcher of one wants it.
    common: OnceLock<Arc<ChangeEvent>>,
    /// Whether the workspace was deleted.
    pub(super) wipes: bool,
    /// The postings whose counts moved, by key.
    pub(super) moved: Vec<Moved>,
    /// The keys whose numbers may move.
    mask: KeyMask,
    /// The new sums of unread messages.
    pub(super) unread: Vec<(ManagerId, u64)>,
    /// The managers who changed, and whether they are in operator mode now.
    pub(super) operators: Vec<(ManagerId, bool)>,
    /// What watched views mean from this change on, if it may be something else.
    pub(super) resolved: Vec<(ViewKind, Resolved)>,
    /// What its chats were and are in, if single views are watched.
    pub(super) touched: Option<Vec<(IndexKey, Status)>>,
}

/// A posting whose counts moved.
pub(super) struct Moved {
    pub(super) key: IndexKey,
    pub(super) counts: StatusCounts,
    /// The view, if every sidebar has it.
    pub(super) in_sidebars: Option<Arc<View>>,
}

/// An entry in the making: what has to be read before the change is applied.
pub(crate) struct Draft {
    entry: Entry,
    before: Vec<(IndexKey, StatusCounts)>,
    managers: Vec<ManagerId>,
    /// The watched views that may mean something else afterwards.
    views: Vec<ViewKind>,
}

impl Draft {
    /// Begins the entry of a change that is about to be applied. `has_views` tells if single views are watched, and `views`
    /// are those that may mean something else afterwards.
    pub(super) fn new(state: &State, change: &Change, has_views: bool, views: Vec<ViewKind>) -> Self {
        let mut keys: Vec<&IndexKey> = change.postings.iter().map(|delta| &delta.key).collect();
        if change.wipes {
            keys.extend([&IndexKey::All, &IndexKey::Unassigned]);
        }
        keys.sort_unstable();
        keys.dedup();
        let managers = change.records.iter().filter_map(|(key, _)| match key {
            RecordKey::Manager(manager) => Some(*manager),
            _ => None,
        });
        let entry = Entry {
            seq: 0,
            place: change.part.map(EntryPart::place),
            event: account_of(0, change).map(Arc::new),
            common: OnceLock::new(),
            wipes: change.wipes,
            moved: Vec::new(),
            mask: KeyMask::default(),
            unread: change.unread_messages.iter().map(|NewUnreadSum(manager, sum)| (*manager, sum.all)).collect(),
            operators: Vec::new(),
            resolved: Vec::new(),
            touched: has_views.then(|| touched_keys(state, change)),
        };
        Self {
            entry,
            before: keys.into_iter().map(|key| (key.clone(), state.postings.counts(key))).collect(),
            managers: managers.collect(),
            views,
        }
    }

    /// Completes the entry once the change is applied.
    pub(crate) fn finish(self, state: &State) -> Entry {
        let Self { mut entry, before, managers, views } = self;
        entry.moved = before.into_iter().filter_map(|(key, before)| moved(state, key, before)).collect();
        entry.operators = managers.into_iter().map(|manager| (manager, state.operators.contains(manager))).collect();
        let resolved = views.into_iter().map(|kind| {
            let now = resolve(state, &kind);
            (kind, now)
        });
        entry.resolved = resolved.collect();
        entry.mask = entry.mask();
        entry
    }
}

/// The views that may mean something else after a change: a path another tag, a name another index. The postings of
/// others need not be loaded.
pub(super) fn with_another_meaning<'v>(change: &Change, views: impl Iterator<Item = &'v ViewKind>) -> Vec<ViewKind> {
    let has = |wanted: fn(&RecordKey) -> bool| change.records.iter().any(|(key, _)| wanted(key));
    let tags = has(|key| matches!(key, RecordKey::Tag(_)));
    let indexes = has(|key| matches!(key, RecordKey::Setting(SettingKey::Index(_))));
    let may_change = |kind: &&ViewKind| match kind {
        ViewKind::Tag(_) => tags || change.wipes,
        ViewKind::Custom(_) => indexes || change.wipes,
        _ => change.wipes,
    };
    views.filter(may_change).cloned().collect()
}

fn moved(state: &State, key: IndexKey, before: StatusCounts) -> Option<Moved> {
    let counts = state.postings.counts(&key);
    if counts == before {
        return None;
    }
    let in_sidebars = match key {
        IndexKey::All => Some(View::all()),
        IndexKey::Unassigned => Some(View::unassigned()),
        IndexKey::Assignee(manager) if state.managers.contains_key(&manager) => Some(View::assigned(manager)),
        IndexKey::Tag(tag) => state.tags.path(tag).map(|path| View::tag(&**path)),
        _ => None,
    };
    Some(Moved { key, counts, in_sidebars: in_sidebars.map(Arc::new) })
}

impl Entry {
    /// The number of the change.
    pub(crate) fn seq(&self) -> u64 {
        self.seq
    }

    /// Where the change stands in the log, if it is part of an entry.
    pub(crate) fn place(&self) -> Option<ChangePlace> {
        self.place
    }

    fn mask(&self) -> KeyMask {
        let unread = self.unread.iter().map(|(manager, _)| IndexKey::Unread(*manager));
        // What is in sessions depends on the mode.
        let sessions = self.operators.iter().map(|(manager, _)| IndexKey::Following(*manager));
        KeyMask::of(self.moved.iter().map(|moved| &moved.key)).union(KeyMask::of(unread.chain(sessions)))
    }

    /// Whether numbers that follow from these keys may move, or mean something else.
    pub(super) fn may_move(&self, keys: KeyMask) -> bool {
        self.wipes || self.changes_meanings() || self.mask.meets(keys)
    }

    /// Whether watched views may follow from other keys from here on.
    pub(super) fn changes_meanings(&self) -> bool {
        !self.resolved.is_empty()
    }

    /// The event without counts; `None` if the change cannot be told.
    pub(crate) fn event(&self) -> Option<&Arc<ChangeEvent>> {
        self.event.as_ref()
    }

    /// The event with the counts that all sidebars have.
    pub(super) fn common_event(&self) -> Option<&Arc<ChangeEvent>> {
        let event = self.event.as_ref()?;
        Some(self.common.get_or_init(|| {
            let counts = self.moved.iter().filter_map(|moved| {
                let view = moved.in_sidebars.clone()?;
                Some(ViewCounts { view, chats: moved.counts, messages: None })
            });
            Arc::new(ChangeEvent { counts: counts.collect(), ..ChangeEvent::clone(event) })
        }))
    }

    /// What its chats were and are in, as keys and statuses; `None` if no single view was watched.
    pub(crate) fn touched(&self) -> Option<&[(IndexKey, Status)]> {
        self.touched.as_deref()
    }

    /// Gives the entry its number, once the change has one.
    pub(super) fn number(&mut self, seq: u64) {
        self.seq = seq;
        if let Some(event) = &mut self.event {
            Arc::make_mut(event).seq = seq;
        }
    }

    /// The approximate memory in bytes.
    pub(super) fn weight(&self) -> usize {
        const MOVED_BYTES: usize = 160;
        const CHAT_BYTES: usize = 64;
        let chats = self.event.as_ref().map_or(0, |event| event.chats.len() + event.notices.len());
        let touched = self.touched.as_ref().map_or(0, Vec::len);
        512 + self.moved.len() * MOVED_BYTES + (chats + touched + self.unread.len()) * CHAT_BYTES
    }

    /// The new counts of a posting, if they moved.
    pub(super) fn moved(&self, key: &IndexKey) -> Option<StatusCounts> {
        let place = self.moved.binary_search_by(|moved| moved.key.cmp(key)).ok()?;
        self.moved.get(place).map(|moved| moved.counts)
    }
}
