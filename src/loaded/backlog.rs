//! How many bytes wait for the store, and the writers that wait for them to become fewer.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

#[derive(Default)]
pub(crate) struct Backlog {
    bytes: AtomicUsize,
    lock: Mutex<()>,
    fewer: Condvar,
}

impl Backlog {
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Replaces what one workspace had waiting by what it has now.
    pub(crate) fn replace(&self, before: usize, now: usize) {
        if now >= before {
            self.bytes.fetch_add(now - before, Ordering::Relaxed);
        } else {
            self.bytes.fetch_sub(before - now, Ordering::Relaxed);
            let _guard = self.lock.lock();
            self.fewer.notify_all();
        }
    }

    /// Waits while there are more than `max` bytes and `wait` says that they will become fewer.
    pub(crate) fn wait_below(&self, max: usize, mut wait: impl FnMut() -> bool) {
        while self.bytes() > max && wait() {
            let mut guard = self.lock.lock();
            if self.bytes() > max {
                self.fewer.wait_for(&mut guard, Duration::from_millis(20));
            }
        }
    }
}
