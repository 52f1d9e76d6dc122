//! Raw rows for backups, which do not need to know what a row means.

use super::row::{STAMP_KEY, is_meta, is_part};
use super::row_writer::RowWriter;
use super::{Store, parts};
use crate::kv::{Backend, BackendError, Row};
use crate::record::Meta;
use crate::record::codec::decode_versioned;

/// The approximate size of a slice. Further parts of its values come on top.
const SLICE_BYTES: usize = 256 << 10;

/// A run of consecutive rows.
pub(crate) struct RawSlice {
    /// The rows. A value in several parts has several.
    pub(crate) rows: Vec<Row>,
    /// The key after which the next slice begins; `None` at the end.
    pub(crate) next: Option<Vec<u8>>,
}

impl Store {
    /// Reads the rows after a key, or from the first one. The stamp of the newest checkpoint is left out. Rows may be
    /// written meanwhile: each value is whole, and was in the store at some moment during the call.
    pub(crate) fn raw_slice(&self, after: Option<&[u8]>) -> Result<RawSlice, BackendError> {
        let backend = &self.backend;
        let found = backend.rows_after(after, SLICE_BYTES)?;
        let next = found.last().map(|(key, _)| key.clone());
        let mut rows = Vec::with_capacity(found.len());
        for (key, value) in found {
            if key == STAMP_KEY || is_part(&key) {
                // The restore writes its own stamp, and parts are read with the first part of their value.
            } else if parts::may_have_parts(&key, &value) {
                rows.extend(parts::whole(backend, &key)?);
            } else {
                rows.push((key, value));
            }
        }
        Ok(RawSlice { rows, next })
    }
}

/// Writes raw rows into a new store, in batches.
pub(crate) struct RawWriter<'s> {
    store: &'s Store,
    rows: RowWriter<'s>,
}

impl<'s> RawWriter<'s> {
    pub(crate) fn new(store: &'s Store) -> Self {
        Self { store, rows: RowWriter::new(&store.backend) }
    }

    /// Queues a row. [`finish`](Self::finish) writes the last batch.
    pub(crate) fn row(&mut self, key: &[u8], value: &[u8]) -> Result<(), BackendError> {
        self.rows.row(key.to_vec(), value.to_vec())
    }

    /// Makes the rows durable, and stamps them as complete up to `seq`.
    pub(crate) fn finish(self, seq: u64) -> Result<(), BackendError> {
        self.rows.finish()?;
        self.store.seal(seq)
    }
}

/// The clock of the workspace, in ms, if this is its counters row.
pub(crate) fn clock_in_row(key: &[u8], value: &[u8]) -> Result<Option<u64>, BackendError> {
    if !is_meta(key) {
        return Ok(None);
    }
    let meta: Meta = decode_versioned(value.get(1..).unwrap_or_default())
        .map_err(|error| BackendError::Damaged(format!("the counters in row {key:x?} cannot be decoded: {error}")))?;
    Ok(Some(meta.clock))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::MemoryBackend;
    use crate::model::{ChatId, MessageId, WorkspaceId};
    use crate::record::RecordKey;
    use crate::record::RowKey;
    use crate::store::row::encode_key;

    fn store() -> Store {
        Store::new(Box::new(MemoryBackend::default()))
    }

    fn all(store: &Store) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let slice = store.raw_slice(after.as_deref()).unwrap();
            rows.extend(slice.rows);
            match slice.next {
                Some(next) => after = Some(next),
                None => return rows,
            }
        }
    }

    #[test]
    fn store_raw_copy_keeps_rows_and_reads_parts_with_their_first() {
        let (from, to) = (store(), store());
        let workspace = WorkspaceId(7);
        let message = |number| RowKey::Record(RecordKey::Message(ChatId(1), MessageId(number)));
        for number in 1..100 {
            from.write(workspace, vec![(message(number), Some(vec![number as u8; 1_000 * number as usize]))]).unwrap();
        }
        from.set_next_deadline(workspace, Some(5)).unwrap();
        from.set_unfinished(workspace, true).unwrap();
        from.seal(9).unwrap();

        let rows = all(&from);
        assert!(rows.iter().all(|(key, _)| key != STAMP_KEY));
        assert!(rows.len() > 99 + 2 + 99, "most values have parts");
        let mut writer = RawWriter::new(&to);
        rows.iter().for_each(|(key, value)| writer.row(key, value).unwrap());
        writer.finish(4).unwrap();
        assert_eq!(all(&to), rows);
        assert_eq!(to.sealed_seq().unwrap(), 4);
        for number in 1..100 {
            assert_eq!(to.row(workspace, &message(number)), from.row(workspace, &message(number)));
        }
        assert_eq!(to.next_deadlines().unwrap(), [(workspace, 5)]);
        assert_eq!(to.unfinished_workspaces().unwrap(), [workspace]);
    }

    #[test]
    fn store_raw_slice_reports_a_part_that_stays_missing() {
        let store = store();
        let key = RowKey::Record(RecordKey::Message(ChatId(1), MessageId(1)));
        store.write(WorkspaceId(1), vec![(key.clone(), Some(vec![1; 40_000]))]).unwrap();
        let part = [encode_key(&key, WorkspaceId(1)), vec![0, 2]].concat();
        store.backend.write(vec![(part, None)]).unwrap();
        assert!(store.raw_slice(None).is_err());
    }
}
