//! Errors of restoring and rebuilding.

use std::io;
use std::path::{Path, PathBuf};

use super::Until;
use super::report::ChangeRange;
use crate::backup::BackupFileError;
use crate::error::{Error, OpenError};
use crate::journal::ChainError;
use crate::kv::BackendError;

/// The errors that restoring and rebuilding share.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecoveryError {
    /// The backup could not be read.
    #[error(transparent)]
    File(#[from] BackupFileError),
    /// The operating system reported an error.
    #[error("cannot {doing} {}: {source}", .path.display())]
    Io {
        /// The attempted operation, such as `read`.
        doing: &'static str,
        /// The path it was tried on.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The store could not be created or opened.
    #[error("the store could not be made: {0}")]
    Target(#[from] OpenError),
    /// Rows could not be written.
    #[error(transparent)]
    Store(#[from] Error),
    /// A segment of the journal or of an archive is damaged, or belongs to another store.
    #[error("the segment {} cannot be used, offset {offset}: {reason}", .path.display())]
    Segment {
        /// The segment.
        path: PathBuf,
        /// The offset in bytes from its start.
        offset: u64,
        /// What is wrong there.
        reason: String,
    },
    /// A change in an archive was written by a later version, or is invalid.
    #[error("change {seq} of the archive cannot be read: {reason}")]
    Change {
        /// The change.
        seq: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// Changes are missing between the backup and the archives.
    #[error("the changes {from} to {to} are missing; add the archive that holds them")]
    Gap {
        /// The first missing change.
        from: u64,
        /// The last missing change.
        to: u64,
    },
}

impl RecoveryError {
    /// Wraps an error of the operating system with the operation and the path.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}

impl From<BackendError> for RecoveryError {
    fn from(error: BackendError) -> Self {
        Self::Store(error.into())
    }
}

impl From<ChainError<RecoveryError>> for RecoveryError {
    fn from(error: ChainError<RecoveryError>) -> Self {
        match error {
            ChainError::Io { doing, path, source } => Self::Io { doing, path, source },
            ChainError::Damaged { path, offset, why } => Self::Segment { path, offset, reason: why },
            ChainError::Gap { from, to } => Self::Gap { from, to },
            ChainError::Visitor { source, .. } => source,
        }
    }
}

/// Why a store was not restored. The directory is empty afterwards.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The backup or the archives cannot be used, or the store cannot be written.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
    /// The directory to restore into is not empty.
    #[error("{} is not empty; name an empty or a new directory", .0.display())]
    NotEmpty(PathBuf),
    /// The wanted change is newer than all available ones.
    #[error("change {wanted} is not there: the backup and the archives end with change {end}")]
    BeyondEnd {
        /// The wanted change.
        wanted: u64,
        /// The newest available change.
        end: u64,
    },
    /// The wanted time or change is before the end of the backup, which cannot be undone.
    #[error("{until} is before the end of the backup (change {seq}, {clock}); take an older backup")]
    BeforeEnd {
        /// The wanted time or change.
        until: Until,
        /// The newest change of the backup.
        seq: u64,
        /// The latest clock of any workspace in the backup.
        clock: String,
    },
}

/// Why a state store was not rebuilt. The store is unchanged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RebuildError {
    /// The backup or the archives cannot be used, or the store cannot be opened or written.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
    /// Nothing in the journal or the archives shows that the backup belongs to this store.
    #[error("{} is not known to be of this store: no segment holds or follows its newest change {seq}", .path.display())]
    Foreign {
        /// The backup.
        path: PathBuf,
        /// Its newest change.
        seq: u64,
    },
    /// The state store cannot be rebuilt.
    #[error("cannot recover changes up to {through}: {looked}; of the journal and archives, {places}")]
    Missing {
        /// The newest checkpoint, which has to be reached.
        through: u64,
        /// Why each plan fails.
        looked: String,
        /// Where changes were found, and from which change on.
        places: String,
    },
}

/// Why a store was not salvaged. Its journal and its small files are unchanged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SalvageError {
    /// The store cannot be opened, read or written.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
    /// The state store is not whole, so it cannot stand in for the journal.
    #[error(
        "the state store does not prove to be whole: {reason}; rebuild it from a backup and archives, or restore a backup"
    )]
    Incomplete {
        /// What shows that.
        reason: String,
    },
    /// Changes are lost, and that was not accepted.
    #[error(
        "{lost} cannot be recovered; everything up to change {safe} can; restore a backup and replay an archive, or accept the loss"
    )]
    Loss {
        /// The changes that are lost.
        lost: ChangeRange,
        /// The newest change that can be kept.
        safe: u64,
    },
}
