//! What a directory holds already: a store, part of one, or something else.

use std::fs;
use std::path::{Path, PathBuf, absolute};

use super::format::FORMAT_NAME;
use super::layout::{JOURNAL, STATE};
use super::lock::LOCK_NAME;
use crate::error::OpenError;

/// Fails if a directory lies in a store, where the store could remove it or take it for its own.
pub(crate) fn refuse_inside_store(path: &Path) -> Result<(), OpenError> {
    match store_around(path) {
        Some(store) => Err(OpenError::InsideStore { path: path.to_owned(), store }),
        None => Ok(()),
    }
}

/// The store that a path is in, if any. A store's own directory is not in it.
pub(crate) fn store_around(path: &Path) -> Option<PathBuf> {
    let absolute = absolute(path).ok()?;
    // Links count as what they lead to. What does not exist yet is below something that does.
    let parents = absolute.ancestors().skip(1).map(Path::canonicalize);
    let parent = parents.into_iter().find_map(Result::ok)?;
    let found = parent.ancestors().find(|above| above.join(FORMAT_NAME).is_file() && is_store_without_format(above));
    found.map(Path::to_owned)
}

/// Returns true if the directory has the parts of a store besides `FORMAT`.
pub(super) fn is_store_without_format(path: &Path) -> bool {
    path.join(LOCK_NAME).is_file() && path.join(JOURNAL).is_dir() && path.join(STATE).is_dir()
}

/// Returns true if the directory holds at most the leftovers of an interrupted creation.
pub(super) fn may_become_store(path: &Path) -> Result<bool, OpenError> {
    for entry in fs::read_dir(path).map_err(OpenError::io("list", path))? {
        let entry = entry.map_err(OpenError::io("list", path))?;
        let name = entry.file_name();
        let ours = match name.to_str() {
            Some(LOCK_NAME | "FORMAT.tmp") => entry.path().is_file(),
            Some(JOURNAL | STATE) => is_empty_directory(&entry.path())?,
            _ => false,
        };
        if !ours {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_empty_directory(path: &Path) -> Result<bool, OpenError> {
    Ok(path.is_dir() && fs::read_dir(path).map_err(OpenError::io("list", path))?.next().is_none())
}
