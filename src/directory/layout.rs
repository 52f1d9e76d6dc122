//! The directory of a store: its layout and its lock.
//!
//! | file | what it is |
//! |---|---|
//! | `FORMAT` | the version of the layout; marks the directory as a store |
//! | `LOCK` | held while an engine has the store open; contains the process id |
//! | `CHECKPOINT`, `CHECKPOINT-2` | the change up to which the state store is complete, twice |
//! | `journal/` | the changes, in segments |
//! | `DURABLE` | the change up to which the journal is durable at least |
//! | `EPOCH` | the epoch of the change feed |
//! | `KEEP` | if it exists, the journal keeps changes until a backup holds them |
//! | `BACKUP` | the newest backup in a file |
//! | `state/` | the state store: sled |
//! | `state.new/`, `state.old/`, `journal.new/` | only while the store is being compacted or rebuilt; see `swap.rs` |
//! | `quarantine-1/` … | damaged state stores and journals that were replaced |
//!
//! Once the directory is open, everything happens in that very directory, whatever is at its path by then. Only the
//! state store goes by path, and only while it opens; so its place is checked before.

use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;
use std::{fs, io};

use parking_lot::Mutex;

use super::checkpoint::CHECKPOINT_NAMES;
use super::epoch::EPOCH_NAME;
use super::format::{FORMAT, FORMAT_NAME, FORMAT_OLDEST, read_format, write_format};
use super::lock::{LOCK_NAME, Lock, lock};
use super::occupied::{is_store_without_format, may_become_store, refuse_inside_store};
use super::place::Place;
use super::size::bytes_below;
use crate::directory::disk::{Disk, StoreBytes};
use crate::directory::swap;
use crate::error::OpenError;
use crate::files::{Files, PlaceCheck, RealFiles, check_handles, sync_directory};
use crate::kv::{Backend, OpenBackendError, backend_exists, open_backend};

/// The files that a store has open while it opens. Fewer would fail halfway.
const HANDLES: usize = 16;

pub(crate) const JOURNAL: &str = "journal";
pub(super) const STATE: &str = "state";

/// The directory of a store, locked by this process.
pub(crate) struct Directory {
    /// As the caller named it.
    path: PathBuf,
    /// The absolute path.
    absolute: PathBuf,
    files: Arc<RealFiles>,
    journal: Arc<RealFiles>,
    place: Arc<Mutex<Option<Place>>>,
    /// Dropped when the store is closed.
    lock: Mutex<Option<Lock>>,
    /// The directories made for this store, if this opening made it.
    made: Option<Vec<PathBuf>>,
}

impl Directory {
    /// Opens the directory of a store. If `create` is set, turns an empty or missing directory into a store. An error
    /// leaves nothing behind.
    pub(crate) fn open(path: &Path, create: bool) -> Result<Self, OpenError> {
        check_handles(HANDLES).map_err(OpenError::io("open the files of", path))?;
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && create => return Self::create(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(OpenError::Missing(path.to_owned())),
            Err(error) => return Err(OpenError::io("open", path)(error)),
            Ok(metadata) if !metadata.is_dir() => return Err(OpenError::NotADirectory(path.to_owned())),
            Ok(_) => {}
        }
        if let Some(found) = read_format(path)? {
            let directory = Self::hold(path)?;
            directory.settle()?;
            if found < FORMAT {
                // Older versions cannot read what is written from now on.
                directory.write_format(FORMAT)?;
            }
            return Ok(directory);
        }
        let is_empty = may_become_store(path)?;
        match (create, is_empty) {
            (true, true) => Self::initialise(path, Vec::new()),
            (false, true) => Err(OpenError::Empty(path.to_owned())),
            (_, false) if is_store_without_format(path) => {
                let what = format!(
                    "{} is missing; if this was a store, the file was lost, and if it was being made, that was \
                     interrupted: remove the directory and make the store again",
                    path.join(FORMAT_NAME).display()
                );
                Err(OpenError::damaged(what, path))
            }
            (_, false) => Err(OpenError::NotAStore(path.to_owned())),
        }
    }

    /// Opens a store that may be damaged, `FORMAT` included.
    pub(crate) fn open_damaged(path: &Path) -> Result<(Self, Option<u32>), OpenError> {
        check_handles(HANDLES).map_err(OpenError::io("open the files of", path))?;
        let format = match read_format(path) {
            Err(OpenError::Damaged(_)) => None,
            Ok(None) if !is_store_without_format(path) => return Err(OpenError::NotAStore(path.to_owned())),
            format => format?,
        };
        let directory = Self::hold(path)?;
        directory.settle()?;
        Ok((directory, format))
    }

    /// Creates a store in a missing directory, along with the missing parents.
    fn create(path: &Path) -> Result<Self, OpenError> {
        refuse_inside_store(path)?;
        let missing: Vec<PathBuf> = path.ancestors().take_while(|above| !above.exists()).map(Path::to_owned).collect();
        let created = fs::create_dir_all(path)
            .map_err(OpenError::io("create", path))
            .and_then(|()| Self::initialise(path, missing.clone()));
        created.inspect_err(|_| remove_directories(&missing))
    }

    /// Turns an empty directory into a store.
    fn initialise(path: &Path, made: Vec<PathBuf>) -> Result<Self, OpenError> {
        refuse_inside_store(path)?;
        let directory = Self { made: Some(made), ..Self::hold(path)? };
        directory.write_layout().inspect_err(|_| directory.clear())?;
        Ok(directory)
    }

    /// Locks a missing or empty directory without making it a store. [`write_layout`](Self::write_layout) does that
    /// once it is filled.
    pub(crate) fn reserve(path: &Path) -> Result<Self, OpenError> {
        refuse_inside_store(path)?;
        check_handles(HANDLES).map_err(OpenError::io("open the files of", path))?;
        fs::create_dir_all(path).map_err(OpenError::io("create", path))?;
        if read_format(path)?.is_some() || !may_become_store(path)? {
            return Err(OpenError::NotAStore(path.to_owned()));
        }
        let directory = Self { made: Some(vec![path.to_owned()]), ..Self::hold(path)? };
        directory.write_directories().inspect_err(|_| directory.clear())?;
        Ok(directory)
    }

    /// Removes everything that this opening put into a new store, and the directories made for it if they are empty.
    /// Leaves a store alone that was there before.
    pub(crate) fn clear(&self) {
        let Some(made) = &self.made else { return };
        if self.check_place().is_err() {
            return;
        }
        // Errors are ignored: leftovers are reported by the next `open`.
        for directory in [JOURNAL, STATE] {
            drop(self.files.remove_directory(directory));
        }
        for name in CHECKPOINT_NAMES.into_iter().chain([FORMAT_NAME, EPOCH_NAME, "KEEP", "DURABLE"]) {
            drop(self.files.remove(&format!("{name}.tmp")));
            drop(self.files.remove(name));
        }
        drop(self.files.remove(LOCK_NAME));
        remove_directories(made);
    }

    /// Locks the directory.
    fn hold(path: &Path) -> Result<Self, OpenError> {
        let files = Arc::new(RealFiles::open(path.to_owned()).map_err(OpenError::io("open", path))?);
        let place = Arc::<Mutex<Option<Place>>>::default();
        let watched = Arc::clone(&place);
        let check: PlaceCheck = Arc::new(move || watched.lock().as_ref().map_or(Ok(()), Place::check));
        let directory = Self {
            lock: Mutex::new(Some(lock(path, &files)?)),
            absolute: absolute(path).map_err(OpenError::io("find", path))?,
            path: path.to_owned(),
            journal: Arc::new(files.below(JOURNAL, check)),
            files,
            place,
            made: None,
        };
        directory.note_place().map_err(OpenError::io("open", path))?;
        Ok(directory)
    }

    /// Finishes what an interrupted compaction or rebuild has left.
    fn settle(&self) -> Result<(), OpenError> {
        let settled = swap::settle_states(&self.files).and_then(|()| swap::settle_journal(&self.files));
        settled
            .and_then(|()| self.note_place())
            .map_err(OpenError::io("clean up an interrupted compaction in", &self.path))
    }

    /// Notes which files the path leads to now. Later checks compare with these.
    fn note_place(&self) -> io::Result<()> {
        let found = self.find_place()?;
        *self.place.lock() = Some(found);
        Ok(())
    }

    fn find_place(&self) -> io::Result<Place> {
        let lock = self.lock.lock();
        let lock = lock.as_ref().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        Place::of(&self.path, &self.files, lock.file())
    }

    /// Writes the format of a store that has lost it. The oldest one, so that the next opening does whatever newer
    /// formats need, if only once more.
    pub(crate) fn write_oldest_format(&self) -> Result<(), OpenError> {
        self.write_format(FORMAT_OLDEST)
    }

    fn write_format(&self, format: u32) -> Result<(), OpenError> {
        write_format(&*self.files, format).map_err(OpenError::io("write into", &self.path))
    }

    fn write_directories(&self) -> Result<(), OpenError> {
        for name in [JOURNAL, STATE] {
            match self.files.create_directory(name) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(OpenError::io("create", &self.path.join(name))(error));
                }
                _ => {}
            }
        }
        self.note_place().map_err(OpenError::io("open", &self.path))
    }

    /// Writes the format last, so that a crash leaves a directory that can still become a store.
    pub(crate) fn write_layout(&self) -> Result<(), OpenError> {
        self.write_directories()?;
        self.write_format(FORMAT)?;
        // The entry of the directory itself. Its parent may not be readable, so a failure is not an error.
        if let Err(error) = self.path.parent().map_or(Ok(()), sync_directory) {
            tracing::debug!(%error, "cannot sync the parent directory of the store");
        }
        Ok(())
    }

    /// Moves damaged files to the first free `quarantine-N`, and returns its path. If the journal is among them, puts
    /// `journal.new` in its place.
    pub(crate) fn set_aside(&self, damaged: &[&str]) -> io::Result<PathBuf> {
        self.check_place()?;
        let name = swap::set_aside(&self.files, damaged)?;
        self.note_place()?;
        Ok(self.path.join(name))
    }

    /// The directory of the journal that will replace the current one, created empty.
    pub(crate) fn new_journal(&self) -> io::Result<Arc<dyn Files>> {
        self.check_place()?;
        swap::discard_new_journal(&self.files)?;
        self.files.create_directory(swap::NEW_JOURNAL)?;
        Ok(Arc::new(RealFiles::new(self.absolute.join(swap::NEW_JOURNAL))))
    }

    /// Removes the new journal, if there is one.
    pub(crate) fn discard_new_journal(&self) -> io::Result<()> {
        self.check_place()?;
        swap::discard_new_journal(&self.files)
    }

    fn open_backend_at(&self, name: &str, cache_bytes: u64) -> Result<Box<dyn Backend>, OpenBackendError> {
        let check = || {
            let doing = "open the state store in";
            self.check_place().map_err(|source| OpenBackendError::Io { doing, path: self.path.clone(), source })
        };
        // The backend goes by path: nothing else may be there before, nor after.
        check()?;
        let backend = open_backend(&self.absolute.join(name), cache_bytes)?;
        check().map(|()| backend)
    }
}

impl Disk for Directory {
    fn path(&self) -> &Path {
        &self.path
    }

    fn root(&self) -> &dyn Files {
        &*self.files
    }

    fn journal(&self) -> Arc<dyn Files> {
        Arc::clone(&self.journal) as Arc<dyn Files>
    }

    fn check_place(&self) -> io::Result<()> {
        self.journal.check_place()
    }

    fn has_state(&self) -> io::Result<bool> {
        backend_exists(&self.absolute.join(STATE))
    }

    fn open_state(&self, cache_bytes: u64) -> Result<Box<dyn Backend>, OpenBackendError> {
        self.open_backend_at(STATE, cache_bytes)
    }

    /// Uses the first free name.
    fn replace_state_set_aside(&self) -> io::Result<PathBuf> {
        self.check_place()?;
        let name = swap::replace_state_set_aside(&self.files)?;
        self.note_place()?;
        Ok(self.path.join(name))
    }

    fn open_new_state(&self, cache_bytes: u64) -> Result<Box<dyn Backend>, OpenBackendError> {
        self.open_backend_at(swap::NEW, cache_bytes)
    }

    fn discard_new_state(&self) -> io::Result<()> {
        self.check_place()?;
        swap::discard_new_state(&self.files)
    }

    fn replace_state(&self) -> io::Result<()> {
        self.check_place()?;
        // Checks wait until the new place is noted.
        let mut place = self.place.lock();
        swap::replace_state(&self.files)?;
        *place = Some(self.find_place()?);
        Ok(())
    }

    fn replace_open_state(&self, mut new: Box<dyn Backend>) -> io::Result<Box<dyn Backend>> {
        self.replace_state()?;
        new.moved_to(&self.absolute.join(STATE));
        Ok(new)
    }

    fn bytes(&self) -> io::Result<StoreBytes> {
        let segments = |name: &std::ffi::OsStr| Path::new(name).extension().is_some_and(|is| is == "log");
        Ok(StoreBytes {
            state: bytes_below(&self.absolute.join(STATE), &|_| true)?,
            journal: bytes_below(&self.absolute.join(JOURNAL), &segments)?,
        })
    }

    fn free_bytes(&self) -> Option<u64> {
        self.files.free_bytes()
    }

    fn release(&self) {
        self.lock.lock().take();
    }
}

/// Removes directories that are empty. Those that are not stay, because another process uses them by now.
fn remove_directories(directories: &[PathBuf]) {
    directories.iter().for_each(|directory| drop(fs::remove_dir(directory)));
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::directory::format::content;

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
        fs::write(dir.path().join(FORMAT_NAME), content(FORMAT + 1)).unwrap();
        let newer = Directory::open(dir.path(), true).err();
        assert!(matches!(newer, Some(OpenError::NewerFormat { found, known: FORMAT, .. }) if found == FORMAT + 1));
        fs::write(dir.path().join(FORMAT_NAME), "hello").unwrap();
        assert!(matches!(Directory::open(dir.path(), true), Err(OpenError::Damaged(_))));
    }
}
