//! Copies all rows of a store into another one, and compares two stores. The meaning of rows does not matter here.

use xxhash_rust::xxh3::Xxh3;

use super::Store;
use super::raw::RawWriter;
use crate::kv::{Backend, BackendError};

/// A summary of all rows. Two stores with the same rows have the same summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Contents {
    /// The number of rows. A value in several parts counts several times.
    pub(crate) rows: u64,
    /// The digest of all keys and values.
    digest: u64,
}

impl Store {
    /// Reads every row. Calls `read` after each.
    pub(crate) fn contents(&self, mut read: impl FnMut()) -> Result<Contents, BackendError> {
        let mut digest = Xxh3::new();
        let mut rows = 0;
        self.backend.scan(&[], &mut |key, value| {
            for part in [key, value] {
                digest.update(&(part.len() as u64).to_le_bytes());
                digest.update(part);
            }
            rows += 1;
            read();
            Ok(())
        })?;
        Ok(Contents { rows, digest: digest.digest() })
    }

    /// Writes every row into another store, in batches. Calls `copied` after each row. When this returns, the rows are
    /// durable, including the stamp of the newest checkpoint.
    pub(crate) fn copy_into(&self, other: &Store, mut copied: impl FnMut()) -> Result<(), BackendError> {
        let mut writer = RawWriter::new(other);
        self.backend.scan(&[], &mut |key, value| {
            writer.row(key, value)?;
            copied();
            Ok(())
        })?;
        writer.finish(self.sealed_seq()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::MemoryBackend;
    use crate::model::{ChatId, MessageId, WorkspaceId};
    use crate::record::RecordKey;
    use crate::record::RowKey;

    fn message(number: u32) -> RowKey {
        RowKey::Record(RecordKey::Message(ChatId(1), MessageId(number)))
    }

    #[test]
    fn store_copy_has_every_row_and_contents_show_any_difference() {
        let (from, to) =
            (Store::new(Box::new(MemoryBackend::default())), Store::new(Box::new(MemoryBackend::default())));
        let workspace = WorkspaceId(7);
        for number in 1..1_000 {
            from.write(workspace, vec![(message(number), Some(vec![number as u8; 100 * number as usize]))]).unwrap();
        }
        from.seal(9).unwrap();
        let mut copied = 0;
        from.copy_into(&to, || copied += 1).unwrap();
        let contents = from.contents(|| {}).unwrap();
        assert!(contents.rows > 3_000, "most values have parts");
        assert_eq!(copied, contents.rows);
        assert_eq!(to.contents(|| {}).unwrap(), contents);
        assert_eq!(to.sealed_seq().unwrap(), 9);
        for number in 1..1_000 {
            assert_eq!(to.row(workspace, &message(number)), from.row(workspace, &message(number)));
        }
        to.write(workspace, vec![(message(5), Some(vec![6; 500]))]).unwrap();
        assert_ne!(to.contents(|| {}).unwrap(), contents);
    }
}
