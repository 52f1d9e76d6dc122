//! One file of the journal: its name, its header, and its creation.

use std::hash::{BuildHasher, RandomState};
use std::time::SystemTime;
use std::{fmt, io};

use super::fields::Fields;
use crate::files::{AppendFile, Files};

/// The format that is written, and the newest that can be read.
pub(super) const FORMAT: u32 = 1;

/// The length of a segment header.
pub(super) const SEGMENT_HEADER_BYTES: usize = 40;

const SEGMENT_MAGIC: [u8; 8] = *b"inbxjrnl";

const SUFFIX: &str = ".log";

/// The suffix until the segment is complete.
const TEMPORARY_SUFFIX: &str = ".log.tmp";

/// Enough digits for every seq, so that names sort like numbers.
const NAME_DIGITS: usize = 20;

/// The highest first seq and first batch number a header may have. No journal gets there; the limit keeps arithmetic
/// on these numbers from overflowing.
const FIRST_MAX: u64 = u64::MAX / 4;

/// A number that distinguishes a segment's bytes from those of any other segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Salt {
    value: u64,
    /// The checksum of the number. Every frame checksum starts with it.
    crc: u32,
}

impl Salt {
    pub(super) fn new(value: u64) -> Self {
        let crc = crc32fast::hash(&value.to_le_bytes());
        Self { value, crc }
    }

    /// A new salt. It must differ from the salts of all other segments, including other stores whose disk blocks the
    /// file system may reuse. It need not be secret.
    pub(super) fn fresh(first_seq: u64) -> Self {
        let nanos = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_nanos());
        Self::new(RandomState::new().hash_one((nanos, std::process::id(), first_seq)))
    }

    pub(super) fn value(self) -> u64 {
        self.value
    }

    pub(super) fn crc(self) -> u32 {
        self.crc
    }
}

/// The header of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentHeader {
    pub(super) salt: Salt,
    /// The seq of its first change.
    pub(super) first_seq: u64,
    /// The number of its first batch.
    pub(super) first_batch: u64,
}

/// Why a header cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadHeader {
    /// The header is corrupt.
    Damaged(&'static str),
    /// A later version wrote it, in this format.
    Newer(u32),
}

impl fmt::Display for BadHeader {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(why) => out.write_str(why),
            Self::Newer(found) => {
                write!(out, "it has format {found}, the newest known is {FORMAT}; use a newer version")
            }
        }
    }
}

impl SegmentHeader {
    /// A header with a new salt.
    pub(super) fn fresh(first_seq: u64, first_batch: u64) -> Self {
        Self { salt: Salt::fresh(first_seq), first_seq, first_batch }
    }

    fn encode(&self) -> Vec<u8> {
        let numbers = [self.salt.value(), self.first_seq, self.first_batch].map(u64::to_le_bytes);
        let mut bytes = [&SEGMENT_MAGIC[..], &FORMAT.to_le_bytes(), &numbers.concat()].concat();
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    /// Decodes the header at the start of a segment.
    pub(super) fn decode(segment: &[u8]) -> Result<Self, BadHeader> {
        const SHORT: BadHeader = BadHeader::Damaged("it is truncated");
        let Some((covered, rest)) = segment.split_at_checked(SEGMENT_HEADER_BYTES - 4) else {
            return Err(SHORT);
        };
        let mut fields = Fields(covered);
        if fields.array() != Some(SEGMENT_MAGIC) {
            return Err(BadHeader::Damaged("not a journal segment"));
        }
        if Fields(rest).u32().ok_or(SHORT)? != crc32fast::hash(covered) {
            return Err(BadHeader::Damaged("checksum mismatch"));
        }
        // Every format keeps this layout up to the checksum, so the version can be trusted.
        match fields.u32().ok_or(SHORT)? {
            FORMAT => (),
            newer if newer > FORMAT => return Err(BadHeader::Newer(newer)),
            _ => return Err(BadHeader::Damaged("unknown format")),
        }
        let header = Self {
            salt: Salt::new(fields.u64().ok_or(SHORT)?),
            first_seq: fields.u64().ok_or(SHORT)?,
            first_batch: fields.u64().ok_or(SHORT)?,
        };
        if header.first_seq == 0 || header.first_seq.max(header.first_batch) > FIRST_MAX {
            return Err(BadHeader::Damaged("its numbers are out of range"));
        }
        Ok(header)
    }

    /// Creates the segment. It is renamed into place once it is complete and durable, so no segment ever has half a
    /// header. The name is durable when this returns.
    pub(super) fn create(&self, files: &dyn Files) -> io::Result<Box<dyn AppendFile>> {
        let temporary = format!("{:0NAME_DIGITS$}{TEMPORARY_SUFFIX}", self.first_seq);
        let mut file = files.create(&temporary)?;
        file.write_all(&self.encode())?;
        file.sync_data()?;
        files.rename(&temporary, &segment_name(self.first_seq))?;
        files.sync_dir()?;
        Ok(file)
    }
}

/// The name of the segment with this first seq.
pub(super) fn segment_name(first_seq: u64) -> String {
    format!("{first_seq:0NAME_DIGITS$}{SUFFIX}")
}

/// The first seq of the segment with this name, or `None` if it is not a segment's name.
pub(super) fn parse_segment_name(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(SUFFIX)?;
    let all = digits.len() == NAME_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    if all { digits.parse().ok() } else { None }
}

/// Returns true for the leftover of an interrupted segment creation.
pub(super) fn is_temporary(name: &str) -> bool {
    name.strip_suffix(TEMPORARY_SUFFIX).is_some_and(|digits| parse_segment_name(&format!("{digits}{SUFFIX}")).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: SegmentHeader = SegmentHeader { salt: Salt { value: 7, crc: 0 }, first_seq: 100, first_batch: 3 };

    fn header() -> SegmentHeader {
        SegmentHeader { salt: Salt::new(7), ..HEADER }
    }

    #[test]
    fn segment_header_round_trips() {
        let bytes = header().encode();
        assert_eq!(bytes.len(), SEGMENT_HEADER_BYTES);
        assert_eq!(SegmentHeader::decode(&bytes), Ok(header()));
    }

    #[test]
    fn segment_header_with_any_flip_or_cut_is_rejected() {
        let whole = header().encode();
        for len in 0..whole.len() {
            assert!(SegmentHeader::decode(&whole[..len]).is_err());
        }
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let result = SegmentHeader::decode(&bytes);
            assert!(matches!(result, Err(BadHeader::Damaged(_))), "bit {bit}: {result:?}");
        }
    }

    #[test]
    fn segment_newer_format_is_not_damage() {
        let mut bytes = header().encode();
        bytes[8] = 2;
        let crc = crc32fast::hash(&bytes[..36]);
        bytes[36..].copy_from_slice(&crc.to_le_bytes());
        assert_eq!(SegmentHeader::decode(&bytes), Err(BadHeader::Newer(2)));
    }

    #[test]
    fn segment_header_rejects_numbers_out_of_range() {
        for (first_seq, first_batch) in [(0, 0), (u64::MAX, 0), (1, u64::MAX)] {
            let header = SegmentHeader { first_seq, first_batch, ..header() };
            assert!(SegmentHeader::decode(&header.encode()).is_err());
        }
    }

    #[test]
    fn segment_names_parse() {
        assert_eq!(segment_name(42), "00000000000000000042.log");
        assert_eq!(parse_segment_name("00000000000000000042.log"), Some(42));
        for other in ["42.log", "00000000000000000042", "+0000000000000000042.log", "99999999999999999999.log", "lock"]
        {
            assert_eq!(parse_segment_name(other), None, "{other}");
        }
        assert!(is_temporary("00000000000000000042.log.tmp"));
        assert!(!is_temporary("00000000000000000042.log"));
        assert!(!is_temporary("x.log.tmp"));
    }

    #[test]
    fn segment_salts_differ() {
        assert_ne!(Salt::fresh(1), Salt::fresh(1));
    }
}
