//! The newest changes of one workspace, kept for its watchers.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use super::entry::{Draft, Entry, with_another_meaning};
use super::numbers::on_demand_keys;
use crate::record::{Change, ChangePlace, IndexKey, Meta};
use crate::view::ViewKind;
use crate::waker;
use crate::watch::Watched;
use crate::workspace::State;

/// What one entry may take on average before the oldest are dropped, in bytes.
const BYTES_PER_ENTRY: usize = 4 << 10;

/// The newest changes of a watched workspace.
///
/// Entries are added under the lock of the workspace, so a reader that holds that lock knows which changes its state
/// has. The lock of the hub is taken after that of the workspace.
pub(crate) struct Hub {
    is_watched: AtomicBool,
    entries_max: usize,
    inner: Mutex<Inner>,
}

struct Inner {
    /// The newest entries, in order.
    entries: VecDeque<Arc<Entry>>,
    bytes: usize,
    /// All changes after this one have an entry.
    after: u64,
    /// Where the newest change up to that one stands in the log.
    after_place: ChangePlace,
    /// Up to which change the watchers were woken.
    announced: u64,
    watchers: usize,
    /// The single views that are watched, and by how many.
    views: FxHashMap<ViewKind, usize>,
    waiting: FxHashMap<u64, Waker>,
    next_waiting: u64,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            entries: VecDeque::new(),
            bytes: 0,
            after: 0,
            after_place: ChangePlace::START,
            announced: 0,
            watchers: 0,
            views: FxHashMap::default(),
            waiting: FxHashMap::default(),
            next_waiting: 0,
        }
    }
}

/// The place of a watcher among those who wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting(u64);

/// What lies ahead of a watcher.
pub(crate) enum Ahead {
    /// These durable changes, in order.
    Entries(Vec<Arc<Entry>>),
    /// Nothing yet. The watcher will be woken.
    Nothing,
    /// Its next change is no longer here.
    Dropped,
}

impl Hub {
    pub(super) fn new(entries_max: usize) -> Self {
        Self { is_watched: AtomicBool::new(false), entries_max, inner: Mutex::default() }
    }

    /// Whether there is a watcher.
    #[inline]
    pub(crate) fn is_watched(&self) -> bool {
        self.is_watched.load(Ordering::Relaxed)
    }

    /// The approximate memory of the entries in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.inner.lock().bytes
    }

    /// Adds a watcher. The caller holds the lock of the workspace, and `meta` is its state. Returns true if it is the
    /// first.
    pub(super) fn add(&self, watched: &[Watched], meta: &Meta) -> (Waiting, bool) {
        let mut inner = self.inner.lock();
        let is_first = inner.watchers == 0;
        if is_first {
            (inner.after, inner.announced) = (meta.seq, meta.seq);
            inner.after_place = meta.log.newest();
            self.is_watched.store(true, Ordering::Relaxed);
        }
        inner.watchers += 1;
        for kind in watched.iter().filter_map(Watched::kind) {
            *inner.views.entry(kind.clone()).or_default() += 1;
        }
        inner.next_waiting += 1;
        (Waiting(inner.next_waiting), is_first)
    }

    /// Removes a watcher. Returns true if it was the last.
    pub(super) fn remove(&self, watched: &[Watched], waiting: Waiting) -> bool {
        let mut inner = self.inner.lock();
        inner.watchers -= 1;
        inner.waiting.remove(&waiting.0);
        for kind in watched.iter().filter_map(Watched::kind) {
            if let Some(count) = inner.views.get_mut(kind) {
                *count -= 1;
                if *count == 0 {
                    inner.views.remove(kind);
                }
            }
        }
        let is_last = inner.watchers == 0;
        if is_last {
            // A change may be under way that has seen a watcher. Its entry goes with the next first watcher.
            self.is_watched.store(false, Ordering::Relaxed);
            let Inner { next_waiting, .. } = *inner;
            *inner = Inner { next_waiting, ..Inner::default() };
        }
        is_last
    }

    /// The postings to load before a change is applied, beside those that gain or lose members by it: those of watched
    /// views whose numbers move, or that may mean something else afterwards.
    pub(crate) fn on_demand_keys(&self, state: &State, change: &Change) -> Vec<IndexKey> {
        if change.wipes {
            return Vec::new();
        }
        let (has_views, views) = {
            let inner = self.inner.lock();
            (!inner.views.is_empty(), with_another_meaning(change, inner.views.keys()))
        };
        let mut keys = on_demand_keys(state, &views);
        if has_views {
            let moved = change.postings.iter().map(|delta| &delta.key).filter(|key| key.is_on_demand());
            keys.extend(moved.cloned());
        }
        keys
    }

    /// Begins the entry of a change that is about to be applied, if the workspace is watched.
    pub(crate) fn draft(&self, state: &State, change: &Change) -> Option<Draft> {
        if !self.is_watched() {
            return None;
        }
        let inner = self.inner.lock();
        let (has_views, views) = (!inner.views.is_empty(), with_another_meaning(change, inner.views.keys()));
        drop(inner);
        Some(Draft::new(state, change, has_views, views))
    }

    /// Adds the entry of a change that was applied. The caller still holds the lock of the workspace.
    pub(crate) fn push(&self, mut entry: Entry, seq: u64) {
        entry.number(seq);
        let mut inner = self.inner.lock();
        if inner.watchers == 0 || entry.seq <= inner.after {
            return;
        }
        debug_assert!(inner.entries.back().is_none_or(|last| last.seq < entry.seq), "entries come in order");
        inner.bytes += entry.weight();
        inner.entries.push_back(Arc::new(entry));
        while inner.entries.len() > self.entries_max || inner.bytes > self.entries_max.saturating_mul(BYTES_PER_ENTRY) {
            let Some(dropped) = inner.entries.pop_front() else { break };
            inner.bytes -= dropped.weight();
            inner.after = dropped.seq;
            inner.after_place = dropped.place.unwrap_or(inner.after_place);
        }
    }

    /// Returns what a watcher is told after the change `told`. If there is nothing, keeps the waker. `durable` returns
    /// the newest durable change.
    pub(crate) fn ahead(&self, told: u64, durable: impl Fn() -> u64, waiting: Waiting, waker: &Waker) -> Ahead {
        const ENTRIES_AT_ONCE: usize = 64;
        let mut inner = self.inner.lock();
        // Read under the lock: what becomes durable from now on is announced to the waker.
        let durable = durable();
        if told < inner.after {
            return Ahead::Dropped;
        }
        let entries = between(&inner.entries, told, durable, ENTRIES_AT_ONCE);
        if !entries.is_empty() {
            return Ahead::Entries(entries);
        }
        let is_known = inner.waiting.get(&waiting.0).is_some_and(|known| known.will_wake(waker));
        // A waker is the host's code: it is not dropped under the lock.
        let replaced = if is_known { None } else { inner.waiting.insert(waiting.0, waker.clone()) };
        drop(inner);
        drop(replaced);
        Ahead::Nothing
    }

    /// Keeps the waker of a watcher, also if there is something ahead.
    pub(crate) fn wait(&self, waiting: Waiting, waker: &Waker) {
        let replaced = self.inner.lock().waiting.insert(waiting.0, waker.clone());
        drop(replaced);
    }

    /// Whether all changes after this one are here.
    pub(crate) fn reaches_back_to(&self, told: u64) -> bool {
        told >= self.inner.lock().after
    }

    /// Returns the changes after `told` up to `through`, unless some of them are no longer here.
    pub(crate) fn recent(&self, told: u64, through: u64) -> Option<Vec<Arc<Entry>>> {
        let inner = self.inner.lock();
        (told >= inner.after).then(|| between(&inner.entries, told, through, usize::MAX))
    }

    /// Returns the newest change up to a place in the log, unless it may be one that is no longer here.
    pub(crate) fn seq_at(&self, place: ChangePlace) -> Option<u64> {
        let inner = self.inner.lock();
        let is_up_to = |entry: &&Arc<Entry>| entry.place.is_some_and(|own| own <= place);
        let after = || Some(inner.after).filter(|_| inner.after_place <= place);
        inner.entries.iter().rev().find(is_up_to).map(|entry| entry.seq).or_else(after)
    }

    /// Whether the workspace has come to a place in the log. Otherwise the waker is called when it may have.
    pub(crate) fn has_reached(&self, place: ChangePlace, waiting: Waiting, waker: &Waker) -> bool {
        self.wait(waiting, waker);
        let inner = self.inner.lock();
        inner.entries.iter().rev().find_map(|entry| entry.place).unwrap_or(inner.after_place) >= place
    }

    /// Wakes those who wait if there is a durable change that they were not told of. Returns how many.
    pub(super) fn announce(&self, durable: u64) -> usize {
        let mut inner = self.inner.lock();
        let newest = inner.entries.iter().rev().map(|entry| entry.seq).find(|seq| *seq <= durable);
        match newest {
            Some(newest) if newest > inner.announced => inner.announced = newest,
            _ => return 0,
        }
        let waiting = std::mem::take(&mut inner.waiting);
        drop(inner);
        wake(waiting)
    }

    /// Wakes everyone who waits.
    pub(super) fn wake_all(&self) {
        let waiting = std::mem::take(&mut self.inner.lock().waiting);
        wake(waiting);
    }
}

fn wake(waiting: FxHashMap<u64, Waker>) -> usize {
    let count = waiting.len();
    waiting.into_values().for_each(waker::wake);
    count
}

/// The entries after `told` up to `through`.
fn between(entries: &VecDeque<Arc<Entry>>, told: u64, through: u64, max: usize) -> Vec<Arc<Entry>> {
    let first = entries.partition_point(|entry| entry.seq <= told);
    entries.range(first..).take_while(|entry| entry.seq <= through).take(max).cloned().collect()
}
