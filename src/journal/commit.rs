//! The open journal: appending, and making safe what was appended.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use std::{io, thread};

use parking_lot::Mutex;

use super::Options;
use super::error::{Failed, OpenError};
use super::queue::{Batch, NewSegment, Queue};
use super::recover::{Recovered, recover, start};
use super::segment::{SegmentHeader, segment_name};
use super::turn::Turns;
use super::writer::Active;
use crate::files::Files;

/// How long a round waits at most for changes that keep coming, before it writes.
const GATHER_MAX: Duration = Duration::from_micros(500);

/// An open journal. See the [module](super).
///
/// Locks are taken in this order: `active`, the turn, `queue`; `segments` is held alone. Nobody does
/// I/O while holding any but `active`.
pub(crate) struct Journal {
    /// Where the segments are.
    files: Arc<dyn Files>,
    /// When one is full.
    segment_bytes: u64,
    /// What has not been written yet.
    queue: Mutex<Queue>,
    /// What is written to.
    active: Mutex<Active>,
    /// Who writes next.
    turns: Turns,
    /// The first seq of every segment, oldest first; the last one is the active segment's.
    segments: Mutex<Vec<u64>>,
    /// The first failure, after which nothing is written.
    failure: OnceLock<Failed>,
    /// The newest seq.
    last: AtomicU64,
    /// The newest seq that is safe.
    durable: AtomicU64,
    /// The bytes of frames that have been appended and not yet written.
    queued: AtomicUsize,
    /// The bytes of frames that have been appended since the journal was opened.
    appended: AtomicU64,
}

impl Journal {
    /// Opens the journal of a directory and calls `redo(seq, payload)` for every change behind
    /// `checkpoint`, in order. A torn tail is cut, and everything that was read is safe, before
    /// this returns; damage is an error, and then some changes may have been redone.
    ///
    /// A directory without a segment is the journal of a new store, whose checkpoint is 0.
    pub(crate) fn open<E>(
        files: Arc<dyn Files>,
        options: Options,
        checkpoint: u64,
        redo: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<Self, OpenError<E>> {
        let recovered = recover(&*files, options.segment_bytes, checkpoint, redo)?;
        Ok(Self::new(files, options, recovered))
    }

    /// Begins a journal in an empty directory. Its first change follows `after`.
    pub(crate) fn begin(files: Arc<dyn Files>, options: Options, after: u64) -> io::Result<Self> {
        let recovered = start(&*files, after + 1)?;
        Ok(Self::new(files, options, recovered))
    }

    fn new(files: Arc<dyn Files>, options: Options, recovered: Recovered) -> Self {
        let last_seq = recovered.queue.last_seq();
        Self {
            files,
            segment_bytes: options.segment_bytes,
            queue: Mutex::new(recovered.queue),
            active: Mutex::new(recovered.active),
            turns: Turns::default(),
            segments: Mutex::new(recovered.segments),
            failure: OnceLock::new(),
            last: AtomicU64::new(last_seq),
            durable: AtomicU64::new(last_seq),
            queued: AtomicUsize::new(0),
            appended: AtomicU64::new(0),
        }
    }

    /// Where the segments are.
    pub(super) fn files(&self) -> &dyn Files {
        &*self.files
    }

    /// The first seq of every segment, oldest first.
    pub(super) fn segments(&self) -> Vec<u64> {
        self.segments.lock().clone()
    }

    /// Queues a group of changes and returns the seq of its last one. Does no I/O. An empty group
    /// takes no seq.
    ///
    /// A payload of more than 1 GiB is refused; that is no failure of the journal.
    pub(crate) fn append(&self, group: &[impl AsRef<[u8]>]) -> Result<u64, Failed> {
        self.check()?;
        let mut queue = self.queue.lock();
        let bytes = queue.push(group).map_err(Failed::refused)?;
        // Counted before the lock is released, so that nobody can have written them already.
        self.queued.fetch_add(bytes, Ordering::Relaxed);
        self.appended.fetch_add(bytes as u64, Ordering::Relaxed);
        let last_seq = queue.last_seq();
        self.last.store(last_seq, Ordering::Release);
        Ok(last_seq)
    }

    /// Returns when `seq` is safe. Writes and syncs for all who wait, if nobody is about to.
    ///
    /// A seq that has not been given out is refused; that is no failure of the journal.
    pub(crate) fn wait(&self, seq: u64) -> Result<(), Failed> {
        if seq > self.last_seq() {
            return Err(Failed::refused(format!("seq {seq} has not been appended")));
        }
        let done = || {
            if self.durable_seq() >= seq {
                return Some(Ok(()));
            }
            self.failure().map(Err)
        };
        match done() {
            Some(outcome) => outcome,
            None => self.turns.wait(seq, done, |company| self.lead(company)),
        }
    }

    /// Writes what is queued, and does not sync it.
    pub(crate) fn write_out(&self) -> Result<(), Failed> {
        self.with_active(|active| {
            let batch = self.take(active);
            self.write(active, batch)
        })
    }

    /// The newest seq that has been given out, or 0.
    pub(crate) fn last_seq(&self) -> u64 {
        self.last.load(Ordering::Acquire)
    }

    /// The newest seq that is safe, or 0.
    pub(crate) fn durable_seq(&self) -> u64 {
        self.durable.load(Ordering::Acquire)
    }

    /// The bytes of frames that are in memory alone.
    pub(crate) fn queued_bytes(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }

    /// The bytes of frames that have been appended since the journal was opened.
    pub(crate) fn appended_bytes(&self) -> u64 {
        self.appended.load(Ordering::Relaxed)
    }

    /// Deletes the segments that hold only changes up to `through`, but never the one that is
    /// written to. Returns how many. `keep` is called with the name of each before it is removed.
    ///
    /// A file that cannot be kept or removed is an error and is tried again by the next call; only a
    /// directory that cannot be synced stops the journal.
    pub(crate) fn prune(&self, through: u64, keep: impl Fn(&str) -> io::Result<()>) -> Result<usize, Failed> {
        self.check()?;
        let doomed = self.doomed(through);
        // The oldest first, so that a crash leaves no hole; and a hole that the file system makes
        // by reordering is before the checkpoint, where opening does not look.
        for first_seq in &doomed {
            let name = segment_name(*first_seq);
            keep(&name).map_err(|error| Failed::not_archived(&name, &error))?;
            match self.files.remove(&name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Failed::not_removed(&name, &error));
                }
                _ => self.segments.lock().retain(|first| first != first_seq),
            }
        }
        if !doomed.is_empty() {
            self.files.sync_dir().map_err(|error| self.fail("sync", "the directory", &error))?;
        }
        Ok(doomed.len())
    }

    /// Makes safe what is queued, and goes on in a new segment, unless the open one holds no change.
    /// Then [`prune`](Self::prune) can delete every change that there is.
    pub(crate) fn begin_segment(&self) -> Result<(), Failed> {
        self.with_active(|active| {
            let open_since = self.segments.lock().last().copied();
            let (batch, segment) = {
                let mut queue = self.queue.lock();
                if open_since.is_some_and(|first_seq| first_seq > queue.last_seq()) {
                    return Ok(());
                }
                queue.take_and_cut(active.len())
            };
            self.write(active, batch)?;
            self.roll(active, segment)
        })
    }

    /// Writes and syncs what is queued, and then a batch without frames, so that later damage to
    /// the last frames cannot be taken for a torn tail. Nothing is written where nothing was since
    /// the last such batch. The journal stays usable.
    pub(crate) fn close(&self) -> Result<(), Failed> {
        self.with_active(|active| {
            let batch = self.take(active);
            self.write(active, batch)?;
            self.sync(active)?;
            self.check()?;
            active.seal().map_err(|error| self.fail("close", active.name(), &error))
        })
    }

    /// Refuses all further appends and writes, because something else has failed.
    pub(crate) fn poison(&self, why: &str, kind: io::ErrorKind) {
        self.fail_with(Failed::poisoned(why, kind));
    }

    /// Does something after whose panic nobody would know what is written, or what the journal must say of it: a panic
    /// is a failure of the journal.
    pub(crate) fn poison_on_panic<T>(&self, act: impl FnOnce() -> T) -> T {
        let guard = PoisonOnPanic(self);
        let outcome = act();
        // Only a panic drops it; the thread may be unwinding already from something else.
        std::mem::forget(guard);
        outcome
    }

    /// Why nothing is written any more, if so.
    pub(crate) fn failure(&self) -> Option<Failed> {
        self.failure.get().cloned()
    }

    /// Refuses once the journal has failed.
    fn check(&self) -> Result<(), Failed> {
        self.failure().map_or(Ok(()), Err)
    }

    /// Makes safe everything that is queued, for all who wait. They learn from `durable` or
    /// `failure` how it went. `company` says whether the round before served others too.
    fn lead(&self, company: bool) {
        if company {
            self.gather();
        }
        let _told = self.with_active(|active| {
            let batch = self.turns.begin(|| {
                let batch = self.take(active);
                let through = batch.as_ref().map_or(active.last_seq(), |batch| batch.last_seq);
                (through, batch)
            });
            self.write(active, batch)?;
            self.sync(active)
        });
    }

    /// Lets those whom the round before has woken queue what they do next, for as long as they do.
    /// Without it the threads fall into two halves that sync in turn, and each waits for the other.
    fn gather(&self) {
        let begin = Instant::now();
        let mut before = self.last_seq();
        while begin.elapsed() < GATHER_MAX {
            thread::yield_now();
            let now = self.last_seq();
            if now == before {
                return;
            }
            before = now;
        }
    }

    /// Does something with the open segment, unless the journal has failed; nobody else does
    /// meanwhile. A panic counts as a failure: nobody knows what it has left behind.
    fn with_active<T>(&self, act: impl FnOnce(&mut Active) -> Result<T, Failed>) -> Result<T, Failed> {
        let mut active = self.active.lock();
        self.check()?;
        self.poison_on_panic(|| act(&mut active))
    }

    /// Takes what is queued. Only who holds the open segment may, so that batches are written in
    /// the order in which they are taken.
    fn take(&self, active: &Active) -> Option<Batch> {
        self.queue.lock().take(active.len(), self.segment_bytes)
    }

    /// Writes a batch.
    fn write(&self, active: &mut Active, batch: Option<Batch>) -> Result<(), Failed> {
        let Some(mut batch) = batch else {
            return Ok(());
        };
        self.check()?;
        if let Some(segment) = batch.segment {
            self.roll(active, segment)?;
        }
        active
            .write(&mut batch.bytes, batch.last_seq, self.durable_seq())
            .map_err(|error| self.fail("write", active.name(), &error))?;
        self.queued.fetch_sub(batch.frame_bytes(), Ordering::Relaxed);
        self.queue.lock().recycle(batch.bytes);
        Ok(())
    }

    /// Makes everything written safe.
    fn sync(&self, active: &mut Active) -> Result<(), Failed> {
        self.check()?;
        active.sync().map_err(|error| self.fail("sync", active.name(), &error))?;
        self.durable.store(active.last_seq(), Ordering::Release);
        Ok(())
    }

    /// Goes on in a new segment.
    fn roll(&self, active: &mut Active, segment: NewSegment) -> Result<(), Failed> {
        self.sync(active)?;
        self.check()?;
        let header =
            SegmentHeader { salt: segment.salt, first_seq: segment.first_seq, first_batch: active.next_batch() };
        *active = Active::create(&*self.files, &header)
            .map_err(|error| self.fail("create", &segment_name(header.first_seq), &error))?;
        self.segments.lock().push(header.first_seq);
        tracing::debug!(file = active.name(), "the journal goes on in a new segment");
        Ok(())
    }

    /// The segments that hold only changes up to `through`, as the beginning of their successors tells.
    fn doomed(&self, through: u64) -> Vec<u64> {
        let segments = self.segments.lock();
        let later = segments.iter().skip(1);
        let pairs = segments.iter().zip(later);
        pairs.take_while(|(_, next)| **next <= through.saturating_add(1)).map(|(first, _)| *first).collect()
    }

    /// Keeps a failed operation as the reason why nothing is written any more.
    fn fail(&self, doing: &str, file: &str, error: &io::Error) -> Failed {
        self.fail_with(Failed::io(doing, file, error))
    }

    /// Keeps the first failure, tells all who wait, and returns the one that was kept.
    fn fail_with(&self, failed: Failed) -> Failed {
        if self.failure.set(failed.clone()).is_ok() {
            tracing::warn!(%failed, "the journal stops");
        }
        self.turns.wake_all();
        self.failure().unwrap_or(failed)
    }
}

/// Makes a panic a failure of the journal.
struct PoisonOnPanic<'a>(&'a Journal);

impl Drop for PoisonOnPanic<'_> {
    fn drop(&mut self) {
        self.0.poison("a panic interrupted a change", io::ErrorKind::Other);
    }
}
