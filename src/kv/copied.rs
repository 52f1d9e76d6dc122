//! A key-value store that is copied into another one while it is read and written.
//!
//! Rows are copied in slices, in key order. What is written meanwhile goes to both, so whatever the place of a row, the copy
//! has its newest value once the last slice is copied.

use parking_lot::Mutex;

use super::{BATCH_ROWS_MAX, Backend, BackendError, Batch, Row, Visit};

/// The approximate size of a slice in bytes. Writers wait while one is copied.
const SLICE_BYTES: usize = 128 << 10;

/// A store, and its copy while one is being made.
pub(crate) struct Copied {
    main: Box<dyn Backend>,
    copy: Mutex<Copy>,
}

enum Copy {
    None,
    Growing(Box<dyn Backend>),
    /// It could not be written.
    Failed(BackendError),
    /// It has taken the place of this store, which nothing may be written to any more.
    Taken,
}

/// The rows that a walk has seen.
#[derive(Debug, Default)]
pub(crate) struct Copying {
    pub(crate) rows: u64,
    /// The size of keys and values.
    pub(crate) bytes: u64,
}

/// How far a walk through all rows is.
#[derive(Debug)]
pub(crate) enum Step {
    /// Up to this key.
    To(Vec<u8>),
    End,
}

impl Copied {
    pub(crate) fn new(main: Box<dyn Backend>) -> Self {
        Self { main, copy: Mutex::new(Copy::None) }
    }

    /// Closes the store cleanly.
    pub(crate) fn close(self) {
        self.main.close();
    }

    /// Begins a copy into an empty store. From here on, writes go to both.
    pub(crate) fn begin_copy(&self, empty: Box<dyn Backend>) {
        *self.copy.lock() = Copy::Growing(empty);
    }

    /// Drops the copy, if there is one.
    pub(crate) fn drop_copy(&self) {
        let mut copy = self.copy.lock();
        if !matches!(*copy, Copy::Taken) {
            *copy = Copy::None;
        }
    }

    /// Copies the rows after a key, or the first ones.
    pub(crate) fn copy_slice(&self, after: Option<&[u8]>) -> Result<Step, BackendError> {
        let copy = self.copy.lock();
        let slice = self.main.rows_after(after, SLICE_BYTES)?;
        let step = Step::after(&slice);
        let mut slice = slice.into_iter();
        loop {
            let batch: Batch = slice.by_ref().take(BATCH_ROWS_MAX).map(|(key, value)| (key, Some(value))).collect();
            if batch.is_empty() {
                return Ok(step);
            }
            copy.growing()?.write(batch)?;
        }
    }

    /// Compares the rows after a key with those of the copy, and counts them. Fails if they differ.
    pub(crate) fn compare_slice(&self, after: Option<&[u8]>, seen: &mut Copying) -> Result<Step, BackendError> {
        let copy = self.copy.lock();
        let slice = self.main.rows_after(after, SLICE_BYTES)?;
        if copy.growing()?.rows_after(after, SLICE_BYTES)? != slice {
            return Err(BackendError::Damaged("the copy of the state store does not read back as written".to_owned()));
        }
        seen.add(&slice);
        Ok(Step::after(&slice))
    }

    /// Counts the rows after a key.
    pub(crate) fn measure_slice(&self, after: Option<&[u8]>, seen: &mut Copying) -> Result<Step, BackendError> {
        let slice = self.main.rows_after(after, SLICE_BYTES)?;
        seen.add(&slice);
        Ok(Step::after(&slice))
    }

    /// Makes durable what the copy has. Writers wait.
    pub(crate) fn flush_copy(&self) -> Result<(), BackendError> {
        self.copy.lock().growing()?.flush()
    }

    /// Ends the copy and returns it, durable. Nothing can be written to this store afterwards.
    pub(crate) fn take_copy(&self) -> Result<Box<dyn Backend>, BackendError> {
        let mut copy = self.copy.lock();
        copy.growing()?.flush()?;
        match std::mem::replace(&mut *copy, Copy::Taken) {
            Copy::Growing(taken) => Ok(taken),
            _ => Err(no_copy()),
        }
    }

    /// A copy that cannot be written fails by itself: the store goes on without it.
    fn write_to_both(
        &self,
        batch: Batch,
        write: impl Fn(&dyn Backend, Batch) -> Result<(), BackendError>,
    ) -> Result<(), BackendError> {
        let mut copy = self.copy.lock();
        match &*copy {
            Copy::None | Copy::Failed(_) => write(self.main.as_ref(), batch),
            Copy::Growing(growing) => {
                write(self.main.as_ref(), batch.clone())?;
                if let Err(error) = write(growing.as_ref(), batch) {
                    *copy = Copy::Failed(error);
                }
                Ok(())
            }
            Copy::Taken => {
                Err(BackendError::io(std::io::ErrorKind::ResourceBusy, "the state store was just replaced; try again"))
            }
        }
    }
}

impl Copy {
    fn growing(&self) -> Result<&dyn Backend, BackendError> {
        match self {
            Self::Growing(copy) => Ok(copy.as_ref()),
            Self::Failed(error) => Err(error.clone()),
            Self::None | Self::Taken => Err(no_copy()),
        }
    }
}

fn no_copy() -> BackendError {
    BackendError::io(std::io::ErrorKind::NotFound, "no copy of the state store is being made")
}

impl Copying {
    fn add(&mut self, rows: &[Row]) {
        self.rows += rows.len() as u64;
        self.bytes += rows.iter().map(|(key, value)| (key.len() + value.len()) as u64).sum::<u64>();
    }
}

impl Step {
    fn after(slice: &[Row]) -> Self {
        slice.last().map_or(Self::End, |(key, _)| Self::To(key.clone()))
    }
}

impl Backend for Copied {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        self.main.get(key)
    }

    fn first_from(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        self.main.first_from(key)
    }

    fn first_keys(&self, prefix: &[u8], max: usize) -> Result<Vec<Vec<u8>>, BackendError> {
        self.main.first_keys(prefix, max)
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), BackendError> {
        self.main.scan(prefix, visit)
    }

    fn rows_after(&self, after: Option<&[u8]>, bytes: usize) -> Result<Vec<Row>, BackendError> {
        self.main.rows_after(after, bytes)
    }

    fn write(&self, batch: Batch) -> Result<(), BackendError> {
        self.write_to_both(batch, |store, batch| store.write(batch))
    }

    fn write_together(&self, batch: Batch) -> Result<(), BackendError> {
        self.write_to_both(batch, |store, batch| store.write_together(batch))
    }

    fn flush(&self) -> Result<(), BackendError> {
        self.main.flush()
    }

    fn written_bytes(&self) -> u64 {
        self.main.written_bytes()
    }

    fn memory_bytes(&self) -> u64 {
        let copy = self.copy.try_lock();
        let of_copy = copy.as_ref().and_then(|copy| copy.growing().ok()).map_or(0, Backend::memory_bytes);
        self.main.memory_bytes() + of_copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::MemoryBackend;

    fn row(number: u32, value: u8) -> (Vec<u8>, Option<Vec<u8>>) {
        (number.to_be_bytes().to_vec(), Some(vec![value; 1_000]))
    }

    fn rows(backend: &dyn Backend) -> Vec<Row> {
        backend.rows_after(None, usize::MAX).unwrap()
    }

    /// A backend that cannot be written.
    struct Full;

    impl Backend for Full {
        fn get(&self, _: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
            Ok(None)
        }
        fn first_from(&self, _: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
            Ok(None)
        }
        fn first_keys(&self, _: &[u8], _: usize) -> Result<Vec<Vec<u8>>, BackendError> {
            Ok(Vec::new())
        }
        fn scan(&self, _: &[u8], _: &mut Visit<'_>) -> Result<(), BackendError> {
            Ok(())
        }
        fn rows_after(&self, _: Option<&[u8]>, _: usize) -> Result<Vec<Row>, BackendError> {
            Ok(Vec::new())
        }
        fn write(&self, _: Batch) -> Result<(), BackendError> {
            Err(BackendError::io(std::io::ErrorKind::StorageFull, "full"))
        }
        fn write_together(&self, batch: Batch) -> Result<(), BackendError> {
            self.write(batch)
        }
        fn flush(&self) -> Result<(), BackendError> {
            Ok(())
        }
    }

    #[test]
    fn copied_store_has_an_equal_copy_whatever_is_written_meanwhile() {
        let store = Copied::new(Box::new(MemoryBackend::default()));
        store.write((0..2_000).map(|number| row(number, 1)).collect()).unwrap();
        store.begin_copy(Box::new(MemoryBackend::default()));
        let (mut after, mut round) = (None, 0);
        while let Step::To(key) = store.copy_slice(after.as_deref()).unwrap() {
            after = Some(key);
            // Before, at and behind the place of the copy.
            let gone = (round * 37 % 2_000_u32).to_be_bytes().to_vec();
            store.write(vec![row(round, 2), row(1_999 - round, 3), row(2_000 + round % 5, 4), (gone, None)]).unwrap();
            round += 1;
        }
        assert!(round > 10, "{round} slices");
        let (mut after, mut compared, mut measured) = (None, Copying::default(), Copying::default());
        while let Step::To(key) = store.compare_slice(after.as_deref(), &mut compared).unwrap() {
            store.measure_slice(after.as_deref(), &mut measured).unwrap();
            after = Some(key);
        }
        assert_eq!(compared.rows, rows(&store).len() as u64);
        assert_eq!((compared.rows, compared.bytes), (measured.rows, measured.bytes));
        store.flush_copy().unwrap();
        let copy = store.take_copy().unwrap();
        assert_eq!(rows(copy.as_ref()), rows(&store));
        assert!(store.write(vec![row(1, 1)]).is_err(), "what is written now would be lost");
        store.drop_copy();
        assert!(store.write(vec![row(1, 1)]).is_err());
    }

    #[test]
    fn copied_store_goes_on_if_the_copy_fails() {
        let store = Copied::new(Box::new(MemoryBackend::default()));
        store.write(vec![row(1, 1)]).unwrap();
        store.begin_copy(Box::new(Full));
        assert!(store.copy_slice(None).is_err());
        store.write(vec![row(2, 2)]).unwrap();
        assert!(store.copy_slice(None).unwrap_err().to_string().contains("full"));
        assert!(store.take_copy().is_err());
        store.write(vec![row(3, 3)]).unwrap();
        store.drop_copy();
        store.write(vec![row(4, 4)]).unwrap();
        assert_eq!(rows(&store).len(), 4);
        assert!(store.compare_slice(None, &mut Copying::default()).is_err(), "there is no copy");
    }

    #[test]
    fn copied_store_finds_a_difference() {
        let store = Copied::new(Box::new(MemoryBackend::default()));
        store.write(vec![row(1, 1)]).unwrap();
        store.begin_copy(Box::new(MemoryBackend::default()));
        let difference = store.compare_slice(None, &mut Copying::default()).err().unwrap();
        assert!(difference.to_string().contains("does not read back"), "{difference}");
    }
}
