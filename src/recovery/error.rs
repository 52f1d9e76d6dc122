//! What can go wrong with restoring and rebuilding.

use std::io;
use std::path::{Path, PathBuf};

use super::Until;
use crate::backup::BackupFileError;
use crate::error::{Error, OpenError};
use crate::journal::ChainError;
use crate::kv::BackendError;

/// What can go wrong with restoring and with rebuilding alike.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecoveryError {
    /// The backup could not be read.
    #[error(transparent)]
    File(#[from] BackupFileError),
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
    /// The store could not be made or opened.
    #[error("the store could not be made: {0}")]
    Target(#[from] OpenError),
    /// Rows could not be written.
    #[error(transparent)]
    Store(#[from] Error),
    /// A segment of the journal or an archive is not as it was written, or is of another store.
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
}

impl RecoveryError {
    /// An error of the operating system, with what was tried, and on what.
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

/// Why a store was not restored. The directory holds nothing afterwards.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The backup or the archives cannot be used, or the store cannot be written.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
    /// The directory to restore into holds something.
    #[error("{} is not empty; name an empty or a new directory", .0.display())]
    NotEmpty(PathBuf),
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

/// Why a state store was not rebuilt. The store is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RebuildError {
    /// The backup or the archives cannot be used, or the store cannot be opened or written.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
    /// A backup is not one of the store that is to be rebuilt, as far as the journal and the archives tell.
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
        /// The newest checkpoint: what is to be recovered.
        through: u64,
        /// Why each way fails.
        looked: String,
        /// Where changes were looked for, and from which one on they are there.
        places: String,
    },
}
