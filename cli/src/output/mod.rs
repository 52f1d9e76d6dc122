//! Output that a person names: what may be written where, and files that are complete or missing.

mod inside;
mod stream;
mod whole_file;

use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};

use inside::store_around;
pub(crate) use inside::{refuse_in_or_as_a_store, refuse_inside_a_store};
pub(crate) use stream::Stream;
pub(crate) use whole_file::WholeFile;

use crate::failure::Failure;
use crate::terminal::clean;

/// What a named path is good for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A file, new or to be replaced. The path has no symbolic link at its end.
    File(PathBuf),
    /// A device or a FIFO, which takes what is written and keeps its place.
    Stream(PathBuf),
}

impl Place {
    /// Judges a path before anything is written. With `replace`, a file that exists may be replaced; nothing else ever
    /// is, whatever links lead to it.
    pub(crate) fn of(path: &Path, replace: bool) -> Result<Self, Failure> {
        let found = match fs::metadata(path) {
            Ok(found) => found.file_type(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return missing(path, replace),
            Err(error) => return Err(cannot_write(path, &error)),
        };
        if found.is_dir() {
            return Err(refused(path, "is a directory; name a file in it"));
        }
        if is_stream(found) {
            return refuse_in_a_store(path, path).map(|()| Place::Stream(path.to_owned()));
        }
        if !found.is_file() {
            return Err(refused(path, "is neither a file nor a device nor a FIFO; name another file"));
        }
        let file = fs::canonicalize(path).map_err(|error| cannot_write(path, &error))?;
        refuse_in_a_store(path, &file)?;
        if replace { Ok(Place::File(file)) } else { Err(exists(path)) }
    }

    /// The path for something that is read back once it is written, which a device or a FIFO cannot do.
    pub(crate) fn file(self) -> Result<PathBuf, Failure> {
        match self {
            Place::File(path) => Ok(path),
            Place::Stream(path) => {
                Err(refused(&path, "is a device or a FIFO, from which nothing can be read back; name a file"))
            }
        }
    }
}

/// A path where nothing is, or a link to where nothing is.
fn missing(path: &Path, replace: bool) -> Result<Place, Failure> {
    let is_link = fs::symlink_metadata(path).is_ok();
    if is_link && !replace {
        return Err(exists(path));
    }
    let file = if is_link { inside::target(path) } else { path.to_owned() };
    refuse_in_a_store(path, &file)?;
    Ok(Place::File(file))
}

fn refuse_in_a_store(named: &Path, file: &Path) -> Result<(), Failure> {
    match store_around(file) {
        Some(store) => {
            let store = clean(&store.to_string_lossy());
            Err(refused(named, &format!("is inside the store {store}; name a place outside of it")))
        }
        None => Ok(()),
    }
}

#[cfg(unix)]
fn is_stream(found: FileType) -> bool {
    use std::os::unix::fs::FileTypeExt;

    found.is_fifo() || found.is_char_device() || found.is_block_device()
}

#[cfg(not(unix))]
fn is_stream(_: FileType) -> bool {
    false
}

fn refused(path: &Path, why: &str) -> Failure {
    Failure::Broken(format!("{} {why}", clean(&path.to_string_lossy())))
}

fn exists(path: &Path) -> Failure {
    refused(path, "is there already; name another file, or say --force")
}

/// The failure of a file or device, with the remedy.
pub(crate) fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::Broken(format!(
        "cannot write {}: {error}; check the path, its permissions and the free disk space",
        clean(&path.to_string_lossy())
    ))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    fn why(path: &Path, replace: bool) -> String {
        match Place::of(path, replace) {
            Err(Failure::Broken(sentence)) => sentence,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn files_are_replaced_on_request_and_through_links() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let [file, link, dangling, target] = ["file", "link", "dangling", "target"].map(|name| root.join(name));
        fs::write(&file, "").unwrap();
        symlink("file", &link).unwrap();
        symlink("target", &dangling).unwrap();
        assert_eq!(Place::of(&target, false).unwrap(), Place::File(target.clone()));
        for path in [&file, &link, &dangling] {
            assert!(why(path, false).contains("--force"), "{path:?}");
        }
        for (path, written) in [(&file, &file), (&link, &file), (&dangling, &target)] {
            assert_eq!(Place::of(path, true).unwrap(), Place::File(written.clone()));
        }
    }

    #[test]
    fn devices_are_written_to_and_directories_and_sockets_refused() {
        let dir = tempfile::tempdir().unwrap();
        let [link, socket] = ["link", "socket"].map(|name| dir.path().join(name));
        symlink("/dev/null", &link).unwrap();
        let _listener = UnixListener::bind(&socket).unwrap();
        for replace in [false, true] {
            for device in [Path::new("/dev/null"), &link] {
                assert_eq!(Place::of(device, replace).unwrap(), Place::Stream(device.to_owned()));
                assert!(matches!(Place::of(device, replace).unwrap().file(), Err(Failure::Broken(_))));
            }
            assert!(why(dir.path(), replace).contains("is a directory"));
            assert!(why(&socket, replace).contains("is neither a file"));
        }
    }

    #[test]
    fn nothing_inside_a_store_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let store = dir.path().join("store");
        fs::create_dir_all(store.join("journal")).unwrap();
        fs::write(store.join("FORMAT"), "inboxdb store, format 2\n").unwrap();
        let [to_store, to_file, to_nothing] = ["to_store", "to_file", "to_nothing"].map(|name| dir.path().join(name));
        symlink("store", &to_store).unwrap();
        symlink("store/FORMAT", &to_file).unwrap();
        symlink("store/journal/new", &to_nothing).unwrap();
        let paths = [
            store.join("FORMAT"),
            store.join("new"),
            store.join("journal/new"),
            store.join("journal/../new"),
            store.join("no/such/directory/new"),
            to_store.join("new"),
            to_file,
            to_nothing,
        ];
        for path in paths {
            assert!(why(&path, true).contains("inside the store"), "{path:?}");
        }
        assert!(Place::of(&dir.path().join("new"), true).is_ok());
    }
}
