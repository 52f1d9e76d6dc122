//! The notices that share a row of the store.

use std::borrow::Cow;
use std::sync::Arc;

use crate::heap;
use crate::record::Notice;
use crate::record::codec::{CodecError, decode, encode};

/// The number of notices that share a row of the store.
pub(crate) const NOTICES_PER_CHUNK: u64 = 128;

/// A notice with its number and the seq of its change.
pub(crate) type NumberedNotice = (u64, u64, Notice);

/// The notices of one row. Those of older rows are packed: in memory as they are in the store, which takes a third.
#[derive(Debug, Clone)]
pub(super) struct Chunk {
    pub(super) id: u64,
    /// The number of pairs of a notice here and a manager who keeps it.
    pub(super) pairs: usize,
    /// The seq of the newest change here.
    pub(super) seq_max: u64,
    body: Body,
}

#[derive(Debug, Clone)]
enum Body {
    /// Ordered by number.
    Open(Vec<NumberedNotice>),
    /// The bytes of a row, and the pairs that they hold. Managers who no longer keep a notice may still be in them.
    Packed(Arc<[u8]>, usize),
}

impl Chunk {
    pub(super) fn new(id: u64) -> Self {
        Self { id, pairs: 0, seq_max: 0, body: Body::Open(Vec::new()) }
    }

    /// The chunk of a row, as bytes and decoded.
    pub(super) fn loaded(id: u64, notices: &[NumberedNotice], row: &[u8]) -> Self {
        let pairs = notices.iter().map(|(.., notice)| notice.managers.len()).sum();
        let seq_max = notices.iter().map(|(_, seq, _)| *seq).max().unwrap_or_default();
        Self { id, pairs, seq_max, body: Body::Packed(row.into(), pairs) }
    }

    /// The approximate memory in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        match &self.body {
            Body::Open(notices) => {
                let managers: usize = notices.iter().map(|(.., notice)| notice.managers.heap_bytes()).sum();
                heap::of_vec::<NumberedNotice>(notices.capacity()) + managers
            }
            Body::Packed(bytes, _) => heap::of_arc_slice::<u8>(bytes.len()),
        }
    }

    /// The notices, by number. Some may be for managers who no longer keep them.
    pub(super) fn notices(&self) -> Cow<'_, [NumberedNotice]> {
        match &self.body {
            Body::Open(notices) => Cow::Borrowed(notices),
            Body::Packed(bytes, _) => {
                let notices = decode(bytes);
                debug_assert!(notices.is_ok(), "rows are decoded before they are kept");
                Cow::Owned(notices.unwrap_or_default())
            }
        }
    }

    /// The notice with a number.
    pub(super) fn notice(&self, number: u64) -> Option<NumberedNotice> {
        let notices = self.notices();
        let place = notices.binary_search_by_key(&number, |(number, ..)| *number).ok()?;
        notices.get(place).cloned()
    }

    /// Changes the notices, which stay unpacked.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Vec<NumberedNotice>)) {
        match &mut self.body {
            Body::Open(notices) => change(notices),
            Body::Packed(..) => {
                let mut notices = self.notices().into_owned();
                change(&mut notices);
                self.body = Body::Open(notices);
            }
        }
    }

    /// Whether packing it again would save much.
    pub(super) fn is_worn(&self) -> bool {
        matches!(self.body, Body::Packed(_, pairs) if 2 * self.pairs < pairs)
    }

    /// Packs the notices that `kept` returns. An error leaves it as it is.
    pub(super) fn pack(&mut self, kept: impl Fn(&Notice, u64) -> Option<Notice>) {
        if let Ok(row) = self.row(kept) {
            self.body = Body::Packed(row.into(), self.pairs);
        }
    }

    /// The row with the notices that `kept` returns.
    pub(super) fn row(&self, kept: impl Fn(&Notice, u64) -> Option<Notice>) -> Result<Vec<u8>, CodecError> {
        match &self.body {
            Body::Packed(bytes, pairs) if *pairs == self.pairs => Ok(bytes.to_vec()),
            _ => {
                let notices = self.notices();
                let kept =
                    notices.iter().filter_map(|(number, seq, notice)| Some((*number, *seq, kept(notice, *number)?)));
                encode(&kept.collect::<Vec<NumberedNotice>>())
            }
        }
    }
}
