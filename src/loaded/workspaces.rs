//! The workspaces of an engine, each loaded on first use.

use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use rustc_hash::FxHashMap;

use super::{LoadedWorkspace, RecordReader, Records};
use crate::error::Error;
use crate::model::WorkspaceId;
use crate::store::load_workspace;
use crate::workspace::Registry;

/// A slot for a workspace, empty until the workspace is loaded.
type Cell = Mutex<Option<Arc<LoadedWorkspace>>>;

/// The workspaces of an engine and their records.
pub(crate) struct Workspaces {
    pub(crate) records: Records,
    cells: RwLock<FxHashMap<WorkspaceId, Arc<Cell>>>,
    /// The custom indexes registered by the host.
    registry: Registry,
}

impl Workspaces {
    pub(crate) fn new(records: Records, registry: Registry) -> Self {
        Self { records, cells: RwLock::default(), registry }
    }

    /// Returns true if the host has registered custom indexes.
    pub(crate) fn has_custom_indexes(&self) -> bool {
        !self.registry.is_empty()
    }

    /// Returns a workspace, loading it if needed. If this call loads it, `on_load` runs before any other call can see
    /// it.
    pub(crate) fn get_or_load(
        &self,
        workspace: WorkspaceId,
        on_load: impl FnOnce(&LoadedWorkspace),
    ) -> Result<Arc<LoadedWorkspace>, Error> {
        let cell = self.cells.read().get(&workspace).cloned();
        let cell = cell.unwrap_or_else(|| Arc::clone(self.cells.write().entry(workspace).or_default()));
        let mut cell = cell.lock();
        if let Some(loaded) = cell.as_ref() {
            return Ok(Arc::clone(loaded));
        }
        let state = load_workspace(&*self.records.store()?, workspace, &self.registry)?;
        let loaded = Arc::new(LoadedWorkspace::new(state));
        on_load(&loaded);
        Ok(Arc::clone(cell.insert(loaded)))
    }

    /// Reads the records of a workspace through the cache.
    pub(crate) fn records_of<'r>(&'r self, workspace: &'r LoadedWorkspace) -> RecordReader<'r> {
        self.records.of(workspace)
    }

    /// Every loaded workspace, by id.
    pub(crate) fn loaded(&self) -> Vec<Arc<LoadedWorkspace>> {
        let cells: Vec<Arc<Cell>> = self.cells.read().values().cloned().collect();
        let mut loaded: Vec<Arc<LoadedWorkspace>> = cells.iter().filter_map(|cell| cell.lock().clone()).collect();
        loaded.sort_unstable_by_key(|loaded| loaded.workspace);
        loaded
    }

    /// Every workspace, loaded or not, by id.
    pub(crate) fn ids(&self) -> Result<Vec<WorkspaceId>, Error> {
        let mut ids = self.records.store()?.workspaces()?;
        ids.extend(self.loaded().iter().map(|loaded| loaded.workspace));
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }
}
