//! The interface between the tables and the key-value store below them.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Failure, OpenError};

/// Why the key-value store failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BackendError {
    /// The stored data is corrupt.
    #[error("{0}")]
    Damaged(String),
    /// The store could not be reached or written.
    #[error("{reason}")]
    Io {
        /// The kind of the operating system's error.
        kind: io::ErrorKind,
        /// A description of the failure.
        reason: String,
    },
}

impl BackendError {
    /// An operating system error with its own description.
    pub(crate) fn io(kind: io::ErrorKind, reason: impl Into<String>) -> Self {
        BackendError::Io { kind, reason: reason.into() }
    }
}

impl From<BackendError> for Error {
    fn from(error: BackendError) -> Self {
        match error {
            BackendError::Damaged(reason) => Error::unreadable(reason),
            BackendError::Io { kind, reason } => Error::Unreadable(Failure::io(reason, kind)),
        }
    }
}

/// Why a key-value store could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenBackendError {
    /// The operating system returned an error.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
    /// The stored data is corrupt.
    #[error("{0}")]
    Damaged(String),
}

impl From<OpenBackendError> for OpenError {
    fn from(error: OpenBackendError) -> Self {
        match error {
            OpenBackendError::Io { doing, path, source } => Self::Io { doing, path, source },
            OpenBackendError::Damaged(reason) => Self::Damaged(reason),
        }
    }
}

/// A key and its value.
pub(crate) type Row = (Vec<u8>, Vec<u8>);

/// Rows per batch of a large write.
pub(crate) const BATCH_ROWS_MAX: usize = 256;

/// Rows to write. `None` deletes a row.
pub(crate) type Batch = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// An ordered key-value store. All access to the state store goes through this trait.
pub(crate) trait Backend: Send + Sync {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError>;

    /// The first key at or after a key.
    fn first_from(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError>;

    /// The first keys with a prefix, at most `max`.
    fn first_keys(&self, prefix: &[u8], max: usize) -> Result<Vec<Vec<u8>>, BackendError>;

    /// Visits the rows whose keys have a prefix, in key order.
    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), BackendError>;

    /// The first rows after a key, or of the whole store, in key order, until they reach `bytes`. Returns at least one
    /// row unless the store ends. Concurrent writes are allowed.
    fn rows_after(&self, after: Option<&[u8]>, bytes: usize) -> Result<Vec<Row>, BackendError>;

    /// Writes rows with different keys one by one, in any order; each may be read as soon as it is written. They are durable
    /// only after a [`flush`](Self::flush); a crash before it may keep any of them.
    fn write(&self, batch: Batch) -> Result<(), BackendError>;

    /// Writes rows together: a reader sees all of them or none. This is for the few values that need it, because sled keeps
    /// every reader of the process waiting meanwhile.
    fn write_together(&self, batch: Batch) -> Result<(), BackendError>;

    /// Makes everything written so far durable.
    fn flush(&self) -> Result<(), BackendError>;

    /// The approximate memory of the store in bytes. Reads nothing from the medium but the size of its files.
    fn memory_bytes(&self) -> u64 {
        0
    }

    /// The bytes of keys and values written since the store was opened.
    fn written_bytes(&self) -> u64 {
        0
    }

    /// Notes that the files of the store, which stay open, are at another path now.
    fn moved_to(&mut self, _path: &Path) {}

    /// Closes the store, with optional work that speeds up the next open. Dropping it is also safe.
    fn close(self: Box<Self>) {}
}

/// The callback of [`Backend::scan`], called with each key and value.
pub(crate) type Visit<'a> = dyn FnMut(&[u8], &[u8]) -> Result<(), BackendError> + 'a;
