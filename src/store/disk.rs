//! The seam between an engine and what it keeps its data on.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::backend::Backend;
use super::sled_guard::SledError;
use crate::files::Files;

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
    fn open_state(&self, cache_bytes: u64) -> Result<Box<dyn Backend>, SledError>;

    /// Begins a new state store that is to take the place of the one there is; one that was begun earlier and never
    /// took it is gone.
    fn begin_new_state(&self, cache_bytes: u64) -> Result<Box<dyn Backend>, SledError>;

    /// Puts the new state store, which is closed by now, in the place of the old one, and moves that aside; says where
    /// the old one is now.
    fn put_new_state(&self) -> io::Result<PathBuf>;

    /// The bytes that may still be written; none where nobody knows.
    fn free_bytes(&self) -> Option<u64>;
}
