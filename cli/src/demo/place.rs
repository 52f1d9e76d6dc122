//! Where the demo's store goes: into its own directory, which is new or empty.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The directory, unless another is named.
pub(crate) const NAME: &str = "inboxdb-demo";

/// The given directory, if it is missing or empty. Without one, the first free name in the current directory,
/// created so that no other demo takes it.
pub(super) fn choose(asked: Option<&Path>) -> Result<PathBuf, Failure> {
    match asked {
        Some(directory) => new_or_empty(directory),
        None => create_free(),
    }
}

/// The directory, if it is missing or empty.
pub(crate) fn new_or_empty(directory: &Path) -> Result<PathBuf, Failure> {
    let refuse = |why: &str| {
        let directory = directory.display();
        Failure::Broken(format!("{directory} {why}; name a directory that is new or empty, or leave out --dir"))
    };
    match fs::read_dir(directory).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(directory.to_owned()),
        Ok(false) => Err(refuse("holds something already")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(directory.to_owned()),
        Err(error) if error.kind() == ErrorKind::NotADirectory => Err(refuse("is not a directory")),
        Err(error) => Err(refuse(&format!("cannot be read: {error}"))),
    }
}

fn create_free() -> Result<PathBuf, Failure> {
    let names = std::iter::once(NAME.to_owned()).chain((2..).map(|number: u32| format!("{NAME}-{number}")));
    for directory in names.map(PathBuf::from) {
        match fs::create_dir(&directory) {
            Ok(()) => return Ok(directory),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(Failure::Broken(format!(
                    "cannot create {} in the current directory: {error}; name another place with --dir",
                    directory.display()
                )));
            }
        }
    }
    Err(Failure::Broken("there is no free name for a directory; name one with --dir".to_owned()))
}

/// The bytes of all files in a directory and below it.
pub(super) fn size(directory: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { size(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_new_and_empty_directories_are_taken() {
        let place = tempfile::tempdir().unwrap();
        assert!(choose(Some(place.path())).is_ok());
        assert!(choose(Some(&place.path().join("new"))).is_ok());
        fs::write(place.path().join("file"), "12345").unwrap();
        assert!(choose(Some(place.path())).is_err());
        assert!(choose(Some(&place.path().join("file"))).is_err());
        assert_eq!(size(place.path()).unwrap(), 5);
    }
}
