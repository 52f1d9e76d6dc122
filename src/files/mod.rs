//! The seam between the store and the disk.
//!
//! The journal and the checkpoint touch files only through [`Files`] and [`AppendFile`], so that a test can put a
//! disk behind them that fails, forgets and lies, and the real one stays a few lines.

mod real;
mod replace;
mod whole;

use std::io;

pub(crate) use real::{RealFiles, sync_directory, sync_file};
pub(crate) use replace::replace_file;
pub use whole::WholeFile;

/// One directory of files, named without a path.
pub(crate) trait Files: Send + Sync {
    /// The names of all files, in any order. Names that are not UTF-8 are left out: they are not ours.
    fn list(&self) -> io::Result<Vec<String>>;

    /// The whole content of a file.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;

    /// The first `len` bytes of a file, fewer where it is shorter.
    fn read_start(&self, name: &str, len: usize) -> io::Result<Vec<u8>> {
        let mut bytes = self.read(name)?;
        bytes.truncate(len);
        Ok(bytes)
    }

    /// Creates an empty file and opens it for appending. Fails if it exists.
    fn create(&self, name: &str) -> io::Result<Box<dyn AppendFile>>;

    /// Opens a file for appending after its first `len` bytes; what lies behind them is cut off.
    /// Fails if the file is shorter. The cut is safe after the next [`AppendFile::sync_data`].
    fn append(&self, name: &str, len: u64) -> io::Result<Box<dyn AppendFile>>;

    /// Gives a file another name, in the place of one that has it; one that is open stays so.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes creations, renames and removals safe.
    fn sync_dir(&self) -> io::Result<()>;
}

/// A file that grows at its end.
pub(crate) trait AppendFile: Send {
    /// Writes all bytes at the end. After an error any part of them may have been written.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes everything written so far safe, and the file's length with it.
    fn sync_data(&mut self) -> io::Result<()>;
}
