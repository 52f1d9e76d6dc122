//! The interface between an engine and its storage.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::OpenError;
use crate::files::Files;
use crate::kv::{Backend, BackendError, OpenBackendError};

/// The size of a store on disk, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoreBytes {
    /// The files of the state store.
    pub state: u64,
    /// The segments of the journal.
    pub journal: u64,
}

impl StoreBytes {
    /// The sum of both.
    pub fn total(self) -> u64 {
        self.state + self.journal
    }
}

/// The storage of an engine, held while it is open: a directory of the file system, or a simulated faulty disk in
/// tests.
pub(crate) trait Disk: Send + Sync {
    /// The path shown in messages.
    fn path(&self) -> &Path;

    /// The files beside the journal and the state store.
    fn root(&self) -> &dyn Files;

    /// The files of the journal.
    fn journal(&self) -> Arc<dyn Files>;

    /// Fails if the path leads to another store by now, or to none. What was opened is still used through its handles,
    /// but nothing more should be written.
    fn check_place(&self) -> io::Result<()> {
        Ok(())
    }

    /// Returns true if a state store was ever created.
    fn has_state(&self) -> io::Result<bool>;

    /// Opens the state store, creating it if needed.
    fn open_state(&self, cache_bytes: u64) -> Result<Box<dyn Backend>, OpenBackendError>;

    /// Opens the state store that will replace the current one, creating an empty one if needed.
    fn open_new_state(&self, cache_bytes: u64) -> Result<Box<dyn Backend>, OpenBackendError>;

    /// Removes the replacement state store, if there is one. It must be closed.
    fn discard_new_state(&self) -> io::Result<()>;

    /// Replaces the current state store with the new one and removes the old one. Both must be closed and the new one
    /// durable. A crash leaves one or the other.
    fn replace_state(&self) -> io::Result<()>;

    /// Replaces the current state store like [`replace_state`](Self::replace_state) by one that stays open, and returns that.
    /// The current one may be open, too, but is written no more.
    fn replace_open_state(&self, new: Box<dyn Backend>) -> io::Result<Box<dyn Backend>>;

    /// Replaces the current state store like [`replace_state`](Self::replace_state), but moves the old one aside and
    /// returns its new path. After a crash there may be no state store, and the new one must be rebuilt.
    fn replace_state_set_aside(&self) -> io::Result<PathBuf>;

    /// The size of the store.
    fn bytes(&self) -> io::Result<StoreBytes>;

    /// The bytes that can still be written, or `None` if unknown.
    fn free_bytes(&self) -> Option<u64>;

    /// Releases the lock on the store. Nothing may be read or written through this disk afterwards.
    fn release(&self);
}

/// Converts an error of the state store into an error of opening the store.
pub(crate) fn state_store_error(disk: &dyn Disk) -> impl Fn(BackendError) -> OpenError + Clone {
    let path = disk.path().to_owned();
    move |error| match error {
        BackendError::Damaged(reason) => OpenError::Damaged(reason),
        BackendError::Io { kind, reason } => {
            OpenError::Io { doing: "use the state store in", path: path.clone(), source: io::Error::new(kind, reason) }
        }
    }
}

/// Converts an error of reading the checkpoint into an error of opening the store.
pub(crate) fn checkpoint_error(disk: &dyn Disk) -> impl FnOnce(io::Error) -> OpenError {
    let path = disk.path().to_owned();
    move |error| match error.kind() {
        io::ErrorKind::InvalidData => OpenError::damaged(format!("in {}: {error}", path.display()), &path),
        _ => OpenError::io("read the checkpoint in", &path)(error),
    }
}
