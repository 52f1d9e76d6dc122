//! Is a store still where it was opened?
//!
//! A directory can be moved, removed, restored over or mounted over while an engine has it open. The engine reads and
//! writes the files that it opened; this says whether the path still leads to them.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf, absolute};

use super::lock::LOCK_NAME;
use crate::files::{RealFiles, stale};

/// The names whose files are compared besides the directory itself.
const WATCHED: [&str; 3] = [LOCK_NAME, "journal", "state"];

/// The identity of an open store.
pub(super) struct Place {
    /// As the caller named it, for messages.
    shown: PathBuf,
    /// Absolute, so that it stays the same if the process changes its directory. Links in it are followed anew.
    path: PathBuf,
    #[cfg(unix)]
    opened: unix::Opened,
}

impl Place {
    /// Notes what is at the path. Fails if that is not the open directory.
    pub(super) fn of(path: &Path, files: &RealFiles, lock: &File) -> io::Result<Self> {
        let absolute = absolute(path)?;
        #[cfg(unix)]
        let opened = unix::Opened::new(&absolute, files, lock)?;
        #[cfg(not(unix))]
        let _ = (files, lock);
        Ok(Self {
            shown: path.to_owned(),
            path: absolute,
            #[cfg(unix)]
            opened,
        })
    }

    /// Fails if the path leads to something else than what was opened.
    pub(super) fn check(&self) -> io::Result<()> {
        #[cfg(unix)]
        if let Some(difference) = self.opened.difference(&self.path) {
            return Err(stale(self.message(&difference)));
        }
        Ok(())
    }

    #[cfg(unix)]
    fn message(&self, difference: &unix::Difference) -> String {
        use unix::Difference::{Directory, File};

        let path = self.shown.display();
        let moved = self.opened.moved_to().map_or(String::new(), |now| format!(", which is now {now}"));
        match difference {
            Directory(now) => {
                let was = self.opened.describe();
                format!(
                    "{path} is no longer the store that was opened: there is {now}, and what was opened is {was}{moved}; \
                     what is at {path} is left alone; close this engine and open the right store"
                )
            }
            File(name, now) => format!(
                "{name} in {path} is no longer the one that was opened: there is {now}, so the store was replaced or \
                 restored over while it was in use; nothing more is written; close this engine and check the store"
            ),
        }
    }
}

#[cfg(unix)]
mod unix {
    use std::fs::{File, Metadata};
    use std::os::unix::fs::{FileExt, MetadataExt};
    use std::path::Path;
    use std::time::SystemTime;
    use std::{fmt, fs, io};

    use parking_lot::Mutex;

    use super::{LOCK_NAME, WATCHED};
    use crate::directory::format::read_format;
    use crate::files::{RealFiles, stale};

    /// The lock has a line.
    const LOCK_BYTES_MAX: usize = 4 << 10;

    /// What names a file, whatever its path.
    #[derive(Clone, Copy, PartialEq, Eq)]
    struct FileId {
        device: u64,
        inode: u64,
    }

    impl FileId {
        fn of(found: &Metadata) -> Self {
            Self { device: found.dev(), inode: found.ino() }
        }
    }

    impl fmt::Display for FileId {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "inode {} of device {}", self.inode, self.device)
        }
    }

    /// What was opened.
    pub(super) struct Opened {
        directory: File,
        id: FileId,
        /// Those that were there.
        files: [Option<FileId>; WATCHED.len()],
        /// The lock is written once. If its content changes, the files were overwritten in place.
        lock_content: Vec<u8>,
        /// When the lock was written, which spares reading it.
        lock_written: Mutex<Option<SystemTime>>,
    }

    /// What is different at the path.
    pub(super) enum Difference {
        /// The directory. Says what is there.
        Directory(String),
        /// A file in it. Says what is there.
        File(&'static str, String),
    }

    impl Opened {
        pub(super) fn new(path: &Path, files: &RealFiles, lock: &File) -> io::Result<Self> {
            let directory = files.as_file()?;
            let id = FileId::of(&directory.metadata()?);
            let held = lock.metadata()?;
            let [named, journal, state] = WATCHED.map(|name| fs::metadata(path.join(name)).ok());
            if FileId::of(&fs::metadata(path)?) != id || named.as_ref().map(FileId::of) != Some(FileId::of(&held)) {
                return Err(stale("it was replaced while it was being opened; try again".to_owned()));
            }
            let files = [named, journal, state].map(|found| found.as_ref().map(FileId::of));
            let mut lock_content = vec![0; usize::try_from(held.len()).unwrap_or_default().min(LOCK_BYTES_MAX)];
            let read = lock.read_at(&mut lock_content, 0)?;
            lock_content.truncate(read);
            let lock_written = Mutex::new(held.modified().ok());
            Ok(Self { directory, id, files, lock_content, lock_written })
        }

        pub(super) fn difference(&self, path: &Path) -> Option<Difference> {
            match look(path) {
                Looked::Found(found) if FileId::of(&found) == self.id => {}
                Looked::Found(found) => return Some(Difference::Directory(what_is_at(path, &found))),
                Looked::Nothing => return Some(Difference::Directory("nothing".to_owned())),
                Looked::Unknown => return None,
            }
            let opened = WATCHED.iter().zip(self.files).filter_map(|(name, id)| Some((*name, id?)));
            opened.into_iter().find_map(|(name, id)| match look(&path.join(name)) {
                Looked::Found(found) if FileId::of(&found) != id => Some(Difference::File(name, "another".to_owned())),
                Looked::Found(found) if name == LOCK_NAME && !self.is_lock_as_written(path, &found) => {
                    Some(Difference::File(name, "one with other content".to_owned()))
                }
                Looked::Nothing => Some(Difference::File(name, "none".to_owned())),
                Looked::Found(_) | Looked::Unknown => None,
            })
        }

        /// Some file systems change the time of a file once they have stored it. So the content decides.
        fn is_lock_as_written(&self, path: &Path, found: &Metadata) -> bool {
            let now = found.modified().ok();
            if *self.lock_written.lock() == now {
                return true;
            }
            let same = match fs::read(path.join(LOCK_NAME)) {
                Ok(content) => content == self.lock_content,
                Err(error) => error.kind() != io::ErrorKind::NotFound,
            };
            if same {
                *self.lock_written.lock() = now;
            }
            same
        }

        pub(super) fn describe(&self) -> String {
            format!("the directory with {}", self.id)
        }

        /// Where the directory is now, if the system says so.
        pub(super) fn moved_to(&self) -> Option<String> {
            use std::os::fd::AsRawFd;

            let now = fs::read_link(format!("/proc/self/fd/{}", self.directory.as_raw_fd())).ok()?;
            let now = now.to_string_lossy();
            Some(if now.ends_with(" (deleted)") { "removed".to_owned() } else { format!("at {now}") })
        }
    }

    enum Looked {
        Found(Metadata),
        Nothing,
        /// The path cannot be looked at, for example by a process that has given up its rights.
        Unknown,
    }

    fn look(path: &Path) -> Looked {
        use io::ErrorKind::{Interrupted, OutOfMemory, PermissionDenied, TimedOut};

        match fs::metadata(path) {
            Ok(found) => Looked::Found(found),
            Err(error) if !matches!(error.kind(), Interrupted | OutOfMemory | PermissionDenied | TimedOut) => {
                Looked::Nothing
            }
            Err(error) => {
                tracing::debug!(path = %path.display(), %error, "cannot check that the store is still in its place");
                Looked::Unknown
            }
        }
    }

    fn what_is_at(path: &Path, found: &Metadata) -> String {
        let id = FileId::of(found);
        if !found.is_dir() {
            return format!("a file ({id})");
        }
        match read_format(path) {
            Ok(Some(format)) => format!("another store, of format {format} ({id})"),
            _ => format!("another directory ({id})"),
        }
    }
}
