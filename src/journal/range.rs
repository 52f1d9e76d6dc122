//! Reads changes back from an open journal.

use std::io;

use super::log::Journal;
use super::reader::read_segment;
use super::segment::{SegmentHeader, segment_name};

/// Why changes could not be read back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RangeError<E> {
    /// The operating system returned an error.
    #[error("cannot read {file} of the journal: {source}")]
    Io { file: String, source: io::Error },
    /// The changes are missing or corrupt.
    #[error("the journal is damaged: cannot read change {seq} from {file}")]
    Damaged { seq: u64, file: String },
    /// The visitor returned an error.
    #[error("change {seq} was rejected")]
    Visitor { seq: u64, source: E },
}

impl Journal {
    /// The oldest change that is not pruned, or the next one if there is none.
    pub(crate) fn first_seq(&self) -> u64 {
        self.segments().first().copied().unwrap_or(u64::MAX)
    }

    /// The newest of the changes after `after` up to `through` that one segment holds. So they can be read a part at a
    /// time.
    pub(crate) fn end_of_segment(&self, after: u64, through: u64) -> u64 {
        let segments = self.segments();
        let next = segments.iter().find(|first| **first > after.saturating_add(1));
        next.map_or(through, |next| through.min(next - 1))
    }

    /// The oldest change in the segment that holds this one. `None` if it is pruned.
    pub(crate) fn beginning_of_segment(&self, seq: u64) -> Option<u64> {
        self.segments().iter().rev().copied().find(|first| *first <= seq)
    }

    /// The newest change without which the segments still have this many bytes, the active one included. 0 if they all
    /// have less.
    pub(crate) fn older_than(&self, bytes: u64) -> io::Result<u64> {
        let (segments, mut kept) = (self.segments(), 0);
        for first_seq in segments.iter().rev() {
            if kept >= bytes {
                return Ok(first_seq - 1);
            }
            kept += self.files().len(&segment_name(*first_seq))?;
        }
        Ok(0)
    }

    /// Passes the changes after `after` up to `through` to `each`. All of them must be durable and not pruned. Returns
    /// the salt of the segment that holds `through`, if it still exists.
    ///
    /// Holds one segment in memory at a time.
    pub(crate) fn read<E>(
        &self,
        after: u64,
        through: u64,
        mut each: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<Option<u64>, RangeError<E>> {
        let segments = self.segments();
        let begun = segments.partition_point(|first| *first <= after.saturating_add(1));
        let (mut next, mut salt, mut file) = (after + 1, None, segment_name(after + 1));
        for first_seq in segments.iter().skip(begun.saturating_sub(1)).take_while(|first| **first <= through) {
            file = segment_name(*first_seq);
            let segment = self.files().read(&file).map_err(|source| RangeError::Io { file: file.clone(), source })?;
            let header =
                SegmentHeader::decode(&segment).map_err(|_| RangeError::Damaged { seq: next, file: file.clone() })?;
            salt = Some(header.salt.value());
            // Changes after `through` may still be in flight, so they are ignored.
            let read = read_segment(&segment, &header, |seq, payload| {
                if seq != next || seq > through {
                    return Ok(());
                }
                each(seq, payload)?;
                next += 1;
                Ok(())
            });
            read.map_err(|(seq, source)| RangeError::Visitor { seq, source })?;
        }
        if next > through { Ok(salt) } else { Err(RangeError::Damaged { seq: next, file }) }
    }
}
