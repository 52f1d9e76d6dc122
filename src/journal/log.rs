//! The open journal: appending changes and making them durable.

use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use parking_lot::Mutex;

use super::Options;
use super::error::{Failed, OpenError};
use super::group_commit::GroupCommit;
use super::listener::Listener;
use super::mark::{MARK_NAME, Mark};
use super::queue::{Batch, NewSegment, Queue};
use super::recover::{Recovered, recover, start};
use super::segment::{SegmentHeader, segment_name};
use super::timed::Timed;
use super::when_durable::Wakers;
use super::writer::Active;
use crate::files::Files;

/// An open write-ahead log. See the [module](super).
///
/// Lock order: `active`, the group commit state, `queue`. `segments` and `wakers` are only locked alone. Only `active`
/// may be held during I/O.
pub(crate) struct Journal {
    files: Arc<dyn Files>,
    /// The length at which a segment is full.
    segment_bytes: u64,
    /// Appended changes that are not written yet.
    pub(super) queue: Mutex<Queue>,
    /// The segment being written.
    active: Mutex<Active>,
    /// What is known to be durable, for the next opening. Only locked with `active`.
    mark: Mutex<Option<Mark>>,
    pub(super) group_commit: GroupCommit,
    pub(super) wakers: Wakers,
    /// The first seq of every segment, oldest first. The last one is active.
    segments: Mutex<Vec<u64>>,
    /// The first failure. Nothing is written after it.
    failure: OnceLock<Failed>,
    /// The newest seq.
    last: AtomicU64,
    /// The newest durable seq.
    durable: AtomicU64,
    /// Bytes of frames appended but not yet written.
    queued: AtomicUsize,
    /// Bytes of frames appended since the journal was opened.
    appended: AtomicU64,
    pub(super) syncs: Timed,
    listener: Listener,
}

impl Journal {
    /// Opens a journal without a mark.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn open<E>(
        files: Arc<dyn Files>,
        options: Options,
        checkpoint: u64,
        replay: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<Self, OpenError<E>> {
        let recovered = recover(&*files, options.segment_bytes, checkpoint, 0, replay)?;
        Ok(Self::new(files, options, recovered, None))
    }

    /// Opens the journal in a directory and calls `replay(seq, payload)` for every change after `checkpoint`, in
    /// order. When this returns, the torn tail is cut and everything that was read is durable. Damage is an error;
    /// some changes may have been replayed by then.
    ///
    /// A directory without segments is a new store, whose checkpoint must be 0.
    pub(crate) fn open_marked<E>(
        files: Arc<dyn Files>,
        options: Options,
        mark: Mark,
        checkpoint: u64,
        replay: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<Self, OpenError<E>> {
        let recovered = recover(&*files, options.segment_bytes, checkpoint, mark.found, replay)?;
        Ok(Self::new(files, options, recovered, Some(mark)))
    }

    /// Creates a journal in an empty directory. Its first change follows `after`.
    pub(crate) fn begin(files: Arc<dyn Files>, options: Options, after: u64) -> io::Result<Self> {
        let recovered = start(&*files, after + 1)?;
        Ok(Self::new(files, options, recovered, None))
    }

    fn new(files: Arc<dyn Files>, options: Options, recovered: Recovered, mark: Option<Mark>) -> Self {
        let last_seq = recovered.queue.last_seq();
        Self {
            files,
            segment_bytes: options.segment_bytes,
            queue: Mutex::new(recovered.queue),
            active: Mutex::new(recovered.active),
            mark: Mutex::new(mark),
            group_commit: GroupCommit::default(),
            wakers: Wakers::default(),
            segments: Mutex::new(recovered.segments),
            failure: OnceLock::new(),
            last: AtomicU64::new(last_seq),
            durable: AtomicU64::new(last_seq),
            queued: AtomicUsize::new(0),
            appended: AtomicU64::new(0),
            syncs: Timed::default(),
            listener: Listener::default(),
        }
    }

    /// Sets what is called when more is durable, and when the journal has failed. It can be set once.
    pub(crate) fn listen(&self, call: impl Fn() + Send + Sync + 'static) {
        self.listener.set(call);
    }

    pub(super) fn files(&self) -> &dyn Files {
        &*self.files
    }

    /// The first seq of every segment, oldest first.
    pub(super) fn segments(&self) -> Vec<u64> {
        self.segments.lock().clone()
    }

    /// Queues a group of changes and returns the seq of the last one. Does no I/O. An empty group takes no seq.
    ///
    /// Rejects payloads over 1 GiB, which does not stop the journal.
    pub(crate) fn append(&self, group: &[impl AsRef<[u8]>]) -> Result<u64, Failed> {
        self.check()?;
        let mut queue = self.queue.lock();
        let bytes = queue.push(group).map_err(Failed::refused)?;
        // Count before releasing the lock, so that no writer can subtract these bytes first.
        self.queued.fetch_add(bytes, Ordering::Relaxed);
        self.appended.fetch_add(bytes as u64, Ordering::Relaxed);
        let last_seq = queue.last_seq();
        self.last.store(last_seq, Ordering::Release);
        Ok(last_seq)
    }

    /// Waits until `seq` is durable. If no round is in progress, the caller leads one and writes and syncs for every
    /// waiter.
    ///
    /// Rejects a seq that was never appended, which does not stop the journal.
    pub(crate) fn wait(&self, seq: u64) -> Result<(), Failed> {
        if seq > self.last_seq() {
            return Err(Failed::refused(format!("seq {seq} has not been appended")));
        }
        match self.outcome(seq) {
            Some(outcome) => outcome,
            None => self.group_commit.wait(seq, || self.outcome(seq), |served| self.lead(served)),
        }
    }

    /// Whether `seq` is durable, or will never be.
    pub(super) fn outcome(&self, seq: u64) -> Option<Result<(), Failed>> {
        if self.durable_seq() >= seq {
            return Some(Ok(()));
        }
        self.failure().map(Err)
    }

    /// Writes the queue without a sync.
    pub(crate) fn write_out(&self) -> Result<(), Failed> {
        self.with_active(|active| {
            let batch = self.take(active);
            self.write(active, batch)
        })
    }

    /// The newest appended seq, or 0.
    pub(crate) fn last_seq(&self) -> u64 {
        self.last.load(Ordering::Acquire)
    }

    /// The newest durable seq, or 0.
    pub(crate) fn durable_seq(&self) -> u64 {
        self.durable.load(Ordering::Acquire)
    }

    /// Bytes of frames that are only in memory.
    pub(crate) fn queued_bytes(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }

    /// Bytes of frames appended since the journal was opened.
    pub(crate) fn appended_bytes(&self) -> u64 {
        self.appended.load(Ordering::Relaxed)
    }

    /// Deletes segments that hold only changes up to `through`, but never the active one. Calls `keep` with each name
    /// before removing the file. Returns the number of segments deleted.
    ///
    /// A file that cannot be kept or removed is an error, and the next call tries again. Only a failed directory sync
    /// stops the journal.
    pub(crate) fn prune(&self, through: u64, keep: impl Fn(&str) -> io::Result<()>) -> Result<usize, Failed> {
        self.check()?;
        self.check_place()?;
        let doomed = self.doomed(through);
        // Oldest first, so that a crash leaves no gap. If the file system reorders the removals, the gap is before the
        // checkpoint, where opening does not look.
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

    /// Makes the queue durable and switches to a new segment, unless the active one is empty. Afterwards
    /// [`prune`](Self::prune) can delete every change.
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

    /// Writes and syncs the queue, then an empty batch, so that later damage to the last frames cannot look like a
    /// torn tail. Does nothing if the journal is already closed this way. The journal stays usable.
    pub(crate) fn close(&self) -> Result<(), Failed> {
        self.with_active(|active| {
            self.check_place()?;
            let batch = self.take(active);
            self.write(active, batch)?;
            self.sync(active)?;
            self.check()?;
            active.seal().map_err(|error| self.fail("close", active.name(), &error))
        })
    }

    /// Stops all further appends and writes if another store is where this one was opened.
    pub(crate) fn stop_if_displaced(&self) -> Result<(), Failed> {
        self.check()?;
        self.check_place()
    }

    /// Stops all further appends and writes, because something outside the journal failed.
    pub(crate) fn poison(&self, why: &str, kind: io::ErrorKind) {
        self.fail_with(Failed::poisoned(why, kind));
    }

    /// Runs `act`. A panic in it stops the journal, because nothing is known about what was written.
    pub(crate) fn poison_on_panic<T>(&self, act: impl FnOnce() -> T) -> T {
        let guard = PoisonOnPanic(self);
        let outcome = act();
        // The guard must only drop on a panic of `act`. `thread::panicking` would not do: the thread may already be
        // unwinding.
        std::mem::forget(guard);
        outcome
    }

    /// The failure that stopped the journal, if any.
    pub(crate) fn failure(&self) -> Option<Failed> {
        self.failure.get().cloned()
    }

    /// Fails once the journal has stopped.
    fn check(&self) -> Result<(), Failed> {
        self.failure().map_or(Ok(()), Err)
    }

    /// Runs `act` with the active segment, unless the journal has stopped. A panic stops the journal.
    pub(super) fn with_active<T>(&self, act: impl FnOnce(&mut Active) -> Result<T, Failed>) -> Result<T, Failed> {
        let mut active = self.active.lock();
        self.check()?;
        self.poison_on_panic(|| act(&mut active))
    }

    /// Takes the queue. Requires the active segment, so that batches are written in the order they are taken.
    pub(super) fn take(&self, active: &Active) -> Option<Batch> {
        self.queue.lock().take(active.len(), self.segment_bytes)
    }

    pub(super) fn write(&self, active: &mut Active, batch: Option<Batch>) -> Result<(), Failed> {
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

    /// Makes everything written durable.
    pub(super) fn sync(&self, active: &mut Active) -> Result<(), Failed> {
        self.check()?;
        let began = Instant::now();
        active.sync().map_err(|error| self.fail("sync", active.name(), &error))?;
        if active.last_seq() > self.durable_seq() {
            // What is written into a removed file is lost, and so is what is written into a store that was replaced.
            active.check_linked().map_err(|error| self.fail_with(Failed::displaced(&error)))?;
            self.check_place()?;
            let marked = self.mark.lock().as_mut().map_or(Ok(()), |mark| mark.write(active.last_seq()));
            marked.map_err(|error| self.fail("write", MARK_NAME, &error))?;
            self.syncs.note(active.last_seq() - self.durable_seq(), began.elapsed());
            self.durable.store(active.last_seq(), Ordering::SeqCst);
            self.listener.call();
        }
        Ok(())
    }

    /// Stops the journal if another store is where it was opened.
    fn check_place(&self) -> Result<(), Failed> {
        self.files.check_place().map_err(|error| self.fail_with(Failed::displaced(&error)))
    }

    /// Starts a new segment.
    fn roll(&self, active: &mut Active, segment: NewSegment) -> Result<(), Failed> {
        self.sync(active)?;
        self.check()?;
        self.check_place()?;
        active.give_up_room().map_err(|error| self.fail("cut", active.name(), &error))?;
        let header =
            SegmentHeader { salt: segment.salt, first_seq: segment.first_seq, first_batch: active.next_batch() };
        *active = Active::create(&*self.files, &header)
            .map_err(|error| self.fail("create", &segment_name(header.first_seq), &error))?;
        self.segments.lock().push(header.first_seq);
        tracing::debug!(file = active.name(), "started a new journal segment");
        Ok(())
    }

    /// The segments that hold only changes up to `through`, judging by the first seq of their successors.
    fn doomed(&self, through: u64) -> Vec<u64> {
        let segments = self.segments.lock();
        let later = segments.iter().skip(1);
        let pairs = segments.iter().zip(later);
        pairs.take_while(|(_, next)| **next <= through.saturating_add(1)).map(|(first, _)| *first).collect()
    }

    /// Stops the journal because an operation failed.
    pub(super) fn fail(&self, doing: &str, file: &str, error: &io::Error) -> Failed {
        self.fail_with(Failed::io(doing, file, error))
    }

    /// Records the first failure, wakes every waiter, and returns the recorded failure.
    fn fail_with(&self, failed: Failed) -> Failed {
        if self.failure.set(failed.clone()).is_ok() {
            tracing::warn!(%failed, "the journal stopped");
        }
        self.group_commit.wake_all();
        self.listener.call();
        self.failure().unwrap_or(failed)
    }
}

/// Stops the journal when dropped.
struct PoisonOnPanic<'a>(&'a Journal);

impl Drop for PoisonOnPanic<'_> {
    fn drop(&mut self) {
        self.0.poison("a panic interrupted a change", io::ErrorKind::Other);
    }
}
