//! The results of restoring and rebuilding.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::backup::BackupReport;

/// The result of a restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RebuildReport {
    /// The newest change of the rebuilt state store.
    pub seq: u64,
    /// The number of changes replayed from the journal and archives.
    pub replayed: u64,
    /// The backup it was rebuilt from, or `None` if no backup was needed.
    pub backup: Option<PathBuf>,
    /// The path of the old state store.
    pub quarantine: PathBuf,
}
