//! Errors of the journal: [`Failed`] while writing, [`OpenError`] while opening.

use std::io::ErrorKind;
use std::sync::Arc;
use std::{fmt, io};

use crate::error::{Error, Failure};

/// Why a journal operation failed.
///
/// The first failed write or fsync is recorded and returned to every caller from then on. Only the next open can tell
/// what reached the disk, so nothing more is written.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the journal {what}: {message}")]
pub(crate) struct Failed {
    /// The failed operation and its file.
    what: Arc<str>,
    /// The cause, as reported by the system or the engine.
    message: Arc<str>,
    /// The kind of the system's error.
    kind: io::ErrorKind,
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        let remedy = match failed.kind() {
            // These messages say themselves what helps.
            ErrorKind::InvalidInput | ErrorKind::StaleNetworkFileHandle => {
                return Error::Unavailable(Failure::io(failed.to_string(), failed.kind()));
            }
            ErrorKind::StorageFull => "make room on the disk, then open the store again",
            _ => "check the disk, then open the store again",
        };
        Error::Unavailable(Failure::io(format!("{failed}; {remedy}"), failed.kind()))
    }
}

impl Failed {
    /// A failed operation on a file. The journal stops.
    pub(super) fn io(doing: &str, file: &str, error: &io::Error) -> Self {
        Self {
            what: format!("cannot {doing} {file} and takes no more writes until it is reopened").into(),
            message: error.to_string().into(),
            kind: error.kind(),
        }
    }

    /// An obsolete segment that cannot be removed. The journal continues.
    pub(super) fn not_removed(file: &str, error: &io::Error) -> Self {
        Self {
            what: format!("cannot remove {file} but continues").into(),
            message: error.to_string().into(),
            kind: error.kind(),
        }
    }

    /// An obsolete segment that cannot be archived. The journal continues and keeps the segment.
    pub(super) fn not_archived(file: &str, error: &io::Error) -> Self {
        Self {
            what: format!("cannot move {file} to the archive but continues").into(),
            message: error.to_string().into(),
            kind: error.kind(),
        }
    }

    /// The directory or the segment is not the one that was opened. The journal stops.
    pub(super) fn displaced(error: &io::Error) -> Self {
        Self { what: "takes no more writes".into(), message: error.to_string().into(), kind: error.kind() }
    }

    /// The engine stopped the journal.
    pub(super) fn poisoned(why: &str, kind: io::ErrorKind) -> Self {
        Self { what: "was stopped and takes no more writes until it is reopened".into(), message: why.into(), kind }
    }

    /// An invalid request. It changed nothing.
    pub(super) fn refused(why: String) -> Self {
        Self { what: "refused a request but continues".into(), message: why.into(), kind: io::ErrorKind::InvalidInput }
    }

    /// The kind of the system's error, such as `StorageFull`.
    pub(crate) fn kind(&self) -> io::ErrorKind {
        self.kind
    }
}

/// Why a journal could not be opened. `E` is the error of the replay callback.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum OpenError<E> {
    /// The operating system returned an error.
    #[error("cannot {doing} {file} of the journal: {source}; check the disk and open again")]
    Io {
        /// The operation.
        doing: &'static str,
        /// The file, or the directory.
        file: String,
        /// The cause.
        source: io::Error,
    },

    /// Bytes that were durable have changed.
    #[error(
        "the journal is damaged: {file}, offset {offset}, where seq {expected} was expected: {why}; \
         not a torn tail: {proof}; nothing was changed"
    )]
    Damaged {
        file: String,
        /// The offset in the file.
        offset: u64,
        /// The seq expected there.
        expected: u64,
        why: &'static str,
        /// Why it cannot be the end of an interrupted write.
        proof: Proof,
    },

    /// A segment header is corrupt. It was synced before the segment got its name, so it cannot be torn.
    #[error("the journal is damaged: the header of {file}: {why}; nothing was changed")]
    DamagedHeader { file: String, why: &'static str },

    /// A later version wrote the segment.
    #[error("{file} of the journal has format {found}, the newest known is {newest}; open it with a newer version")]
    NewerFormat {
        file: String,
        /// Its format.
        found: u32,
        /// The newest format this version reads.
        newest: u32,
    },

    /// Changes are missing from every segment.
    #[error("seq {from} to {to} are missing from the journal: {place}; put them back if you can")]
    Missing {
        /// The first missing seq.
        from: u64,
        /// The last missing seq.
        to: u64,
        /// The neighbouring files.
        place: String,
    },

    /// A change could not be replayed.
    #[error("cannot replay seq {seq} from {file} of the journal")]
    Replay { seq: u64, file: String, source: E },
}

/// What shows that unreadable bytes had been durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// A later segment exists, and is only created once this one is durable.
    LaterSegment,
    /// A later batch header in the file records how far the journal was durable.
    LaterBatch {
        /// The offset of that header.
        offset: u64,
        /// The seq it records as durable.
        durable: u64,
    },
    /// The checkpoint covers the change, and only covers durable changes.
    Checkpoint(u64),
    /// The mark names this seq as durable.
    Mark(u64),
}

impl fmt::Display for Proof {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LaterSegment => write!(out, "a later segment exists"),
            Self::LaterBatch { offset, durable } => {
                write!(out, "the batch at offset {offset} records seq {durable} as durable")
            }
            Self::Checkpoint(seq) => write!(out, "the checkpoint covers seq {seq}"),
            Self::Mark(seq) => write!(out, "seq {seq} was durable, according to DURABLE"),
        }
    }
}
