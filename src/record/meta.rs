//! What of a workspace is neither a record nor an index.

use super::codec::{CodecError, Versioned, decode_body};
use super::stored::{DecodeError, Decoder, EncodeError, Encoder, Stored, is_at_end, stored_struct};
use super::{Family, Total};

/// What of a workspace is neither a record nor an index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Meta {
    /// The newest change of the workspace that this holds.
    pub(crate) seq: u64,
    /// The moment that the workspace has reached, in ms. It never goes back.
    pub(crate) clock: u64,
    pub(crate) next: Next,
    /// Of every family, by [`Family::index`].
    pub(crate) totals: [Total; Family::ALL.len()],
}

stored_struct!(Meta { seq, clock, next, totals });

/// How many families the second version began with.
const FIRST_FAMILIES: usize = 7;

/// The totals of families, which come last. Families were added since: a store from before the newest of them says
/// nothing of it, and has none of its records.
impl<const FAMILIES: usize> Stored for [Total; FAMILIES] {
    fn put<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.iter().try_for_each(|total| total.put(encoder))
    }

    fn take<D: Decoder<Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let mut totals = [Total::default(); FAMILIES];
        for (place, total) in totals.iter_mut().enumerate() {
            if place >= FIRST_FAMILIES && is_at_end(decoder) {
                break;
            }
            *total = Total::take(decoder)?;
        }
        Ok(totals)
    }
}

/// The numbers that are given next. None is ever given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Next {
    pub(crate) chat: u32,
    pub(crate) position: u64,
    pub(crate) tag: u32,
    pub(crate) setting: u32,
    pub(crate) notice: u64,
}

stored_struct!(Next { chat, position, tag, setting, notice });

impl Default for Next {
    fn default() -> Self {
        Self { chat: 1, position: 1, tag: 1, setting: 1, notice: 0 }
    }
}

/// The first version: without settings and notices.
struct MetaV1 {
    seq: u64,
    clock: u64,
    next_chat: u32,
    next_position: u64,
    next_tag: u32,
    totals: [Total; 6],
}

stored_struct!(MetaV1 { seq, clock, next_chat, next_position, next_tag, totals });

impl Versioned for Meta {
    const VERSION: u8 = 2;

    fn decode_older(version: u8, body: &[u8]) -> Result<Self, CodecError> {
        if version != 1 {
            return Err(CodecError::Version { found: version, known: Self::VERSION });
        }
        let old: MetaV1 = decode_body(body)?;
        let mut totals = [Total::default(); Family::ALL.len()];
        totals[..old.totals.len()].copy_from_slice(&old.totals);
        let next = Next { chat: old.next_chat, position: old.next_position, tag: old.next_tag, ..Next::default() };
        Ok(Self { seq: old.seq, clock: old.clock, next, totals })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::codec::{decode, encode};

    #[test]
    fn totals_of_families_that_a_store_does_not_know_are_zero() {
        let total = Total { count: 1, digest: 2 };
        let bytes = encode(&[total; FIRST_FAMILIES]).unwrap();
        let mut expected = [total; FIRST_FAMILIES + 2];
        expected[FIRST_FAMILIES..].fill(Total::default());
        assert_eq!(decode::<[Total; FIRST_FAMILIES + 2]>(&bytes), Ok(expected));
        expected[FIRST_FAMILIES] = total;
        let bytes = encode(&[total; FIRST_FAMILIES + 1]).unwrap();
        assert_eq!(decode::<[Total; FIRST_FAMILIES + 2]>(&bytes), Ok(expected));
        assert!(decode::<[Total; FIRST_FAMILIES]>(&bytes).is_err(), "of a family that this program does not know");
        assert!(decode::<[Total; FIRST_FAMILIES + 2]>(&bytes[..bytes.len() - 1]).is_err(), "cut within a total");
        let bytes = encode(&[total; FIRST_FAMILIES - 1]).unwrap();
        assert!(decode::<[Total; FIRST_FAMILIES + 2]>(&bytes).is_err(), "cut among the first families");
    }
}
