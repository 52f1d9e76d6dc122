//! The workspaces in memory, each loaded on first use and unloaded when it is idle and memory is short.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::RwLock;
use rustc_hash::FxHashMap;

use super::budget::Budget;
use super::workspace::StaysLoaded;
use super::{CheckpointRequests, LoadedWorkspace, RecordReader, Records, WorkspaceRef};
use crate::error::Error;
use crate::heap;
use crate::model::WorkspaceId;
use crate::query::MemoryUse;
use crate::record::Meta;
use crate::store::load_workspace;
use crate::workspace::{Registry, State};

/// The workspaces of an engine and their records.
///
/// The table holds the loaded workspaces, and the stubs of those with a reference: that of a workspace handle, or of an
/// operation under way. So a workspace that no change ever touched takes no memory once it was read.
pub(crate) struct Workspaces {
    pub(crate) records: Records,
    /// The lock is never held while waiting for that of a workspace.
    pub(super) table: RwLock<FxHashMap<WorkspaceId, Arc<LoadedWorkspace>>>,
    /// The custom indexes registered by the host.
    registry: Registry,
    pub(super) budget: Budget,
    checkpoints: CheckpointRequests,
}

impl Workspaces {
    /// No workspaces yet; they may take about `bytes_max` once they are clean.
    pub(crate) fn new(records: Records, registry: Registry, bytes_max: u64, checkpoints: CheckpointRequests) -> Self {
        Self { records, table: RwLock::default(), registry, budget: Budget::new(bytes_max), checkpoints }
    }

    /// Returns true if the host has registered custom indexes.
    pub(crate) fn has_custom_indexes(&self) -> bool {
        !self.registry.is_empty()
    }

    /// Returns a reference to a workspace. The first lock loads it.
    pub(crate) fn get(self: &Arc<Self>, workspace: WorkspaceId) -> WorkspaceRef {
        if let Some(slot) = self.table.read().get(&workspace) {
            return WorkspaceRef::new(slot, self);
        }
        let mut table = self.table.write();
        let slot = table.entry(workspace);
        let slot = slot.or_insert_with(|| Arc::new(LoadedWorkspace::unloaded(workspace, &self.registry)));
        WorkspaceRef::new(slot, self)
    }

    /// Reads the records of a workspace through the cache.
    pub(crate) fn records_of<'r>(&'r self, workspace: &'r WorkspaceRef) -> RecordReader<'r> {
        self.records.of(workspace)
    }

    /// Every workspace in the table, by id: also stubs, and those whose first change is queued in the journal and not
    /// applied yet. A checkpoint has to wait for that.
    pub(crate) fn in_table(&self) -> Vec<Arc<LoadedWorkspace>> {
        let mut found: Vec<_> = self.table.read().values().cloned().collect();
        found.sort_unstable_by_key(|slot| slot.workspace);
        found
    }

    /// Every loaded workspace, by id.
    pub(crate) fn loaded(&self) -> Vec<Arc<LoadedWorkspace>> {
        let mut found = self.in_table();
        found.retain(|slot| slot.is_touched());
        found
    }

    /// Every workspace that was ever changed, loaded or not, by id.
    pub(crate) fn ids(&self) -> Result<Vec<WorkspaceId>, Error> {
        let mut ids = self.records.store()?.workspaces()?;
        ids.extend(self.loaded().iter().map(|loaded| loaded.workspace));
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// The counters of a workspace, without loading it.
    pub(crate) fn meta(&self, workspace: WorkspaceId) -> Result<Meta, Error> {
        let slot = self.table.read().get(&workspace).cloned();
        if let Some(slot) = slot {
            let state = slot.state.read();
            if state.is_loaded() {
                return Ok(state.meta.clone());
            }
        }
        // The store has everything of a workspace that is not loaded.
        Ok(self.records.store()?.meta(workspace)?.unwrap_or_default())
    }

    /// How many workspaces are loaded, and the bytes that they take, as an estimate.
    pub(crate) fn memory(&self) -> (usize, usize) {
        (self.loaded().len(), self.budget.bytes())
    }

    /// What the workspaces take, with the record cache, by structure. A workspace is measured when it is loaded and after
    /// each checkpoint. Takes time in the number of workspaces in the table.
    pub(crate) fn memory_use(&self) -> MemoryUse {
        let table = self.table.read();
        let slots = heap::of_hash_table::<WorkspaceId, Arc<LoadedWorkspace>>(table.capacity())
            + table.len() * heap::of_arc::<LoadedWorkspace>();
        let feed: usize = table.values().filter_map(|slot| slot.watched_hub()).map(|hub| hub.heap_bytes()).sum();
        drop(table);
        let beside = MemoryUse {
            records: self.records.cache().heap_bytes(),
            workspaces: slots as u64,
            feed: feed as u64,
            ..MemoryUse::default()
        };
        self.budget.memory().plus(beside)
    }

    /// Loads a workspace in place of its stub. The caller holds its lock.
    pub(super) fn load(&self, slot: &LoadedWorkspace, state: &mut State) -> Result<(), Error> {
        let loaded = load_workspace(&*self.records.store()?, slot.workspace, &self.registry)?;
        state.load(loaded);
        // Nothing is counted for an untouched workspace: it goes with its last reference.
        if !state.is_untouched() {
            slot.touch();
            self.budget.replace(&slot.memory, state.memory_use());
            self.budget.next_turn();
        }
        Ok(())
    }

    /// Counts the memory of a workspace again after a checkpoint wrote its rows.
    pub(crate) fn measure(&self, slot: &LoadedWorkspace) {
        let state = slot.state.read();
        if state.is_loaded() {
            self.budget.replace(&slot.memory, state.memory_use());
        }
    }

    /// Unloads idle workspaces, least recently used first, if they take more memory than they may. Those with unwritten
    /// changes stay until the next checkpoint.
    pub(crate) fn unload_idle(&self) {
        if !self.budget.is_exceeded() {
            return;
        }
        let Some(mut next_try) = self.budget.begin() else { return };
        let candidates = self.idle();
        let mut is_dirty = false;
        for slot in &candidates {
            if self.budget.has_room() {
                break;
            }
            match slot.unload(&self.budget) {
                Ok(state) => {
                    self.forget_unused(slot.workspace);
                    drop(state);
                }
                Err(stays) => is_dirty |= stays == StaysLoaded::Dirty,
            }
        }
        if !self.budget.has_room() {
            // Trying again at every load would cost more than the loads.
            *next_try = self.budget.turn() + candidates.len() as u64 / 8;
            if is_dirty {
                self.checkpoints.request();
            }
        }
    }

    /// Unloads idle workspaces after a checkpoint, which has written their changes.
    pub(crate) fn unload_written(&self) {
        self.budget.try_soon();
        self.unload_idle();
    }

    /// The idle workspaces, least recently used first.
    fn idle(&self) -> Vec<Arc<LoadedWorkspace>> {
        let last_used = |slot: &LoadedWorkspace| slot.last_used.load(Ordering::Relaxed);
        let mut idle: Vec<(u64, Arc<LoadedWorkspace>)> = Vec::new();
        for slot in self.table.read().values() {
            let last_used = last_used(slot);
            if slot.is_touched() && self.budget.is_idle(last_used) {
                idle.push((last_used, Arc::clone(slot)));
            }
        }
        idle.sort_unstable_by_key(|(last_used, slot)| (*last_used, slot.workspace));
        idle.into_iter().map(|(_, slot)| slot).collect()
    }

    /// Removes a stub from the table, unless there is a reference to it.
    pub(super) fn forget_unused(&self, workspace: WorkspaceId) {
        let mut table = self.table.write();
        // References are made under the lock of the table, so that there cannot be a new one.
        let is_unused = |slot: &Arc<LoadedWorkspace>| {
            slot.references.load(Ordering::SeqCst) == 0 && !slot.is_kept.load(Ordering::SeqCst)
        };
        if table.get(&workspace).is_some_and(is_unused) {
            table.remove(&workspace);
        }
        if table.capacity() > 4 * table.len().max(64) {
            table.shrink_to_fit();
        }
    }
}
