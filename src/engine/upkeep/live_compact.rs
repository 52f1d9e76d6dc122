//! Compaction beside commands: the state store is copied while it is in use, and the copy takes its place.
//!
//! sled leaves behind what is overwritten: a part of its file that is more than half alive is not cleaned. A copy has only what
//! is alive. Rows are written by checkpoints alone, so commands and reads go on meanwhile, and a checkpoint writes to both
//! stores. A crash before the copy is in place leaves the store as it was; the next opening removes the leftovers.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::compact::{CompactError, CompactReport, failed, remaining};
use crate::config::Config;
use crate::engine::Shared;
use crate::error::OpenError;
use crate::kv::{Backend, BackendError, Copied, Copying, Step};
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

/// How often the state store is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// An engine is busy if its journal has grown by more than this since the last look.
const BUSY_BYTES: u64 = 4 << 20;
/// A busy engine is waited for this often. Under full load a compaction takes long, and takes time from the commands.
const BUSY_LOOKS_MAX: u32 = 360;
/// Slices between two syncs of the copy, so that the last one, for which checkpoints wait, has little to do.
const SLICES_PER_SYNC: u32 = 256;

/// What compactions beside commands share.
pub(in crate::engine) struct LiveCompaction {
    config: Config,
    /// Locked while a compaction runs.
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    /// The bytes that had been written when the state store was last looked at. What was written before it was opened is not
    /// known, so it is looked at once.
    written: Option<u64>,
    fresh_permille: u64,
}

/// How fast a compaction goes.
#[derive(Debug, Clone, Copy)]
enum Pace {
    /// As fast as it can.
    Fast,
    /// It rests in between: for as long as it works while commands come, and for a quarter of that while none come.
    Gentle,
}

impl Pace {
    /// How long to rest after so much work.
    fn rest(self, worked: Duration, commands_came: bool) -> Duration {
        match self {
            Self::Fast => Duration::ZERO,
            Self::Gentle if commands_came => worked,
            Self::Gentle => worked / 4,
        }
    }
}

impl LiveCompaction {
    pub(in crate::engine) fn new(config: &Config) -> Self {
        Self { config: config.clone(), known: Mutex::new(Known { written: None, fresh_permille: FRESH_PERMILLE }) }
    }

    /// Whether a thread looks after it. The state stores are open when one takes the place of the other, which some systems
    /// refuse.
    pub(in crate::engine) fn is_automatic(&self) -> bool {
        self.config.compact_by_itself && cfg!(unix)
    }

    /// Waits until no compaction runs. One that runs ends soon after the engine was closed.
    pub(in crate::engine) fn wait(&self) {
        drop(self.known.lock());
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
    is_stopped: &dyn Fn() -> bool,
) -> Result<CompactReport, CompactError> {
    Run { shared, pace: Pace::Fast, is_stopped }.compact()
}

/// Compacts the state store whenever it is worth it, until `is_stopped` returns true.
pub(in crate::engine) fn keep_compacting(shared: &Shared, is_stopped: &dyn Fn() -> bool) {
    let run = Run { shared, pace: Pace::Gentle, is_stopped };
    let mut load = Load::default();
    while !is_stopped() {
        thread::park_timeout(LOOK_EVERY);
        let journal = &shared.writer.journal;
        if is_stopped() || journal.failure().is_some() || load.is_too_high(journal.appended_bytes()) {
            continue;
        }
        match run.is_worth_it() {
            Ok(false) => continue,
            Ok(true) => {}
            Err(error) => {
                tracing::debug!(%error, "the state store was not looked at");
                continue;
            }
        }
        match run.compact() {
            Ok(report) => tracing::info!(before = report.before.state, after = report.after.state, "compacted"),
            Err(_) if is_stopped() => {}
            Err(error) => tracing::warn!(%error, "the state store was not compacted"),
        }
    }
}

/// How much the engine does. A compaction waits for a quiet time, but not for ever.
#[derive(Debug, Default)]
struct Load {
    grown: u64,
    waited: u32,
}

impl Load {
    /// Takes in the bytes that the journal has grown by so far.
    fn is_too_high(&mut self, grown: u64) -> bool {
        let is_busy = grown.saturating_sub(self.grown) > BUSY_BYTES;
        self.grown = grown;
        self.waited = if is_busy && self.waited < BUSY_LOOKS_MAX { self.waited + 1 } else { 0 };
        self.waited > 0
    }
}

impl Run<'_> {
    /// Looks whether the state store is much larger than a fresh one would be. That takes reading all of it, so it is done
    /// after opening, and then only once half as much was written as the store has.
    fn is_worth_it(&self) -> Result<bool, CompactError> {
        let (shared, disk) = (self.shared, &*self.shared.disk);
        let Some(mut known) = shared.live_compaction.known.try_lock() else { return Ok(false) };
        let bytes = disk.bytes().map_err(failed(disk, "measure"))?.state;
        let written = self.written_bytes();
        let has_room = disk.free_bytes().is_none_or(|free| free > bytes.saturating_add(self.free_bytes_min()));
        let is_changed = known.written.is_none_or(|before| written.saturating_sub(before) >= bytes / 2);
        if bytes < STATE_BYTES_MIN || !has_room || !is_changed {
            return Ok(false);
        }
        let store = self.store()?;
        known.written = Some(written);
        let mut live = Copying::default();
        self.walk(|after| store.rows().measure_slice(after, &mut live))?;
        Ok(bytes * 1_000 > live.bytes * known.fresh_permille / 1_000 * WASTE_PERMILLE)
    }

    fn compact(&self) -> Result<CompactReport, CompactError> {
        let mut known = self.shared.live_compaction.known.lock();
        let compacted = self.replace_by_copy();
        // Whether it is the new state store or still the old one, it is not looked at before more is written.
        known.written = Some(self.written_bytes());
        let (report, live_bytes) = compacted?;
        // What sled takes for itself says nothing about larger stores.
        if report.before.state >= STATE_BYTES_MIN
            && let Some(permille) = (report.after.state * 1_000).checked_div(live_bytes)
        {
            known.fresh_permille = permille;
        }
        Ok(report)
    }

    /// Returns the size of all keys and values, too.
    fn replace_by_copy(&self) -> Result<(CompactReport, u64), CompactError> {
        let disk = &*self.shared.disk;
        // First of all: the directory of an engine that is closed may be another engine's by now.
        self.check()?;
        let store = self.store()?;
        let before = disk.bytes().map_err(failed(disk, "measure"))?;
        disk.discard_new_state().map_err(failed(disk, "make a new state store in"))?;
        let copied = self.copy(store.rows()).inspect_err(|_| {
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
    fn copy(&self, rows: &Copied) -> Result<Copying, CompactError> {
        let disk = &*self.shared.disk;
        let empty = disk.open_new_state(self.shared.live_compaction.config.store_cache_bytes);
        rows.begin_copy(empty.map_err(OpenError::from)?);
        let _end = DropCopy(rows);
        let (mut copied, mut slices) = (Copying::default(), 0_u32);
        self.walk(|after| {
            slices += 1;
            if slices.is_multiple_of(SLICES_PER_SYNC) {
                rows.flush_copy()?;
            }
            rows.copy_slice(after)
        })?;
        self.walk(|after| rows.compare_slice(after, &mut copied))?;
        rows.flush_copy().map_err(failed(disk, "sync the copy of the state store in"))?;
        self.shared.checkpointer.switch_to_copy().map_err(failed(disk, "replace the state store in"))?;
        Ok(copied)
    }

    /// Walks through all rows, a slice at a time.
    fn walk(&self, mut step: impl FnMut(Option<&[u8]>) -> Result<Step, BackendError>) -> Result<(), CompactError> {
        let mut after: Option<Vec<u8>> = None;
        let journal = &self.shared.writer.journal;
        let mut journal_bytes = journal.appended_bytes();
        loop {
            self.check()?;
            let begun = Instant::now();
            match step(after.as_deref()).map_err(failed(&*self.shared.disk, "copy the state store in"))? {
                Step::To(key) => after = Some(key),
                Step::End => return Ok(()),
            }
            let journal_bytes_before = std::mem::replace(&mut journal_bytes, journal.appended_bytes());
            let rest = self.pace.rest(begun.elapsed(), journal_bytes > journal_bytes_before);
            if !rest.is_zero() {
                thread::sleep(rest);
            }
        }
    }

    /// Fails if it must end. A copy must not take the room that commands need.
    fn check(&self) -> Result<(), CompactError> {
        let fails = failed(&*self.shared.disk, "compact");
        if (self.is_stopped)() || self.shared.writer.journal.failure().is_some() {
            return Err(fails("the engine closes, or takes no more writes"));
        }
        if !cfg!(unix) {
            return Err(fails("this system does not rename files that are open; close the store first"));
        }
        if self.shared.disk.free_bytes().is_some_and(|free| free < self.free_bytes_min()) {
            return Err(fails("the disk has too little room for a second state store"));
        }
        Ok(())
    }

    fn free_bytes_min(&self) -> u64 {
        FREE_BYTES_MIN.saturating_add(self.shared.live_compaction.config.disk_reserve_bytes)
    }

    /// The bytes of rows that were written into the state store since it was opened.
    fn written_bytes(&self) -> u64 {
        self.shared.workspaces.records.store().map_or(0, |store| store.rows().written_bytes())
    }

    fn store(&self) -> Result<Arc<Store>, CompactError> {
        self.shared.workspaces.records.store().map_err(failed(&*self.shared.disk, "compact"))
    }

    /// Closes the store that was replaced once no reader uses it, so that none of them has to. A backup may use it for long.
    fn wait_for_readers(&self, store: Arc<Store>) {
        const PAUSE: Duration = Duration::from_millis(10);
        while Arc::strong_count(&store) > 1 && !(self.is_stopped)() {
            thread::sleep(PAUSE);
        }
    }
}

/// Drops the copy when it is dropped, unless that has taken its place.
struct DropCopy<'r>(&'r Copied);

impl Drop for DropCopy<'_> {
    fn drop(&mut self) {
        self.0.drop_copy();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::engine::Engine;
    use crate::testing::simulation::SimulatedDisk;

    #[test]
    fn live_compaction_gives_up_when_the_disk_gets_full() {
        let disk = SimulatedDisk::new();
        let engine = Engine::without_threads(Arc::new(disk.clone()), &Config::default()).unwrap();
        let inbox = engine.workspace(1).unwrap();
        inbox.as_system().put_customer(5, "Grace").unwrap();
        engine.checkpoint().unwrap();
        let looks = Cell::new(0);
        let is_stopped = || {
            // Another one fills the disk once the copy has begun.
            looks.set(looks.get() + 1);
            disk.set_free_bytes(if looks.get() == 1 { u64::MAX } else { FREE_BYTES_MIN });
            false
        };
        let given_up = compact_live(&engine.shared, &is_stopped).unwrap_err().to_string();
        assert!(given_up.contains("too little room"), "{given_up}");
        assert_eq!(looks.get(), 2);
        disk.set_free_bytes(u64::MAX);
        inbox.as_system().put_customer(6, "Ada").unwrap();
        engine.compact_live().unwrap();
    }

    #[test]
    fn live_compaction_rests_less_while_no_commands_come() {
        let worked = Duration::from_millis(8);
        assert_eq!(Pace::Gentle.rest(worked, true), worked);
        assert_eq!(Pace::Gentle.rest(worked, false), worked / 4);
        assert_eq!(Pace::Fast.rest(worked, true), Duration::ZERO);
    }

    #[test]
    fn live_compaction_waits_for_a_quiet_time_but_not_for_ever() {
        let mut load = Load::default();
        assert!(!load.is_too_high(BUSY_BYTES), "little is written");
        assert!(load.is_too_high(3 * BUSY_BYTES));
        assert!(!load.is_too_high(4 * BUSY_BYTES), "it is quiet again");
        let busy = (1..).take_while(|round| load.is_too_high((4 + 2 * round) * BUSY_BYTES)).count();
        assert_eq!(busy, BUSY_LOOKS_MAX as usize);
    }
}
