//! The results of restoring and rebuilding.

use std::fmt;
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

/// The result of a salvage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SalvageReport {
    /// The newest change of the store. Everything up to it is kept.
    pub seq: u64,
    /// The newest change that the state store had before.
    pub held: u64,
    /// The number of changes that were taken from the journal besides.
    pub replayed: u64,
    /// Changes that were durable once and are lost, if any.
    pub lost: Option<ChangeRange>,
    /// What was damaged, by file. Empty if nothing was.
    pub damage: Vec<String>,
    /// Where the damaged files are now, if any were.
    pub quarantine: Option<PathBuf>,
}

/// Some changes, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChangeRange {
    /// The first one.
    pub from: u64,
    /// The last one.
    pub to: u64,
}

impl fmt::Display for ChangeRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.from == self.to {
            true => write!(f, "change {}", self.from),
            false => write!(f, "changes {} to {}", self.from, self.to),
        }
    }
}
