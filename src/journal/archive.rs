//! An archive of journal segments that are older than the checkpoint.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::files::{sync_directory, sync_file};

/// A directory of segments that hold only changes before a checkpoint.
#[derive(Debug, Clone)]
pub(crate) struct Archive {
    directory: PathBuf,
}

impl Archive {
    /// Opens the archive. Creates the directory if it is missing.
    pub(crate) fn open(directory: &Path) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        Ok(Self { directory: directory.to_owned() })
    }

    /// Adds a segment from the directory `journal`. The copy is durable when this returns. If the archive already has
    /// the segment, as after a crash, the contents must match.
    ///
    /// A segment with a successor is never written again, so a hard link is as good as a copy.
    pub(crate) fn keep(&self, journal: &Path, name: &str) -> io::Result<()> {
        let (from, to) = (journal.join(name), self.directory.join(name));
        match fs::hard_link(&from, &to) {
            Ok(()) => {}
            Err(_) if to.exists() => check_same(&from, &to)?,
            // Another file system, or one without hard links.
            Err(_) => self.copy(&from, &to)?,
        }
        sync_file(&to)?;
        sync_directory(&self.directory)
    }

    /// Copies through a temporary name, so that a crash never leaves part of a segment under its real name.
    fn copy(&self, from: &Path, to: &Path) -> io::Result<()> {
        let temporary = to.with_extension("log.tmp");
        fs::copy(from, &temporary)?;
        sync_file(&temporary)?;
        fs::rename(&temporary, to)
    }
}

/// Fails if two files differ. The archived file then belongs to another store or to another branch of this one, and
/// must not be lost.
fn check_same(from: &Path, to: &Path) -> io::Result<()> {
    if same(from, to)? {
        return Ok(());
    }
    let message = format!("{} already exists with different content; give each store its own archive", to.display());
    Err(io::Error::new(io::ErrorKind::AlreadyExists, message))
}

fn same(one: &Path, other: &Path) -> io::Result<bool> {
    let (one, other) = (File::open(one)?, File::open(other)?);
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let (mut one, mut other) = (BufReader::new(one), BufReader::new(other));
    let (mut left, mut right) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    loop {
        let read = one.read(&mut left)?;
        let (Some(left), Some(right)) = (left.get(..read), right.get_mut(..read)) else { return Ok(false) };
        other.read_exact(right)?;
        if left != right {
            return Ok(false);
        }
        if read == 0 {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archive_never_replaces_a_segment() {
        let dir = tempfile::tempdir().unwrap();
        let (journal, kept) = (dir.path().join("journal"), dir.path().join("a/b"));
        fs::create_dir(&journal).unwrap();
        let name = "00000000000000000001.log";
        fs::write(journal.join(name), b"changes").unwrap();
        let archive = Archive::open(&kept).unwrap();
        archive.keep(&journal, name).unwrap();
        archive.keep(&journal, name).unwrap();
        fs::remove_file(journal.join(name)).unwrap();
        assert_eq!(fs::read(kept.join(name)).unwrap(), b"changes");

        fs::write(journal.join(name), b"changed").unwrap();
        let error = archive.keep(&journal, name).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert!(error.to_string().contains(name), "{error}");
        assert_eq!(fs::read(kept.join(name)).unwrap(), b"changes");
        assert!(archive.keep(&journal, "00000000000000000002.log").is_err(), "the segment is missing");
    }

    #[test]
    fn archive_copy_equals_its_source() {
        let dir = tempfile::tempdir().unwrap();
        let archive = Archive::open(&dir.path().join("archive")).unwrap();
        let (from, to) = (dir.path().join("1.log"), archive.directory.join("1.log"));
        fs::write(&from, vec![7; 200_000]).unwrap();
        archive.copy(&from, &to).unwrap();
        assert!(same(&from, &to).unwrap());
        assert_eq!(fs::read_dir(&archive.directory).unwrap().count(), 1);
    }
}
