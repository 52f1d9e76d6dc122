//! Output files: complete or missing, and an existing file is replaced only with `--force`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// A file under a temporary name. It is removed if dropped before [`put`](Self::put).
pub(crate) struct WholeFile {
    file: inboxdb::internal::WholeFile,
    place: PathBuf,
    replace: bool,
}

impl WholeFile {
    /// Begins a file for `place`. With `replace` it may replace an existing one.
    pub(crate) fn create(place: &Path, replace: bool) -> Result<Self, Failure> {
        check(place, replace)?;
        let file = inboxdb::internal::WholeFile::create(place).map_err(|error| cannot_write(place, &error))?;
        Ok(Self { file, place: place.to_owned(), replace })
    }

    /// Puts the file in its place once it is safe on disk. Returns its size in bytes.
    pub(crate) fn put(self) -> Result<u64, Failure> {
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

/// Fails early if the file could not be put in its place later.
pub(crate) fn check(place: &Path, replace: bool) -> Result<(), Failure> {
    if place.is_dir() {
        return Err(Failure::Broken(format!("{} is a directory; name a file in it", place.display())));
    }
    // A dangling link exists too, and would be replaced.
    if !replace && fs::symlink_metadata(place).is_ok() { Err(exists(place)) } else { Ok(()) }
}

fn exists(place: &Path) -> Failure {
    Failure::Broken(format!("{} is there already; name another file, or say --force", place.display()))
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::Broken(format!(
        "cannot write {}: {error}; check the path, its permissions and the free disk space",
        path.display()
    ))
}
