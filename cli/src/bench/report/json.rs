//! The results as JSON.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::super::results::Results;
use crate::failure::Failure;
use crate::output::{Place, Stream, WholeFile, cannot_write};
use crate::terminal::print_raw;

/// Where the JSON goes.
pub(crate) enum Json {
    /// Standard output.
    Printed,
    /// A file or a device, and whether a file may be replaced.
    Written { named: PathBuf, place: Place, replace: bool },
}

impl Json {
    /// Judges the place before the run begins.
    pub(crate) fn to(path: &Path, replace: bool) -> Result<Self, Failure> {
        if path == Path::new("-") {
            return Ok(Self::Printed);
        }
        Ok(Self::Written { named: path.to_owned(), place: Place::of(path, replace)?, replace })
    }

    /// Whether the JSON takes the place of the tables.
    pub(crate) fn is_printed(&self) -> bool {
        matches!(self, Self::Printed)
    }

    /// Writes the results as one object.
    pub(crate) fn write(self, results: &Results) -> Result<(), Failure> {
        let text = serde_json::to_string(results)? + "\n";
        match self {
            Self::Printed => print_raw(text.as_bytes()),
            Self::Written { place: Place::File(path), replace, .. } => put(&path, replace, &text),
            Self::Written { place: Place::Stream(path), named, .. } => {
                let written = Stream::open(&path)?.write_all(text.as_bytes());
                written.map_err(|error| cannot_write(&named, &error))
            }
        }
    }
}

/// Writes a file that is complete or missing.
pub(super) fn put(path: &Path, replace: bool, text: &str) -> Result<(), Failure> {
    let mut file = WholeFile::create(path, replace)?;
    file.write_all(text.as_bytes()).map_err(|error| cannot_write(path, &error))?;
    file.put().map(drop)
}
