//! Encodes and decodes the header, the block headers and the end block of a backup.
//!
//! The layouts are in the tables of the [module](super).

use crate::journal::Fields;

/// The format that is written, and the newest that can be read.
pub(super) const FORMAT: u32 = 1;

pub(super) const HEADER_BYTES: usize = 48;

/// The length of a block header.
pub(super) const BLOCK_HEADER_BYTES: usize = 13;

/// A block is written once it reaches this size. An item is never split across blocks.
pub(super) const BLOCK_BYTES: usize = 1 << 20;

/// The highest ratio of unpacked to compressed bytes that LZ4 allows.
const EXPANSION_MAX: usize = 256;

const MAGIC: [u8; 8] = *b"inboxbak";
const VERSION_BYTES: usize = 20;

/// The kind of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Rows of the state store.
    Rows = 1,
    /// Changes of the journal.
    Changes = 2,
    /// The end block, a summary of the backup.
    End = 3,
}

/// The header of a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// The format of the store.
    pub(super) store_format: u32,
    /// The rows hold all changes up to this one.
    pub(super) checkpoint: u64,
    /// The version of the crate that wrote the backup.
    pub(super) version: String,
}

/// Why a header cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BadHeader {
    /// The file is not a backup.
    NotABackup,
    /// The header is corrupt.
    Damaged(&'static str),
    /// A later version wrote it, in this format.
    Newer(u32),
}

impl Header {
    /// The header of a backup written by this version.
    pub(super) fn new(store_format: u32, checkpoint: u64) -> Self {
        Self { store_format, checkpoint, version: env!("CARGO_PKG_VERSION").to_owned() }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut version = self.version.clone().into_bytes();
        version.resize(VERSION_BYTES, 0);
        let numbers = [FORMAT, self.store_format].map(u32::to_le_bytes).concat();
        let mut bytes = [&MAGIC[..], &numbers, &self.checkpoint.to_le_bytes(), &version].concat();
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, BadHeader> {
        const SHORT: BadHeader = BadHeader::Damaged("the header is truncated");
        if !bytes.starts_with(&MAGIC) {
            return Err(BadHeader::NotABackup);
        }
        let (covered, rest) = bytes.split_at_checked(HEADER_BYTES - 4).ok_or(SHORT)?;
        if Fields(rest).u32().ok_or(SHORT)? != crc32fast::hash(covered) {
            return Err(BadHeader::Damaged("header checksum mismatch"));
        }
        let mut fields = Fields(covered);
        fields.slice(MAGIC.len());
        // Every format keeps this layout up to the checksum, so the version can be trusted.
        match fields.u32().ok_or(SHORT)? {
            FORMAT => {}
            newer if newer > FORMAT => return Err(BadHeader::Newer(newer)),
            _ => return Err(BadHeader::Damaged("unknown format")),
        }
        let (store_format, checkpoint) = (fields.u32().ok_or(SHORT)?, fields.u64().ok_or(SHORT)?);
        let version = String::from_utf8_lossy(fields.0).trim_end_matches('\0').to_owned();
        Ok(Self { store_format, checkpoint, version })
    }
}

/// The header of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BlockHeader {
    pub(super) kind: Kind,
    /// The length of the content in the file.
    pub(super) stored_bytes: u32,
    /// The length of the content when unpacked.
    pub(super) unpacked_bytes: u32,
    /// Covers the block's number, the fields above and the content in the file.
    pub(super) crc: u32,
}

impl BlockHeader {
    pub(super) fn new(number: u64, kind: Kind, unpacked_bytes: u32, stored: &[u8]) -> Self {
        let header = Self { kind, stored_bytes: stored.len() as u32, unpacked_bytes, crc: 0 };
        Self { crc: header.checksum(number, stored), ..header }
    }

    pub(super) fn encode(self) -> Vec<u8> {
        [&self.covered()[..], &self.crc.to_le_bytes()].concat()
    }

    pub(super) fn decode(bytes: &[u8; BLOCK_HEADER_BYTES]) -> Result<Self, &'static str> {
        const SHORT: &str = "a block header is truncated";
        let mut fields = Fields(bytes);
        let kind = match fields.u8() {
            Some(1) => Kind::Rows,
            Some(2) => Kind::Changes,
            Some(3) => Kind::End,
            _ => return Err("unknown block kind"),
        };
        let mut number = || fields.u32().ok_or(SHORT);
        Ok(Self { kind, stored_bytes: number()?, unpacked_bytes: number()?, crc: number()? })
    }

    /// Checks and unpacks the content of the block with this number.
    pub(super) fn unpack(&self, number: u64, stored: &[u8]) -> Result<Vec<u8>, &'static str> {
        if self.checksum(number, stored) != self.crc {
            return Err("block checksum mismatch");
        }
        let unpacked_bytes = self.unpacked_bytes as usize;
        if unpacked_bytes > stored.len().saturating_mul(EXPANSION_MAX) {
            return Err("a block claims an impossible length");
        }
        match lz4_flex::block::decompress(stored, unpacked_bytes) {
            Ok(unpacked) if unpacked.len() == unpacked_bytes => Ok(unpacked),
            _ => Err("cannot unpack a block"),
        }
    }

    fn covered(self) -> [u8; 9] {
        let mut bytes = [self.kind as u8; 9];
        let lengths = [self.stored_bytes, self.unpacked_bytes].map(u32::to_le_bytes).concat();
        bytes.iter_mut().skip(1).zip(lengths).for_each(|(place, byte)| *place = byte);
        bytes
    }

    fn checksum(self, number: u64, stored: &[u8]) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&number.to_le_bytes());
        hasher.update(&self.covered());
        hasher.update(stored);
        hasher.finalize()
    }
}

/// The content of the end block: a summary of everything before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct End {
    /// The newest change.
    pub(super) seq: u64,
    /// The latest clock of any workspace, in ms.
    pub(super) clock: u64,
    pub(super) rows: u64,
    pub(super) changes: u64,
    pub(super) blocks: u64,
    /// The salt of the journal segment that holds the newest change, or 0 if unknown.
    pub(super) salt: u64,
    /// The digest of all bytes before this block.
    pub(super) digest: u64,
}

impl End {
    pub(super) fn encode(&self) -> Vec<u8> {
        let numbers = [self.seq, self.clock, self.rows, self.changes, self.blocks, self.salt, self.digest];
        numbers.map(u64::to_le_bytes).concat()
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let mut number = || fields.u64();
        let end = Self {
            seq: number()?,
            clock: number()?,
            rows: number()?,
            changes: number()?,
            blocks: number()?,
            salt: number()?,
            digest: number()?,
        };
        fields.0.is_empty().then_some(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backup_header_with_any_flip_or_cut_is_rejected() {
        let header = Header::new(2, 77);
        let whole = header.encode();
        assert_eq!(whole.len(), HEADER_BYTES);
        assert_eq!(Header::decode(&whole), Ok(header));
        for len in 0..whole.len() {
            assert!(Header::decode(&whole[..len]).is_err());
        }
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let expected = bit >= 64;
            let result = Header::decode(&bytes);
            assert_eq!(matches!(result, Err(BadHeader::Damaged(_))), expected, "bit {bit}: {result:?}");
        }
    }

    #[test]
    fn backup_newer_format_is_not_damage() {
        let mut bytes = Header::new(2, 77).encode();
        bytes[8] = 2;
        let crc = crc32fast::hash(&bytes[..44]);
        bytes[44..].copy_from_slice(&crc.to_le_bytes());
        assert_eq!(Header::decode(&bytes), Err(BadHeader::Newer(2)));
    }

    #[test]
    fn backup_block_checksum_covers_its_number() {
        let content = vec![7; 5_000];
        let stored = lz4_flex::block::compress(&content);
        let header = BlockHeader::new(3, Kind::Rows, 5_000, &stored);
        let bytes: [u8; BLOCK_HEADER_BYTES] = header.encode().try_into().unwrap();
        assert_eq!(BlockHeader::decode(&bytes), Ok(header));
        assert_eq!(header.unpack(3, &stored), Ok(content));
        assert!(header.unpack(4, &stored).is_err());
    }

    #[test]
    fn backup_end_round_trips() {
        let end = End { seq: 1, clock: 2, rows: 3, changes: 4, blocks: 5, salt: 6, digest: 7 };
        assert_eq!(End::decode(&end.encode()), Some(end));
        assert_eq!(End::decode(&end.encode()[..55]), None);
    }
}
