//! A file that is there whole or not at all: it is written beside its place, and moved there when it is done.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::sync_directory;

/// A file that is not in its place yet. Dropped before it is put there, it is removed.
pub struct WholeFile {
    file: NamedTempFile<File>,
    place: PathBuf,
}

impl WholeFile {
    /// Begins a file for `place`, in the same directory.
    ///
    /// # Errors
    ///
    /// The directory is missing, or cannot be written to.
    pub fn create(place: &Path) -> io::Result<Self> {
        let mut prefix = place.file_name().unwrap_or_default().to_owned();
        prefix.push(".partial-");
        let directory = place.parent().unwrap_or(place);
        // Created by hand: the permissions are those of any new file, and not those of a temporary one.
        let file = Builder::new().prefix(&prefix).make_in(directory, |path| File::create_new(path))?;
        Ok(Self { file, place: place.to_owned() })
    }

    /// Where it is being written.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Makes safe on disk what was written, and returns its size in bytes.
    ///
    /// # Errors
    ///
    /// The disk fails.
    pub fn sync(&self) -> io::Result<u64> {
        self.file.as_file().sync_all()?;
        Ok(self.file.as_file().metadata()?.len())
    }

    /// Puts the synced file in its place. A link that is there is replaced, and not what it points to.
    ///
    /// # Errors
    ///
    /// [`AlreadyExists`](io::ErrorKind::AlreadyExists) where something is in the place and must not be replaced.
    pub fn put(self, replace: bool) -> io::Result<()> {
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
    use std::fs;

    use super::*;

    fn write(place: &Path, text: &str, replace: bool) -> io::Result<()> {
        let mut file = WholeFile::create(place)?;
        file.write_all(text.as_bytes())?;
        assert_eq!(file.sync()?, text.len() as u64);
        assert_ne!(fs::read(place).unwrap_or_default(), text.as_bytes(), "it is in its place too early");
        file.put(replace)
    }

    #[test]
    fn a_file_is_put_whole_replaced_when_asked_for_and_leaves_nothing_behind() {
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
    fn a_file_has_the_permissions_of_any_new_one_and_a_link_is_replaced() {
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
