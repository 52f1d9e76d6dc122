//! The counters of a workspace: clock, next ids and totals.

use super::codec::{CodecError, Versioned, decode_body};
use super::stored::{DecodeError, Decoder, EncodeError, Encoder, Stored, is_at_end, stored_struct};
use super::{Family, LogPosition, RecordKey, Total};

/// The counters of a workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Meta {
    /// The seq of the newest change included here.
    pub(crate) seq: u64,
    /// The clock of the workspace, in ms. Only `set_clock` and `delete_workspace` turn it back.
    pub(crate) clock: u64,
    pub(crate) next: Next,
    /// How far the workspace is in the replicated log that the store follows, if it does.
    pub(crate) log: LogPosition,
    /// The totals of every family, by [`Family::index`].
    pub(crate) totals: [Total; Family::ALL.len()],
}

stored_struct!(Meta { seq, clock, next, log, totals });

/// The number of families in the first stores with version 2.
const FIRST_FAMILIES: usize = 7;

/// The totals come last, and families were added later. A store older than a family has no total for it, and none of
/// its records.
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

/// The next ids and numbers to assign. None is ever reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Next {
    pub(crate) chat: u32,
    pub(crate) position: u64,
    pub(crate) tag: u32,
    pub(crate) setting: u32,
    pub(crate) notice: u64,
    /// One more than the highest number that a manager or customer ever had; 0 if that was the last.
    pub(crate) manager: u64,
    pub(crate) customer: u64,
    pub(crate) remembered: u64,
    /// Counts what made records void without rewriting them: a manager who left, or who left operator mode. A chat's
    /// record tells the era in which it was written.
    pub(crate) era: u32,
    /// Counts how often the clock was set or reset.
    pub(crate) clock_epoch: u32,
    /// Of bulk actions. Apart from `setting`, which custom indexes use up: nodes of a cluster register those at different
    /// moments, and yet must give a bulk action the same number.
    pub(crate) bulk: u32,
}

stored_struct!(Next { chat, position, tag, setting, notice, manager, customer, remembered, era, clock_epoch, bulk });

impl Next {
    /// Counts the numbers of managers and customers as used.
    pub(crate) fn used(&mut self, key: RecordKey) {
        let (next, number) = match key {
            RecordKey::Manager(manager) => (&mut self.manager, manager.0),
            RecordKey::Customer(customer) => (&mut self.customer, customer.0),
            _ => return,
        };
        if *next != 0 {
            *next = number.checked_add(1).map_or(0, |after| after.max(*next));
        }
    }
}

/// Version 3: bulk actions and other settings with a number share one counter.
pub(super) struct NextV3 {
    chat: u32,
    position: u64,
    tag: u32,
    setting: u32,
    notice: u64,
    manager: u64,
    customer: u64,
    remembered: u64,
    era: u32,
    clock_epoch: u32,
}

stored_struct!(NextV3 { chat, position, tag, setting, notice, manager, customer, remembered, era, clock_epoch });

impl From<NextV3> for Next {
    fn from(old: NextV3) -> Self {
        let NextV3 { chat, position, tag, setting, notice, manager, customer, remembered, era, clock_epoch } = old;
        let bulk = setting;
        Self { chat, position, tag, setting, notice, manager, customer, remembered, era, clock_epoch, bulk }
    }
}

/// Version 2: without numbers of managers, customers, remembered ids and eras.
pub(super) struct NextV2 {
    chat: u32,
    position: u64,
    tag: u32,
    setting: u32,
    notice: u64,
}

stored_struct!(NextV2 { chat, position, tag, setting, notice });

impl From<NextV2> for NextV3 {
    fn from(old: NextV2) -> Self {
        let NextV2 { chat, position, tag, setting, notice } = old;
        let Next { manager, customer, remembered, era, clock_epoch, .. } = Next::default();
        Self { chat, position, tag, setting, notice, manager, customer, remembered, era, clock_epoch }
    }
}

impl Default for Next {
    fn default() -> Self {
        let (manager, customer, setting, bulk) = (1, 1, 1, 1);
        let (notice, remembered, era, clock_epoch) = (0, 0, 0, 0);
        Self { chat: 1, position: 1, tag: 1, setting, notice, manager, customer, remembered, era, clock_epoch, bulk }
    }
}

/// Version 1: without settings and notices.
struct MetaV1 {
    seq: u64,
    clock: u64,
    next_chat: u32,
    next_position: u64,
    next_tag: u32,
    totals: [Total; 6],
}

stored_struct!(MetaV1 { seq, clock, next_chat, next_position, next_tag, totals });

/// Version 2: with the older numbers.
struct MetaV2 {
    seq: u64,
    clock: u64,
    next: NextV2,
    totals: [Total; Family::ALL.len()],
}

stored_struct!(MetaV2 { seq, clock, next, totals });

/// Version 3: without a replicated log.
struct MetaV3 {
    seq: u64,
    clock: u64,
    next: NextV3,
    totals: [Total; Family::ALL.len()],
}

stored_struct!(MetaV3 { seq, clock, next, totals });

impl From<MetaV2> for MetaV3 {
    fn from(old: MetaV2) -> Self {
        let MetaV2 { seq, clock, next, totals } = old;
        Self { seq, clock, next: next.into(), totals }
    }
}

impl From<MetaV3> for Meta {
    fn from(old: MetaV3) -> Self {
        let MetaV3 { seq, clock, next, totals } = old;
        Self { seq, clock, next: next.into(), log: LogPosition::default(), totals }
    }
}

impl Versioned for Meta {
    const VERSION: u8 = 4;

    fn decode_older(version: u8, body: &[u8]) -> Result<Self, CodecError> {
        if version == 3 {
            return decode_body(body).map(MetaV3::into);
        }
        if version == 2 {
            return decode_body(body).map(MetaV2::into).map(MetaV3::into);
        }
        if version != 1 {
            return Err(CodecError::Version { found: version, known: Self::VERSION });
        }
        let old: MetaV1 = decode_body(body)?;
        let mut totals = [Total::default(); Family::ALL.len()];
        totals[..old.totals.len()].copy_from_slice(&old.totals);
        let next = Next { chat: old.next_chat, position: old.next_position, tag: old.next_tag, ..Next::default() };
        Ok(Self { seq: old.seq, clock: old.clock, next, log: LogPosition::default(), totals })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::codec::{decode, encode};

    #[test]
    fn counters_of_an_older_store_have_zero_totals_for_new_families() {
        let total = Total { count: 1, digest: 2 };
        let bytes = encode(&[total; FIRST_FAMILIES]).unwrap();
        let mut expected = [total; FIRST_FAMILIES + 2];
        expected[FIRST_FAMILIES..].fill(Total::default());
        assert_eq!(decode::<[Total; FIRST_FAMILIES + 2]>(&bytes), Ok(expected));
        expected[FIRST_FAMILIES] = total;
        let bytes = encode(&[total; FIRST_FAMILIES + 1]).unwrap();
        assert_eq!(decode::<[Total; FIRST_FAMILIES + 2]>(&bytes), Ok(expected));
        assert!(decode::<[Total; FIRST_FAMILIES]>(&bytes).is_err(), "a family unknown to this version");
        assert!(decode::<[Total; FIRST_FAMILIES + 2]>(&bytes[..bytes.len() - 1]).is_err(), "cut within a total");
        let bytes = encode(&[total; FIRST_FAMILIES - 1]).unwrap();
        assert!(decode::<[Total; FIRST_FAMILIES + 2]>(&bytes).is_err(), "fewer than the first families");
    }
}
