//! The bytes between a segment's header and its end: batch headers and frames.
//!
//! Here is only what one of them looks like; what may follow what is the reader's business. The
//! layouts are in the tables of the [module](super).

use super::fields::Fields;
use super::segment::Salt;

/// The bytes of a frame before its payload.
pub(super) const FRAME_HEADER_BYTES: usize = 17;

/// The bytes of a batch header.
pub(super) const BATCH_HEADER_BYTES: usize = 32;

/// The longest payload: far above any change, and small enough that no length looks like [`BATCH_MAGIC`].
pub(super) const PAYLOAD_BYTES_MAX: usize = 1 << 30;

/// How a batch header begins. The byte 0xF5 occurs in no UTF-8 text, and as a length this is over the limit.
pub(super) const BATCH_MAGIC: [u8; 4] = [0xF5, b'B', b'h', 0xF5];

/// The flag of a frame that is followed by another one of its group.
const FLAG_MORE: u8 = 0;

/// The flag of the last frame of a group.
const FLAG_LAST: u8 = 1;

/// What follows at some place of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item<'a> {
    /// A group-commit write begins.
    Batch(BatchHeader),
    /// A change.
    Frame(Frame<'a>),
}

/// One change, as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    /// Its number.
    pub(super) seq: u64,
    /// Whether its group ends with it.
    pub(super) last: bool,
    /// The change itself.
    pub(super) payload: &'a [u8],
}

/// How a group-commit write begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BatchHeader {
    /// The number of the write. It grows by one, also from segment to segment.
    pub(super) number: u64,
    /// The seq up to which everything was safe before the write began.
    pub(super) durable_before: u64,
}

impl BatchHeader {
    /// The bytes of the header: [`BATCH_HEADER_BYTES`] of them.
    pub(super) fn encode(self, salt: Salt) -> Vec<u8> {
        let body = [salt.value(), self.number, self.durable_before].map(u64::to_le_bytes).concat();
        let crc = crc32fast::hash(&body).to_le_bytes();
        [&BATCH_MAGIC, &crc, body.as_slice()].concat()
    }

    /// Reads a header from the front of `fields`; without salt, as that of a stale one is wrong too.
    pub(super) fn decode(fields: &mut Fields<'_>, salt: Salt) -> Result<Self, &'static str> {
        const SHORT: &str = "the batch header goes on beyond the end of the file";
        if fields.array() != Some(BATCH_MAGIC) {
            return Err("no batch begins here");
        }
        let crc = fields.u32().ok_or(SHORT)?;
        let body = fields.array::<24>().ok_or(SHORT)?;
        if crc32fast::hash(&body) != crc {
            return Err("the checksum of the batch header is wrong");
        }
        let mut body = Fields(&body);
        if body.u64() != Some(salt.value()) {
            return Err("the batch header is of another segment");
        }
        Ok(Self { number: body.u64().ok_or(SHORT)?, durable_before: body.u64().ok_or(SHORT)? })
    }
}

impl<'a> Frame<'a> {
    /// Appends the frame to `out`. The payload is at most [`PAYLOAD_BYTES_MAX`] long.
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

    /// Reads a frame from the front of `fields`.
    fn decode(fields: &mut Fields<'a>, salt: Salt) -> Result<Self, &'static str> {
        const SHORT: &str = "the frame goes on beyond the end of the file";
        let len = fields.array::<4>().ok_or(SHORT)?;
        let payload_len = u32::from_le_bytes(len) as usize;
        if payload_len > PAYLOAD_BYTES_MAX {
            return Err("the length of the frame is over the limit");
        }
        let crc = fields.u32().ok_or(SHORT)?;
        let flag = fields.u8().ok_or(SHORT)?;
        let seq = fields.u64().ok_or(SHORT)?;
        let payload = fields.slice(payload_len).ok_or(SHORT)?;
        if checksum(salt, &[&len, &[flag], &seq.to_le_bytes(), payload]) != crc {
            return Err("the checksum of the frame is wrong");
        }
        let last = match flag {
            FLAG_MORE => false,
            FLAG_LAST => true,
            _ => return Err("the flag of the frame is unknown"),
        };
        Ok(Self { seq, last, payload })
    }
}

impl<'a> Item<'a> {
    /// Reads what is at the front of `fields`.
    pub(super) fn decode(fields: &mut Fields<'a>, salt: Salt) -> Result<Self, &'static str> {
        if fields.0.starts_with(&BATCH_MAGIC) {
            BatchHeader::decode(fields, salt).map(Item::Batch)
        } else {
            Frame::decode(fields, salt).map(Item::Frame)
        }
    }
}

/// The checksum of the parts of a frame. It begins with the salt, so that what was written for
/// another segment never passes.
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
    fn frames_and_headers_are_read_as_they_were_written() {
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
    fn no_flipped_bit_no_cut_and_no_other_salt_passes() {
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
    fn a_magic_is_no_length() {
        assert!(u32::from_le_bytes(BATCH_MAGIC) as usize > PAYLOAD_BYTES_MAX);
        assert!(decode(&[0xFF; 64], Salt::new(1)).is_err());
        assert!(decode(&[0; 64], Salt::new(1)).is_err());
    }
}
