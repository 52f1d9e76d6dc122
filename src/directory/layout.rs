//! The directory of a store: its layout and its lock.
//!
//! | file | what it is |
//! |---|---|
//! | `FORMAT` | the version of the layout; marks the directory as a store |
//! | `LOCK` | held while an engine has the store open; contains the process id |
//! | `CHECKPOINT` | the change up to which the state store is complete |
//! | `journal/` | the changes, in segments |
//! | `KEEP` | if it exists, the journal keeps changes until a backup holds them |
//! | `BACKUP` | the newest backup in a file |
//! | `state/` | the state store: sled |
//! | `state.new/`, `state.old/` | only while the store is being compacted or rebuilt; see `swap.rs` |
//! | `quarantine-1/` … | damaged state stores that were replaced |

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use parking_lot::Mutex;

use crate::directory::disk::{Disk, StoreBytes};
use crate::directory::swap;
use crate::error::OpenError;
use crate::files::{Files, RealFiles, replace_file, sync_directory};
use crate::kv::{Backend, OpenBackendError, backend_exists, open_backend};

/// The format that is written, and the newest that can be read.
pub(crate) const FORMAT: u32 = 3;
const FORMAT_NAME: &str = "FORMAT";
const FORMAT_WORDS: &str = "inboxdb store, format ";
const LOCK_NAME: &str = "LOCK";

/// The directory of a store, locked by this process.
pub(crate) struct Directory {
    path: PathBuf,
    files: RealFiles,
    /// The lock is held while this file is open.
    lock: Mutex<Option<File>>,
}

impl Directory {
    /// Opens the directory of a store. If `create` is set, turns an empty or missing directory into a store. An error
    /// leaves nothing behind.
    pub(crate) fn open(path: &Path, create: bool) -> Result<Self, OpenError> {
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && create => return Self::create(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(OpenError::Missing(path.to_owned())),
            Err(error) => return Err(OpenError::io("open", path)(error)),
            Ok(metadata) if !metadata.is_dir() => return Err(OpenError::NotADirectory(path.to_owned())),
            Ok(_) => {}
        }
        if let Some(found) = check_format(path)? {
            let directory = Self::hold(path)?;
            swap::settle_states(path).map_err(OpenError::io("clean up an interrupted compaction in", path))?;
            if found < FORMAT {
                // Older versions cannot read what is written from now on.
                directory.write_format()?;
            }
            return Ok(directory);
        }
        let is_empty = may_become_store(path)?;
        match (create, is_empty) {
            (true, true) => Self::initialise(path),
            (false, true) => Err(OpenError::Empty(path.to_owned())),
            (_, false) => Err(OpenError::NotAStore(path.to_owned())),
        }
    }

    /// Creates a store in a missing directory, along with the missing parents.
    fn create(path: &Path) -> Result<Self, OpenError> {
        let missing: Vec<&Path> = path.ancestors().take_while(|above| !above.exists()).collect();
        let created =
            fs::create_dir_all(path).map_err(OpenError::io("create", path)).and_then(|()| Self::initialise(path));
        created.inspect_err(|_| {
            // Directories that are not empty stay, because another process uses them by now.
            missing.into_iter().for_each(|directory| drop(fs::remove_dir(directory)));
        })
    }

    /// Turns an empty directory into a store.
    fn initialise(path: &Path) -> Result<Self, OpenError> {
        let directory = Self::hold(path)?;
        directory.write_layout().inspect_err(|_| {
            for name in [LOCK_NAME, "FORMAT.tmp", FORMAT_NAME] {
                drop(fs::remove_file(path.join(name)));
            }
            drop(fs::remove_dir(directory.journal_path()));
            drop(fs::remove_dir(directory.state_path()));
        })?;
        Ok(directory)
    }

    /// Locks a missing or empty directory without making it a store. [`write_layout`](Self::write_layout) does that
    /// once it is filled.
    pub(crate) fn reserve(path: &Path) -> Result<Self, OpenError> {
        fs::create_dir_all(path).map_err(OpenError::io("create", path))?;
        if check_format(path)?.is_some() || !may_become_store(path)? {
            return Err(OpenError::NotAStore(path.to_owned()));
        }
        let directory = Self::hold(path)?;
        directory.write_directories().inspect_err(|_| directory.clear())?;
        Ok(directory)
    }

    /// Removes everything put into a reserved directory, and the directory itself if it is then empty.
    pub(crate) fn clear(&self) {
        // Errors are ignored: leftovers are reported by the next `open`.
        for directory in [self.journal_path(), self.state_path()] {
            drop(fs::remove_dir_all(directory));
        }
        for name in ["CHECKPOINT", "CHECKPOINT.tmp", "FORMAT.tmp", FORMAT_NAME, LOCK_NAME] {
            drop(fs::remove_file(self.path.join(name)));
        }
        drop(fs::remove_dir(&self.path));
    }

    /// Locks the directory.
    fn hold(path: &Path) -> Result<Self, OpenError> {
        Ok(Self { path: path.to_owned(), files: RealFiles::new(path.to_owned()), lock: Mutex::new(Some(lock(path)?)) })
    }

    fn journal_path(&self) -> PathBuf {
        self.path.join("journal")
    }

    fn state_path(&self) -> PathBuf {
        self.path.join("state")
    }

    fn write_format(&self) -> Result<(), OpenError> {
        let content = format!("{FORMAT_WORDS}{FORMAT}\n");
        replace_file(&self.files, FORMAT_NAME, content.as_bytes()).map_err(OpenError::io("write into", &self.path))
    }

    fn write_directories(&self) -> Result<(), OpenError> {
        for directory in [self.journal_path(), self.state_path()] {
            fs::create_dir_all(&directory).map_err(OpenError::io("create", &directory))?;
        }
        Ok(())
    }

    /// Writes the format last, so that a crash leaves a directory that can still become a store.
    pub(crate) fn write_layout(&self) -> Result<(), OpenError> {
        self.write_directories()?;
        self.write_format()?;
        // The entry of the directory itself. Its parent may not be readable, so a failure is not an error.
        if let Err(error) = self.path.parent().map_or(Ok(()), sync_directory) {
            tracing::debug!(%error, "cannot sync the parent directory of the store");
        }
        Ok(())
    }
}

impl Disk for Directory {
    fn path(&self) -> &Path {
        &self.path
    }

    fn root(&self) -> &dyn Files {
        &self.files
    }

    fn journal(&self) -> Arc<dyn Files> {
        Arc::new(RealFiles::new(self.journal_path()))
    }

    fn has_state(&self) -> bool {
        backend_exists(&self.state_path())
    }

    fn open_state(&self, cache_bytes: u64) -> Result<Box<dyn Backend>, OpenBackendError> {
        open_backend(&self.state_path(), cache_bytes)
    }

    /// Uses the first free name.
    fn replace_state_set_aside(&self) -> io::Result<PathBuf> {
        swap::replace_state_set_aside(&self.path)
    }

    fn open_new_state(&self, cache_bytes: u64) -> Result<Box<dyn Backend>, OpenBackendError> {
        open_backend(&swap::new_state_path(&self.path), cache_bytes)
    }

    fn discard_new_state(&self) -> io::Result<()> {
        swap::discard_new_state(&self.path)
    }

    fn replace_state(&self) -> io::Result<()> {
        swap::replace_state(&self.path)
    }

    fn bytes(&self) -> io::Result<StoreBytes> {
        Ok(StoreBytes { state: bytes_below(&self.state_path())?, journal: bytes_below(&self.journal_path())? })
    }

    fn free_bytes(&self) -> Option<u64> {
        // Not `free_space`: that would count the blocks reserved for root.
        fs4::available_space(&self.path).ok()
    }

    fn release(&self) {
        self.lock.lock().take();
    }
}

/// The format of the store in the directory, or `None` if it is not a store. Fails if the format is newer than this
/// version.
fn check_format(path: &Path) -> Result<Option<u32>, OpenError> {
    let file = path.join(FORMAT_NAME);
    let content = match fs::read(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        content => content.map_err(OpenError::io("read", &file))?,
    };
    let version = std::str::from_utf8(&content).ok().and_then(|text| text.strip_prefix(FORMAT_WORDS));
    match version.and_then(|version| version.trim_end().parse::<u32>().ok()) {
        Some(found) if found > FORMAT => Err(OpenError::NewerFormat { path: path.to_owned(), found, known: FORMAT }),
        Some(found @ 1..=FORMAT) => Ok(Some(found)),
        _ => Err(OpenError::Damaged(format!("{} does not name a format", file.display()))),
    }
}

/// Returns true if the directory holds at most the leftovers of an interrupted creation.
fn may_become_store(path: &Path) -> Result<bool, OpenError> {
    for entry in fs::read_dir(path).map_err(OpenError::io("list", path))? {
        let entry = entry.map_err(OpenError::io("list", path))?;
        let name = entry.file_name();
        let ours = match name.to_str() {
            Some(LOCK_NAME | "FORMAT.tmp") => entry.path().is_file(),
            Some("journal" | "state") => is_empty_directory(&entry.path())?,
            _ => false,
        };
        if !ours {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The total length of all files below a directory.
fn bytes_below(directory: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { bytes_below(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}

fn is_empty_directory(path: &Path) -> Result<bool, OpenError> {
    Ok(path.is_dir() && fs::read_dir(path).map_err(OpenError::io("list", path))?.next().is_none())
}

/// Takes the lock and writes the process id into its file.
fn lock(path: &Path) -> Result<File, OpenError> {
    let name = path.join(LOCK_NAME);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&name)
        .map_err(OpenError::io("open", &name))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            // Windows cannot read a locked file, so the holder stays unknown there.
            let mut holder = String::new();
            let known = file.take(100).read_to_string(&mut holder).is_ok() && !holder.trim().is_empty();
            let holder = if known { holder.trim().to_owned() } else { "another process".to_owned() };
            return Err(OpenError::Locked { path: path.to_owned(), holder });
        }
        Err(TryLockError::Error(error)) => return Err(OpenError::io("lock", &name)(error)),
    }
    let holder = format!("process {}\n", std::process::id());
    let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(holder.as_bytes()));
    if let Err(error) = written {
        // The lock is still held. Only the name of its holder is lost, for example on a full disk.
        tracing::debug!(%error, "cannot record the holder of the lock");
    }
    Ok(file)
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn directory_only_missing_empty_or_half_made_ones_become_stores() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b");
        assert!(matches!(Directory::open(&path, false), Err(OpenError::Missing(_))));
        drop(Directory::open(&path, true).unwrap());
        drop(Directory::open(&path, false).unwrap());

        let half = dir.path().join("half");
        fs::create_dir_all(half.join("journal")).unwrap();
        fs::write(half.join(LOCK_NAME), "").unwrap();
        assert!(matches!(Directory::open(&half, false), Err(OpenError::Empty(_))));
        drop(Directory::open(&half, true).unwrap());

        let other = dir.path().join("other");
        fs::create_dir(&other).unwrap();
        fs::write(other.join("letter.txt"), "dear").unwrap();
        assert!(matches!(Directory::open(&other, true), Err(OpenError::NotAStore(_))));
        assert_eq!(fs::read_dir(&other).unwrap().count(), 1);
    }

    #[test]
    fn directory_refuses_a_newer_format_and_a_second_holder() {
        let dir = tempfile::tempdir().unwrap();
        let held = Directory::open(dir.path(), true).unwrap();
        match Directory::open(dir.path(), true) {
            Err(OpenError::Locked { .. }) if cfg!(windows) => {}
            Err(OpenError::Locked { holder, .. }) => assert_eq!(holder, format!("process {}", std::process::id())),
            other => panic!("{:?}", other.err()),
        }
        drop(held);
        fs::write(dir.path().join(FORMAT_NAME), format!("{FORMAT_WORDS}4\n")).unwrap();
        assert!(matches!(Directory::open(dir.path(), true), Err(OpenError::NewerFormat { found: 4, known: 3, .. })));
        fs::write(dir.path().join(FORMAT_NAME), "hello").unwrap();
        assert!(matches!(Directory::open(dir.path(), true), Err(OpenError::Damaged(_))));
    }
}
