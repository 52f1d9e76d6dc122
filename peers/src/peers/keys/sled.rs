//! sled: one tree.

use anyhow::{Result, anyhow};
use sled::transaction::{
    ConflictableTransactionError, TransactionError, TransactionalTree, UnabortableTransactionError,
};
use sled::{Batch, Db, Tree};
use tempfile::TempDir;

use super::{Key, Linked, Reads, Store, Writes, sorted_entries};
use crate::data::Data;
use crate::machine::locked_version;
use crate::peer::{Client, Durability, Peer};
use crate::server;

/// A store in a temporary directory.
#[derive(Debug)]
pub struct Sled {
    // Closed before its directory goes.
    store: Db,
    _directory: TempDir,
    durability: Durability,
}

impl Sled {
    /// Creates an empty store.
    ///
    /// # Errors
    ///
    /// If it cannot.
    pub fn start() -> Result<Self> {
        let directory = server::directory()?;
        // It flushes every 500 ms by itself.
        let config = sled::Config::new().path(directory.path().join("store")).cache_capacity(256 << 20);
        let store = config.mode(sled::Mode::HighThroughput).open()?;
        Ok(Self { store, _directory: directory, durability: Durability::Relaxed })
    }
}

impl Peer for Sled {
    fn version(&self) -> String {
        format!("sled {}", locked_version("sled"))
    }

    fn setup(&self) -> String {
        "linked; one tree, cache 256 MiB; a transaction per command, then `flush`, or every 500 ms".to_owned()
    }

    fn fill(&mut self, data: Data) -> Result<()> {
        for some in sorted_entries(data).chunks(10_000) {
            let mut batch = Batch::default();
            some.iter().for_each(|(key, value)| batch.insert(key.as_slice(), value.as_slice()));
            self.store.apply_batch(batch)?;
        }
        self.store.flush()?;
        Ok(())
    }

    fn set_durability(&mut self, durability: Durability) -> Result<()> {
        self.durability = durability;
        Ok(())
    }

    fn client(&self) -> Result<Box<dyn Client + '_>> {
        Ok(Box::new(Linked(self)))
    }
}

impl Reads for Tree {
    fn count(&self, prefix: &[u8]) -> Result<u64> {
        self.scan_prefix(prefix).try_fold(0, |count, entry| entry.map(|_| count + 1)).map_err(Into::into)
    }

    fn scan_back(&self, prefix: &[u8], entry: &mut dyn FnMut(&[u8], &[u8]) -> bool) -> Result<()> {
        for found in self.scan_prefix(prefix).rev() {
            let (key, value) = found?;
            if !entry(&key, &value) {
                break;
            }
        }
        Ok(())
    }
}

/// A transaction. An error of sled is kept apart: a conflict among them makes sled try again.
struct Changes<'t> {
    tree: &'t TransactionalTree,
    failed: Option<UnabortableTransactionError>,
}

impl Changes<'_> {
    fn keep<T>(&mut self, result: Result<T, UnabortableTransactionError>) -> Result<T> {
        result.map_err(|error| {
            let told = anyhow!("sled: {error}");
            self.failed = Some(error);
            told
        })
    }
}

impl Writes for Changes<'_> {
    fn get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let found = self.tree.get(key);
        Ok(self.keep(found)?.map(|value| value.to_vec()))
    }

    fn put(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        let put = self.tree.insert(key, value);
        self.keep(put).map(drop)
    }

    fn remove(&mut self, key: &[u8]) -> Result<()> {
        let removed = self.tree.remove(Key::from(key));
        self.keep(removed).map(drop)
    }
}

impl Store for Sled {
    /// sled has no snapshots: a sidebar is not quite of one moment.
    fn read<T>(&self, work: &mut dyn FnMut(&dyn Reads) -> Result<T>) -> Result<T> {
        work(&*self.store)
    }

    fn write(&self, work: &dyn Fn(&mut dyn Writes) -> Result<()>) -> Result<()> {
        let result = self.store.transaction(|tree| {
            let mut changes = Changes { tree, failed: None };
            work(&mut changes).map_err(|error| match changes.failed.take() {
                Some(failed) => failed.into(),
                None => ConflictableTransactionError::Abort(error),
            })
        });
        result.map_err(|error| match error {
            TransactionError::Abort(error) => error,
            TransactionError::Storage(error) => error.into(),
        })?;
        if self.durability == Durability::Durable {
            self.store.flush()?;
        }
        Ok(())
    }
}
