//! What can go wrong with a backup.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, OpenError};
use crate::journal::ChainError;
use crate::recovery::Until;

/// Why a backup was not made, or not restored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The engine that was to be backed up could not be read.
    #[error(transparent)]
    Store(#[from] Error),
    /// What the backup goes to has failed.
    #[error("the backup could not be written: {0}")]
    Write(io::Error),
    /// The operating system refused.
    #[error("cannot {doing} {}: {source}", .path.display())]
    Io {
        /// What was tried, such as `read`.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The file is something else.
    #[error("{} is not a backup of an inboxdb store", .0.display())]
    NotABackup(PathBuf),
    /// The backup, or the store that it is of, was written by a later version.
    #[error("{} has format {found} of a {what}, and this version reads up to {known}; use a newer inboxdb", .path.display())]
    NewerFormat {
        /// The backup.
        path: PathBuf,
        /// `backup` or `store`.
        what: &'static str,
        /// Its format.
        found: u32,
        /// The newest format that this version reads.
        known: u32,
    },
    /// The backup is not as it was written. Nothing was restored of it.
    #[error("{} is damaged at byte {offset}: {reason}", .path.display())]
    Damaged {
        /// The backup.
        path: PathBuf,
        /// Where, in bytes from its beginning.
        offset: u64,
        /// What is wrong there.
        reason: String,
    },
    /// The directory to restore into holds something.
    #[error("{} is not empty; name an empty or a new directory", .0.display())]
    NotEmpty(PathBuf),
    /// The new store could not be made.
    #[error("the store could not be made: {0}")]
    Target(#[from] OpenError),
    /// A segment of the archive is not as it was written, or is of another store.
    #[error("the segment {} cannot be used, offset {offset}: {reason}", .path.display())]
    Segment {
        /// Which.
        path: PathBuf,
        /// Where, in bytes from its beginning.
        offset: u64,
        /// What is wrong there.
        reason: String,
    },
    /// A change in an archive was written by a later version, or is none.
    #[error("change {seq} of the archive cannot be read: {reason}")]
    Change {
        /// Which.
        seq: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// Changes are missing between the backup and what the archives hold.
    #[error("the changes {from} to {to} are missing; add the archive that holds them")]
    Gap {
        /// The first that is missing.
        from: u64,
        /// The last that is missing.
        to: u64,
    },
    /// A backup is not one of the store that is to be rebuilt, as far as the journal and the archives tell.
    #[error("{} is not known to be of this store: no segment holds or follows its newest change {seq}", .path.display())]
    Foreign {
        /// The backup.
        path: PathBuf,
        /// Its newest change.
        seq: u64,
    },
    /// The state store cannot be rebuilt.
    #[error("there is no way to everything up to change {through}: {looked}; of the journal and archives, {places}")]
    Missing {
        /// The newest checkpoint: what is to be brought back.
        through: u64,
        /// What stands in the way of each way.
        looked: String,
        /// Where changes were looked for, and from which one on they are there.
        places: String,
    },
    /// The wanted change is later than all there are.
    #[error("change {wanted} is not there: the backup and the archives end with change {end}")]
    BeyondEnd {
        /// Which was wanted.
        wanted: u64,
        /// The newest that there is.
        end: u64,
    },
    /// The wanted moment is before the end of the backup, which cannot be undone.
    #[error("{until} is before the end of the backup (change {seq}, {clock}); take an older backup")]
    BeforeEnd {
        /// What was wanted.
        until: Until,
        /// The newest change of the backup.
        seq: u64,
        /// The latest moment that a workspace has reached in it.
        clock: String,
    },
}

impl From<ChainError<BackupError>> for BackupError {
    fn from(error: ChainError<BackupError>) -> Self {
        match error {
            ChainError::Io { doing, path, source } => Self::Io { doing, path, source },
            ChainError::Damaged { path, offset, why } => Self::Segment { path, offset, reason: why },
            ChainError::Gap { from, to } => Self::Gap { from, to },
            ChainError::Visitor { source, .. } => source,
        }
    }
}

/// Turns an error of the operating system into one that says what was tried, and on what.
pub(crate) fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::Io { doing, path, source }
}
