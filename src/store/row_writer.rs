//! Writes values as rows, in batches.

use super::{BATCH_BYTES_MAX, parts};
use crate::kv::{BATCH_ROWS_MAX, Backend, BackendError, Batch};

/// Collects rows, and writes them a few hundred at a time.
pub(super) struct RowWriter<'b> {
    backend: &'b dyn Backend,
    batch: Batch,
    bytes: usize,
}

impl<'b> RowWriter<'b> {
    pub(super) fn new(backend: &'b dyn Backend) -> Self {
        Self { backend, batch: Batch::new(), bytes: 0 }
    }

    /// Replaces a value that has so many further parts. `None` deletes it.
    ///
    /// A value in one part is a single row, which is always read whole. Parts are written together.
    pub(super) fn replace(
        &mut self,
        key: Vec<u8>,
        parts_before: u16,
        value: Option<Vec<u8>>,
    ) -> Result<(), BackendError> {
        self.bytes += key.len() + value.as_ref().map_or(0, Vec::len);
        let first = self.batch.len();
        match value {
            Some(value) => parts::put(&mut self.batch, key, &value, parts_before)?,
            None => parts::delete(&mut self.batch, key, parts_before),
        }
        if self.batch.len() > first + 1 {
            let parts = self.batch.split_off(first);
            self.write()?;
            return self.backend.write_together(parts);
        }
        self.write_if_full()
    }

    /// Puts a row as it is, whatever value it is a part of.
    pub(super) fn row(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), BackendError> {
        self.bytes += key.len() + value.len();
        self.batch.push((key, Some(value)));
        self.write_if_full()
    }

    fn write_if_full(&mut self) -> Result<(), BackendError> {
        if self.batch.len() >= BATCH_ROWS_MAX || self.bytes >= BATCH_BYTES_MAX { self.write() } else { Ok(()) }
    }

    /// Writes the rows that are left.
    pub(super) fn finish(mut self) -> Result<(), BackendError> {
        self.write()
    }

    fn write(&mut self) -> Result<(), BackendError> {
        self.bytes = 0;
        if self.batch.is_empty() { Ok(()) } else { self.backend.write(std::mem::take(&mut self.batch)) }
    }
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;

    use super::*;
    use crate::kv::{MemoryBackend, Row, Visit};
    use crate::model::{ChatId, MessageId, WorkspaceId};
    use crate::record::{RecordKey, RowKey};
    use crate::store::Store;

    /// The batches that a backend was told to write: how many rows, and whether together.
    #[derive(Default)]
    struct Noting {
        rows: MemoryBackend,
        written: std::sync::Arc<Mutex<Vec<(usize, bool)>>>,
    }

    impl Backend for Noting {
        fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
            self.rows.get(key)
        }
        fn first_from(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
            self.rows.first_from(key)
        }
        fn first_keys(&self, prefix: &[u8], max: usize) -> Result<Vec<Vec<u8>>, BackendError> {
            self.rows.first_keys(prefix, max)
        }
        fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), BackendError> {
            self.rows.scan(prefix, visit)
        }
        fn rows_after(&self, after: Option<&[u8]>, bytes: usize) -> Result<Vec<Row>, BackendError> {
            self.rows.rows_after(after, bytes)
        }
        fn write(&self, batch: Batch) -> Result<(), BackendError> {
            self.written.lock().push((batch.len(), false));
            self.rows.write(batch)
        }
        fn write_together(&self, batch: Batch) -> Result<(), BackendError> {
            self.written.lock().push((batch.len(), true));
            self.rows.write_together(batch)
        }
        fn flush(&self) -> Result<(), BackendError> {
            Ok(())
        }
    }

    #[test]
    fn row_writer_writes_parts_together_and_other_rows_one_by_one() {
        let backend = Noting::default();
        let written = backend.written.clone();
        let store = Store::new(Box::new(backend));
        let message = |number| RowKey::Record(RecordKey::Message(ChatId(1), MessageId(number)));
        let write = |rows: Vec<(u32, Option<usize>)>| {
            let rows = rows.into_iter().map(|(number, bytes)| (message(number), bytes.map(|bytes| vec![7; bytes])));
            store.write(WorkspaceId(1), rows.collect()).unwrap();
            std::mem::take(&mut *written.lock())
        };
        let few = write(vec![(1, Some(10)), (2, Some(20)), (3, Some(40_000)), (4, Some(10))]);
        assert_eq!(few, [(2, false), (3, true), (1, false)]);
        let many = write((10..610).map(|number| (number, Some(10))).collect());
        assert_eq!(many, [(256, false), (256, false), (88, false)]);
        // A message that is rewritten: no reader misses it in between.
        assert_eq!(write(vec![(1, None), (1, Some(30))]), [(1, false)]);
        assert_eq!(write(vec![(3, None), (3, Some(30))]), [(3, true)]);
        assert_eq!(write(vec![(3, None), (3, Some(40))]), [(1, false)]);
        let row = |number| store.row(WorkspaceId(1), &message(number)).unwrap();
        assert_eq!((row(1), row(3)), (Some(vec![7; 30]), Some(vec![7; 40])));
        assert_eq!(write(vec![(3, None), (4, None)]), [(2, false)]);
        assert_eq!((row(3), row(4)), (None, None));
    }
}
