//! sled as the key-value store.

use std::fs::File;
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::footprint::Footprint;
use super::open::{is_of_content, open};
use crate::files::{Files, RealFiles};
use crate::kv::{Backend, BackendError, Batch, Row, Visit};

/// One sled tree with one writer.
pub(crate) struct SledBackend {
    db: sled::Db,
    /// sled's own flush does not reach the medium, so this handle syncs the file as well.
    file: File,
    /// The directory, whatever is at its path by now.
    directory: RealFiles,
    path: PathBuf,
    cache_bytes: u64,
    /// Bytes written since the store was opened.
    written_bytes: AtomicU64,
    /// The size of its file, as far as it is known here.
    file_bytes: AtomicU64,
    footprint: Footprint,
}

/// Closing writes a snapshot if more than this was written.
const WRITTEN_BYTES_MANY: u64 = 32 << 20;

impl SledBackend {
    pub(super) fn new(db: sled::Db, path: &Path, cache_bytes: u64) -> io::Result<Self> {
        let directory = RealFiles::open(path.to_owned())?;
        let file = directory.read_write("db")?;
        let file_bytes = AtomicU64::new(file.metadata()?.len());
        let (footprint, written_bytes) = (Footprint::new(cache_bytes), AtomicU64::new(0));
        Ok(Self { db, file, directory, path: path.to_owned(), cache_bytes, written_bytes, file_bytes, footprint })
    }

    /// Notes that a row was read or written by itself.
    fn touch_row(&self, bytes: usize) {
        self.footprint.touch_row(bytes, self.file_bytes.load(Ordering::Relaxed));
    }

    /// Notes that a row is written. Returns its size in bytes.
    fn note_written(&self, key: &[u8], value: Option<&[u8]>) -> u64 {
        let bytes = key.len() + value.map_or(0, <[u8]>::len);
        self.touch_row(bytes);
        bytes as u64
    }

    /// Notes that rows were read in their order.
    fn touch_rows(&self, bytes: usize) {
        self.footprint.touch_rows(bytes as u64, self.file_bytes.load(Ordering::Relaxed));
    }

    /// Looks how large the file is.
    fn look_at_file(&self) -> u64 {
        if let Ok(metadata) = self.file.metadata() {
            self.file_bytes.store(metadata.len(), Ordering::Relaxed);
        }
        self.file_bytes.load(Ordering::Relaxed)
    }
}

/// Rows of a page. sled splits a page with one more in half.
const ROWS_PER_PAGE: usize = 16;

/// Brings rows into an order in which neighbours are far apart.
///
/// Rows that come in the order of their keys fill one page after the other. Each is split when it is full, and then again and
/// again at its end, so that every row is written several times and leaves half-full pages behind: the file of a new store gets
/// twice as large.
fn spread(rows: Batch) -> Batch {
    let len = rows.len();
    let mut rows: Vec<_> = rows.into_iter().map(Some).collect();
    let order = (0..ROWS_PER_PAGE).flat_map(|first| (first..len).step_by(ROWS_PER_PAGE));
    order.filter_map(|place| rows[place].take()).collect()
}

impl From<sled::Error> for BackendError {
    fn from(error: sled::Error) -> Self {
        match error {
            sled::Error::Io(error) if !is_of_content(&error) => BackendError::io(error.kind(), error.to_string()),
            error => BackendError::Damaged(error.to_string()),
        }
    }
}

impl Backend for SledBackend {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        let value = self.db.get(key)?;
        self.touch_row(key.len() + value.as_ref().map_or(0, |value| value.len()));
        Ok(value.map(|value| value.to_vec()))
    }

    fn first_from(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        let first = self.db.range(key..).next().transpose()?;
        Ok(first.map(|(key, _)| key.to_vec()))
    }

    fn first_keys(&self, prefix: &[u8], max: usize) -> Result<Vec<Vec<u8>>, BackendError> {
        let keys = self.db.scan_prefix(prefix).keys().take(max);
        keys.map(|key| Ok(key?.to_vec())).collect()
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), BackendError> {
        for row in self.db.scan_prefix(prefix) {
            let (key, value) = row?;
            self.touch_rows(key.len() + value.len());
            visit(&key, &value)?;
        }
        Ok(())
    }

    fn rows_after(&self, after: Option<&[u8]>, bytes: usize) -> Result<Vec<Row>, BackendError> {
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
        self.touch_rows(taken);
        Ok(rows)
    }

    fn write(&self, rows: Batch) -> Result<(), BackendError> {
        let mut bytes = 0;
        for (key, value) in spread(rows) {
            bytes += self.note_written(&key, value.as_deref());
            match value {
                Some(value) => self.db.insert(key, value)?,
                None => self.db.remove(key)?,
            };
        }
        self.written_bytes.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }

    fn write_together(&self, rows: Batch) -> Result<(), BackendError> {
        let mut batch = sled::Batch::default();
        let mut bytes = 0;
        for (key, value) in rows {
            bytes += self.note_written(&key, value.as_deref());
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        self.written_bytes.fetch_add(bytes, Ordering::Relaxed);
        Ok(self.db.apply_batch(batch)?)
    }

    fn flush(&self) -> Result<(), BackendError> {
        self.db.flush()?;
        self.look_at_file();
        let synced = self.file.sync_all().and_then(|()| self.directory.sync_dir());
        synced.map_err(|error| BackendError::io(error.kind(), format!("cannot sync the state store: {error}")))
    }

    fn memory_bytes(&self) -> u64 {
        self.footprint.memory_bytes(self.look_at_file())
    }

    fn written_bytes(&self) -> u64 {
        self.written_bytes.load(Ordering::Relaxed)
    }

    fn moved_to(&mut self, path: &Path) {
        self.path = path.to_owned();
    }

    /// sled writes its snapshot only while opening, and reads its whole log if there is none. So this opens the store
    /// once more if much was written.
    fn close(self: Box<Self>) {
        let Self { db, path, cache_bytes, written_bytes, .. } = *self;
        drop(db);
        if written_bytes.into_inner() > WRITTEN_BYTES_MANY
            && let Err(error) = open(&path, cache_bytes)
        {
            tracing::warn!(%error, "cannot write the snapshot of the closed state store");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sled_gets_every_row_and_neighbours_far_apart() {
        for len in [0_u8, 1, 15, 16, 17, 32, 100, 255] {
            let rows: Batch = (0..len).map(|number| (vec![number], None)).collect();
            let spread = spread(rows.clone());
            let are_neighbours = |pair: &[(Vec<u8>, _)]| pair[0].0[0] + 1 == pair[1].0[0];
            assert!(len < 32 || !spread.windows(2).any(are_neighbours), "{len}");
            let mut sorted = spread;
            sorted.sort();
            assert_eq!(sorted, rows);
        }
    }
}
