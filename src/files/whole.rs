//! A file that is written under a temporary name and moved into place when it is complete.

use std::fs::{self, File};
use std::io;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::sync_directory;

/// A file that is not in place yet. Dropping it removes it.
#[derive(Debug)]
pub struct WholeFile {
    file: NamedTempFile<File>,
    place: PathBuf,
}

impl WholeFile {
    /// Starts a file for `place`, in the same directory.
    ///
    /// # Errors
    ///
    /// The directory is missing or not writable.
    pub fn create(place: &Path) -> io::Result<Self> {
        let mut prefix = place.file_name().unwrap_or_default().to_owned();
        prefix.push(".partial-");
        let directory = place.parent().unwrap_or(place);
        // `File::create_new` gives the file the usual permissions, not those of a temporary file.
        let file = Builder::new().prefix(&prefix).make_in(directory, |path| File::create_new(path))?;
        Ok(Self { file, place: place.to_owned() })
    }

    /// The path of the temporary file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Makes the content durable and returns its length in bytes.
    ///
    /// # Errors
    ///
    /// The disk failed.
    pub fn sync(&self) -> io::Result<u64> {
        self.file.as_file().sync_all()?;
        Ok(self.file.as_file().metadata()?.len())
    }

    /// Moves the synced file into place. A symbolic link there is replaced, not followed. A device or a FIFO is not
    /// replaced, whatever `replace` says: others rely on it.
    ///
    /// # Errors
    ///
    /// [`AlreadyExists`](io::ErrorKind::AlreadyExists) if `place` exists and `replace` is false, or if it is neither a
    /// file nor a link.
    pub fn put(self, replace: bool) -> io::Result<()> {
        let is_other = fs::symlink_metadata(&self.place).is_ok_and(|found| !found.is_file() && !found.is_symlink());
        if is_other {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "something other than a file is there"));
        }
        let placed = match replace {
            true => self.file.persist(&self.place),
            false => self.file.persist_noclobber(&self.place),
        };
        placed.map_err(|failed| failed.error)?;
        self.place.parent().map_or(Ok(()), sync_directory)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn write(place: &Path, text: &str, replace: bool) -> io::Result<()> {
        let mut file = WholeFile::create(place)?;
        file.write_all(text.as_bytes())?;
        assert_eq!(file.sync()?, text.len() as u64);
        assert_ne!(fs::read(place).unwrap_or_default(), text.as_bytes(), "the file must not be in place yet");
        file.put(replace)
    }

    #[test]
    fn whole_file_is_atomic_and_replaces_only_on_request() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("file");
        write(&place, "one", false).unwrap();
        assert_eq!(write(&place, "two", false).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&place).unwrap(), b"one");
        write(&place, "three", true).unwrap();
        assert_eq!(fs::read(&place).unwrap(), b"three");
        drop(WholeFile::create(&place).unwrap());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn whole_file_never_replaces_a_socket_or_a_directory() {
        let dir = tempfile::tempdir().unwrap();
        let [socket, directory] = ["socket", "directory"].map(|name| dir.path().join(name));
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        fs::create_dir(&directory).unwrap();
        for place in [&socket, &directory] {
            let mut file = WholeFile::create(place).unwrap();
            file.write_all(b"text").unwrap();
            assert_eq!(file.put(true).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            assert!(!fs::symlink_metadata(place).unwrap().is_file());
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "no temporary file is left");
    }

    #[cfg(unix)]
    #[test]
    fn whole_file_has_usual_permissions_and_replaces_a_link() {
        use std::os::unix::fs::{MetadataExt, symlink};

        let dir = tempfile::tempdir().unwrap();
        let [place, usual, target] = ["file", "usual", "target"].map(|name| dir.path().join(name));
        fs::write(&usual, "").unwrap();
        fs::write(&target, "target").unwrap();
        symlink(&target, &place).unwrap();
        assert!(write(&place, "one", false).is_err());
        write(&place, "two", true).unwrap();
        assert!(fs::symlink_metadata(&place).unwrap().is_file());
        assert_eq!(fs::read(&target).unwrap(), b"target");
        assert_eq!(fs::metadata(&place).unwrap().mode(), fs::metadata(&usual).unwrap().mode());
    }
}
