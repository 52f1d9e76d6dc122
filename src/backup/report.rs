//! Reports and progress of backups, restores and rebuilds.

use serde::{Deserialize, Serialize};

use super::format::{End, Header};
use crate::model::Timestamp;

/// The content of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The latest clock of any workspace.
    pub clock: Timestamp,
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
            clock: end.clock.into(),
            checkpoint: header.checkpoint,
            rows: end.rows,
            changes: end.changes,
            bytes,
            digest: end.digest,
        }
    }
}
