//! The seam between an engine and what it keeps its data on.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::OpenError;
use crate::files::Files;
use crate::kv::{Backend, BackendError, OpenBackendError};

/// How much room a store takes on its disk, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoreBytes {
    /// The files of the state store.
    pub state: u64,
    /// The segments of the journal.
    pub journal: u64,
}

impl StoreBytes {
    /// Both.
    pub fn total(self) -> u64 {
        self.state + self.journal
    }
}

/// What an engine keeps its data on, and holds as long as it is open: a directory of the file system, or in tests a
/// disk that fails and forgets.
pub(crate) trait Disk: Send + Sync {
    /// How messages name it.
    fn path(&self) -> &Path;

    /// The files beside the journal and the state store.
    fn root(&self) -> &dyn Files;

    /// The files of the journal.
    fn journal(&self) -> Arc<dyn Files>;

    /// Whether a state store was ever made.
    fn has_state(&self) -> bool;

    /// Opens the state store, and makes it where there is none.
    fn open_state(&self, cache_bytes: u64) -> Result<Box<dyn Backend>, OpenBackendError>;

    /// Opens the state store that is to take the place of the present one, and makes it, empty, where there is none.
    fn open_new_state(&self, cache_bytes: u64) -> Result<Box<dyn Backend>, OpenBackendError>;

    /// Removes the state store that was to take the place of the present one, if there is one. It must be closed.
    fn discard_new_state(&self) -> io::Result<()>;

    /// Puts the new state store in the place of the present one, and removes that. Both must be closed, and the new one
    /// safe. A crash on the way leaves one or the other.
    fn replace_state(&self) -> io::Result<()>;

    /// Does the same, but moves the present one aside; says where it is now. After a crash on the way there may be
    /// none, and the new one has to be made again.
    fn replace_state_set_aside(&self) -> io::Result<PathBuf>;

    /// How much room it takes.
    fn bytes(&self) -> io::Result<StoreBytes>;

    /// The bytes that may still be written; none if the system does not say.
    fn free_bytes(&self) -> Option<u64>;

    /// Lets other processes have the store. Nothing is read or written through this disk any more.
    fn release(&self);
}

/// Turns an error of the state store on a disk into one of opening the store.
pub(crate) fn state_store_error(disk: &dyn Disk) -> impl Fn(BackendError) -> OpenError + Clone {
    let path = disk.path().to_owned();
    move |error| match error {
        BackendError::Damaged(reason) => OpenError::Damaged(reason),
        BackendError::Io { kind, reason } => {
            OpenError::Io { doing: "use the state store in", path: path.clone(), source: io::Error::new(kind, reason) }
        }
    }
}
