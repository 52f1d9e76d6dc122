//! What can go wrong with a log.

use inboxdb::Place;

/// Why an entry was not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// The entry is not in the log and can never be: it is too large, for example.
    #[error("the log rejects the entry: {0}")]
    Rejected(String),
    /// The entry is not in the log; it may be appended later.
    #[error("the log is unavailable: {0}")]
    Unavailable(String),
    /// There was no acknowledgement. The entry may be in the log, or come to be.
    #[error("the log did not acknowledge the entry: {0}")]
    Unknown(String),
}

/// Why a log cannot be read any further.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The log no longer has the entries that are wanted.
    #[error(
        "the log begins at {}, and the entries from {} on are gone; this node was away for too long; move its store away and join again (inboxdb join)",
        first.0, wanted.0
    )]
    Truncated {
        /// The place that was to be read next.
        wanted: Place,
        /// The oldest place that is left.
        first: Place,
    },
    /// An entry between others is missing.
    #[error("the log has no entry {} before {}: entries were deleted from it", wanted.0, found.0)]
    Gap {
        /// The place that was to be read next.
        wanted: Place,
        /// The place that was found instead.
        found: Place,
    },
    /// The log ends before what was read from it.
    #[error("the log ends at {}, before {}, which was read from it: it has lost entries", last.0, read.0)]
    Rewound {
        /// The place read last.
        read: Place,
        /// The place of the last entry.
        last: Place,
    },
    /// The log is another one than was opened.
    #[error("the log is not the one that was opened: {0}")]
    Replaced(String),
}

/// A log that does not answer, or not as it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LogError(String);

impl LogError {
    /// Creates an error with its message.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}
