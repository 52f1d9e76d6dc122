//! The recent notices of a workspace: for each manager the newest 1,024.
//!
//! A notice is there once for all managers it concerns, as long as one of them keeps it. A manager keeps one notice more
//! than is shown: its seq says up to which change notices of theirs were dropped. So nothing has to be counted, and what
//! is kept follows from the notices alone, in whatever order replay and the rows of a crashed store bring them.

mod chunk;

use std::collections::VecDeque;
use std::ops::Range;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::heap;
use crate::model::limits::NOTICES_PER_MANAGER_MAX;
use crate::model::{ChatId, ManagerId, NotificationKind};
use crate::record::Notice;
use crate::record::codec::{CodecError, encode};
use crate::sets::IdSet;
use chunk::{Chunk, NOTICES_PER_CHUNK};

pub(crate) use chunk::NumberedNotice;

/// The seq of a notice whose change has no number yet. It sorts last.
const PENDING: u64 = u64::MAX;

/// The notices that a manager keeps. Once there are so many, the oldest only says up to where notices were dropped.
const KEPT_MAX: usize = NOTICES_PER_MANAGER_MAX + 1;

/// The notices that versions before this one kept for all managers together.
const OLDER_NOTICES_MAX: u64 = 65_536;

/// The chunk that no notice can be in. Its row holds one notice, for no manager, whose seq is that of `unknown_before`.
const UNKNOWN_CHUNK: u64 = chunk_of(u64::MAX);

/// The newest notices, numbered in the order of their changes.
#[derive(Debug, Default, Clone)]
pub(crate) struct Notices {
    /// Those with a notice that a manager keeps, by id.
    chunks: VecDeque<Chunk>,
    /// The numbers of the notices that each manager keeps, in order.
    kept: FxHashMap<ManagerId, VecDeque<u64>>,
    /// The seq of the oldest notice that a store of an older version had, if that version had dropped others. Whose they
    /// were is not known. It has a row of its own, [`UNKNOWN_CHUNK`].
    unknown_before: Option<u64>,
    /// The numbers of the notices added since the last [`stamp`](Self::stamp). During replay, later ones may already be
    /// there.
    pending: Range<u64>,
    /// The chunks that were opened since the last stamp.
    opened: SmallVec<[u64; 2]>,
    /// The chunks whose rows have changed since they were last taken.
    touched: SmallVec<[u64; 2]>,
}

/// The row of a notice.
const fn chunk_of(number: u64) -> u64 {
    number / NOTICES_PER_CHUNK
}

impl Notices {
    /// The approximate memory in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        let chunks: usize = self.chunks.iter().map(Chunk::heap_bytes).sum();
        let kept: usize = self.kept.values().map(|numbers| heap::of_vec::<u64>(numbers.capacity())).sum();
        heap::of_vec::<Chunk>(self.chunks.capacity())
            + chunks
            + heap::of_hash_table::<ManagerId, VecDeque<u64>>(self.kept.capacity())
            + kept
    }

    /// Adds the notice with this number, and drops the oldest ones of managers who have too many.
    /// [`stamp`](Self::stamp) sets the seq of its change later.
    pub(crate) fn put(&mut self, number: u64, notice: Notice) {
        let first = if self.pending.is_empty() { number } else { self.pending.start };
        self.pending = first..number + 1;
        let mut keepers = IdSet::default();
        let mut gained = 0;
        let mut lost = Vec::new();
        for manager in notice.managers.iter() {
            let numbers = self.kept.entry(manager).or_default();
            match place_for(numbers, number) {
                Place::There => {}
                Place::TooOld => continue,
                Place::At(place) => {
                    numbers.insert(place, number);
                    gained += 1;
                    if numbers.len() > KEPT_MAX {
                        lost.extend(numbers.pop_front());
                    }
                }
            }
            keepers.insert(manager);
        }
        if !keepers.is_empty() {
            self.set(number, notice, keepers, gained);
            lost.into_iter().for_each(|number| self.release(number));
        }
    }

    /// Puts a notice into its chunk. During replay it may be there already, for some of its managers.
    fn set(&mut self, number: u64, notice: Notice, managers: IdSet<ManagerId>, gained: usize) {
        let id = chunk_of(number);
        let place = self.find_chunk(id).unwrap_or_else(|place| {
            self.chunks.insert(place, Chunk::new(id));
            place
        });
        let chunk = &mut self.chunks[place];
        chunk.pairs += gained;
        chunk.seq_max = PENDING;
        chunk.change(|notices| match notices.binary_search_by_key(&number, |(number, ..)| *number) {
            Ok(place) => {
                let (_, seq, there) = &mut notices[place];
                *seq = PENDING;
                there.managers = there.managers.iter().chain(managers.iter()).collect();
            }
            Err(place) => notices.insert(place, (number, PENDING, Notice { managers, ..notice })),
        });
        if self.opened.last() != Some(&id) {
            self.opened.push(id);
        }
        self.touch(id);
    }

    fn touch(&mut self, id: u64) {
        if self.touched.last() != Some(&id) {
            self.touched.push(id);
        }
    }

    /// Notes that one manager less keeps a notice.
    fn release(&mut self, number: u64) {
        let id = chunk_of(number);
        let Ok(place) = self.find_chunk(id) else { return };
        self.touch(id);
        let chunk = &mut self.chunks[place];
        chunk.pairs = chunk.pairs.saturating_sub(1);
        if chunk.is_worn() {
            chunk.pack(keeping(&self.kept));
        }
        if chunk.pairs == 0 {
            self.chunks.remove(place);
        }
    }

    fn find_chunk(&self, id: u64) -> Result<usize, usize> {
        match self.chunks.back() {
            Some(last) if last.id == id => Ok(self.chunks.len() - 1),
            _ => self.chunks.binary_search_by_key(&id, |chunk| chunk.id),
        }
    }

    /// Sets the seq of the notices added since the last stamp, and packs what is full.
    pub(crate) fn stamp(&mut self, seq: u64) {
        let pending = std::mem::take(&mut self.pending);
        if pending.is_empty() {
            return;
        }
        let newest = self.chunks.back().map(|chunk| chunk.id);
        for id in std::mem::take(&mut self.opened) {
            let Ok(place) = self.find_chunk(id) else { continue };
            let chunk = &mut self.chunks[place];
            let mut seq_max = 0;
            chunk.change(|notices| {
                let first = notices.partition_point(|(number, ..)| *number < pending.start);
                let new = notices.iter_mut().skip(first).take_while(|(number, ..)| *number < pending.end);
                new.for_each(|(_, found, _)| *found = seq);
                seq_max = notices.last().map_or(0, |(_, seq, _)| *seq);
            });
            chunk.seq_max = seq_max;
            if Some(id) == newest {
                self.opened.push(id);
            } else {
                chunk.pack(keeping(&self.kept));
            }
        }
    }

    /// The notices of a manager from changes after `seq`, from the number `from` on, oldest first.
    pub(crate) fn of(&self, manager: ManagerId, seq: u64, from: u64) -> impl Iterator<Item = NumberedNotice> {
        let from = from.max(self.first_after(seq));
        let numbers = self.kept.get(&manager);
        let shown = numbers.into_iter().flat_map(move |numbers| {
            let first = numbers.partition_point(|number| *number < from);
            numbers.range(first.max(usize::from(numbers.len() == KEPT_MAX))..)
        });
        let mut last: Option<(u64, std::borrow::Cow<'_, [NumberedNotice]>)> = None;
        shown.filter_map(move |number| {
            let id = chunk_of(*number);
            if last.as_ref().is_none_or(|(last, _)| *last != id) {
                last = Some((id, self.chunks.get(self.find_chunk(id).ok()?)?.notices()));
            }
            let notices = &last.as_ref()?.1;
            let place = notices.binary_search_by_key(number, |(number, ..)| *number).ok()?;
            notices.get(place).cloned()
        })
    }

    /// The number of the first notice of a change after `seq`.
    fn first_after(&self, seq: u64) -> u64 {
        let place = self.chunks.partition_point(|chunk| chunk.seq_max <= seq);
        let Some(chunk) = self.chunks.get(place) else { return u64::MAX };
        let notices = chunk.notices();
        notices.get(notices.partition_point(|(_, found, _)| *found <= seq)).map_or(u64::MAX, |(number, ..)| *number)
    }

    /// Whether notices of a manager from changes after `seq` were dropped, or may have been by an older version.
    pub(crate) fn has_dropped(&self, manager: ManagerId, seq: u64) -> bool {
        let numbers = self.kept.get(&manager).filter(|numbers| numbers.len() == KEPT_MAX);
        let dropped = numbers.and_then(|numbers| self.seq_of(*numbers.front()?));
        dropped.max(self.unknown_before).is_some_and(|dropped| dropped > seq)
    }

    fn seq_of(&self, number: u64) -> Option<u64> {
        let chunk = self.chunks.get(self.find_chunk(chunk_of(number)).ok()?)?;
        chunk.notice(number).map(|(_, seq, _)| seq)
    }

    /// Removes the notices for a manager.
    pub(crate) fn forget(&mut self, manager: ManagerId) {
        let numbers = self.kept.remove(&manager).unwrap_or_default();
        numbers.into_iter().for_each(|number| self.release(number));
    }

    /// Returns the chunks whose rows have changed since the last call.
    pub(crate) fn take_touched(&mut self) -> SmallVec<[u64; 2]> {
        std::mem::take(&mut self.touched)
    }

    /// The row of a chunk, or `None` if it must not exist.
    pub(crate) fn row(&self, id: u64) -> Result<Option<Vec<u8>>, CodecError> {
        if id == UNKNOWN_CHUNK {
            return self.unknown_before.map(|seq| encode(&vec![(u64::MAX, seq, for_no_manager())])).transpose();
        }
        let chunk = self.find_chunk(id).ok().and_then(|place| self.chunks.get(place));
        chunk.map(|chunk| chunk.row(keeping(&self.kept))).transpose()
    }

    /// Takes in a row of the store, as bytes and decoded. Rows must come in order; [`settle`](Self::settle) comes after
    /// the last one. Returns false if no row can have this content.
    pub(crate) fn load(&mut self, id: u64, notices: &[NumberedNotice], row: &[u8]) -> bool {
        let in_order = notices.is_sorted_by(|(a, ..), (b, ..)| a < b);
        let of_row = notices.iter().all(|(number, ..)| chunk_of(*number) == id);
        if !in_order || !of_row || self.chunks.back().is_some_and(|last| last.id >= id) {
            return false;
        }
        if id == UNKNOWN_CHUNK {
            self.unknown_before = notices.first().map(|(_, seq, _)| *seq);
            return true;
        }
        for (number, _, notice) in notices {
            for manager in notice.managers.iter() {
                self.kept.entry(manager).or_default().push_back(*number);
            }
        }
        self.chunks.push_back(Chunk::loaded(id, notices, row));
        true
    }

    /// Drops what is too much in the rows that were loaded. Rows written by a version that kept the newest 65,536
    /// notices of all managers come with the number of the next notice.
    pub(crate) fn settle(&mut self, next_of_older_version: Option<u64>) {
        if let Some(next) = next_of_older_version {
            self.settle_older(next);
        }
        // Versions before this one kept the notices of managers who were removed, for none.
        let empty: Vec<u64> = self.chunks.iter().filter(|chunk| chunk.pairs == 0).map(|chunk| chunk.id).collect();
        self.chunks.retain(|chunk| chunk.pairs > 0);
        self.touched.extend(empty);
        let mut lost = Vec::new();
        for numbers in self.kept.values_mut() {
            let too_many = numbers.len().saturating_sub(KEPT_MAX);
            lost.extend(numbers.drain(..too_many));
        }
        // In order, so that the same rows give the same notices.
        lost.sort_unstable();
        lost.into_iter().for_each(|number| self.release(number));
    }

    fn settle_older(&mut self, next: u64) {
        let first = self.chunks.front().and_then(|chunk| chunk.notices().first().cloned());
        let Some((number, seq, _)) = first else { return };
        if self.unknown_before.is_none() && next.saturating_sub(number) >= OLDER_NOTICES_MAX {
            self.unknown_before = Some(seq);
            self.touch(UNKNOWN_CHUNK);
        }
    }
}

fn for_no_manager() -> Notice {
    Notice {
        at: 0,
        kind: NotificationKind::Message,
        chat: ChatId(0),
        message: None,
        by: None,
        managers: IdSet::default(),
    }
}

/// Where a number belongs in the numbers that a manager keeps.
enum Place {
    There,
    At(usize),
    TooOld,
}

fn place_for(numbers: &VecDeque<u64>, number: u64) -> Place {
    if numbers.back().is_none_or(|last| *last < number) {
        return Place::At(numbers.len());
    }
    match numbers.binary_search(&number) {
        Ok(_) => Place::There,
        Err(0) if numbers.len() == KEPT_MAX => Place::TooOld,
        Err(place) => Place::At(place),
    }
}

/// Returns a function from a notice and its number to what of it is kept.
fn keeping(kept: &FxHashMap<ManagerId, VecDeque<u64>>) -> impl Fn(&Notice, u64) -> Option<Notice> {
    move |notice, number| {
        let mut notice = notice.clone();
        notice.managers.retain(|manager| kept.get(manager).is_some_and(|numbers| keeps(numbers, number)));
        (!notice.managers.is_empty()).then_some(notice)
    }
}

/// Whether the number of a notice for a manager is among those that the manager keeps. Only the oldest ones are dropped, so the
/// first one decides.
fn keeps(numbers: &VecDeque<u64>, number: u64) -> bool {
    let keeps = numbers.front().is_some_and(|first| *first <= number);
    debug_assert_eq!(keeps, numbers.binary_search(&number).is_ok());
    keeps
}

#[cfg(test)]
mod tests;
