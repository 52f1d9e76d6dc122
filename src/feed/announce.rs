//! Wakes the watchers of a store when changes have become durable.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use parking_lot::Mutex;

use super::hub::{Hub, Waiting};
use crate::record::Meta;
use crate::watch::Watched;

/// The watched workspaces of a store.
pub(crate) struct Feed {
    /// The watched workspaces. Locked before a hub is.
    hubs: Mutex<Vec<Arc<Hub>>>,
    /// How many there are, so that a store without watchers pays for one comparison.
    watched: AtomicUsize,
    entries_max: usize,
    epoch: AtomicU64,
    is_closed: AtomicBool,
    /// Whether something became durable that was not announced yet.
    has_news: AtomicBool,
    /// The thread that announces, while there is one.
    announcer: Mutex<Option<Thread>>,
}

impl Feed {
    /// A feed whose workspaces keep up to `entries_max` changes each.
    pub(crate) fn new(entries_max: usize, epoch: u64) -> Self {
        Self {
            hubs: Mutex::default(),
            watched: AtomicUsize::new(0),
            entries_max,
            epoch: AtomicU64::new(epoch),
            is_closed: AtomicBool::new(false),
            has_news: AtomicBool::new(false),
            announcer: Mutex::default(),
        }
    }

    /// The epoch of the store.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Begins a new epoch.
    pub(crate) fn begin_epoch(&self, epoch: u64) {
        self.epoch.store(epoch, Ordering::Release);
    }

    /// A hub for a workspace that was never watched.
    pub(crate) fn new_hub(&self) -> Arc<Hub> {
        Arc::new(Hub::new(self.entries_max))
    }

    /// Adds a watcher. The caller holds the lock of the workspace, and `meta` is its state.
    pub(crate) fn add(&self, hub: &Arc<Hub>, watched: &[Watched], meta: &Meta) -> Waiting {
        let mut hubs = self.hubs.lock();
        let (waiting, is_first) = hub.add(watched, meta);
        if is_first {
            hubs.push(Arc::clone(hub));
            self.watched.store(hubs.len(), Ordering::SeqCst);
        }
        waiting
    }

    /// Removes a watcher.
    pub(crate) fn remove(&self, hub: &Arc<Hub>, watched: &[Watched], waiting: Waiting) {
        let mut hubs = self.hubs.lock();
        if hub.remove(watched, waiting) {
            hubs.retain(|other| !Arc::ptr_eq(other, hub));
            self.watched.store(hubs.len(), Ordering::SeqCst);
        }
    }

    /// Notes that more has become durable, or that the journal has failed.
    #[inline]
    pub(crate) fn note_durable(&self) {
        if self.watched.load(Ordering::SeqCst) > 0
            && !self.has_news.swap(true, Ordering::SeqCst)
            && let Some(announcer) = &*self.announcer.lock()
        {
            announcer.unpark();
        }
    }

    /// Wakes watchers as changes become durable, until `stopped` returns true. `durable` returns the newest durable change,
    /// or `None` once there will be no more.
    pub(crate) fn keep_announcing(&self, durable: impl Fn() -> Option<u64>, stopped: impl Fn() -> bool) {
        *self.announcer.lock() = Some(thread::current());
        while !stopped() {
            if !self.has_news.swap(false, Ordering::SeqCst) {
                thread::park();
                continue;
            }
            match durable() {
                Some(durable) => thread::sleep(pause_after(self.announce(durable))),
                None => self.wake_all(),
            }
        }
        *self.announcer.lock() = None;
    }

    /// Wakes those who wait for a change that is durable now. Returns how many.
    fn announce(&self, durable: u64) -> usize {
        let hubs = self.hubs.lock().clone();
        hubs.iter().map(|hub| hub.announce(durable)).sum()
    }

    /// Wakes everyone who waits: something happened beside the changes.
    pub(crate) fn wake_all(&self) {
        let hubs = self.hubs.lock().clone();
        hubs.iter().for_each(|hub| hub.wake_all());
    }

    /// Ends all watchers.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        self.wake_all();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::SeqCst)
    }
}

/// How long to gather changes before watchers are woken again. Waking a thousand for each change would take all the
/// time of a processor; a person sees no difference.
fn pause_after(woken: usize) -> Duration {
    const FEW: usize = 8;
    const PER_WATCHER: Duration = Duration::from_micros(20);
    const MAX: Duration = Duration::from_millis(20);
    if woken <= FEW { Duration::ZERO } else { (PER_WATCHER * woken as u32).min(MAX) }
}
