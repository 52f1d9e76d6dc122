//! The journal: an append-only file of changes, cut into segments. A command is acknowledged when
//! its change is safe here. To the journal a change is bytes; it knows no rule and no store.
//!
//! [`Journal::append`] gives a group of changes its seqs and queues it in memory;
//! [`Journal::wait`] returns when a seq is safe on the disk. The first who waits writes and syncs
//! for everybody ([group commit](turn)). A group is atomic: it is in one write, and opening keeps
//! all of it or nothing.
//!
//! # Bytes
//!
//! A directory holds segments, named by the seq of their first change in 20 digits:
//! `00000000000000000001.log`. All integers are little-endian; every checksum is a CRC-32 (IEEE).
//!
//! A segment begins with a header of 40 bytes. All formats keep its length and its checksum.
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
//! Then come batches. Each is one write, and begins with a header of 32 bytes:
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 4 | magic F5 42 68 F5, which is no frame's length |
//! | 4 | 4 | checksum of the bytes behind it |
//! | 8 | 8 | salt of the segment |
//! | 16 | 8 | number of the batch, growing by one, also from segment to segment |
//! | 24 | 8 | the seq up to which everything was safe before this write |
//!
//! and holds any number of frames, one for each change. The seqs grow by one.
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 4 | length of the payload, at most 2^30 |
//! | 4 | 4 | checksum of the segment's salt, the length, and the bytes behind the checksum |
//! | 8 | 1 | flag: 1 for the last frame of its group, 0 for the others |
//! | 9 | 8 | seq |
//! | 17 | | payload |
//!
//! # What is on the disk when
//!
//! * A segment is written under a temporary name (`.log.tmp`), synced, renamed, and the directory
//!   synced, before a batch is written to it. So a segment's header is never torn.
//! * A segment is synced before its successor is created. So only the last one can have a torn tail.
//! * Batches are written in order, and a sync covers everything written before it.
//! * [`Journal::close`] writes an empty batch behind the last one, once that is safe, and syncs it.
//!
//! # Torn tail or damage
//!
//! Opening reads until something is not as it must be: a checksum, a length, a seq, the number of a
//! batch, an end of the file within a group. The changes behind the last whole group had been safe,
//! and losing them is *damage*, an error, if
//!
//! * there is a later segment, or
//! * a later batch header of the file (valid, of this salt, with a higher number) says so, or
//! * the checkpoint is beyond them.
//!
//! Otherwise nobody was ever told that they were safe, and the *torn tail* is cut. What cannot be
//! told from a torn tail is damage to the last writes before a crash; after a clean close nothing
//! is left to mistake.
//!
//! # What is assumed of the medium
//!
//! * A sync that succeeds has made safe everything written to the file before it.
//! * Bytes that were not synced may be lost, kept, or replaced by zeros or rubbish, in any pattern.
//! * A renaming that was not synced has happened or has not; a removal likewise.
//! * Behind a cut that was synced, the file never shows its old bytes again.
//! * What a file shows when it is opened can be made safe by a sync. After a failed sync some systems
//!   show bytes that never reach the disk, until they are restarted. Such changes were acknowledged to
//!   nobody, but opening takes them for good; a power failure later shows their loss as damage.

mod archive;
mod chain;
mod commit;
mod error;
mod fields;
mod frame;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod queue;
mod range;
mod reader;
mod recover;
mod segment;
mod turn;
mod writer;

#[cfg(test)]
mod tests;

pub(crate) use archive::Archive;
pub(crate) use chain::{Chain, ChainError, Place, Want};
pub(crate) use commit::Journal;
pub(crate) use error::{Failed, OpenError};
pub(crate) use fields::Fields;
pub(crate) use range::RangeError;

/// How the journal is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options {
    /// A segment of this length is followed by a new one. Segments are deleted as a whole.
    pub(crate) segment_bytes: u64,
}

/// What [`Journal::prune`] is given where segments are not kept.
pub(crate) fn discard(_name: &str) -> std::io::Result<()> {
    Ok(())
}

impl Default for Options {
    fn default() -> Self {
        Self { segment_bytes: 64 << 20 }
    }
}
