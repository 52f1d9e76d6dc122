//! The journal is a write-ahead log: an append-only file of changes, cut into segments. A command is acknowledged once
//! its change is durable here. To the journal, a change is bytes.
//!
//! [`Journal::append`] assigns seqs to a group of changes and queues it in memory. [`Journal::wait`] returns once a
//! seq is durable. One waiter writes and syncs for all of them ([group commit](group_commit)); [`WhenDurable`] waits as
//! a future. A group is atomic: it is written at once, and opening keeps all of it or nothing.
//!
//! # Bytes
//!
//! A directory holds segments. Each is named by the seq of its first change in 20 digits: `00000000000000000001.log`.
//! All integers are little-endian; every checksum is a CRC-32 (IEEE).
//!
//! A segment starts with a header of 40 bytes. Every format keeps its length and its checksum.
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 8 | magic `inbxjrnl` |
//! | 8 | 4 | format, 1 |
//! | 12 | 8 | salt |
//! | 20 | 8 | seq of the first change |
//! | 28 | 8 | number of the first batch |
//! | 36 | 4 | checksum of the bytes before |
//!
//! Batches follow. Each is one write and starts with a header of 32 bytes:
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 4 | magic F5 42 68 F5, which no frame length equals |
//! | 4 | 4 | checksum of the bytes after it |
//! | 8 | 8 | salt of the segment |
//! | 16 | 8 | batch number, increasing by one, also across segments |
//! | 24 | 8 | the newest seq that was durable before this write |
//!
//! The frames of the batch follow, one for each change. Seqs increase by one.
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 4 | length of the payload, at most 2^30 |
//! | 4 | 4 | checksum of the segment's salt, the length, and the bytes after the checksum |
//! | 8 | 1 | flag: 1 for the last frame of its group, 0 for the others |
//! | 9 | 8 | seq |
//! | 17 | | payload |
//!
//! Behind the last batch of the active segment there may be room: zeros up to the end of the file, for the next batches. A sync
//! of what overwrites them has no new length to make durable.
//!
//! Beside the directory is the file `DURABLE`, which says up to which change the journal is durable at least; its layout
//! is in [`mark`].
//!
//! # Order of writes
//!
//! * A segment is written under a temporary name (`.log.tmp`), synced and renamed, and the directory is synced, before
//!   the first batch. So a segment header is never torn.
//! * A segment is synced, and its room is cut off, before its successor is created. So only the last segment can have room or a
//!   torn tail.
//! * Batches are written in order, and a sync covers everything before it.
//! * [`Journal::close`] makes every batch durable, then writes and syncs an empty batch, and cuts the room off.
//!
//! # Torn tail or damage
//!
//! Opening reads up to the first invalid byte: a wrong checksum, length, seq or batch number, or a file that ends
//! inside a group. The changes after the last whole group had been durable if
//!
//! * there is a later segment, or
//! * a later batch header of the file (valid, with this salt and a higher number) says so, or
//! * the checkpoint covers them, or
//! * the [mark] says so.
//!
//! Losing them is then *damage*, an error. Otherwise the *torn tail* is cut. After a kill
//! nothing in it was acknowledged, because the mark is written before the acknowledgement. After a loss of power the mark
//! may be lost or old; then damage to the last batch, or the loss of the end of the file back to the mark, cannot be told
//! from a torn tail. After a clean close there is no such ambiguity.
//!
//! # Assumptions about the disk
//!
//! * A successful sync makes everything written to the file before it durable.
//! * Bytes that were not synced may be lost, kept, or replaced by zeros or garbage, in any pattern.
//! * A rename or removal that was not synced may or may not have happened.
//! * After a synced truncation, the old bytes never reappear.
//! * A sync can make durable what a file shows when it is opened. After a failed sync, some systems show bytes that
//!   never reach the disk and are gone after a restart. Those changes were not acknowledged, but opening keeps them.
//!   If a power failure loses them later, that shows as damage.

mod archive;
mod chain;
mod error;
mod fields;
mod frame;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod group_commit;
mod leading;
mod listener;
mod log;
mod mark;
mod queue;
mod range;
mod reader;
mod recover;
mod salvage;
mod segment;
mod timed;
mod when_durable;
mod writer;

#[cfg(test)]
mod tests;

pub(crate) use archive::Archive;
pub(crate) use chain::{Chain, ChainError, Place};
pub(crate) use error::{Failed, OpenError};
pub(crate) use fields::Fields;
pub(crate) use log::Journal;
pub(crate) use mark::{Mark, read_mark, remove_mark};
pub(crate) use range::RangeError;
pub(crate) use salvage::Remains;
pub(crate) use timed::Timed;
pub(crate) use when_durable::WhenDurable;

/// Settings of a journal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options {
    /// The length at which a segment is full. Segments are deleted as a whole.
    pub(crate) segment_bytes: u64,
}

/// The `keep` callback of [`Journal::prune`] if segments are not archived.
pub(crate) fn discard(_name: &str) -> std::io::Result<()> {
    Ok(())
}

impl Default for Options {
    fn default() -> Self {
        Self { segment_bytes: 64 << 20 }
    }
}
