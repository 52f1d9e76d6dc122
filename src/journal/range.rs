//! Reading changes back while the journal goes on.

use std::io;

use super::commit::Journal;
use super::reader::read_segment;
use super::segment::{SegmentHeader, segment_name};

/// Why changes could not be read back, or were not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RangeError<E> {
    /// The system refused.
    #[error("cannot read {file} of the journal: {source}")]
    Io { file: String, source: io::Error },
    /// They are not there as they were written.
    #[error("the journal is damaged: change {seq} is not in {file} as it was written")]
    Damaged { seq: u64, file: String },
    /// Whoever takes them had enough.
    #[error("change {seq} was not taken")]
    Taker { seq: u64, source: E },
}

impl Journal {
    /// Hands over the changes behind `after` up to `through`, all of which must be safe and not pruned. Answers with
    /// the salt of the segment that holds `through`, where it is still there: it tells the segment from any other.
    ///
    /// One segment is in memory at a time.
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
            // What follows `through` may be being written, and is not looked at.
            let read = read_segment(&segment, &header, |seq, payload| {
                if seq != next || seq > through {
                    return Ok(());
                }
                each(seq, payload)?;
                next += 1;
                Ok(())
            });
            read.map_err(|(seq, source)| RangeError::Taker { seq, source })?;
        }
        if next > through { Ok(salt) } else { Err(RangeError::Damaged { seq: next, file }) }
    }
}
