//! The file `BACKUP`: the path of the newest backup, and the newest change in it.
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 8 | magic `inboxbk1` |
//! | 8 | 8 | the newest change in the backup, little-endian |
//! | 16 | 8 | the digest at the end of the backup, little-endian |
//! | 24 | | the absolute path of the backup, in UTF-8 |
//! | after the path | 4 | checksum of the bytes before: CRC-32, little-endian |

use std::io;
use std::path::PathBuf;

use crate::files::{Files, replace_file};

const NAME: &str = "BACKUP";
const MAGIC: &[u8; 8] = b"inboxbk1";

/// A backup in a file that was read back and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LastBackup {
    pub(crate) path: PathBuf,
    /// The newest change in it.
    pub(crate) seq: u64,
    /// The digest at its end. A file that changed since then has another one.
    pub(crate) digest: u64,
}

/// Reads the newest backup of a store. Returns `None` if there is no backup yet or the record is damaged.
pub(crate) fn read_last_backup(store: &dyn Files) -> io::Result<Option<LastBackup>> {
    let bytes = match store.read(NAME) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes?,
    };
    let backup = parse(&bytes);
    if backup.is_none() {
        tracing::warn!(file = NAME, "cannot read which backup is the newest; make a new backup");
    }
    Ok(backup)
}

/// Records the newest backup of a store.
pub(crate) fn write_last_backup(store: &dyn Files, backup: &LastBackup) -> io::Result<()> {
    let path = backup.path.to_str().ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, "the path of the backup is not UTF-8, so it cannot be recorded")
    })?;
    replace_file(store, NAME, &bytes_of(path, backup.seq, backup.digest))
}

fn bytes_of(path: &str, seq: u64, digest: u64) -> Vec<u8> {
    let mut bytes = [MAGIC.as_slice(), &seq.to_le_bytes(), &digest.to_le_bytes(), path.as_bytes()].concat();
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    bytes
}

fn parse(bytes: &[u8]) -> Option<LastBackup> {
    let (covered, crc) = bytes.split_last_chunk::<4>()?;
    let rest = covered.strip_prefix(MAGIC)?;
    let (seq, rest) = rest.split_first_chunk::<8>()?;
    let (digest, path) = rest.split_first_chunk::<8>()?;
    if crc32fast::hash(covered) != u32::from_le_bytes(*crc) {
        return None;
    }
    let path = std::str::from_utf8(path).ok()?.into();
    Some(LastBackup { path, seq: u64::from_le_bytes(*seq), digest: u64::from_le_bytes(*digest) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::RealFiles;

    #[test]
    fn last_backup_round_trips_and_detects_any_damage() {
        let dir = tempfile::tempdir().unwrap();
        let files = RealFiles::new(dir.path().to_owned());
        assert_eq!(read_last_backup(&files).unwrap(), None);
        let backup = LastBackup { path: "/backups/월요일.bak".into(), seq: 77, digest: u64::MAX - 3 };
        write_last_backup(&files, &backup).unwrap();
        assert_eq!(read_last_backup(&files).unwrap(), Some(backup));
        let bytes = files.read(NAME).unwrap();
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x10;
            assert_eq!(parse(&damaged), None);
            assert_eq!(parse(&bytes[..place]), None);
        }
    }
}
