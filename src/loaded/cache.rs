//! The cache of recently used records, shared by all workspaces.

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::model::WorkspaceId;
use crate::record::{Record, RecordKey};

/// The cache, bounded by the bytes of its records.
pub(crate) struct RecordCache(Cache<(WorkspaceId, RecordKey), Record, RecordWeight>);

/// What the cache needs for a record: a place in its list and in its hash table.
const ENTRY_BYTES: usize = 100;

/// Weighs a record by its bytes in memory, with what the cache needs for it.
#[derive(Debug, Clone)]
struct RecordWeight;

impl Weighter<(WorkspaceId, RecordKey), Record> for RecordWeight {
    fn weight(&self, _key: &(WorkspaceId, RecordKey), record: &Record) -> u64 {
        (record.weight() + ENTRY_BYTES) as u64
    }
}

impl RecordCache {
    pub(crate) fn new(bytes: u64) -> Self {
        const RECORD_BYTES_TYPICAL: u64 = 400;
        Self(Cache::with_weighter((bytes / RECORD_BYTES_TYPICAL) as usize + 1, bytes, RecordWeight))
    }

    #[inline]
    pub(crate) fn get(&self, workspace: WorkspaceId, key: RecordKey) -> Option<Record> {
        self.0.get(&(workspace, key))
    }

    /// Whether a record is cached and certainly takes one part of a row. The store then has this version of it.
    pub(crate) fn is_small(&self, workspace: WorkspaceId, key: RecordKey) -> bool {
        // Half a part: stored bytes are never twice those in memory.
        const SMALL_BYTES: usize = 8 << 10;
        self.0.peek(&(workspace, key)).is_some_and(|record| record.weight() <= SMALL_BYTES)
    }

    /// Caches a record if its kind is likely to be read again.
    pub(crate) fn put(&self, workspace: WorkspaceId, key: RecordKey, record: &Record) {
        if is_cached(key) {
            self.0.insert((workspace, key), record.clone());
        }
    }

    /// Updates the cache with a record that a checkpoint wrote. `None` is a deletion.
    pub(crate) fn replace(&self, workspace: WorkspaceId, key: RecordKey, record: Option<Record>) {
        match record.filter(|_| is_cached(key)) {
            Some(record) => self.0.insert((workspace, key), record),
            None => {
                self.0.remove(&(workspace, key));
            }
        }
    }

    /// How often a record was found here, and how often not.
    pub(crate) fn hits_and_misses(&self) -> (u64, u64) {
        (self.0.hits(), self.0.misses())
    }

    /// The approximate memory in bytes. Takes a moment for each part of the cache, of which there are four per processor.
    pub(crate) fn heap_bytes(&self) -> u64 {
        let records = self.0.weight().saturating_sub(self.0.len() as u64 * ENTRY_BYTES as u64);
        records + self.0.memory_used().total() as u64
    }

    /// Drops all records of a workspace.
    pub(crate) fn forget(&self, workspace: WorkspaceId) {
        self.0.retain(|(of, _), _| *of != workspace);
    }
}

/// Messages and events are numerous and rarely read again.
fn is_cached(key: RecordKey) -> bool {
    matches!(key, RecordKey::Chat(_) | RecordKey::Customer(_))
}
