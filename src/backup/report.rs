//! What is said of backups.

use serde::{Deserialize, Serialize};

use super::format::{End, Header};
use crate::model::Timestamp;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BackupReport {
    /// The format of the backup.
    pub format: u32,
    /// The format of the store that it is of.
    pub store_format: u32,
    /// The version of the crate that wrote it.
    pub version: String,
    /// The newest change that it holds: the state after it is what is restored.
    pub seq: u64,
    /// The latest moment that a workspace has reached in it.
    pub clock: Timestamp,
    /// The checkpoint at its beginning: rows hold all changes up to this one.
    pub checkpoint: u64,
    /// How many rows of the state store it holds.
    pub rows: u64,
    /// How many changes it holds.
    pub changes: u64,
    /// How many bytes it has.
    pub bytes: u64,
    /// Of all its bytes before the last block.
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
