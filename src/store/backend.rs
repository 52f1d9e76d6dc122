//! The seam between the tables and the key-value store below them.

use std::collections::BTreeMap;

use parking_lot::RwLock;

/// The store below failed, or holds something that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct StoreError(pub(crate) String);

/// Rows to write in one step: none is a deletion.
pub(crate) type Batch = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// An ordered key-value store. All access to the state store goes through here.
pub(crate) trait Backend: Send + Sync {
    /// The value of a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// The first key at or after a key.
    fn first_from(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Visits the rows whose keys begin with a prefix, in the order of their keys.
    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError>;

    /// Writes rows. They are safe only after a [`flush`](Self::flush); a crash before it may keep any of them.
    fn write(&self, batch: Batch) -> Result<(), StoreError>;

    /// Makes everything written so far survive a loss of power.
    fn flush(&self) -> Result<(), StoreError>;
}

/// What [`Backend::scan`] calls with each key and value.
pub(crate) type Visit<'a> = dyn FnMut(&[u8], &[u8]) -> Result<(), StoreError> + 'a;

/// The simplest store that does what the trait says, in memory: a reference for the tests of what lies above.
#[derive(Debug, Default)]
#[cfg_attr(not(test), allow(dead_code))]
pub(crate) struct MemoryBackend {
    rows: RwLock<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl Backend for MemoryBackend {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.rows.read().get(key).cloned())
    }

    fn first_from(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.rows.read().range(key.to_vec()..).next().map(|(key, _)| key.clone()))
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let rows = self.rows.read();
        let mut matching = rows.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
        matching.try_for_each(|(key, value)| visit(key, value))
    }

    fn write(&self, batch: Batch) -> Result<(), StoreError> {
        let mut rows = self.rows.write();
        for (key, value) in batch {
            match value {
                Some(value) => rows.insert(key, value),
                None => rows.remove(&key),
            };
        }
        Ok(())
    }

    fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
