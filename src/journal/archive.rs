//! An archive of journal segments that are older than the checkpoint.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::files::{Files, sync_directory, sync_file};

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

    pub(crate) fn path(&self) -> &Path {
        &self.directory
    }

    /// Adds a segment of a journal. The copy is durable when this returns. If the archive already has
    /// the segment, as after a crash, the contents must match.
    ///
    /// A segment with a successor is never written again, so a hard link is as good as a copy.
    pub(crate) fn keep(&self, journal: &dyn Files, name: &str) -> io::Result<()> {
        let to = self.directory.join(name);
        match journal.link(name, &to) {
            Ok(()) => {}
            Err(_) if to.exists() => check_same(&journal.read(name)?, &to)?,
            // Another file system, or one without hard links.
            Err(_) => self.copy(&journal.read(name)?, &to)?,
        }
        sync_file(&to)?;
        sync_directory(&self.directory)
    }

    /// Copies through a temporary name, so that a crash never leaves part of a segment under its real name.
    fn copy(&self, segment: &[u8], to: &Path) -> io::Result<()> {
        let temporary = to.with_extension("log.tmp");
        fs::write(&temporary, segment)?;
        sync_file(&temporary)?;
        fs::rename(&temporary, to)
    }
}

/// Fails if a segment differs from the archived file. That one then belongs to another store or to another branch of
/// this one, and must not be lost.
fn check_same(segment: &[u8], to: &Path) -> io::Result<()> {
    if fs::read(to)? == segment {
        return Ok(());
    }
    let message = format!("{} already exists with different content; give each store its own archive", to.display());
    Err(io::Error::new(io::ErrorKind::AlreadyExists, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::RealFiles;

    #[test]
    fn archive_never_replaces_a_segment() {
        let dir = tempfile::tempdir().unwrap();
        let (journal, kept) = (dir.path().join("journal"), dir.path().join("a/b"));
        fs::create_dir(&journal).unwrap();
        let name = "00000000000000000001.log";
        fs::write(journal.join(name), b"changes").unwrap();
        let files = RealFiles::new(journal.clone());
        let archive = Archive::open(&kept).unwrap();
        archive.keep(&files, name).unwrap();
        archive.keep(&files, name).unwrap();
        fs::remove_file(journal.join(name)).unwrap();
        assert_eq!(fs::read(kept.join(name)).unwrap(), b"changes");

        fs::write(journal.join(name), b"changed").unwrap();
        let error = archive.keep(&files, name).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert!(error.to_string().contains(name), "{error}");
        assert_eq!(fs::read(kept.join(name)).unwrap(), b"changes");
        assert!(archive.keep(&files, "00000000000000000002.log").is_err(), "the segment is missing");
    }

    #[test]
    fn archive_copy_equals_its_source() {
        let dir = tempfile::tempdir().unwrap();
        let archive = Archive::open(&dir.path().join("archive")).unwrap();
        let to = archive.directory.join("1.log");
        archive.copy(&[7; 200_000], &to).unwrap();
        assert_eq!(fs::read(&to).unwrap(), [7; 200_000]);
        assert_eq!(fs::read_dir(&archive.directory).unwrap().count(), 1);
    }
}
