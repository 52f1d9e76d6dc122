//! One file of the journal: its name, its header, and how it comes to be.

use std::hash::{BuildHasher, RandomState};
use std::time::SystemTime;
use std::{fmt, io};

use super::fields::Fields;
use crate::files::{AppendFile, Files};

/// The newest format that is read, and the one that is written.
pub(super) const FORMAT: u32 = 1;

/// The bytes of a segment's header.
pub(super) const SEGMENT_HEADER_BYTES: usize = 40;

/// How a segment begins.
const SEGMENT_MAGIC: [u8; 8] = *b"inbxjrnl";

/// How the name of a segment ends.
const SUFFIX: &str = ".log";

/// How the name ends until the segment is complete.
const TEMPORARY_SUFFIX: &str = ".log.tmp";

/// The digits of a name: enough for every seq, so that names sort like numbers.
const NAME_DIGITS: usize = 20;

/// The highest first seq and first batch number that a header may have. Nobody gets there; it keeps
/// all counting that begins with them away from overflow.
const FIRST_MAX: u64 = u64::MAX / 4;

/// A number that tells a segment's bytes from those of any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Salt {
    /// The number.
    value: u64,
    /// Its checksum, with which the checksum of every frame begins.
    crc: u32,
}

impl Salt {
    /// The salt of this value.
    pub(super) fn new(value: u64) -> Self {
        let crc = crc32fast::hash(&value.to_le_bytes());
        Self { value, crc }
    }

    /// A new one. It must differ from those of other segments, also of other stores whose blocks
    /// the file system may hand out again; nothing depends on its being secret.
    pub(super) fn fresh(first_seq: u64) -> Self {
        let nanos = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_nanos());
        Self::new(RandomState::new().hash_one((nanos, std::process::id(), first_seq)))
    }

    /// The number.
    pub(super) fn value(self) -> u64 {
        self.value
    }

    /// Its checksum.
    pub(super) fn crc(self) -> u32 {
        self.crc
    }
}

/// What the header of a segment says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentHeader {
    /// The segment's salt.
    pub(super) salt: Salt,
    /// The seq of its first change.
    pub(super) first_seq: u64,
    /// The number of its first batch.
    pub(super) first_batch: u64,
}

/// Why a header cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadHeader {
    /// It is not as it was written.
    Damaged(&'static str),
    /// A later version wrote it.
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

    /// The bytes of the header.
    fn encode(&self) -> Vec<u8> {
        let numbers = [self.salt.value(), self.first_seq, self.first_batch].map(u64::to_le_bytes);
        let mut bytes = [&SEGMENT_MAGIC[..], &FORMAT.to_le_bytes(), &numbers.concat()].concat();
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    /// Reads the header of a segment.
    pub(super) fn decode(segment: &[u8]) -> Result<Self, BadHeader> {
        const SHORT: BadHeader = BadHeader::Damaged("it is cut off");
        let Some((covered, rest)) = segment.split_at_checked(SEGMENT_HEADER_BYTES - 4) else {
            return Err(SHORT);
        };
        let mut fields = Fields(covered);
        if fields.array() != Some(SEGMENT_MAGIC) {
            return Err(BadHeader::Damaged("this is no segment of a journal"));
        }
        if Fields(rest).u32().ok_or(SHORT)? != crc32fast::hash(covered) {
            return Err(BadHeader::Damaged("its checksum is wrong"));
        }
        // Every format keeps this layout up to the checksum, so the version itself can be trusted.
        match fields.u32().ok_or(SHORT)? {
            FORMAT => (),
            newer if newer > FORMAT => return Err(BadHeader::Newer(newer)),
            _ => return Err(BadHeader::Damaged("its format never was")),
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

    /// Creates the segment. It gets its name when it is complete and safe, so nobody ever sees one
    /// with half a header; and when this returns, the name is safe too.
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

/// The name of the segment that begins with a seq.
pub(super) fn segment_name(first_seq: u64) -> String {
    format!("{first_seq:0NAME_DIGITS$}{SUFFIX}")
}

/// The seq with which the segment of this name begins, if it is the name of one.
pub(super) fn parse_segment_name(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(SUFFIX)?;
    let all = digits.len() == NAME_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    if all { digits.parse().ok() } else { None }
}

/// Whether this is what a crash left of a segment that was being created.
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
    fn a_header_is_read_as_it_was_written() {
        let bytes = header().encode();
        assert_eq!(bytes.len(), SEGMENT_HEADER_BYTES);
        assert_eq!(SegmentHeader::decode(&bytes), Ok(header()));
    }

    #[test]
    fn no_flipped_bit_and_no_cut_passes() {
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
    fn a_newer_format_is_told_from_damage() {
        let mut bytes = header().encode();
        bytes[8] = 2;
        let crc = crc32fast::hash(&bytes[..36]);
        bytes[36..].copy_from_slice(&crc.to_le_bytes());
        assert_eq!(SegmentHeader::decode(&bytes), Err(BadHeader::Newer(2)));
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        for (first_seq, first_batch) in [(0, 0), (u64::MAX, 0), (1, u64::MAX)] {
            let header = SegmentHeader { first_seq, first_batch, ..header() };
            assert!(SegmentHeader::decode(&header.encode()).is_err());
        }
    }

    #[test]
    fn names() {
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
    fn salts_differ() {
        assert_ne!(Salt::fresh(1), Salt::fresh(1));
    }
}
