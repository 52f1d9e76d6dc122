//! Reading a log: entries in order, and a check that none is missing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use inboxdb::Place;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_util::task::AbortOnDropHandle;

use super::{LogEntry, ReadError};

/// Entries that are read ahead of what applies them.
const AHEAD_MAX: usize = 1_024;

/// Yields the entries of a log in order. Reading ends when it is dropped.
#[derive(Debug)]
pub struct Reader {
    entries: mpsc::Receiver<Result<LogEntry, ReadError>>,
    known: Arc<Known>,
    task: AbortOnDropHandle<()>,
}

/// What a reader has learned of its log.
#[derive(Debug)]
struct Known {
    last: AtomicU64,
    started: Instant,
    contact_ms: AtomicU64,
}

/// What a reader has learned of its log, to be asked beside the reader.
#[derive(Debug, Clone)]
pub struct LogView(Arc<Known>);

impl LogView {
    /// Returns the last place of the log, as far as it is known.
    pub fn last(&self) -> Place {
        Place(self.0.last.load(Relaxed))
    }

    /// Returns how long ago the log was last heard of.
    pub fn silence(&self) -> Duration {
        let now = self.0.started.elapsed();
        now.saturating_sub(Duration::from_millis(self.0.contact_ms.load(Relaxed)))
    }
}

impl Reader {
    /// Creates a reader, and what feeds it the entries behind a place.
    pub fn start<Task>(after: Place, feed: impl FnOnce(Feeder) -> Task) -> Self
    where
        Task: Future<Output = ()> + Send + 'static,
    {
        let (sender, entries) = mpsc::channel(AHEAD_MAX);
        let known =
            Arc::new(Known { last: AtomicU64::new(after.0), started: Instant::now(), contact_ms: AtomicU64::new(0) });
        let feeder = Feeder { entries: sender, known: Arc::clone(&known), after };
        let task = AbortOnDropHandle::new(tokio::spawn(feed(feeder)));
        Self { entries, known, task }
    }

    /// Waits for entries and takes all that are there, up to `limit`. After an error, and when there is nothing more to be
    /// expected, it takes none.
    pub fn blocking_take(&mut self, batch: &mut Vec<Result<LogEntry, ReadError>>, limit: usize) -> usize {
        self.entries.blocking_recv_many(batch, limit)
    }

    /// Waits for the next entry. After an error there is none.
    pub async fn next(&mut self) -> Option<Result<LogEntry, ReadError>> {
        self.entries.recv().await
    }

    /// Returns what ends reading from elsewhere, also while a thread waits for entries.
    pub fn stopper(&self) -> AbortHandle {
        self.task.abort_handle()
    }

    /// Returns what the reader learns of its log.
    pub fn view(&self) -> LogView {
        LogView(Arc::clone(&self.known))
    }
}

/// The other end of a [`Reader`]: what reads the log puts entries into it.
#[derive(Debug)]
pub struct Feeder {
    entries: mpsc::Sender<Result<LogEntry, ReadError>>,
    known: Arc<Known>,
    after: Place,
}

/// The reader is gone or has failed, so that there is nothing more to do.
#[derive(Debug)]
pub struct Finished;

impl Feeder {
    /// Returns the place that is wanted next.
    pub fn wanted(&self) -> Place {
        Place(self.after.0 + 1)
    }

    /// Notes what the log says of its last entry.
    pub fn heard(&self, last: Place) {
        self.known.last.fetch_max(last.0, Relaxed);
        self.known.contact_ms.store(self.known.started.elapsed().as_millis() as u64, Relaxed);
    }

    /// Hands on an entry. One that was handed on before is left out.
    ///
    /// # Errors
    ///
    /// [`Finished`] if nothing more is wanted.
    ///
    /// # Panics
    ///
    /// In debug builds, if the entry is not the next one: a gap is the caller's to find out about.
    pub async fn put(&mut self, entry: LogEntry) -> Result<(), Finished> {
        let wanted = self.wanted();
        if entry.place < wanted {
            return Ok(());
        }
        debug_assert_eq!(entry.place, wanted);
        self.after = entry.place;
        self.heard(entry.place);
        self.entries.send(Ok(entry)).await.map_err(|_| Finished)
    }

    /// Ends reading with an error.
    pub async fn fail(self, error: ReadError) {
        let _gone = self.entries.send(Err(error)).await;
    }
}
