//! The real file system.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::{AppendFile, Files};

/// An existing directory of the file system.
pub(crate) struct RealFiles {
    dir: PathBuf,
}

impl RealFiles {
    pub(crate) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

impl Files for RealFiles {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.path(name))
    }

    fn read_start(&self, name: &str, len: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(len);
        File::open(self.path(name))?.take(len as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn AppendFile>> {
        let file = OpenOptions::new().write(true).create_new(true).open(self.path(name))?;
        Ok(Box::new(RealFile(file)))
    }

    fn append(&self, name: &str, len: u64) -> io::Result<Box<dyn AppendFile>> {
        let mut file = OpenOptions::new().write(true).open(self.path(name))?;
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
        Ok(Box::new(RealFile(file)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path(name))
    }

    fn sync_dir(&self) -> io::Result<()> {
        sync_directory(&self.dir)
    }
}

/// An open file of the file system.
struct RealFile(File);

impl AppendFile for RealFile {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}

/// Makes a file durable that was written through another handle.
pub(crate) fn sync_file(path: &Path) -> io::Result<()> {
    // Windows syncs only through a writable handle. Elsewhere the file may be read-only.
    OpenOptions::new().read(true).write(cfg!(windows)).open(path)?.sync_all()
}

/// Makes creations, renames and removals in a directory durable.
#[cfg(unix)]
pub(crate) fn sync_directory(dir: &Path) -> io::Result<()> {
    // The parent of a bare file name is the empty path.
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    File::open(dir)?.sync_all()
}

/// Does nothing: Windows cannot open a directory as a file, and NTFS journals its entries itself.
#[cfg(not(unix))]
pub(crate) fn sync_directory(_dir: &Path) -> io::Result<()> {
    Ok(())
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
