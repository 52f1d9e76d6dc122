//! A reference backend: the simplest implementation of the trait.

use std::collections::BTreeMap;
use std::ops::Bound;

use parking_lot::RwLock;

use crate::kv::{Backend, BackendError, Batch, Row, Visit};

/// An ordered map in memory, for tests of the layers above.
#[derive(Debug, Default)]
pub(crate) struct MemoryBackend {
    rows: RwLock<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl Backend for MemoryBackend {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        Ok(self.rows.read().get(key).cloned())
    }

    fn first_from(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        Ok(self.rows.read().range(key.to_vec()..).next().map(|(key, _)| key.clone()))
    }

    fn first_keys(&self, prefix: &[u8], max: usize) -> Result<Vec<Vec<u8>>, BackendError> {
        let rows = self.rows.read();
        let keys = rows.range(prefix.to_vec()..).map(|(key, _)| key).take_while(|key| key.starts_with(prefix));
        Ok(keys.take(max).cloned().collect())
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), BackendError> {
        let rows = self.rows.read();
        let mut matching = rows.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
        matching.try_for_each(|(key, value)| visit(key, value))
    }

    fn rows_after(&self, after: Option<&[u8]>, bytes: usize) -> Result<Vec<Row>, BackendError> {
        let rows = self.rows.read();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(first_bytes(rows.range::<[u8], _>((from, Bound::Unbounded)), bytes))
    }

    fn write(&self, batch: Batch) -> Result<(), BackendError> {
        let mut rows = self.rows.write();
        for (key, value) in batch {
            match value {
                Some(value) => rows.insert(key, value),
                None => rows.remove(&key),
            };
        }
        Ok(())
    }

    fn write_together(&self, batch: Batch) -> Result<(), BackendError> {
        self.write(batch)
    }

    fn flush(&self) -> Result<(), BackendError> {
        Ok(())
    }
}

/// The first rows until they reach `bytes`.
pub(crate) fn first_bytes<'r>(rows: impl Iterator<Item = (&'r Vec<u8>, &'r Vec<u8>)>, bytes: usize) -> Vec<Row> {
    let mut taken = 0;
    let first = rows.take_while(|(key, value)| {
        let has_room = taken < bytes;
        taken += key.len() + value.len();
        has_room
    });
    first.map(|(key, value)| (key.clone(), value.clone())).collect()
}
