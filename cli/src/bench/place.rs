//! Where the store of a run is: in a temporary directory, or in a named one. It is deleted at the end.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::demo::new_or_empty;
use crate::failure::{Failure, say};
use crate::output::refuse_inside_a_store;
use crate::terminal::{bytes, clean, plural};

/// What a chat takes on disk at most, with its share of the journal and of a copy.
const BYTES_PER_CHAT: u64 = 1_500;
/// What a store takes beside its chats: the journal and what is written anew.
const BYTES_BESIDE: u64 = 300 << 20;
const PREFIX: &str = "inboxdb-bench-";

/// The directory of a run.
pub(super) struct Place {
    root: PathBuf,
    /// Removes the directory at the end, unless another was named.
    _temporary: Option<TempDir>,
    keep: bool,
    /// Whether a named directory was there before.
    existed: bool,
}

impl Place {
    /// Makes the directory. With `keep` the store stays at the end.
    pub(super) fn make(named: Option<&Path>, keep: bool, chats: u64) -> Result<Self, Failure> {
        let place = match named {
            Some(named) => Self::named(named, keep)?,
            None => Self::temporary(keep)?,
        };
        place.check_room(chats)?;
        if is_in_memory(&place.root) {
            let root = clean(&place.root.to_string_lossy());
            say(format_args!("{root} is in memory, so durable commands are not; name a place on a disk with --dir"));
        }
        Ok(place)
    }

    fn named(root: &Path, keep: bool) -> Result<Self, Failure> {
        refuse_inside_a_store(root)?;
        let root = new_or_empty(root)?;
        let existed = root.exists();
        fs::create_dir_all(&root).map_err(|error| failed(&root, "cannot be made", &error))?;
        Ok(Self { root, _temporary: None, keep, existed })
    }

    fn temporary(keep: bool) -> Result<Self, Failure> {
        let around = std::env::temp_dir();
        let made = tempfile::Builder::new().prefix(PREFIX).disable_cleanup(keep).tempdir_in(&around);
        let made = made.map_err(|error| failed(&around, "takes no directory", &error))?;
        Ok(Self { root: made.path().to_owned(), _temporary: Some(made), keep, existed: true })
    }

    /// The store.
    pub(super) fn store(&self) -> PathBuf {
        self.root.join("store")
    }

    /// A copy of the store, for measurements that change it. Removed again by [`Self::remove_copy`].
    pub(super) fn copy(&self) -> Result<PathBuf, Failure> {
        let copy = self.root.join("copy");
        copy_directory(&self.store(), &copy).map_err(|error| failed(&copy, "cannot be written", &error))?;
        Ok(copy)
    }

    pub(super) fn remove_copy(&self) -> Result<(), Failure> {
        let copy = self.root.join("copy");
        fs::remove_dir_all(&copy).map_err(|error| failed(&copy, "cannot be removed", &error))
    }

    /// A file beside the store.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The store that stays, if it does.
    pub(super) fn kept(&self) -> Option<PathBuf> {
        self.keep.then(|| self.store())
    }

    fn check_room(&self, chats: u64) -> Result<(), Failure> {
        let needed = chats * BYTES_PER_CHAT + BYTES_BESIDE;
        let free = fs4::available_space(&self.root).map_err(|error| failed(&self.root, "cannot be used", &error))?;
        if free >= needed {
            return Ok(());
        }
        let (chats, needed, free) = (plural(chats, "chat"), bytes(needed), bytes(free));
        let root = clean(&self.root.to_string_lossy());
        Err(Failure::Broken(format!(
            "{chats} may need {needed}, and {free} are free in {root}; say fewer --chats, or name another place with --dir"
        )))
    }
}

/// Removes what the run put into a named directory.
impl Drop for Place {
    fn drop(&mut self) {
        if self.keep {
            return;
        }
        for name in ["store", "copy"] {
            match fs::remove_dir_all(self.root.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    say(format_args!("{} stays: {error}", self.root.join(name).display()));
                }
                _ => {}
            }
        }
        if !self.existed {
            let _stays_if_others_put_something_in = fs::remove_dir(&self.root);
        }
    }
}

fn failed(path: &Path, how: &str, error: &io::Error) -> Failure {
    let path = clean(&path.to_string_lossy());
    Failure::Broken(format!("{path} {how}: {error}; name another place with --dir"))
}

fn copy_directory(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let (entry, file_type) = entry.and_then(|entry| entry.file_type().map(|found| (entry, found)))?;
        let target = to.join(entry.file_name());
        if file_type.is_dir() {
            copy_directory(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn is_in_memory(path: &Path) -> bool {
    /// `TMPFS_MAGIC` of `linux/magic.h`. The field has another type on other processors.
    const TMPFS: u64 = 0x0102_1994;

    rustix::fs::statfs(path).is_ok_and(|found| found.f_type as u64 == TMPFS)
}

#[cfg(not(target_os = "linux"))]
fn is_in_memory(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_directory_is_left_as_it_was_found() {
        let around = tempfile::tempdir().unwrap();
        let (old, new) = (around.path().join("old"), around.path().join("new"));
        fs::create_dir(&old).unwrap();
        for (root, stays) in [(&old, true), (&new, false)] {
            let place = Place::make(Some(root), false, 1).unwrap();
            fs::create_dir_all(place.store().join("journal")).unwrap();
            fs::write(place.store().join("journal/1"), "x").unwrap();
            let copy = place.copy().unwrap();
            assert_eq!(fs::read(copy.join("journal/1")).unwrap(), b"x");
            drop(place);
            assert_eq!(root.exists(), stays);
        }
        assert!(fs::read_dir(&old).unwrap().next().is_none());
    }

    #[test]
    fn temporary_directory_stays_only_if_it_is_to_be_kept() {
        for keep in [false, true] {
            let place = Place::make(None, keep, 1).unwrap();
            let root = place.root.clone();
            assert_eq!(place.kept().is_some(), keep);
            drop(place);
            assert_eq!(root.exists(), keep);
            let _is_gone_or_not = fs::remove_dir_all(root);
        }
    }

    #[test]
    fn too_little_room_is_refused_before_anything_is_written() {
        let around = tempfile::tempdir().unwrap();
        let Err(Failure::Broken(sentence)) = Place::make(Some(around.path()), false, u64::MAX >> 12) else {
            panic!("that many chats do not fit")
        };
        assert!(sentence.contains("are free in") && sentence.contains("--chats"), "{sentence}");
    }
}
