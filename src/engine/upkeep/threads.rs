//! The threads of an engine: checkpoints, compaction, syncs for submissions or at intervals, wall-clock ticks, and a look at
//! the store's place.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use super::live_compact::keep_compacting;
use super::timer;
use crate::config::{Durability, Timer};
use crate::engine::Shared;
use crate::engine::write::indexing::keep_building;

/// The running threads, if any. They end on `stop` or when this is dropped.
#[derive(Default)]
pub(in crate::engine) struct Threads {
    stop: Arc<AtomicBool>,
    running: Vec<JoinHandle<()>>,
}

impl Threads {
    pub(in crate::engine) fn start(shared: &Arc<Shared>) -> io::Result<Self> {
        let mut threads = Self::default();
        threads.spawn("inboxdb-checkpoint", shared, |shared, stop| {
            shared.checkpointer.keep_checkpointing(|| stop.load(Ordering::Acquire));
        })?;
        if shared.live_compaction.is_automatic() {
            threads.spawn("inboxdb-compact", shared, |shared, stop| {
                keep_compacting(shared, &|| stop.load(Ordering::Acquire));
            })?;
        }
        threads.spawn("inboxdb-place", shared, watch_place)?;
        threads.spawn("inboxdb-feed", shared, |shared, stop| {
            let journal = &shared.writer.journal;
            let durable = || journal.failure().is_none().then(|| journal.durable_seq());
            shared.writer.feed.keep_announcing(durable, || stop.load(Ordering::Acquire));
        })?;
        threads.spawn("inboxdb-replay", shared, |shared, stop| shared.replays.work(|| stop.load(Ordering::Acquire)))?;
        if shared.workspaces.has_custom_indexes() {
            threads.spawn("inboxdb-index", shared, |shared, stop| {
                keep_building(&shared.writer, || stop.load(Ordering::Acquire))
            })?;
        }
        match shared.writer.durability {
            Durability::Sync => threads.spawn("inboxdb-commit", shared, |shared, stop| {
                shared.writer.journal.keep_waking(|| stop.load(Ordering::Acquire));
            })?,
            Durability::Interval(interval) => {
                let interval = interval.max(Duration::from_millis(1));
                threads.spawn("inboxdb-sync", shared, move |shared, stop| keep_synced(shared, stop, interval))?;
            }
        }
        if shared.writer.clock == Timer::Wall {
            threads.spawn("inboxdb-timer", shared, |shared, stop| {
                timer::keep_ticking(&shared.writer, || stop.load(Ordering::Acquire));
            })?;
        }
        Ok(threads)
    }

    fn spawn(
        &mut self,
        name: &str,
        shared: &Arc<Shared>,
        run: impl FnOnce(&Shared, &AtomicBool) + Send + 'static,
    ) -> io::Result<()> {
        let (shared, stop) = (Arc::clone(shared), Arc::clone(&self.stop));
        let thread = Builder::new().name(name.to_owned()).spawn(move || run(&shared, &stop))?;
        self.running.push(thread);
        Ok(())
    }

    /// Stops the threads and waits for them; `wake` wakes those that sleep.
    pub(in crate::engine) fn stop(&mut self, wake: impl FnOnce()) {
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

/// Stops the journal once the directory of the store was moved, removed or replaced. Each sync looks at that too; this
/// also notices while nothing is written.
fn watch_place(shared: &Shared, stop: &AtomicBool) {
    const LOOK_EVERY: Duration = Duration::from_millis(500);
    while !stop.load(Ordering::Acquire) {
        std::thread::park_timeout(LOOK_EVERY);
        if shared.writer.journal.stop_if_displaced().is_err() {
            return;
        }
    }
}

fn keep_synced(shared: &Shared, stop: &AtomicBool, interval: Duration) {
    while !stop.load(Ordering::Acquire) {
        std::thread::park_timeout(interval);
        if let Err(failed) = shared.writer.journal.wait(shared.writer.journal.last_seq()) {
            tracing::warn!(%failed, "the journal could not be synced; no more writes are taken");
            return;
        }
    }
}
