//! How much the files of a store take.

use std::ffi::OsStr;
use std::path::Path;
use std::{fs, io};

/// The total length of some files below a directory.
pub(super) fn bytes_below(directory: &Path, counts: &dyn Fn(&OsStr) -> bool) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let metadata = match entry.metadata() {
            // A file of an open store may go at any time.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            metadata => metadata?,
        };
        bytes += match metadata.is_dir() {
            true => bytes_below(&entry.path(), counts)?,
            false if counts(&entry.file_name()) => metadata.len(),
            false => 0,
        };
    }
    Ok(bytes)
}
