//! Which paths lie inside a store. Whatever is put there by hand is in the way of the engine, or its end.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::refuse_in_a_store;
use crate::failure::Failure;

/// Symbolic links followed from one path, as many as the kernel follows.
const LINKS_MAX: usize = 40;

/// Refuses a directory that is to become a store, or to be filled, inside another store.
pub(crate) fn refuse_inside_a_store(directory: &Path) -> Result<(), Failure> {
    refuse_in_a_store(directory, directory)
}

/// Refuses a directory to be filled with what a store could take for its own, inside a store or as one.
pub(crate) fn refuse_in_or_as_a_store(directory: &Path) -> Result<(), Failure> {
    refuse_in_a_store(directory, &directory.join("file"))
}

/// The store that a path is in, if it is in one. The path need not exist, and may itself be a store.
pub(super) fn store_around(path: &Path) -> Option<PathBuf> {
    let path = resolved(path);
    path.ancestors().skip(1).find(|directory| is_store(directory)).map(Path::to_owned)
}

/// Also a damaged one: two of its parts are enough.
fn is_store(directory: &Path) -> bool {
    let has = |name: &str| directory.join(name).exists();
    let names_itself = || fs::read(directory.join("FORMAT")).is_ok_and(|text| text.starts_with(b"inboxdb store"));
    has("journal") && (has("FORMAT") || has("LOCK") || has("CHECKPOINT")) || names_itself()
}

/// The path without links and dots, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    let path = target(path);
    let absolute = std::path::absolute(&path).unwrap_or(path);
    let existing = absolute.ancestors().find_map(|above| Some((above, fs::canonicalize(above).ok()?)));
    let Some((above, real)) = existing else { return absolute };
    let rest = absolute.strip_prefix(above).unwrap_or(Path::new(""));
    // What does not exist has no links, so its dots can be taken by their word.
    rest.components().fold(real, |mut path, component| {
        match component {
            Component::ParentDir => drop(path.pop()),
            other => path.push(other),
        }
        path
    })
}

/// Where the links at the end of a path lead, also if nothing is there.
pub(super) fn target(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        match fs::read_link(&path) {
            Ok(next) => path = path.parent().unwrap_or(Path::new("")).join(next),
            Err(_) => break,
        }
    }
    path
}
