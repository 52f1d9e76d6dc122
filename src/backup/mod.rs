//! Backups: one file with all that a store holds at a moment, made while it is in use, and making a store of it again.
//!
//! A backup holds the rows of the state store, read one slice after the other while commands and checkpoints go on, and
//! the changes of the journal from the checkpoint `C` at its beginning up to the change `E` that was safe when the last
//! row had been read. A row may be newer than `C`, and older than its neighbor. That does no harm: it holds nothing
//! beyond `E`, and changes are absolute, so that redoing all of them from `C` to `E` makes of any such mixture the state
//! at `E`. It is what opening does after a crash, when any part of a checkpoint may have reached the disk.
//!
//! # Bytes
//!
//! All integers are little-endian; every checksum is a CRC-32 (IEEE). A backup begins with a header of 48 bytes. All
//! formats keep its length and its checksum.
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
//! Then come blocks, numbered from 0: any number with rows, any number with changes, and one that ends the file. Each has
//! a header of 13 bytes, and content that is compressed with LZ4 (the block format, without a length in front).
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 1 | kind: 1 rows, 2 changes, 3 the end |
//! | 1 | 4 | length of the content in the file |
//! | 5 | 4 | its length when unpacked |
//! | 9 | 4 | checksum of the block's number (8 bytes), of the bytes before and of the content in the file |
//!
//! Unpacked, a block of rows holds for each: the length of the key (2 bytes) and of the value (4 bytes), the key, the
//! value, as the key-value store has them. Keys grow from row to row; the row of the stamp is left out. A block of changes
//! holds for each: its seq (8 bytes), its length (4 bytes), and the change as the journal has it. The seqs are `C` + 1 to
//! `E`. The last block holds numbers of 8 bytes each:
//!
//! | offset | |
//! |---|---|
//! | 0 | `E` |
//! | 8 | the latest moment that a workspace has reached, in ms |
//! | 16 | how many rows there are |
//! | 24 | how many changes there are |
//! | 32 | how many blocks there are before this one |
//! | 40 | the salt of the segment of the journal that held `E`, 0 where it is not known: replaying goes on in that segment |
//! | 48 | the digest (XXH3, 64 bits) of all bytes of the file before this block |
//!
//! # Memory
//!
//! A block holds up to 1 MiB, or one item that is larger. Making a backup takes two of them, a slice of rows (256 KiB)
//! and one segment of the journal (64 MiB, [`Config::segment_bytes`](crate::Config::segment_bytes)), whatever the size of
//! the store; restoring one takes the same.

mod error;
mod format;
mod reader;
mod report;
mod writer;

use crate::model::Progress;
use std::path::Path;

pub(crate) use error::io_error;
pub use error::{BackupError, BackupFileError};
pub(crate) use reader::{BackupVisitor, read as read_backup};
pub use report::BackupReport;
pub(crate) use writer::{WriteError, Writer};

/// A backup that was read to its end, and is whole.
pub(crate) struct Source {
    pub(crate) report: BackupReport,
    /// Of the segment of the journal that held its newest change, where it is known.
    pub(crate) salt: Option<u64>,
}

/// Reads a backup to its end and checks all of it: every checksum, the order, the numbers. `watch` is told how many bytes
/// were read.
///
/// # Errors
///
/// [`BackupFileError`]: it is no backup, is damaged or cut off, or was written by a later version.
pub fn verify_backup(path: impl AsRef<Path>, mut watch: impl FnMut(Progress)) -> Result<BackupReport, BackupFileError> {
    Ok(reader::read(path.as_ref(), &mut (), &mut watch)?.report)
}
