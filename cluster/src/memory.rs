//! A log in memory, for tests: several nodes of one process share it, and it fails in every way a real one can.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_core::future::BoxFuture;
use inboxdb::Place;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;

use crate::log::{
    AppendError, Appended, Bounds, CommandLog, Feeder, LogEntry, LogError, LogIdentity, Logs, MessageId, ReadError,
    Reader,
};

/// A log in memory. Clones share it.
///
/// ```
/// use inboxdb_cluster::{CommandLog, MemoryLog, MessageId};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let log = MemoryLog::new();
/// let id = MessageId::of_bulk_piece(1.into(), 1, 256);
/// let first = log.append(id, "entry".into()).await?;
/// assert!(log.append(id, "entry".into()).await?.duplicate);
/// assert_eq!(log.read(inboxdb::Place(0)).next().await.map(|entry| entry.map(|entry| entry.place)), Some(Ok(first.place)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct MemoryLog {
    identity: LogIdentity,
    contents: Arc<Mutex<Contents>>,
    /// Raised with each change, for readers that wait.
    version: Arc<watch::Sender<u64>>,
}

#[derive(Debug)]
struct Contents {
    identity: LogIdentity,
    /// How many entries were dropped from the beginning.
    dropped: u64,
    entries: Vec<Option<(Option<MessageId>, Bytes)>>,
    ids: HashMap<MessageId, Place>,
    faults: Option<Box<dyn MemoryFaults>>,
}

/// Decides what goes wrong when an entry is appended to a [`MemoryLog`].
pub trait MemoryFaults: fmt::Debug + Send {
    /// Returns the fault of the next append, if it has one.
    fn next(&mut self) -> Option<MemoryFault>;
}

/// What goes wrong when an entry is appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemoryFault {
    /// The log does not take it and says so.
    Unavailable,
    /// The log does not take it, and there is no answer.
    Lost,
    /// The log takes it, and there is no answer.
    AcknowledgementLost,
    /// The log takes it late, after this time, and there is no answer.
    Late(Duration),
    /// The log takes it twice: as if it had forgotten the id in between.
    Twice,
}

impl Default for MemoryLog {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLog").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl MemoryLog {
    /// Creates an empty log.
    pub fn new() -> Self {
        let identity = random_identity();
        let contents =
            Contents { identity: identity.clone(), dropped: 0, entries: Vec::new(), ids: HashMap::new(), faults: None };
        Self { identity, contents: Arc::new(Mutex::new(contents)), version: Arc::new(watch::Sender::new(0)) }
    }

    /// Creates the logs of a cluster with this many groups, and returns them also as what they are.
    pub fn cluster(groups: usize) -> (Logs, Vec<MemoryLog>) {
        let logs: Vec<Self> = (0..groups).map(|_| Self::new()).collect();
        let shared = logs.iter().map(|log| Arc::new(log.clone()) as Arc<dyn CommandLog>).collect();
        let (_, alarm) = watch::channel(None);
        (Logs { groups: shared, digests: Arc::new(Self::new()), alarm }, logs)
    }

    /// Decides from now on what goes wrong.
    pub fn set_faults(&self, faults: impl MemoryFaults + 'static) {
        self.contents().faults = Some(Box::new(faults));
    }

    /// Nothing goes wrong any more.
    pub fn clear_faults(&self) {
        self.contents().faults = None;
    }

    /// Forgets the ids of all entries, as a server does after two minutes.
    pub fn forget_ids(&self) {
        self.contents().ids.clear();
    }

    /// Drops the entries before a place.
    pub fn truncate(&self, first: Place) {
        let mut contents = self.contents();
        let count = first.0.saturating_sub(contents.dropped + 1).min(contents.entries.len() as u64);
        contents.dropped += count;
        contents.entries.drain(..usize::try_from(count).unwrap_or(usize::MAX));
        self.changed();
    }

    /// Deletes a single entry, which a log must never do.
    pub fn delete(&self, place: Place) {
        let mut contents = self.contents();
        let dropped = contents.dropped;
        let index = place.0.checked_sub(dropped + 1).and_then(|index| usize::try_from(index).ok());
        if let Some(entry) = index.and_then(|index| contents.entries.get_mut(index)) {
            *entry = None;
        }
    }

    /// Deletes the log and creates another one under its name.
    pub fn replace(&self) {
        let mut contents = self.contents();
        contents.identity = random_identity();
        contents.dropped = 0;
        contents.entries.clear();
        contents.ids.clear();
        self.changed();
    }

    /// Appends what no node would.
    pub fn append_raw(&self, bytes: impl Into<Bytes>) -> Place {
        let place = self.contents().push(None, bytes.into());
        self.changed();
        place
    }

    /// Returns all entries that are left.
    pub fn entries(&self) -> Vec<LogEntry> {
        let contents = self.contents();
        let places = (contents.dropped + 1..).map(Place);
        let entry = |(place, entry): (Place, &Option<(Option<MessageId>, Bytes)>)| {
            entry.clone().map(|(id, bytes)| LogEntry { place, id, bytes })
        };
        places.zip(&contents.entries).filter_map(entry).collect()
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock()
    }

    fn changed(&self) {
        self.version.send_modify(|version| *version += 1);
    }

    fn add(&self, id: MessageId, bytes: Bytes) -> Appended {
        let mut contents = self.contents();
        if let Some(place) = contents.ids.get(&id) {
            return Appended { place: *place, duplicate: true };
        }
        let place = contents.push(Some(id), bytes);
        self.changed();
        Appended { place, duplicate: false }
    }

    async fn append_with(
        &self,
        id: MessageId,
        bytes: Bytes,
        fault: Option<MemoryFault>,
    ) -> Result<Appended, AppendError> {
        let unknown = || AppendError::Unknown("no acknowledgement within 0 ms".to_owned());
        match fault {
            None => Ok(self.add(id, bytes)),
            Some(MemoryFault::Unavailable) => Err(AppendError::Unavailable("no leader".to_owned())),
            Some(MemoryFault::Lost) => Err(unknown()),
            Some(MemoryFault::AcknowledgementLost) => {
                self.add(id, bytes);
                Err(unknown())
            }
            Some(MemoryFault::Late(delay)) => {
                let log = self.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(delay).await;
                    log.add(id, bytes);
                });
                Err(unknown())
            }
            Some(MemoryFault::Twice) => {
                let first = self.add(id, bytes.clone());
                self.contents().push(Some(id), bytes);
                self.changed();
                Ok(first)
            }
        }
    }

    /// Returns the next entries that a reader wants, or why there are none.
    fn next_entries(&self, wanted: Place) -> Result<(Vec<LogEntry>, Place), ReadError> {
        let contents = self.contents();
        if contents.identity != self.identity {
            let found = contents.identity.as_str();
            return Err(ReadError::Replaced(format!("its identity is {found}, not {}", self.identity.as_str())));
        }
        let (first, last) = (Place(contents.dropped + 1), Place(contents.dropped + contents.entries.len() as u64));
        if wanted < first {
            return Err(ReadError::Truncated { wanted, first });
        }
        if wanted.0 > last.0 + 1 {
            return Err(ReadError::Rewound { read: Place(wanted.0 - 1), last });
        }
        let skip = usize::try_from(wanted.0 - first.0).unwrap_or(usize::MAX);
        let mut entries = Vec::new();
        for (place, entry) in (wanted.0..).map(Place).zip(contents.entries.iter().skip(skip).take(64)) {
            match entry.clone() {
                Some((id, bytes)) => entries.push(LogEntry { place, id, bytes }),
                None if entries.is_empty() => {
                    return Err(ReadError::Gap { wanted: place, found: Place(place.0 + 1) });
                }
                None => break,
            }
        }
        Ok((entries, last))
    }

    async fn feed(self, mut feeder: Feeder) {
        let mut version = self.version.subscribe();
        loop {
            version.borrow_and_update();
            let entries = match self.next_entries(feeder.wanted()) {
                Ok((entries, last)) => {
                    feeder.heard(last);
                    entries
                }
                Err(error) => return feeder.fail(error).await,
            };
            let is_end = entries.is_empty();
            for entry in entries {
                if feeder.put(entry).await.is_err() {
                    return;
                }
            }
            if is_end && version.changed().await.is_err() {
                return;
            }
        }
    }
}

impl Contents {
    fn push(&mut self, id: Option<MessageId>, bytes: Bytes) -> Place {
        self.entries.push(Some((id, bytes)));
        let place = Place(self.dropped + self.entries.len() as u64);
        if let Some(id) = id {
            self.ids.insert(id, place);
        }
        place
    }
}

impl CommandLog for MemoryLog {
    fn identity(&self) -> &LogIdentity {
        &self.identity
    }

    fn append(&self, id: MessageId, bytes: Bytes) -> BoxFuture<'_, Result<Appended, AppendError>> {
        let fault = self.contents().faults.as_mut().and_then(|faults| faults.next());
        Box::pin(self.append_with(id, bytes, fault))
    }

    fn read(&self, after: Place) -> Reader {
        let log = self.clone();
        Reader::start(after, move |feeder| log.feed(feeder))
    }

    fn bounds(&self) -> BoxFuture<'_, Result<Bounds, LogError>> {
        let contents = self.contents();
        let is_same = contents.identity == self.identity;
        let bounds = Bounds {
            first: Place(contents.dropped + 1),
            last: Place(contents.dropped + contents.entries.len() as u64),
        };
        drop(contents);
        Box::pin(async move { if is_same { Ok(bounds) } else { Err(LogError::new("the log was replaced")) } })
    }

    fn truncate(&self, first: Place) -> BoxFuture<'_, Result<(), LogError>> {
        Box::pin(async move {
            self.bounds().await?;
            MemoryLog::truncate(self, first);
            Ok(())
        })
    }
}

fn random_identity() -> LogIdentity {
    // Only tests make logs in memory, and without randomness none of them gets this far.
    LogIdentity::random().unwrap_or_else(|error| LogIdentity::from_text(error.to_string()))
}
