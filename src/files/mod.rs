//! The interface between the store and the file system.
//!
//! The journal and the checkpoint touch files only through [`Files`] and [`AppendFile`], so that tests can use a disk
//! that fails, forgets and lies.

mod handle;
mod real;
mod replace;
mod whole;

use std::io;
use std::path::Path;

pub(crate) use real::{PlaceCheck, RealFiles, check_handles, stale, sync_directory, sync_file};
pub(crate) use replace::replace_file;
pub use whole::WholeFile;

/// One directory of files, addressed by name without a path.
pub(crate) trait Files: Send + Sync {
    /// Lists all files in any order. Skips names that are not UTF-8, because the store never creates them.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Reads a whole file.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;

    /// Reads the first `len` bytes of a file, or all of a shorter one.
    fn read_start(&self, name: &str, len: usize) -> io::Result<Vec<u8>> {
        let mut bytes = self.read(name)?;
        bytes.truncate(len);
        Ok(bytes)
    }

    /// The length of a file.
    fn len(&self, name: &str) -> io::Result<u64> {
        self.read(name).map(|bytes| bytes.len() as u64)
    }

    /// Creates an empty file and opens it for appending. Fails if it exists.
    fn create(&self, name: &str) -> io::Result<Box<dyn AppendFile>>;

    /// Opens a file for appending after its first `len` bytes, and truncates the rest. Fails if the file is shorter.
    /// The truncation is durable after the next [`AppendFile::sync_data`].
    fn append(&self, name: &str, len: u64) -> io::Result<Box<dyn AppendFile>>;

    /// Renames a file, replacing any file with the new name. An open handle stays valid.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    fn remove(&self, name: &str) -> io::Result<()>;

    /// Opens a file whose parts are overwritten in place, and creates it if it is missing.
    fn slots(&self, name: &str) -> io::Result<Box<dyn Slots>>;

    /// Makes a hard link to a file elsewhere. Fails if the new name exists, or without hard links.
    fn link(&self, _name: &str, _to: &Path) -> io::Result<()> {
        Err(io::Error::from(io::ErrorKind::Unsupported))
    }

    /// Makes creations, renames and removals durable.
    fn sync_dir(&self) -> io::Result<()>;

    /// Fails if another directory is where this one was opened, or none.
    fn check_place(&self) -> io::Result<()> {
        Ok(())
    }
}

/// A file opened for appending.
pub(crate) trait AppendFile: Send {
    /// Appends all bytes. After an error, any part of them may have been written.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes everything written so far durable, including the file's length.
    fn sync_data(&mut self) -> io::Result<()>;

    /// The bytes that can be written before the file gets longer.
    fn room(&self) -> u64;

    /// Makes the file longer, by zeros, so that there is that much room behind what was written, or less if the disk has no more.
    /// A sync of what is written into room has no new length to make durable. After an error the file must not be used.
    fn make_room(&mut self, bytes: u64) -> io::Result<()>;

    /// Makes the file end where the writing ended. That is durable when this returns.
    fn give_up_room(&mut self) -> io::Result<()>;

    /// Fails if the file has no name any more, or another program has changed its length.
    fn check_linked(&self) -> io::Result<()> {
        Ok(())
    }
}

/// A file with parts that are overwritten in place.
pub(crate) trait Slots: Send {
    /// Overwrites bytes without a sync. A kill of the process keeps them; a loss of power may lose or tear them.
    fn put(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;
}
