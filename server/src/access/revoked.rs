//! Tokens that no longer count, by their ids, from a file that is read again when it changes.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::SystemTime;
use std::{fs, io};

/// The ids in a file: one a line. Blank lines do not count, nor what follows a `#`.
#[derive(Debug)]
pub(crate) struct Revoked {
    path: PathBuf,
    read: Mutex<Read>,
}

#[derive(Debug)]
struct Read {
    version: Version,
    ids: HashSet<String>,
}

/// What tells one content of a file from another without reading it.
type Version = (Option<SystemTime>, u64);

impl Revoked {
    /// Reads the file, which must exist.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let read = Mutex::new(Read { version: version(path)?, ids: ids(path)? });
        Ok(Self { path: path.to_owned(), read })
    }

    /// Whether a token is revoked. A file that cannot be read any more revokes what it did before.
    pub(crate) fn contains(&self, id: &str) -> bool {
        let mut read = self.read.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match version(&self.path) {
            Ok(version) if version == read.version => {}
            Ok(version) => match ids(&self.path) {
                Ok(ids) => {
                    tracing::info!(file = %self.path.display(), revoked = ids.len(), "read the revoked tokens again");
                    *read = Read { version, ids };
                }
                Err(error) => self.warn(&error),
            },
            Err(error) => self.warn(&error),
        }
        read.ids.contains(id)
    }

    fn warn(&self, error: &io::Error) {
        tracing::warn!(file = %self.path.display(), %error, "the revoked tokens cannot be read; the last list counts");
    }
}

fn version(path: &Path) -> io::Result<Version> {
    let metadata = fs::metadata(path)?;
    Ok((metadata.modified().ok(), metadata.len()))
}

fn ids(path: &Path) -> io::Result<HashSet<String>> {
    let text = fs::read_to_string(path)?;
    let words = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    Ok(words.filter(|word| !word.is_empty()).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_is_read_again_when_it_changes() {
        let directory = std::env::temp_dir().join(format!("inboxdb-revoked-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let path = directory.join("revoked");
        fs::write(&path, "# stolen\nabc # in March\n\n").unwrap();
        let revoked = Revoked::open(&path).unwrap();
        assert!(revoked.contains("abc") && !revoked.contains("def") && !revoked.contains(""));
        fs::write(&path, "abc\ndef\n").unwrap();
        assert!(revoked.contains("abc") && revoked.contains("def"));
        fs::remove_file(&path).unwrap();
        assert!(revoked.contains("def"), "what was revoked stays revoked");
        fs::remove_dir_all(&directory).unwrap();
    }
}
