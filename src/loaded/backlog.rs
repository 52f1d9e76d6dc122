//! Counts the bytes that wait to be written to the store, and throttles writers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

/// The unwritten bytes, and their limit.
pub(crate) struct Backlog {
    bytes: AtomicUsize,
    bytes_max: AtomicUsize,
    lock: Mutex<()>,
    fewer: Condvar,
}

impl Backlog {
    /// An empty backlog with this limit.
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            bytes: AtomicUsize::new(0),
            bytes_max: AtomicUsize::new(bytes_max),
            lock: Mutex::new(()),
            fewer: Condvar::new(),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Returns true if writers must wait.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes() > self.bytes_max.load(Ordering::Relaxed)
    }

    /// Returns true if it is time to write some of the backlog.
    pub(crate) fn is_half_full(&self) -> bool {
        self.bytes() > self.bytes_max.load(Ordering::Relaxed) / 2
    }

    /// Changes the limit when the free space on the disk changes.
    pub(crate) fn set_bytes_max(&self, bytes: usize) {
        self.bytes_max.store(bytes, Ordering::Relaxed);
    }

    /// Replaces one workspace's share of the backlog.
    pub(crate) fn replace(&self, before: usize, now: usize) {
        if now >= before {
            self.bytes.fetch_add(now - before, Ordering::Relaxed);
        } else {
            self.bytes.fetch_sub(before - now, Ordering::Relaxed);
            let _guard = self.lock.lock();
            self.fewer.notify_all();
        }
    }

    /// Waits while the backlog is full and `worthwhile` returns true.
    pub(crate) fn wait_for_room(&self, mut worthwhile: impl FnMut() -> bool) {
        while self.is_full() && worthwhile() {
            let mut guard = self.lock.lock();
            if self.is_full() {
                self.fewer.wait_for(&mut guard, Duration::from_millis(20));
            }
        }
    }
}
