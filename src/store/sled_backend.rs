//! sled as the key-value store.

use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use super::backend::{Backend, Batch, Row, StoreError, Visit};
use super::sled_guard::is_of_content;
use crate::files::sync_directory;

/// One sled tree, one writer.
pub(super) struct SledBackend {
    db: sled::Db,
    /// sled's own flush does not reach the disk's medium, so that the file is synced by this handle too.
    file: File,
    directory: PathBuf,
}

impl SledBackend {
    pub(super) fn new(db: sled::Db, path: &Path) -> io::Result<Self> {
        // Windows syncs only a handle that may write.
        let file = OpenOptions::new().read(true).write(true).open(path.join("db"))?;
        Ok(Self { db, file, directory: path.to_owned() })
    }
}

impl From<sled::Error> for StoreError {
    fn from(error: sled::Error) -> Self {
        match error {
            sled::Error::Io(error) if !is_of_content(&error) => StoreError::Io(error.to_string()),
            error => StoreError::Damaged(error.to_string()),
        }
    }
}

impl Backend for SledBackend {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.db.get(key)?.map(|value| value.to_vec()))
    }

    fn first_from(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let first = self.db.range(key..).next().transpose()?;
        Ok(first.map(|(key, _)| key.to_vec()))
    }

    fn first_keys(&self, prefix: &[u8], max: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        let keys = self.db.scan_prefix(prefix).keys().take(max);
        keys.map(|key| Ok(key?.to_vec())).collect()
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError> {
        for row in self.db.scan_prefix(prefix) {
            let (key, value) = row?;
            visit(&key, &value)?;
        }
        Ok(())
    }

    fn rows_after(&self, after: Option<&[u8]>, bytes: usize) -> Result<Vec<Row>, StoreError> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rows = Vec::new();
        let mut taken = 0;
        for row in self.db.range::<&[u8], _>((from, Bound::Unbounded)) {
            let (key, value) = row?;
            taken += key.len() + value.len();
            rows.push((key.to_vec(), value.to_vec()));
            if taken >= bytes {
                break;
            }
        }
        Ok(rows)
    }

    fn write(&self, rows: Batch) -> Result<(), StoreError> {
        let mut batch = sled::Batch::default();
        for (key, value) in rows {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        Ok(self.db.apply_batch(batch)?)
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.db.flush()?;
        let synced = self.file.sync_all().and_then(|()| sync_directory(&self.directory));
        synced.map_err(|error| StoreError::Io(format!("the store's file could not be synced: {error}")))
    }
}
