//! Which workspaces there are.

use std::sync::Arc;

use crate::engine::Engine;
use crate::error::Error;
use crate::loaded::Workspaces;
use crate::model::WorkspaceId;
use crate::query::WorkspacesInMemory;
use crate::record::{Family, Setting};

impl Engine {
    /// Returns the workspaces in use, by id. Workspaces that were deleted, or never used, are left out.
    ///
    /// Loads no workspace; the cost grows with the number of workspaces, at about two reads of the store each.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] if the store cannot be read; [`Error::Closed`].
    ///
    /// ```
    /// let engine = inboxdb::Engine::temporary()?;
    /// engine.workspace(7)?.as_system().put_customer(5, "Grace")?;
    /// engine.workspace(8)?.count(&"all".parse()?)?; // reading uses nothing
    /// assert_eq!(engine.workspaces()?, [7.into()]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn workspaces(&self) -> Result<Vec<WorkspaceId>, Error> {
        self.shared.writer.admission.check_open()?;
        let mut used = Vec::new();
        for workspace in self.shared.workspaces.ids()? {
            if is_in_use(&self.shared.workspaces, workspace)? {
                used.push(workspace);
            }
        }
        Ok(used)
    }

    /// Returns how many workspaces are in memory, and what they take. See
    /// [`Config::workspaces_bytes_max`](crate::Config::workspaces_bytes_max).
    ///
    /// ```
    /// let engine = inboxdb::Engine::temporary()?;
    /// engine.workspace(1)?.as_system().put_customer(5, "Grace")?;
    /// assert_eq!(engine.workspaces_in_memory().workspaces, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn workspaces_in_memory(&self) -> WorkspacesInMemory {
        let (workspaces, bytes) = self.shared.workspaces.memory();
        WorkspacesInMemory { workspaces: workspaces as u64, bytes: bytes as u64 }
    }
}

/// What a deleted workspace may still have: custom indexes, and the id of the command that deleted it.
const KEPT_WHEN_DELETED: [Family; 2] = [Family::Settings, Family::Remembered];

/// Whether a workspace holds anything, or time has passed in it. Deleting a workspace resets its clock.
fn is_in_use(workspaces: &Arc<Workspaces>, workspace: WorkspaceId) -> Result<bool, Error> {
    let meta = workspaces.meta(workspace)?;
    let has = |family: Family| meta.totals[family.index()].count > 0;
    if meta.clock > 0 || Family::ALL.into_iter().any(|family| !KEPT_WHEN_DELETED.contains(&family) && has(family)) {
        return Ok(true);
    }
    // Custom indexes stay registered when a workspace is deleted.
    let of_people = |setting: &Setting| !matches!(setting, Setting::Index(_));
    Ok(has(Family::Settings) && workspaces.get(workspace).read()?.settings.values().any(|setting| of_people(setting)))
}
