//! The seam between the tables and the key-value store below them.

use std::io;
use std::path::PathBuf;

use crate::error::{Error, Failure, OpenError};

/// The store below failed, or holds something that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BackendError {
    /// What it holds is not what was written.
    #[error("{0}")]
    Damaged(String),
    /// It could not be reached, or could not write.
    #[error("{reason}")]
    Io {
        /// What the operating system reported.
        kind: io::ErrorKind,
        /// What went wrong, in words.
        reason: String,
    },
}

impl BackendError {
    /// An error of the operating system, with words of its own.
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
    /// The operating system refused.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
    /// What is there is not what was written.
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

/// A row as it is there.
pub(crate) type Row = (Vec<u8>, Vec<u8>);

/// Rows to write in one step: none is a deletion.
pub(crate) type Batch = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// An ordered key-value store. All access to the state store goes through here.
pub(crate) trait Backend: Send + Sync {
    /// The value of a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError>;

    /// The first key at or after a key.
    fn first_from(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError>;

    /// The first keys that begin with a prefix, so many of them at the most.
    fn first_keys(&self, prefix: &[u8], max: usize) -> Result<Vec<Vec<u8>>, BackendError>;

    /// Visits the rows whose keys begin with a prefix, in the order of their keys.
    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), BackendError>;

    /// The first rows behind a key, or of all, in the order of their keys: until they have so many bytes, and one at
    /// least where there is one. Others may write meanwhile.
    fn rows_after(&self, after: Option<&[u8]>, bytes: usize) -> Result<Vec<Row>, BackendError>;

    /// Writes rows. They are safe only after a [`flush`](Self::flush); a crash before it may keep any of them.
    fn write(&self, batch: Batch) -> Result<(), BackendError>;

    /// Makes everything written so far survive a loss of power.
    fn flush(&self) -> Result<(), BackendError>;

    /// Closes it, and does what spares time at the next opening. Dropping it is enough for everything else.
    fn close(self: Box<Self>) {}
}

/// What [`Backend::scan`] calls with each key and value.
pub(crate) type Visit<'a> = dyn FnMut(&[u8], &[u8]) -> Result<(), BackendError> + 'a;
