//! Backups: one file with the whole content of a store at one moment, made while the store is in use.
//!
//! A backup holds the rows of the state store, read slice by slice while commands and checkpoints continue, and then
//! the changes of the journal from the initial checkpoint `C` up to the change `E`, the newest durable one when the
//! last row was read. A row may be newer than `C`, and older than its neighbour. That is harmless: no row holds a
//! change after `E`, and changes are absolute. So replaying all changes from `C` to `E` turns any such mixture into
//! the state at `E`. Opening does the same after a crash, when any part of a checkpoint may have reached the disk.
//!
//! # Bytes
//!
//! All integers are little-endian; every checksum is a CRC-32 (IEEE). A backup starts with a header of 48 bytes. Every
//! format keeps its length and its checksum.
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 8 | magic `inboxbak` |
//! | 8 | 4 | format, 1 |
//! | 12 | 4 | format of the store |
//! | 16 | 8 | `C`: the rows hold all changes up to this one |
//! | 24 | 20 | the version of the crate that wrote it, padded with zeros |
//! | 44 | 4 | checksum of the bytes before |
//!
//! Blocks follow, numbered from 0: any number with rows, any number with changes, and one that ends the file. Each has
//! a header of 13 bytes, and content compressed with LZ4 (the block format, without a length prefix).
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 1 | kind: 1 rows, 2 changes, 3 the end |
//! | 1 | 4 | length of the content in the file |
//! | 5 | 4 | its length when unpacked |
//! | 9 | 4 | checksum of the block's number (8 bytes), of the bytes before and of the content in the file |
//!
//! Unpacked, a block of rows holds for each row: the length of the key (2 bytes) and of the value (4 bytes), the key,
//! and the value, as in the key-value store. Keys are in ascending order, and the stamp row is left out. A block of
//! changes holds for each change: its seq (8 bytes), its length (4 bytes), and the change as in the journal. The seqs
//! are `C` + 1 to `E`. The last block holds numbers of 8 bytes each:
//!
//! | offset | |
//! |---|---|
//! | 0 | `E` |
//! | 8 | the latest clock of any workspace, in ms |
//! | 16 | the number of rows |
//! | 24 | the number of changes |
//! | 32 | the number of blocks before this one |
//! | 40 | the salt of the journal segment that held `E`, or 0 if unknown: replaying continues in that segment |
//! | 48 | the digest (XXH3, 64 bits) of all bytes of the file before this block |
//!
//! # Memory
//!
//! A block holds up to 1 MiB, or one larger item. Making a backup takes two blocks, a slice of rows (256 KiB) and one
//! journal segment (64 MiB, [`Config::segment_bytes`](crate::Config::segment_bytes)), whatever the size of the store.
//! Restoring takes the same.

mod error;
mod format;
mod reader;
mod report;
mod writer;

use std::path::Path;

use crate::model::Progress;

pub(crate) use error::io_error;
pub use error::{BackupError, BackupFileError};
pub(crate) use reader::{BackupVisitor, read as read_backup};
pub use report::BackupReport;
pub(crate) use writer::{WriteError, Writer};

/// The result of reading a whole, valid backup.
pub(crate) struct Source {
    pub(crate) report: BackupReport,
    /// The salt of the journal segment that held its newest change, if known.
    pub(crate) salt: Option<u64>,
}

/// Reads a whole backup and checks all of it: every checksum, the order, the numbers. Calls `watch` with the bytes
/// read so far.
///
/// # Errors
///
/// [`BackupFileError`]: the file is not a backup, is damaged or truncated, or was written by a later version.
pub fn verify_backup(path: impl AsRef<Path>, mut watch: impl FnMut(Progress)) -> Result<BackupReport, BackupFileError> {
    Ok(reader::read(path.as_ref(), &mut (), &mut watch)?.report)
}
