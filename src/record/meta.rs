//! What of a workspace is neither a record nor an index.

use bincode::{Decode, Encode};

use super::codec::{CodecError, Versioned, decode_body};
use super::{Family, Total};

/// What of a workspace is neither a record nor an index.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Meta {
    /// The newest change of the workspace that this holds.
    pub(crate) seq: u64,
    /// The moment that the workspace has reached, in ms. It never goes back.
    pub(crate) clock: u64,
    pub(crate) next: Next,
    /// By [`Family::index`].
    pub(crate) totals: [Total; Family::ALL.len()],
}

/// The numbers that are given next. None is ever given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Next {
    pub(crate) chat: u32,
    pub(crate) position: u64,
    pub(crate) tag: u32,
    pub(crate) setting: u32,
    pub(crate) notice: u64,
}

impl Default for Next {
    fn default() -> Self {
        Self { chat: 1, position: 1, tag: 1, setting: 1, notice: 0 }
    }
}

/// The first version: without settings and notices.
#[derive(Decode)]
struct MetaV1 {
    seq: u64,
    clock: u64,
    next_chat: u32,
    next_position: u64,
    next_tag: u32,
    totals: [Total; 6],
}

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
