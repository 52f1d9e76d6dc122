//! The real file system.

use std::fs::{File, OpenOptions};
use std::io;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::handle::DirHandle;
use super::{AppendFile, Files, Slots};

/// Checks that a directory is still where it was opened.
pub(crate) type PlaceCheck = Arc<dyn Fn() -> io::Result<()> + Send + Sync>;

/// An existing directory of the file system. It is opened at the first use; from then on everything happens in that
/// directory, even if it is moved and another takes its place.
pub(crate) struct RealFiles {
    origin: Origin,
    handle: OnceLock<DirHandle>,
    check: Option<PlaceCheck>,
}

/// Where a directory is when it is opened.
enum Origin {
    At(PathBuf),
    Below(Arc<RealFiles>, &'static str),
}

impl RealFiles {
    pub(crate) fn new(dir: PathBuf) -> Self {
        Self { origin: Origin::At(dir), handle: OnceLock::new(), check: None }
    }

    /// Opens the directory at once.
    pub(crate) fn open(dir: PathBuf) -> io::Result<Self> {
        let files = Self::new(dir);
        files.handle()?;
        Ok(files)
    }

    /// A directory in this one, with a check of its place.
    pub(crate) fn below(self: &Arc<Self>, name: &'static str, check: PlaceCheck) -> Self {
        Self { origin: Origin::Below(Arc::clone(self), name), handle: OnceLock::new(), check: Some(check) }
    }

    fn handle(&self) -> io::Result<&DirHandle> {
        if let Some(handle) = self.handle.get() {
            return Ok(handle);
        }
        let opened = match &self.origin {
            Origin::At(path) => DirHandle::open(path)?,
            Origin::Below(parent, name) => parent.handle()?.below(name)?,
        };
        Ok(self.handle.get_or_init(|| opened))
    }

    /// Opens a file for reading and writing, and creates it if it is missing.
    pub(crate) fn read_write(&self, name: &str) -> io::Result<File> {
        self.handle()?.read_write_or_create(name)
    }

    /// The open directory, to compare it with what is at a path.
    #[cfg(unix)]
    pub(crate) fn as_file(&self) -> io::Result<File> {
        self.handle()?.as_file()
    }

    pub(crate) fn create_directory(&self, name: &str) -> io::Result<()> {
        self.handle()?.create_directory(name)
    }

    /// Removes a directory and everything in it.
    pub(crate) fn remove_directory(&self, name: &str) -> io::Result<()> {
        self.handle()?.remove_directory(name)
    }

    /// The bytes that this user can still write, or `None` if unknown.
    pub(crate) fn free_bytes(&self) -> Option<u64> {
        self.handle().ok()?.free_bytes()
    }
}

impl Files for RealFiles {
    fn list(&self) -> io::Result<Vec<String>> {
        self.handle()?.list()
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let mut file = self.handle()?.read(name)?;
        let mut bytes = Vec::with_capacity(usize::try_from(file.metadata()?.len()).unwrap_or_default());
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn read_start(&self, name: &str, len: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(len);
        self.handle()?.read(name)?.take(len as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn len(&self, name: &str) -> io::Result<u64> {
        Ok(self.handle()?.read(name)?.metadata()?.len())
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn AppendFile>> {
        Ok(Box::new(RealFile { file: self.handle()?.create_new(name)?, written: 0, len: 0 }))
    }

    fn append(&self, name: &str, len: u64) -> io::Result<Box<dyn AppendFile>> {
        let mut file = self.handle()?.write(name)?;
        let there = file.metadata()?.len();
        if there < len {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("the file has {there} bytes, expected {len}"),
            ));
        }
        if there > len {
            file.set_len(len)?;
            // A shorter length is metadata, which `fdatasync` alone need not persist on every system.
            file.sync_all()?;
        }
        file.seek(SeekFrom::Start(len))?;
        Ok(Box::new(RealFile { file, written: len, len }))
    }

    fn slots(&self, name: &str) -> io::Result<Box<dyn Slots>> {
        Ok(Box::new(RealSlots(self.handle()?.read_write_or_create(name)?)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.handle()?.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.handle()?.remove(name)
    }

    fn link(&self, name: &str, to: &Path) -> io::Result<()> {
        self.handle()?.link(name, to)
    }

    fn sync_dir(&self) -> io::Result<()> {
        self.handle()?.sync()
    }

    fn check_place(&self) -> io::Result<()> {
        self.check.as_ref().map_or(Ok(()), |check| check())
    }
}

/// An open file of the file system.
struct RealFile {
    /// Positioned after what was written.
    file: File,
    /// The length of what was written.
    written: u64,
    /// The length of the file, with the room behind it.
    len: u64,
}

/// Room is written in blocks of this size.
static ZEROS: [u8; 64 << 10] = [0; 64 << 10];

impl AppendFile for RealFile {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.written += bytes.len() as u64;
        self.len = self.len.max(self.written);
        Ok(())
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn room(&self) -> u64 {
        self.len - self.written
    }

    fn make_room(&mut self, bytes: u64) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.len))?;
        while self.room() < bytes {
            let missing = usize::try_from(bytes - self.room()).unwrap_or(usize::MAX).min(ZEROS.len());
            if self.file.write_all(&ZEROS[..missing]).is_err() {
                self.len = self.file.metadata()?.len();
                break;
            }
            self.len += missing as u64;
        }
        self.file.seek(SeekFrom::Start(self.written)).map(drop)
    }

    fn give_up_room(&mut self) -> io::Result<()> {
        if self.room() > 0 {
            self.file.set_len(self.written)?;
            self.len = self.written;
            // A shorter length is metadata, which `fdatasync` alone need not persist on every system.
            self.file.sync_all()?;
        }
        Ok(())
    }

    fn check_linked(&self) -> io::Result<()> {
        let found = self.file.metadata()?;
        if links(&found) == 0 {
            return Err(stale("the file was removed while it was in use".to_owned()));
        }
        if found.len() != self.len {
            let (found, written) = (found.len(), self.len);
            return Err(stale(format!("it has {found} bytes instead of {written}; another program has changed it")));
        }
        Ok(())
    }
}

/// Something else is where a file or directory was opened.
pub(crate) fn stale(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::StaleNetworkFileHandle, message)
}

#[cfg(unix)]
fn links(found: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(found)
}

/// Windows does not remove a file that is open.
#[cfg(not(unix))]
fn links(_found: &std::fs::Metadata) -> u64 {
    1
}

/// A file with parts that are overwritten in place.
struct RealSlots(File);

impl Slots for RealSlots {
    fn put(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.seek(SeekFrom::Start(offset))?;
        self.0.write_all(bytes)
    }
}

/// The errors of a system and of a process with too many open files.
const ENFILE: i32 = 23;
const EMFILE: i32 = 24;

/// Fails if the process, or the system, cannot open as many more files.
pub(crate) fn check_handles(needed: usize) -> io::Result<()> {
    if cfg!(unix) {
        let opened: io::Result<Vec<File>> = (0..needed).map(|_| File::open("/dev/null")).collect();
        return match opened {
            // Another reason says nothing about the number of files.
            Err(error) if matches!(error.raw_os_error(), Some(ENFILE | EMFILE)) => Err(error),
            _ => Ok(()),
        };
    }
    Ok(())
}

/// Makes a file durable that was written through another handle.
pub(crate) fn sync_file(path: &Path) -> io::Result<()> {
    // Windows syncs only through a writable handle. Elsewhere the file may be read-only.
    OpenOptions::new().read(true).write(cfg!(windows)).open(path)?.sync_all()
}

/// Makes creations, renames and removals in a directory durable.
pub(crate) fn sync_directory(dir: &Path) -> io::Result<()> {
    DirHandle::open(dir)?.sync()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> (tempfile::TempDir, RealFiles) {
        let dir = tempfile::tempdir().unwrap();
        let files = RealFiles::new(dir.path().to_path_buf());
        (dir, files)
    }

    #[test]
    fn files_write_rename_truncate_and_remove() {
        let (_dir, files) = files();
        let mut file = files.create("a").unwrap();
        file.write_all(b"hello ").unwrap();
        files.rename("a", "b").unwrap();
        file.write_all(b"world").unwrap();
        file.sync_data().unwrap();
        files.sync_dir().unwrap();
        assert_eq!(files.list().unwrap(), ["b"]);
        assert_eq!(files.read("b").unwrap(), b"hello world");
        assert_eq!(files.read_start("b", 5).unwrap(), b"hello");
        assert_eq!(files.read_start("b", 50).unwrap(), b"hello world");

        let mut file = files.append("b", 5).unwrap();
        file.write_all(b"!").unwrap();
        assert_eq!(files.read("b").unwrap(), b"hello!");

        files.remove("b").unwrap();
        assert!(files.list().unwrap().is_empty());
    }

    #[test]
    fn files_refuse_second_create_and_append_past_the_end() {
        let (_dir, files) = files();
        files.create("a").unwrap();
        assert_eq!(files.create("a").err().map(|error| error.kind()), Some(io::ErrorKind::AlreadyExists));
        assert_eq!(files.append("a", 1).err().map(|error| error.kind()), Some(io::ErrorKind::UnexpectedEof));
    }
}
