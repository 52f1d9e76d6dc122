//! What can go wrong: [`Failed`] while writing, [`OpenError`] while opening.

use std::io::ErrorKind;
use std::sync::Arc;
use std::{fmt, io};

use crate::error::{Error, Failure};

/// Why the journal did not do what was asked of it.
///
/// The first failed write or fsync is kept and given to everybody from then on: what is on the
/// disk after it is known only to the next open, so nothing is written any more.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the journal {what}: {message}")]
pub(crate) struct Failed {
    /// What was being done, and to which file.
    what: Arc<str>,
    /// What the system, or the engine, said.
    message: Arc<str>,
    /// The kind of the system's error.
    kind: io::ErrorKind,
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        let remedy = match failed.kind() {
            ErrorKind::InvalidInput => return Error::unavailable(failed.to_string()),
            ErrorKind::StorageFull => "make room on the disk, then open the store again",
            _ => "check the disk, then open the store again",
        };
        Error::Unavailable(Failure::io(format!("{failed}; {remedy}"), failed.kind()))
    }
}

impl Failed {
    /// A failed operation on a file; the journal stops.
    pub(super) fn io(doing: &str, file: &str, error: &io::Error) -> Self {
        Self {
            what: format!("cannot {doing} {file} and takes no more writes until it is reopened").into(),
            message: error.to_string().into(),
            kind: error.kind(),
        }
    }

    /// A segment that is not needed any more and cannot be removed; the journal goes on.
    pub(super) fn not_removed(file: &str, error: &io::Error) -> Self {
        Self {
            what: format!("cannot remove {file}, and goes on").into(),
            message: error.to_string().into(),
            kind: error.kind(),
        }
    }

    /// A segment that is not needed any more and cannot be kept elsewhere; the journal goes on with it.
    pub(super) fn not_archived(file: &str, error: &io::Error) -> Self {
        Self {
            what: format!("cannot keep {file} in the archive, and goes on with it").into(),
            message: error.to_string().into(),
            kind: error.kind(),
        }
    }

    /// Somebody else says that writing must stop.
    pub(super) fn poisoned(why: &str, kind: io::ErrorKind) -> Self {
        Self { what: "was told to take no more writes until it is reopened".into(), message: why.into(), kind }
    }

    /// A request that cannot be met, and changed nothing.
    pub(super) fn refused(why: String) -> Self {
        Self { what: "refused a request, and goes on".into(), message: why.into(), kind: io::ErrorKind::InvalidInput }
    }

    /// The kind of the system's error: `StorageFull`, say.
    pub(crate) fn kind(&self) -> io::ErrorKind {
        self.kind
    }
}

/// Why a journal was not opened. `E` is the error of whoever redoes the changes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum OpenError<E> {
    /// The system refused an operation.
    #[error("cannot {doing} {file} of the journal: {source}; see to the disk and open again")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To which file, or to the directory.
        file: String,
        /// What the system said.
        source: io::Error,
    },

    /// Something that had been safe on the disk is not as it was written.
    #[error(
        "the journal is damaged: {file}, offset {offset}, where seq {expected} was expected: {why}; \
         no torn tail: {proof}; nothing was changed, restore the store from a backup"
    )]
    Damaged {
        /// The file.
        file: String,
        /// Where in the file.
        offset: u64,
        /// The seq that should be there.
        expected: u64,
        /// What is wrong.
        why: &'static str,
        /// Why it cannot be the end of an interrupted write.
        proof: Proof,
    },

    /// The first bytes of a segment, written and fsynced before it got its name, are not right.
    #[error(
        "the journal is damaged: the header of {file}: {why}; nothing was changed, restore the store from a backup"
    )]
    DamagedHeader {
        /// The file.
        file: String,
        /// What is wrong.
        why: &'static str,
    },

    /// A later version of the crate wrote the segment.
    #[error("{file} of the journal has format {found}, the newest known is {newest}; open it with a newer version")]
    NewerFormat {
        /// The file.
        file: String,
        /// Its format.
        found: u32,
        /// The newest format known here.
        newest: u32,
    },

    /// Changes that must be there are in no segment.
    #[error(
        "the journal lacks seq {from} to {to}: {place}; put the missing segments back or restore the store from a backup"
    )]
    Missing {
        /// The first seq that is missing.
        from: u64,
        /// The last seq that is missing.
        to: u64,
        /// Between which files.
        place: String,
    },

    /// A change could not be redone.
    #[error("seq {seq}, read from {file} of the journal, cannot be redone")]
    Replay {
        /// The change.
        seq: u64,
        /// Where it was read.
        file: String,
        /// Why.
        source: E,
    },
}

/// What shows that bad bytes had once been safe on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// A later segment exists, and is only made when this one is safe.
    LaterSegment,
    /// A later batch header in the file says how far the journal had been safe.
    LaterBatch {
        /// Where the header is.
        offset: u64,
        /// The seq that was safe.
        durable: u64,
    },
    /// The checkpoint holds the change, and holds only what had been safe.
    Checkpoint(u64),
}

impl fmt::Display for Proof {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LaterSegment => write!(out, "a later segment exists"),
            Self::LaterBatch { offset, durable } => {
                write!(out, "the batch at offset {offset} says that seq {durable} was safe")
            }
            Self::Checkpoint(seq) => write!(out, "the checkpoint holds seq {seq}"),
        }
    }
}
