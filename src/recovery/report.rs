//! What restoring and rebuilding have done.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::backup::BackupReport;

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RestoreReport {
    /// The newest change of the restored store.
    pub seq: u64,
    /// How many changes came from archives.
    pub replayed: u64,
    /// The backup that it was made of.
    pub backup: BackupReport,
}

/// How a state store was made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RebuildReport {
    /// The newest change that it holds.
    pub seq: u64,
    /// How many changes came from the journal and from archives.
    pub replayed: u64,
    /// The backup that it was made of; none where changes alone were enough.
    pub backup: Option<PathBuf>,
    /// Where the old state store is now.
    pub quarantine: PathBuf,
}
