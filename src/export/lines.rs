//! Reads the lines of an export, one at a time, with bounded memory.

use std::io::{BufRead, Read};

use serde::Deserialize;

use super::ImportError;
use super::line::{Line, VERSION};
use crate::malformed::json_message;

/// A longer line is an error, and is not read to its end.
const LINE_BYTES_MAX: usize = 64 << 20;
/// Buffer capacity kept after a long line.
const LINE_BYTES_KEPT: usize = 1 << 20;

/// The lines of an input.
pub(crate) struct Lines<R> {
    input: R,
    line: Vec<u8>,
    /// How many lines and bytes were read.
    lines: u64,
    bytes: u64,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, line: Vec::new(), lines: 0, bytes: 0 }
    }

    /// The number of the next line.
    pub(crate) fn next_number(&self) -> u64 {
        self.lines + 1
    }

    /// How many bytes were read.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns the next line, including its line feed if present, or `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, ImportError> {
        self.line.clear();
        self.line.shrink_to(LINE_BYTES_KEPT);
        let line = self.next_number();
        let read = self.input.by_ref().take(LINE_BYTES_MAX as u64 + 1).read_until(b'\n', &mut self.line);
        let read = read.map_err(|source| ImportError::Read { line, source })?;
        if read > LINE_BYTES_MAX {
            let reason = format!("it is longer than {} MiB", LINE_BYTES_MAX >> 20);
            return Err(ImportError::Line { line, reason });
        }
        self.lines += u64::from(read > 0);
        self.bytes += read as u64;
        Ok((read > 0).then_some(&self.line))
    }
}

/// The version only, whatever else a header of a later version contains.
#[derive(Deserialize)]
struct AnyHeader {
    inboxdb_export: AnyVersion,
}

#[derive(Deserialize)]
struct AnyVersion {
    version: u64,
}

/// Parses a line. The error is the reason for the caller's report.
pub(crate) fn parse_line(bytes: &[u8], first: bool) -> Result<Line, String> {
    if first {
        match serde_json::from_slice::<AnyHeader>(bytes) {
            Ok(AnyHeader { inboxdb_export: AnyVersion { version } }) if !(1..=VERSION).contains(&version) => {
                return Err(format!("the export has version {version}, and this program reads 1 to {VERSION}"));
            }
            Ok(_) => {}
            Err(error) => return Err(format!("an export begins with `inboxdb_export`: {}", json_message(&error))),
        }
    }
    serde_json::from_slice(bytes).map_err(|error| json_message(&error))
}
