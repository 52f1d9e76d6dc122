//! Writing to a device or a FIFO, which is never replaced.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::cannot_write;
use crate::failure::Failure;

/// An open device or FIFO, and how much was written.
pub(crate) struct Stream {
    file: File,
    bytes: u64,
}

impl Stream {
    /// Opens what exists, and creates nothing. A FIFO waits for its reader.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let file = OpenOptions::new().write(true).open(path).map_err(|error| cannot_write(path, &error))?;
        Ok(Self { file, bytes: 0 })
    }

    /// The bytes written.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
