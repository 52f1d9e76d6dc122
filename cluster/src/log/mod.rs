//! The log of a group of workspaces: the one narrow seam to what brings commands into an order.

mod binding;
mod error;
mod groups;
mod message_id;
mod reader;

use std::fmt::Debug;
use std::sync::Arc;

use bytes::Bytes;
use futures_core::future::BoxFuture;
use inboxdb::Place;
use tokio::sync::watch;

pub use binding::{Binding, BindingError};
pub use error::{AppendError, LogError, ReadError};
pub use groups::Groups;
pub use message_id::MessageId;
pub use reader::{Feeder, Finished, LogView, Reader};

/// An ordered, replicated log of entries, numbered 1, 2, 3 … without gaps.
///
/// An implementation promises:
///
/// * An entry that was acknowledged is never lost, and never changes its place.
/// * All readers see the same entries at the same places, and only entries that cannot be lost any more.
/// * Two entries with the same [`MessageId`] that are appended within two minutes are one. After that they may be two: what
///   reads the log must know the commands that it has applied.
///
/// Entries may be dropped from the beginning, never in between.
pub trait CommandLog: Debug + Send + Sync + 'static {
    /// What tells this log from any other, also from one that was created later under the same name.
    fn identity(&self) -> &LogIdentity;

    /// Appends an entry and waits until it cannot be lost any more, or for a few seconds.
    ///
    /// # Errors
    ///
    /// [`AppendError::Rejected`] and [`AppendError::Unavailable`]: the entry is not in the log. [`AppendError::Unknown`]: it may
    /// be, and may still come to be. Appending it again with the same id settles that.
    fn append(&self, id: MessageId, bytes: Bytes) -> BoxFuture<'_, Result<Appended, AppendError>>;

    /// Reads all entries behind a place, for as long as the reader exists. It outlives failures of the log and goes on where
    /// it was.
    ///
    /// Must be called within a Tokio runtime.
    fn read(&self, after: Place) -> Reader;

    /// Returns the first and the last entry of the log.
    ///
    /// # Errors
    ///
    /// [`LogError`] if the log does not answer, or is not the one that was opened.
    fn bounds(&self) -> BoxFuture<'_, Result<Bounds, LogError>>;

    /// Drops the entries before a place for good. Nodes that have not applied them can then no longer read the log.
    ///
    /// # Errors
    ///
    /// [`LogError`] if the log does not answer, or is not the one that was opened. They may be dropped all the same.
    fn truncate(&self, first: Place) -> BoxFuture<'_, Result<(), LogError>>;
}

/// An acknowledgement of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The place of the entry.
    pub place: Place,
    /// Whether the log had the entry already: this one was appended before.
    pub duplicate: bool,
}

/// An entry as it is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its place.
    pub place: Place,
    /// The id it was appended with. `None` if something else than a node appended it.
    pub id: Option<MessageId>,
    /// What was appended.
    pub bytes: Bytes,
}

/// Which entries a log holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The place of the oldest entry; of an empty log, the place that its next entry gets.
    pub first: Place,
    /// The place of the newest entry, also where it has been dropped; 0 if there never was one.
    pub last: Place,
}

/// What tells a log from any other: random, made when the log is created, and never changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LogIdentity(String);

impl LogIdentity {
    /// Takes the text that [`as_str`](Self::as_str) returns.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Makes one up, of 128 random bits.
    ///
    /// # Errors
    ///
    /// The operating system has no randomness.
    pub fn random() -> Result<Self, LogError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| LogError::new(format!("no randomness: {error}")))?;
        Ok(Self(format!("{:032x}", u128::from_be_bytes(bytes))))
    }

    /// Returns it as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The logs of a cluster.
#[derive(Debug, Clone)]
pub struct Logs {
    /// The log of each group, in order.
    pub groups: Vec<Arc<dyn CommandLog>>,
    /// The log in which nodes tell each other the digests of their workspaces. It may drop old entries at any time.
    pub digests: Arc<dyn CommandLog>,
    /// Says why the logs must no longer be used, once that is so: a server that does not sync, for example.
    pub alarm: watch::Receiver<Option<String>>,
}

impl Logs {
    /// Returns how workspaces are spread over these logs.
    pub fn spread(&self) -> Groups {
        Groups::new(self.groups.len().try_into().unwrap_or(u32::MAX))
    }

    /// Returns what a store that was filled from these logs depends on, as the text of a [`Binding`]. A store must never be
    /// used with logs of another one.
    pub fn binding(&self) -> String {
        Binding { logs: self.groups.iter().map(|log| log.identity().clone()).collect() }.to_string()
    }
}
