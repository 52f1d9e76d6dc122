//! What can go wrong with making a backup, and with reading one.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// Why a backup was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The engine that was to be backed up could not be read.
    #[error(transparent)]
    Store(#[from] Error),
    /// The output has failed.
    #[error("the backup could not be written: {0}")]
    Write(#[source] io::Error),
    /// The operating system refused.
    #[error("cannot {doing} {}: {source}", .path.display())]
    Io {
        /// What was tried, such as `sync`.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The backup was written, and reading it back failed.
    #[error(transparent)]
    File(#[from] BackupFileError),
}

/// Why a backup could not be read. Nothing was restored from it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupFileError {
    /// The operating system refused.
    #[error("cannot {doing} {}: {source}", .path.display())]
    Io {
        /// What was tried, such as `read`.
        doing: &'static str,
        /// The backup.
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
    /// The backup is not as it was written.
    #[error("{} is damaged at byte {offset}: {reason}", .path.display())]
    Damaged {
        /// The backup.
        path: PathBuf,
        /// Where, in bytes from its beginning.
        offset: u64,
        /// What is wrong there.
        reason: String,
    },
}

/// Turns an error of the operating system into one that says what was tried, and on what.
pub(crate) fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::Io { doing, path, source }
}
