//! Compaction beside commands: the state store is copied while it is in use, and the copy takes its place.
//!
//! sled leaves behind what is overwritten: a part of its file that is more than half alive is never cleaned. A copy has only
//! what is alive. Rows are written by checkpoints alone, so commands and reads go on meanwhile, and a checkpoint writes to both
//! stores. A crash before the copy is in place leaves the store as it was; the next opening removes the leftovers.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::compact::{CompactError, CompactReport, failed, remaining};
use crate::config::Config;
use crate::engine::Shared;
use crate::error::OpenError;
use crate::kv::{BackendError, Copied, Step};
use crate::store::Store;

/// A smaller state store is left as it is.
const STATE_BYTES_MIN: u64 = 64 << 20;
/// Free space that must be left beside a copy as large as the state store.
const FREE_BYTES_MIN: u64 = 64 << 20;
/// The size of a fresh state store by that of its keys and values, in thousandths, until a compaction shows it. It is smaller
/// with large rows.
const FRESH_PERMILLE: u64 = 1_900;
/// A state store is compacted if it is larger than a fresh one by this factor, in thousandths.
const WASTE_PERMILLE: u64 = 1_300;

/// How often the state store is looked at. An engine is busy if it has written so much meanwhile, and is waited for so often.
const LOOK_EVERY: Duration = Duration::from_secs(5);
const BUSY_BYTES: u64 = 4 << 20;
const BUSY_LOOKS_MAX: u32 = 24;

/// What compactions beside commands share.
pub(in crate::engine) struct LiveCompaction {
    is_automatic: bool,
    store_cache_bytes: u64,
    config: Config,
    /// Locked while a compaction runs.
    known: Mutex<Known>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    /// The bytes that had been written when the state store was last looked at.
    written: u64,
    fresh_permille: u64,
}

/// How fast a compaction goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Pace {
    /// As fast as it can.
    Fast,
    /// It rests for as long as it works.
    Gentle,
}

impl LiveCompaction {
    pub(in crate::engine) fn new(config: &Config) -> Self {
        Self {
            is_automatic: config.compact_by_itself,
            store_cache_bytes: config.store_cache_bytes,
            config: config.clone(),
            known: Mutex::new(Known { written: 0, fresh_permille: FRESH_PERMILLE }),
        }
    }

    /// Whether a thread looks after it. The state stores are open when one takes the place of the other, which some systems
    /// refuse.
    pub(in crate::engine) fn is_automatic(&self) -> bool {
        self.is_automatic && cfg!(unix)
    }
}

/// A compaction of an open store.
struct Run<'r> {
    shared: &'r Shared,
    pace: Pace,
    is_stopped: &'r dyn Fn() -> bool,
}

/// Compacts the state store once. Fails if `is_stopped` returns true before the copy is in place.
pub(in crate::engine) fn compact_live(
    shared: &Shared,
    pace: Pace,
    is_stopped: &dyn Fn() -> bool,
) -> Result<CompactReport, CompactError> {
    let mut known = shared.live_compaction.known.lock();
    let (report, live_bytes) = Run { shared, pace, is_stopped }.compact()?;
    if let Some(permille) = (report.after.state * 1_000).checked_div(live_bytes) {
        known.fresh_permille = permille;
    }
    known.written = 0;
    Ok(report)
}

/// Compacts the state store whenever it is worth it, until `is_stopped` returns true.
pub(in crate::engine) fn keep_compacting(shared: &Shared, is_stopped: &dyn Fn() -> bool) {
    let mut load = Load::default();
    while !is_stopped() {
        thread::park_timeout(LOOK_EVERY);
        let written = shared.workspaces.records.store().map_or(0, |store| store.rows().written_bytes());
        if is_stopped() || shared.writer.journal.failure().is_some() || load.is_too_high(written) {
            continue;
        }
        let run = Run { shared, pace: Pace::Gentle, is_stopped };
        match run.is_worth_it() {
            Ok(false) => continue,
            Ok(true) => {}
            Err(error) => {
                tracing::debug!(%error, "the state store was not looked at");
                continue;
            }
        }
        match compact_live(shared, Pace::Gentle, is_stopped) {
            Ok(report) => tracing::info!(before = report.before.state, after = report.after.state, "compacted"),
            Err(_) if is_stopped() => {}
            Err(error) => tracing::warn!(%error, "the state store was not compacted"),
        }
    }
}

/// How much is written. A compaction waits for a quiet time, but not for ever.
#[derive(Debug, Default)]
struct Load {
    written: u64,
    waited: u32,
}

impl Load {
    /// Takes in the bytes that were written so far.
    fn is_too_high(&mut self, written: u64) -> bool {
        let is_busy = written.saturating_sub(self.written) > BUSY_BYTES;
        self.written = written;
        self.waited = if is_busy && self.waited < BUSY_LOOKS_MAX { self.waited + 1 } else { 0 };
        self.waited > 0
    }
}

impl Run<'_> {
    /// Looks whether the state store is much larger than a fresh one would be. That takes reading all of it, so it is done
    /// only once half as much was written as the store has.
    fn is_worth_it(&self) -> Result<bool, CompactError> {
        let (shared, disk) = (self.shared, &*self.shared.disk);
        let Some(mut known) = shared.live_compaction.known.try_lock() else { return Ok(false) };
        let bytes = disk.bytes().map_err(failed(disk, "measure"))?.state;
        let store = self.store()?;
        let written = store.rows().written_bytes();
        let free = disk.free_bytes().is_none_or(|free| free > bytes + FREE_BYTES_MIN);
        if bytes < STATE_BYTES_MIN || !free || written.saturating_sub(known.written) < bytes / 2 {
            return Ok(false);
        }
        known.written = written;
        let mut live_bytes = 0;
        self.walk(|after| store.rows().measure_slice(after, &mut live_bytes))?;
        Ok(bytes * 1_000 > live_bytes * known.fresh_permille / 1_000 * WASTE_PERMILLE)
    }

    /// Returns the size of all keys and values, too.
    fn compact(&self) -> Result<(CompactReport, u64), CompactError> {
        let disk = &*self.shared.disk;
        if !cfg!(unix) {
            return Err(failed(disk, "compact")(
                "this system does not rename files that are open; close the store first",
            ));
        }
        let before = disk.bytes().map_err(failed(disk, "measure"))?;
        disk.discard_new_state().map_err(failed(disk, "make a new state store in"))?;
        let empty = disk.open_new_state(self.shared.live_compaction.store_cache_bytes).map_err(OpenError::from)?;
        let store = self.store()?;
        store.rows().begin_copy(empty);
        let copied = self.copy(store.rows()).inspect_err(|_| {
            store.rows().drop_copy();
            // If this fails too, the next opening does it.
            drop(disk.discard_new_state());
        })?;
        self.wait_for_readers(store);
        let after = disk.bytes().map_err(failed(disk, "measure"))?;
        let remaining = remaining(disk, &self.shared.live_compaction.config).map_err(failed(disk, "list"))?;
        let report = CompactReport { before, after, rows: copied.rows, segments_dropped: 0, remaining };
        Ok((report, copied.bytes))
    }

    /// Copies all rows, compares them, and puts the copy in its place.
    fn copy(&self, rows: &Copied) -> Result<CopiedRows, CompactError> {
        let mut copied = CopiedRows::default();
        self.walk(|after| rows.copy_slice(after, &mut copied.rows))?;
        self.walk(|after| rows.compare_slice(after, &mut copied.bytes))?;
        let switched = self.shared.checkpointer.switch_to_copy();
        switched.map(drop).map_err(failed(&*self.shared.disk, "replace the state store in"))?;
        Ok(copied)
    }

    /// Walks through all rows, a slice at a time.
    fn walk(&self, mut step: impl FnMut(Option<&[u8]>) -> Result<Step, BackendError>) -> Result<(), CompactError> {
        let mut after: Option<Vec<u8>> = None;
        loop {
            if (self.is_stopped)() || self.shared.writer.journal.failure().is_some() {
                return Err(failed(&*self.shared.disk, "compact")("the engine closes, or takes no more writes"));
            }
            let begun = Instant::now();
            match step(after.as_deref()).map_err(failed(&*self.shared.disk, "copy the state store in"))? {
                Step::To(key) => after = Some(key),
                Step::End => return Ok(()),
            }
            if self.pace == Pace::Gentle {
                thread::sleep(begun.elapsed());
            }
        }
    }

    fn store(&self) -> Result<Arc<Store>, CompactError> {
        self.shared.workspaces.records.store().map_err(failed(&*self.shared.disk, "compact"))
    }

    /// Closes the store that was replaced once no reader uses it, so that none of them has to.
    fn wait_for_readers(&self, store: Arc<Store>) {
        const LOOK_EVERY: Duration = Duration::from_millis(1);
        while Arc::strong_count(&store) > 1 && !(self.is_stopped)() {
            thread::sleep(LOOK_EVERY);
        }
    }
}

/// What was copied.
#[derive(Debug, Default)]
struct CopiedRows {
    rows: u64,
    /// The size of their keys and values.
    bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_compaction_waits_for_a_quiet_time_but_not_for_ever() {
        let mut load = Load::default();
        assert!(!load.is_too_high(BUSY_BYTES), "little is written");
        assert!(load.is_too_high(3 * BUSY_BYTES));
        assert!(!load.is_too_high(4 * BUSY_BYTES), "it is quiet again");
        let busy = (1..).take_while(|round| load.is_too_high((4 + 2 * round) * BUSY_BYTES)).count();
        assert_eq!(busy, BUSY_LOOKS_MAX as usize);
        assert!(!load.is_too_high(0), "the store was replaced, and counts anew");
    }
}
