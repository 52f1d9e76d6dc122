//! Reports and progress of backups, restores and rebuilds.

use std::path::PathBuf;

use serde::Serialize;

use super::format::{End, Header};

/// The content of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BackupReport {
    /// The format of the backup.
    pub format: u32,
    /// The format of the store.
    pub store_format: u32,
    /// The version of the crate that wrote it.
    pub version: String,
    /// The newest change. Restoring brings back the state after it.
    pub seq: u64,
    /// The latest clock of any workspace, in ms.
    pub clock: u64,
    /// The checkpoint at the start of the backup. The rows hold all changes up to it.
    pub checkpoint: u64,
    /// The number of rows.
    pub rows: u64,
    /// The number of changes.
    pub changes: u64,
    /// The size of the file in bytes.
    pub bytes: u64,
    /// The digest of all bytes before the end block.
    #[serde(skip)]
    pub(crate) digest: u64,
}

impl BackupReport {
    pub(super) fn new(format: u32, header: &Header, end: &End, bytes: u64) -> Self {
        Self {
            format,
            store_format: header.store_format,
            version: header.version.clone(),
            seq: end.seq,
            clock: end.clock,
            checkpoint: header.checkpoint,
            rows: end.rows,
            changes: end.changes,
            bytes,
            digest: end.digest,
        }
    }
}

/// The progress of a backup.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackupProgress {
    /// Rows read.
    pub rows: u64,
    /// Changes read. They come after the rows.
    pub changes: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Bytes read back, if the backup is verified.
    pub verified: u64,
}

/// The result of a restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RestoreReport {
    /// The newest change of the restored store.
    pub seq: u64,
    /// The number of changes replayed from archives.
    pub replayed: u64,
    /// The backup that was restored.
    pub backup: BackupReport,
}

/// The result of rebuilding a state store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RebuildReport {
    /// The newest change of the rebuilt state store.
    pub seq: u64,
    /// The number of changes replayed from the journal and archives.
    pub replayed: u64,
    /// The backup it was rebuilt from, or `None` if the changes were enough.
    pub backup: Option<PathBuf>,
    /// The path of the old state store.
    pub quarantine: PathBuf,
}
