//! A file that is complete or missing.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{cannot_write, exists, refused};
use crate::failure::Failure;

/// A file under a temporary name. It is removed if dropped before [`put`](Self::put).
pub(crate) struct WholeFile {
    file: inboxdb::internal::WholeFile,
    place: PathBuf,
    replace: bool,
}

impl WholeFile {
    /// Begins a file for a place that was judged. With `replace` it may replace an existing one.
    pub(crate) fn create(place: &Path, replace: bool) -> Result<Self, Failure> {
        let file = inboxdb::internal::WholeFile::create(place).map_err(|error| cannot_write(place, &error))?;
        Ok(Self { file, place: place.to_owned(), replace })
    }

    /// Puts the file in its place once it is safe on disk. Returns its size in bytes.
    pub(crate) fn put(self) -> Result<u64, Failure> {
        // What was judged may have been replaced since.
        if fs::symlink_metadata(&self.place).is_ok_and(|found| !found.is_file()) {
            return Err(refused(&self.place, "is no longer a file; name another one"));
        }
        let placed = self.file.sync().and_then(|bytes| self.file.put(self.replace).map(|()| bytes));
        placed.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => exists(&self.place),
            _ => cannot_write(&self.place, &error),
        })
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
