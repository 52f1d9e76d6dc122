//! A file that is there whole or not at all: it is written beside its place, and moved there when it is done.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// A file on its way. Where it is dropped before it is put in place, it is gone.
pub(crate) struct WholeFile {
    file: File,
    partial: PathBuf,
    place: PathBuf,
    replace: bool,
    in_place: bool,
}

impl WholeFile {
    /// Begins a file that will be at `place`: one that is there already is replaced only where that is asked for.
    pub(crate) fn create(place: &Path, replace: bool) -> Result<Self, Failure> {
        check(place, replace)?;
        let mut name = place.file_name().unwrap_or_default().to_owned();
        name.push(format!(".partial-{}", std::process::id()));
        let partial = place.with_file_name(name);
        let file = File::create(&partial).map_err(|error| cannot_write(&partial, &error))?;
        Ok(Self { file, partial, place: place.to_owned(), replace, in_place: false })
    }

    /// Puts it in its place, when it is safe on disk; answers with its size in bytes.
    pub(crate) fn put(mut self) -> Result<u64, Failure> {
        let failed = |error: io::Error| cannot_write(&self.place, &error);
        self.file.sync_all().map_err(failed)?;
        let bytes = self.file.metadata().map_err(failed)?.len();
        check(&self.place, self.replace)?;
        fs::rename(&self.partial, &self.place).map_err(failed)?;
        self.in_place = true;
        Ok(bytes)
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

impl Drop for WholeFile {
    fn drop(&mut self) {
        if !self.in_place {
            // Whoever is told of the failure does not care for it.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

fn check(place: &Path, replace: bool) -> Result<(), Failure> {
    match fs::symlink_metadata(place) {
        Ok(found) if found.is_dir() => {
            Err(Failure::Broken(format!("{} is a directory; name a file in it", place.display())))
        }
        Ok(_) if !replace => {
            Err(Failure::Broken(format!("{} is there already; name another file, or say --force", place.display())))
        }
        _ => Ok(()),
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::Broken(format!("cannot write {}: {error}; check the path and the room on the disk", path.display()))
}
