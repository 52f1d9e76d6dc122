//! Copying stores.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Copies a store as a crash would leave it: all files on disk, even while an engine has the store locked.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            // A temporary file may be gone by now.
            match fs::copy(entry.path(), target) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                copied => drop(copied.unwrap()),
            }
        }
    }
}

/// Copies a store as a crash at one moment would leave it: again, if something was written meanwhile, as by a checkpoint.
pub fn copy_of_one_moment(from: &Path, to: &Path) {
    loop {
        let before = written(from);
        copy(from, to);
        if written(from) == before {
            return;
        }
        fs::remove_dir_all(to).unwrap();
    }
}

/// The files below a directory, with their lengths and when they were written last.
fn written(directory: &Path) -> Vec<(PathBuf, u64, Option<SystemTime>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match fs::metadata(&path) {
            Ok(found) if found.is_dir() => files.extend(written(&path)),
            Ok(found) => files.push((path, found.len(), found.modified().ok())),
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound),
        }
    }
    files.sort();
    files
}
