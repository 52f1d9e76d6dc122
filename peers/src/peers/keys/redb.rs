//! redb: one table.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use redb::{
    Database, ReadOnlyTable, ReadableDatabase, ReadableTable, StorageError, Table, TableDefinition, WriteTransaction,
};
use tempfile::TempDir;

use super::{Linked, Reads, Store, Writes, sorted_entries};
use crate::data::Data;
use crate::machine::locked_version;
use crate::peer::{Client, Durability, Peer};
use crate::server;

const TABLE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("inbox");
/// How long a relaxed change may stay in memory.
const SYNC: Duration = Duration::from_millis(200);

/// A store in a temporary directory.
#[derive(Debug)]
pub struct Redb {
    // Closed before its directory goes.
    store: Database,
    _directory: TempDir,
    durability: Durability,
    synced: Mutex<Instant>,
}

impl Redb {
    /// Creates an empty store.
    ///
    /// # Errors
    ///
    /// If it cannot.
    pub fn start() -> Result<Self> {
        let directory = server::directory()?;
        let mut builder = Database::builder();
        let store = builder.set_cache_size(256 << 20).create(directory.path().join("store"))?;
        Ok(Self { store, _directory: directory, durability: Durability::Relaxed, synced: Mutex::new(Instant::now()) })
    }

    /// A commit without a sync costs no wait. One that comes a while after the last sync makes the next.
    fn begin(&self) -> Result<WriteTransaction> {
        let mut transaction = self.store.begin_write()?;
        let mut synced = self.synced.lock().ok().context("a writer panicked")?;
        if self.durability == Durability::Relaxed && synced.elapsed() < SYNC {
            transaction.set_durability(redb::Durability::None)?;
        } else {
            *synced = Instant::now();
        }
        Ok(transaction)
    }
}

impl Peer for Redb {
    fn version(&self) -> String {
        format!("redb {}", locked_version("redb"))
    }

    fn setup(&self) -> String {
        "linked; one table, cache 256 MiB; a transaction per command, Durability::Immediate, or None and every 200 ms"
            .to_owned()
    }

    fn fill(&mut self, data: Data) -> Result<()> {
        let transaction = self.store.begin_write()?;
        {
            let mut table = transaction.open_table(TABLE)?;
            for (key, value) in sorted_entries(data) {
                table.insert(key.as_slice(), value.as_slice())?;
            }
        }
        Ok(transaction.commit()?)
    }

    fn set_durability(&mut self, durability: Durability) -> Result<()> {
        self.durability = durability;
        Ok(())
    }

    fn client(&self) -> Result<Box<dyn Client + '_>> {
        Ok(Box::new(Linked(self)))
    }
}

type Bytes = &'static [u8];

/// The entries with a prefix: those up to the same prefix with its last byte raised, which is never the highest here.
fn range<'t>(
    table: &'t ReadOnlyTable<Bytes, Bytes>,
    prefix: &[u8],
) -> Result<redb::Range<'t, Bytes, Bytes>, StorageError> {
    let mut end = prefix.to_vec();
    while end.pop_if(|last| *last == u8::MAX).is_some() {}
    if let Some(last) = end.last_mut() {
        *last += 1;
    }
    table.range::<&[u8]>(prefix..end.as_slice())
}

impl Reads for ReadOnlyTable<Bytes, Bytes> {
    fn count(&self, prefix: &[u8]) -> Result<u64> {
        let mut entries = range(self, prefix)?;
        entries.try_fold(0, |count, entry| entry.map(|_| count + 1)).map_err(Into::into)
    }

    fn scan_back(&self, prefix: &[u8], entry: &mut dyn FnMut(&[u8], &[u8]) -> bool) -> Result<()> {
        for found in range(self, prefix)?.rev() {
            let (key, value) = found?;
            if !entry(key.value(), value.value()) {
                break;
            }
        }
        Ok(())
    }
}

impl Writes for Table<'_, Bytes, Bytes> {
    fn get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(ReadableTable::get(self, key)?.map(|value| value.value().to_vec()))
    }

    fn put(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        self.insert(key, value)?;
        Ok(())
    }

    fn remove(&mut self, key: &[u8]) -> Result<()> {
        Table::remove(self, key)?;
        Ok(())
    }
}

impl Store for Redb {
    fn read<T>(&self, work: &mut dyn FnMut(&dyn Reads) -> Result<T>) -> Result<T> {
        work(&self.store.begin_read()?.open_table(TABLE)?)
    }

    fn write(&self, work: &dyn Fn(&mut dyn Writes) -> Result<()>) -> Result<()> {
        let transaction = self.begin()?;
        {
            let mut table = transaction.open_table(TABLE)?;
            work(&mut table)?;
        }
        Ok(transaction.commit()?)
    }
}
