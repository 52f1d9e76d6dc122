//! The threads of an engine: checkpoints, syncs at intervals, the wall clock's ticks.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crate::config::{Durability, Timer};
use crate::engine::Inner;
use crate::engine::upkeep::timer;

/// The running threads, if any; they end when they are told to, or when this is dropped.
#[derive(Default)]
pub(crate) struct Threads {
    stop: Arc<AtomicBool>,
    running: Vec<JoinHandle<()>>,
}

impl Threads {
    pub(crate) fn start(inner: &Arc<Inner>) -> io::Result<Self> {
        let mut threads = Self::default();
        threads.spawn("inboxdb-checkpoint", inner, |inner, stop| {
            inner.keep_checkpoints(|| stop.load(Ordering::Acquire));
        })?;
        if !inner.registry.is_empty() {
            threads
                .spawn("inboxdb-index", inner, |inner, stop| inner.keep_building(|| stop.load(Ordering::Acquire)))?;
        }
        if let Durability::Interval(interval) = inner.config.durability {
            let interval = interval.max(Duration::from_millis(1));
            threads.spawn("inboxdb-sync", inner, move |inner, stop| keep_synced(inner, stop, interval))?;
        }
        if inner.config.timer == Timer::Wall {
            threads.spawn("inboxdb-timer", inner, |inner, stop| {
                timer::keep_ticking(inner, || stop.load(Ordering::Acquire));
            })?;
        }
        Ok(threads)
    }

    fn spawn(
        &mut self,
        name: &str,
        inner: &Arc<Inner>,
        run: impl FnOnce(&Inner, &AtomicBool) + Send + 'static,
    ) -> io::Result<()> {
        let (inner, stop) = (Arc::clone(inner), Arc::clone(&self.stop));
        let thread = Builder::new().name(name.to_owned()).spawn(move || run(&inner, &stop))?;
        self.running.push(thread);
        Ok(())
    }

    /// Ends the threads, and returns when they have ended; `wake` wakes those that wait for something.
    pub(crate) fn stop(&mut self, wake: impl FnOnce()) {
        self.stop.store(true, Ordering::Release);
        wake();
        for thread in self.running.drain(..) {
            thread.thread().unpark();
            if thread.join().is_err() {
                tracing::error!("a thread of the engine panicked");
            }
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.stop(|| {});
    }
}

fn keep_synced(inner: &Inner, stop: &AtomicBool, interval: Duration) {
    while !stop.load(Ordering::Acquire) {
        std::thread::park_timeout(interval);
        if let Err(failed) = inner.journal.wait(inner.journal.last_seq()) {
            tracing::warn!(%failed, "the journal could not be synced; no more writes are taken");
            return;
        }
    }
}
