//! What an engine counts while it is open: for metrics.

use std::time::Duration;

use super::{Engine, Shared};
use crate::query::MemoryUse;

/// What an engine has done since it was opened, and how it is. From [`Engine::stats`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EngineStats {
    /// The newest change.
    pub seq: u64,
    /// The newest durable change.
    pub durable_seq: u64,
    /// Syncs of the journal.
    pub syncs: u64,
    /// Changes that these syncs made durable. By sync, this is the size of a group commit.
    pub synced_changes: u64,
    /// The time that the syncs took together.
    pub sync_time: Duration,
    /// Checkpoints that were made.
    pub checkpoints: u64,
    /// Changes that these checkpoints covered.
    pub checkpointed_changes: u64,
    /// The time that the checkpoints took together.
    pub checkpoint_time: Duration,
    /// Records that were found in the cache.
    pub cache_hits: u64,
    /// Records that were looked for there and read from the store.
    pub cache_misses: u64,
    /// Bytes that wait to be written to the state store.
    pub backlog_bytes: u64,
    /// Workspaces in memory.
    pub workspaces: u64,
    /// The bytes that they take, as an estimate, beside the caches and the backlog.
    pub workspaces_bytes: u64,
    /// The memory of each structure. Those of a workspace are as they were when it was loaded or after the last checkpoint
    /// that wrote rows of it; [`Engine::memory_use`] measures them anew.
    pub memory: MemoryUse,
}

impl Engine {
    /// Returns what the engine counts. It reads no disk and waits for no command, so it may be asked often.
    ///
    /// ```
    /// let engine = inboxdb::Engine::temporary()?;
    /// engine.workspace(1)?.as_system().put_customer(5, "Grace")?;
    /// let stats = engine.stats();
    /// assert_eq!((stats.durable_seq, stats.syncs, stats.synced_changes), (1, 1, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stats(&self) -> EngineStats {
        let shared = &self.shared;
        let (syncs, checkpoints) = (shared.writer.journal.syncs(), &shared.checkpointer.made);
        let (cache_hits, cache_misses) = shared.workspaces.records.cache().hits_and_misses();
        let memory = self.workspaces_in_memory();
        EngineStats {
            seq: shared.writer.journal.last_seq(),
            durable_seq: shared.writer.journal.durable_seq(),
            syncs: syncs.times(),
            synced_changes: syncs.units(),
            sync_time: syncs.took(),
            checkpoints: checkpoints.times(),
            checkpointed_changes: checkpoints.units(),
            checkpoint_time: checkpoints.took(),
            cache_hits,
            cache_misses,
            backlog_bytes: shared.writer.admission.backlog().bytes() as u64,
            workspaces: memory.workspaces,
            workspaces_bytes: memory.bytes,
            memory: shared.memory_use(),
        }
    }

    /// Measures what each structure takes in memory, in bytes.
    ///
    /// Takes time in the number of index sets, managers and tags in memory, not in that of chats: about a millisecond for
    /// 100,000 sets. Each loaded workspace is locked for reading meanwhile, so commands on it wait. For metrics, which
    /// may be a minute old, [`stats`](Self::stats) has the same without measuring.
    ///
    /// ```
    /// let engine = inboxdb::Engine::temporary()?;
    /// engine.workspace(1)?.as_system().put_customer(5, "Grace")?;
    /// let memory = engine.memory_use();
    /// assert!(memory.dirty_rows > 0 && memory.total() > memory.dirty_rows);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn memory_use(&self) -> MemoryUse {
        let workspaces = &self.shared.workspaces;
        workspaces.loaded().iter().for_each(|slot| workspaces.measure(slot));
        self.shared.memory_use()
    }
}

impl Shared {
    /// The memory of each structure, without measuring workspaces.
    fn memory_use(&self) -> MemoryUse {
        MemoryUse {
            dirty_rows: self.writer.admission.backlog().bytes() as u64,
            journal: self.writer.journal.heap_bytes() as u64,
            state_store: self.workspaces.records.store().map_or(0, |store| store.memory_bytes()),
            ..self.workspaces.memory_use()
        }
    }
}

#[cfg(test)]
mod tests;
