//! What a store is made of: for the person who runs it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Engine;
use crate::directory::{STORE_FORMAT, StoreBytes, read_checkpoint, read_last_backup};
use crate::error::{Error, Failure};
use crate::model::{Place, WorkspaceId};

/// The facts about an open store, from [`Engine::info`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoreInfo {
    /// The version of the directory's layout.
    pub format: u32,
    /// The workspaces, by id.
    pub workspaces: Vec<WorkspaceId>,
    /// The newest durable change.
    pub seq: u64,
    /// The change up to which the state store is complete.
    pub checkpoint: u64,
    /// The size of its files.
    pub bytes: StoreBytes,
    /// The newest backup in a file that this store knows of.
    pub backup: Option<NewestBackup>,
    /// The replicated log that the store follows, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<LogInfo>,
}

/// The replicated log that a store follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LogInfo {
    /// Its description, if [`Engine::bind_log`] was given one.
    pub binding: Option<String>,
    /// The newest place that each workspace has applied, by workspace.
    pub places: Vec<WorkspacePlace>,
}

/// How far a workspace is in the log of its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WorkspacePlace {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The newest place that it has applied.
    pub place: Place,
}

/// The newest backup of a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NewestBackup {
    /// Its path when it was made.
    pub path: PathBuf,
    /// The newest change in it.
    pub seq: u64,
}

impl Engine {
    /// Returns the facts about the store.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// let inbox = engine.workspace(1)?;
    /// inbox.as_system().put_customer(5, "Grace")?;
    /// let info = engine.info()?;
    /// assert_eq!((info.workspaces, info.seq, info.backup), (vec![1.into()], 1, None));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] if the files of the store cannot be read; [`Error::Closed`].
    pub fn info(&self) -> Result<StoreInfo, Error> {
        let workspaces = self.workspaces()?;
        let disk = &*self.shared.disk;
        let unreadable = |error: std::io::Error| Error::Unreadable(Failure::from(error.to_string()));
        let backup = read_last_backup(disk.root()).map_err(unreadable)?;
        Ok(StoreInfo {
            format: STORE_FORMAT,
            workspaces,
            seq: self.durable_seq(),
            checkpoint: read_checkpoint(disk.root()).map_err(unreadable)?.seq,
            bytes: disk.bytes().map_err(unreadable)?,
            backup: backup.map(|backup| NewestBackup { path: backup.path, seq: backup.seq }),
            log: self.follows_log().then(|| self.log_info()).transpose()?,
        })
    }

    fn log_info(&self) -> Result<LogInfo, Error> {
        let places = self.places()?.into_iter().map(|(workspace, place)| WorkspacePlace { workspace, place });
        Ok(LogInfo { binding: self.log_binding(), places: places.collect() })
    }
}
