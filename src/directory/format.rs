//! The file `FORMAT`: the version of the layout. It marks a directory as a store.
//!
//! The first line names the format. From format 3 on a second line has a checksum of the first, so that one flipped bit
//! never makes a store pass for one of another format.

use std::path::Path;
use std::{fs, io};

use crate::error::OpenError;
use crate::files::{Files, replace_file};

/// The format that is written, and the newest that can be read.
pub(crate) const FORMAT: u32 = 5;
/// The oldest format that can be read.
pub(super) const FORMAT_OLDEST: u32 = 1;
/// The oldest format with a checksum.
const CHECKED_FROM: u32 = 3;

pub(crate) const FORMAT_NAME: &str = "FORMAT";
const FORMAT_WORDS: &str = "inboxdb store, format ";

/// Marks a directory as a store of this format.
pub(super) fn write_format(files: &dyn Files, format: u32) -> io::Result<()> {
    replace_file(files, FORMAT_NAME, content(format).as_bytes())
}

/// Returns the format of the store in a directory, or `None` if it is not a store. Fails if the format is newer than
/// this version.
pub(super) fn read_format(path: &Path) -> Result<Option<u32>, OpenError> {
    let file = path.join(FORMAT_NAME);
    let bytes = match fs::read(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes.map_err(OpenError::io("read", &file))?,
    };
    match parse(&bytes) {
        Some(found) if found > FORMAT => Err(OpenError::NewerFormat { path: path.to_owned(), found, known: FORMAT }),
        Some(found) => Ok(Some(found)),
        None => Err(OpenError::damaged(why_unknown(&file, &bytes), path)),
    }
}

/// Says why a content names no format.
fn why_unknown(file: &Path, bytes: &[u8]) -> String {
    let file = file.display();
    match named(bytes) {
        Some(found) if found > FORMAT => {
            format!(
                "{file} names format {found}, but its checksum is wrong; if that is the format, use a newer inboxdb"
            )
        }
        _ => format!("{file} does not name a format"),
    }
}

pub(super) fn content(format: u32) -> String {
    let line = format!("{FORMAT_WORDS}{format}\n");
    let checksum = crc32fast::hash(line.as_bytes());
    if format < CHECKED_FROM { line } else { format!("{line}checksum {checksum:08x}\n") }
}

/// The format that this content names. `None` if it is not exactly what is written for a format.
fn parse(bytes: &[u8]) -> Option<u32> {
    named(bytes).filter(|found| *found > 0 && bytes == content(*found).as_bytes())
}

/// The number in the first line.
fn named(bytes: &[u8]) -> Option<u32> {
    std::str::from_utf8(bytes).ok()?.lines().next()?.strip_prefix(FORMAT_WORDS)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_names_round_trip_and_every_flipped_bit_of_a_checked_one_is_detected() {
        for format in 1..20 {
            assert_eq!(parse(content(format).as_bytes()), Some(format));
        }
        let bytes = content(CHECKED_FROM).into_bytes();
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(parse(&damaged), None, "{}", String::from_utf8_lossy(&damaged));
        }
        for len in 0..bytes.len() {
            assert_eq!(parse(&bytes[..len]).filter(|found| *found != 2), None);
        }
    }

    /// A store without a checksum must not turn into one with it.
    #[test]
    fn format_2_with_a_flipped_bit_is_never_a_newer_one() {
        let bytes = content(2).into_bytes();
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(parse(&damaged).is_none_or(|found| found < 2), "{}", String::from_utf8_lossy(&damaged));
        }
    }
}
