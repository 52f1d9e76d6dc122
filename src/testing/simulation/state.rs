//! Replaces sled: a store in memory. After a crash it keeps everything up to its last flush and any part of the later
//! writes.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::kv::{Backend, BackendError, Batch, Row, Visit, first_bytes};
use crate::testing::simulation::machine::{Kind, Machine};
use crate::testing::simulation::random::{Luck, Random};

pub(crate) type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// A store of rows. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct SimulatedState {
    rows: Arc<Mutex<Kept>>,
    machine: Machine,
}

#[derive(Default, Clone)]
struct Kept {
    rows: Rows,
    /// The rows as of the last flush.
    safe: Rows,
    /// The writes since then, in order.
    written: Batch,
}

impl SimulatedState {
    pub(crate) fn on(machine: &Machine) -> Self {
        Self { rows: Arc::default(), machine: machine.clone() }
    }

    pub(crate) fn rows(&self) -> Rows {
        self.rows.lock().rows.clone()
    }

    /// The store as the next opening finds it. A power loss and a killed process are the same here, since unflushed
    /// data may have been in the memory of either.
    pub(crate) fn crash_onto(&self, machine: &Machine, random: &mut Random) -> Self {
        let kept = self.rows.lock();
        let mut rows = kept.safe.clone();
        let mut luck = Luck::new(random, kept.written.len());
        kept.written.iter().filter(|_| luck.keeps()).cloned().for_each(|row| put(&mut rows, row));
        let kept = Kept { safe: rows.clone(), rows, written: Batch::new() };
        Self { rows: Arc::new(Mutex::new(kept)), machine: machine.clone() }
    }

    /// A copy on another machine.
    pub(crate) fn copy_onto(&self, machine: &Machine) -> Self {
        Self { rows: Arc::new(Mutex::new(self.rows.lock().clone())), machine: machine.clone() }
    }

    /// Removes all rows durably.
    pub(crate) fn clear(&self) {
        *self.rows.lock() = Kept::default();
    }

    /// Takes over the rows of another store. Unflushed rows stay unflushed.
    pub(crate) fn take_over(&self, other: &Self) {
        let rows = other.rows.lock().clone();
        *self.rows.lock() = rows;
    }

    fn operate(&self, kind: Kind, what: &str) -> Result<(), BackendError> {
        self.machine
            .operate(kind, || what.to_owned())
            .map_err(|error| BackendError::io(error.kind(), error.to_string()))
    }
}

fn put(rows: &mut Rows, (key, value): (Vec<u8>, Option<Vec<u8>>)) {
    match value {
        Some(value) => rows.insert(key, value),
        None => rows.remove(&key),
    };
}

impl Backend for SimulatedState {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        self.operate(Kind::Read, "get")?;
        Ok(self.rows.lock().rows.get(key).cloned())
    }

    fn first_from(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        self.operate(Kind::Read, "first from")?;
        Ok(self.rows.lock().rows.range(key.to_vec()..).next().map(|(key, _)| key.clone()))
    }

    fn first_keys(&self, prefix: &[u8], max: usize) -> Result<Vec<Vec<u8>>, BackendError> {
        self.operate(Kind::Read, "first keys")?;
        let kept = self.rows.lock();
        let keys = kept.rows.range(prefix.to_vec()..).map(|(key, _)| key).take_while(|key| key.starts_with(prefix));
        Ok(keys.take(max).cloned().collect())
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), BackendError> {
        self.operate(Kind::Read, "scan")?;
        // The rows are copied because the visitor may read further rows.
        let kept = self.rows.lock();
        let matching = kept.rows.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
        let rows: Vec<_> = matching.map(|(key, value)| (key.clone(), value.clone())).collect();
        drop(kept);
        rows.iter().try_for_each(|(key, value)| visit(key, value))
    }

    fn rows_after(&self, after: Option<&[u8]>, bytes: usize) -> Result<Vec<Row>, BackendError> {
        self.operate(Kind::Read, "rows after")?;
        let kept = self.rows.lock();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let later = kept.rows.range::<[u8], _>((from, Bound::Unbounded));
        Ok(first_bytes(later, bytes))
    }

    fn write(&self, mut batch: Batch) -> Result<(), BackendError> {
        let result = self.operate(Kind::Write, "write rows");
        if result.is_err() {
            // A failed batch may have been written in part.
            batch.truncate(batch.len() / 2);
        }
        let mut kept = self.rows.lock();
        for row in batch {
            put(&mut kept.rows, row.clone());
            kept.written.push(row);
        }
        result
    }

    /// A crash may keep a part of these as well: nothing may rely on more.
    fn write_together(&self, batch: Batch) -> Result<(), BackendError> {
        self.write(batch)
    }

    fn flush(&self) -> Result<(), BackendError> {
        self.operate(Kind::Write, "flush rows")?;
        if self.machine.lies() {
            return Ok(());
        }
        let mut kept = self.rows.lock();
        let written = std::mem::take(&mut kept.written);
        written.into_iter().for_each(|row| put(&mut kept.safe, row));
        Ok(())
    }
}
