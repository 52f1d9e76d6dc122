//! Encodes and decodes batch headers and frames, the bytes after a segment's header.
//!
//! The reader checks their order. The layouts are in the tables of the [module](super).

use super::fields::Fields;
use super::segment::Salt;

/// The length of a frame before its payload.
pub(super) const FRAME_HEADER_BYTES: usize = 17;

pub(super) const BATCH_HEADER_BYTES: usize = 32;

/// The longest payload: far above any change, and small enough that no length looks like [`BATCH_MAGIC`].
pub(super) const PAYLOAD_BYTES_MAX: usize = 1 << 30;

/// The start of a batch header. The byte 0xF5 never occurs in UTF-8, and read as a length this is over the limit.
pub(super) const BATCH_MAGIC: [u8; 4] = [0xF5, b'B', b'h', 0xF5];

/// The flag of a frame that is not the last of its group.
const FLAG_MORE: u8 = 0;

/// The flag of the last frame of a group.
const FLAG_LAST: u8 = 1;

/// An item in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item<'a> {
    /// The start of a group-commit write.
    Batch(BatchHeader),
    /// A change.
    Frame(Frame<'a>),
}

/// One change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    pub(super) seq: u64,
    /// Whether this frame ends its group.
    pub(super) last: bool,
    pub(super) payload: &'a [u8],
}

/// The start of a group-commit write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BatchHeader {
    /// The number of the write. It increases by one, also across segments.
    pub(super) number: u64,
    /// The newest seq that was durable before this write.
    pub(super) durable_before: u64,
}

impl BatchHeader {
    /// Encodes the header into [`BATCH_HEADER_BYTES`] bytes.
    pub(super) fn encode(self, salt: Salt) -> Vec<u8> {
        let body = [salt.value(), self.number, self.durable_before].map(u64::to_le_bytes).concat();
        let crc = crc32fast::hash(&body).to_le_bytes();
        [&BATCH_MAGIC, &crc, body.as_slice()].concat()
    }

    /// Decodes a header from the front of `fields`. Fails if the salt differs, since the header is then stale.
    pub(super) fn decode(fields: &mut Fields<'_>, salt: Salt) -> Result<Self, &'static str> {
        const SHORT: &str = "the batch header runs past the end of the file";
        if fields.array() != Some(BATCH_MAGIC) {
            return Err("no batch header here");
        }
        let crc = fields.u32().ok_or(SHORT)?;
        let body = fields.array::<24>().ok_or(SHORT)?;
        if crc32fast::hash(&body) != crc {
            return Err("batch header checksum mismatch");
        }
        let mut body = Fields(&body);
        if body.u64() != Some(salt.value()) {
            return Err("the batch header belongs to another segment");
        }
        Ok(Self { number: body.u64().ok_or(SHORT)?, durable_before: body.u64().ok_or(SHORT)? })
    }
}

impl BatchHeader {
    /// Decodes a header from the front of `fields`, whatever its salt. Returns that, too.
    pub(super) fn decode_any(fields: &mut Fields<'_>) -> Option<(Salt, Self)> {
        // After the magic and the checksum.
        let salt = Salt::new(Fields(fields.0.get(8..)?).u64()?);
        let header = Self::decode(fields, salt).ok()?;
        Some((salt, header))
    }
}

impl<'a> Frame<'a> {
    /// Appends the frame to `out`. The payload must not exceed [`PAYLOAD_BYTES_MAX`].
    pub(super) fn encode(&self, salt: Salt, out: &mut Vec<u8>) {
        let len = (self.payload.len() as u32).to_le_bytes();
        let flag = [if self.last { FLAG_LAST } else { FLAG_MORE }];
        let seq = self.seq.to_le_bytes();
        let crc = checksum(salt, &[&len, &flag, &seq, self.payload]).to_le_bytes();
        out.reserve(FRAME_HEADER_BYTES + self.payload.len());
        for part in [&len[..], &crc, &flag, &seq, self.payload] {
            out.extend_from_slice(part);
        }
    }

    /// Decodes a frame from the front of `fields`.
    fn decode(fields: &mut Fields<'a>, salt: Salt) -> Result<Self, &'static str> {
        const SHORT: &str = "the frame runs past the end of the file";
        let len = fields.array::<4>().ok_or(SHORT)?;
        let payload_len = u32::from_le_bytes(len) as usize;
        if payload_len > PAYLOAD_BYTES_MAX {
            return Err("the frame length exceeds the limit");
        }
        let crc = fields.u32().ok_or(SHORT)?;
        let flag = fields.u8().ok_or(SHORT)?;
        let seq = fields.u64().ok_or(SHORT)?;
        let payload = fields.slice(payload_len).ok_or(SHORT)?;
        if checksum(salt, &[&len, &[flag], &seq.to_le_bytes(), payload]) != crc {
            return Err("frame checksum mismatch");
        }
        let last = match flag {
            FLAG_MORE => false,
            FLAG_LAST => true,
            _ => return Err("unknown frame flag"),
        };
        Ok(Self { seq, last, payload })
    }
}

impl<'a> Item<'a> {
    /// Decodes the item at the front of `fields`.
    pub(super) fn decode(fields: &mut Fields<'a>, salt: Salt) -> Result<Self, &'static str> {
        if fields.0.starts_with(&BATCH_MAGIC) {
            BatchHeader::decode(fields, salt).map(Item::Batch)
        } else {
            Frame::decode(fields, salt).map(Item::Frame)
        }
    }
}

/// The checksum of a frame. It starts with the salt, so that frames of another segment never pass.
fn checksum(salt: Salt, parts: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(salt.crc());
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame_bytes(salt: Salt) -> Vec<u8> {
        let mut bytes = Vec::new();
        let frame = Frame { seq: 7, last: true, payload: b"payload" };
        frame.encode(salt, &mut bytes);
        bytes
    }

    fn decode(bytes: &[u8], salt: Salt) -> Result<Item<'_>, &'static str> {
        Item::decode(&mut Fields(bytes), salt)
    }

    #[test]
    fn frame_and_batch_header_round_trip() {
        let salt = Salt::new(5);
        let bytes = frame_bytes(salt);
        assert_eq!(bytes.len(), FRAME_HEADER_BYTES + 7);
        let frame = Frame { seq: 7, last: true, payload: b"payload" };
        assert_eq!(decode(&bytes, salt), Ok(Item::Frame(frame)));

        let header = BatchHeader { number: 3, durable_before: 9 };
        let bytes = header.encode(salt);
        assert_eq!(bytes.len(), BATCH_HEADER_BYTES);
        assert_eq!(decode(&bytes, salt), Ok(Item::Batch(header)));
    }

    #[test]
    fn frame_with_any_flip_cut_or_other_salt_is_rejected() {
        let salt = Salt::new(5);
        let header = BatchHeader { number: 3, durable_before: 9 };
        for whole in [frame_bytes(salt), header.encode(salt)] {
            assert!(decode(&whole, Salt::new(6)).is_err());
            for len in 0..whole.len() {
                assert!(decode(&whole[..len], salt).is_err(), "cut to {len}");
            }
            for bit in 0..whole.len() * 8 {
                let mut bytes = whole.clone();
                bytes[bit / 8] ^= 1 << (bit % 8);
                assert!(decode(&bytes, salt).is_err(), "bit {bit}");
            }
        }
    }

    #[test]
    fn frame_length_never_equals_the_batch_magic() {
        assert!(u32::from_le_bytes(BATCH_MAGIC) as usize > PAYLOAD_BYTES_MAX);
        assert!(decode(&[0xFF; 64], Salt::new(1)).is_err());
        assert!(decode(&[0; 64], Salt::new(1)).is_err());
    }
}
