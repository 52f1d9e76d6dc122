//! Tracks the rows that the store does not hold yet (write-behind).
//!
//! There are two generations. Changes mark rows in the current one. A checkpoint freezes it and writes the frozen rows
//! while changes continue. When all are written, the store holds the checkpoint.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Lookup, State};
use crate::model::{ChatId, Status};
use crate::record::codec::{CodecError, encode, encode_versioned};
use crate::record::{CHATS_PER_CHUNK, IndexId, IndexKey, Members, Record, RecordKey, RowKey, RowWrite, encode_record};
use crate::sets::chunks;

/// The approximate memory of a marked row beside its record.
const MARK_BYTES: usize = 96;

/// One generation of marked rows.
#[derive(Debug, Default, Clone)]
struct Marks {
    /// Whether the workspace's existing rows must be deleted first.
    wiped: bool,
    /// Custom indexes whose posting rows must be deleted first.
    dropped_indexes: Vec<IndexId>,
    /// After-images; `None` is a deletion.
    records: FxHashMap<RecordKey, Option<Record>>,
    /// Rows derived from the state when they are written.
    derived: FxHashSet<RowKey>,
    bytes: usize,
}

impl Marks {
    fn is_empty(&self) -> bool {
        !self.wiped && self.dropped_indexes.is_empty() && self.records.is_empty() && self.derived.is_empty()
    }
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Dirty {
    current: Marks,
    frozen: Marks,
}

/// A batch of frozen rows, ready to be written: records as they were frozen, other rows as they are now.
pub(crate) struct Frozen {
    pub(crate) records: Vec<(RecordKey, Option<Record>)>,
    pub(crate) derived: Vec<RowWrite>,
    /// The newest change that the rows may hold. It must be durable before they are written.
    pub(crate) seq: u64,
}

impl Frozen {
    pub(crate) fn encode(&self) -> Result<Vec<RowWrite>, CodecError> {
        let mut rows = self.derived.clone();
        for (key, record) in &self.records {
            if matches!(record, Some(Record::Message(message)) if message.is_rewritten()) {
                // Messages are expected to be new. The earlier value of this one may have more parts.
                rows.push((RowKey::Record(*key), None));
            }
            let bytes = record.as_ref().map(encode_record).transpose()?;
            rows.push((RowKey::Record(*key), bytes));
        }
        Ok(rows)
    }
}

/// The approximate memory of a marked record. A remembered id is in memory anyway.
fn weight_of(record: Option<&Record>) -> usize {
    let record = record.filter(|record| !matches!(record, Record::Remembered(_)));
    MARK_BYTES + record.map_or(0, Record::weight)
}

impl Dirty {
    pub(crate) fn mark_record(&mut self, key: RecordKey, record: Option<Record>) {
        let weight = weight_of(record.as_ref());
        let before = self.current.records.insert(key, record);
        let weight_before = before.map_or(0, |before| weight_of(before.as_ref()));
        self.current.bytes = self.current.bytes + weight - weight_before;
    }

    pub(crate) fn mark(&mut self, row: RowKey) {
        if self.current.derived.insert(row) {
            self.current.bytes += MARK_BYTES;
        }
    }

    /// Marks the row of a key's members in a chunk. Those of all chats are kept by status instead.
    pub(crate) fn mark_members(&mut self, key: &IndexKey, chunk: u16) {
        if *key != IndexKey::All {
            self.mark(RowKey::of_members(key, chunk));
        }
    }

    /// Marks the rows of chats that have or had a status.
    pub(crate) fn mark_statuses(&mut self, status: Status, chats: &Members) {
        let mut mark = |chunk| self.mark(RowKey::Posting(IndexKey::All, status, chunk));
        match chats {
            Members::One(chat) => mark((chat.0 >> 16) as u16),
            Members::Many(chats) => chunks(chats).into_iter().for_each(mark),
        }
    }

    /// Marks the whole workspace as deleted.
    pub(crate) fn wipe(&mut self) {
        self.current = Marks { wiped: true, ..Marks::default() };
    }

    /// Marks a custom index as dropped.
    pub(crate) fn drop_index(&mut self, id: IndexId) {
        self.current.derived.retain(|row| !matches!(row, RowKey::Members(key, _) if key.custom_index() == Some(id)));
        if !self.current.dropped_indexes.contains(&id) {
            self.current.dropped_indexes.push(id);
        }
    }

    /// Looks up a record among the unwritten ones.
    #[inline]
    pub(crate) fn known(&self, key: RecordKey) -> Lookup {
        for marks in [&self.current, &self.frozen] {
            match marks.records.get(&key) {
                Some(Some(record)) => return Lookup::Record(record.clone()),
                Some(None) => return Lookup::Absent,
                None if marks.wiped => return Lookup::Absent,
                None => {}
            }
        }
        Lookup::InStore
    }

    fn posting_keys(&self) -> FxHashSet<IndexKey> {
        let rows = self.current.derived.iter().chain(&self.frozen.derived);
        rows.filter_map(RowKey::on_demand_posting).collect()
    }
}

impl State {
    /// Marks the rows of the notices that have changed.
    pub(super) fn mark_notices(&mut self) {
        self.notices.take_touched().into_iter().for_each(|chunk| self.dirty.mark(RowKey::Notices(chunk)));
    }

    /// Whether the store holds everything.
    pub(crate) fn is_clean(&self) -> bool {
        self.dirty.current.is_empty() && self.dirty.frozen.is_empty()
    }

    /// The approximate number of bytes waiting to be written.
    pub(crate) fn dirty_bytes(&self) -> usize {
        self.dirty.current.bytes + self.dirty.frozen.bytes
    }

    /// Whether the store still holds rows of the deleted workspace.
    pub(crate) fn is_wiped(&self) -> bool {
        self.dirty.current.wiped || self.dirty.frozen.wiped
    }

    /// Whether the checkpoint begins by deleting the workspace's rows.
    pub(crate) fn frozen_wipe(&self) -> bool {
        self.dirty.frozen.wiped
    }

    /// The custom indexes whose posting rows the checkpoint deletes.
    pub(crate) fn frozen_dropped_indexes(&self) -> Vec<IndexId> {
        self.dirty.frozen.dropped_indexes.clone()
    }

    /// Records that the deletions of the checkpoint are done in the store.
    pub(crate) fn deletions_written(&mut self) {
        self.generation += 1;
        self.dirty.frozen.wiped = false;
        self.dirty.frozen.dropped_indexes.clear();
    }

    /// Whether the store may still hold postings of a dropped custom index.
    pub(crate) fn is_dropping(&self, id: IndexId) -> bool {
        [&self.dirty.current, &self.dirty.frozen].iter().any(|marks| marks.dropped_indexes.contains(&id))
    }

    /// The records that the store may not hold yet.
    pub(crate) fn unwritten_records(&self) -> impl Iterator<Item = RecordKey> + '_ {
        self.dirty.current.records.keys().chain(self.dirty.frozen.records.keys()).copied()
    }

    /// Begins a checkpoint of all rows waiting now.
    pub(crate) fn freeze(&mut self) {
        debug_assert!(self.dirty.frozen.is_empty(), "the checkpoint before was not finished");
        if self.dirty.frozen.is_empty() {
            self.dirty.frozen = std::mem::take(&mut self.dirty.current);
        }
    }

    /// The unwritten rows of the checkpoint, in no particular order.
    pub(crate) fn frozen_rows(&self) -> Vec<RowKey> {
        let records = self.dirty.frozen.records.keys().copied().map(RowKey::Record);
        records.chain(self.dirty.frozen.derived.iter().cloned()).collect()
    }

    /// Returns the content of some rows of the checkpoint.
    pub(crate) fn frozen(&self, rows: &[RowKey]) -> Result<Frozen, CodecError> {
        let mut slice = Frozen { records: Vec::with_capacity(rows.len()), derived: Vec::new(), seq: self.meta.seq };
        for row in rows {
            match row {
                RowKey::Record(key) => {
                    let record = self.dirty.frozen.records.get(key).cloned();
                    slice.records.extend(record.map(|record| (*key, record)));
                }
                row => slice.derived.push((row.clone(), self.derive_row(row)?)),
            }
        }
        Ok(slice)
    }

    /// Removes written rows from the checkpoint. Their records are passed to `cache`, also those that were changed again
    /// meanwhile: what is cached is what the store holds.
    pub(crate) fn written(&mut self, slice: Frozen, mut cache: impl FnMut(RecordKey, Option<Record>)) {
        self.generation += 1;
        for (key, record) in slice.records {
            if !self.dirty.current.wiped {
                cache(key, record);
            }
            self.dirty.frozen.records.remove(&key);
        }
        for (row, _) in slice.derived {
            self.dirty.frozen.derived.remove(&row);
        }
        if self.dirty.frozen.is_empty() {
            self.dirty.frozen = Marks::default();
        }
    }

    /// Evicts clean on-demand postings if there are many.
    pub(crate) fn forget_postings(&mut self) {
        if self.postings.on_demand_len() <= self.on_demand_max {
            return;
        }
        let unwritten = self.dirty.posting_keys();
        self.postings.forget_on_demand(|key| unwritten.contains(key));
        self.on_demand_max = super::ON_DEMAND_MAX.max(2 * self.postings.on_demand_len());
        self.generation += 1;
    }

    /// The value of a row derived from the state, or `None` if the row must not exist.
    fn derive_row(&self, row: &RowKey) -> Result<Option<Vec<u8>>, CodecError> {
        Ok(match row {
            RowKey::Meta => Some(encode_versioned(&self.meta)?),
            RowKey::Record(_) => {
                debug_assert!(false, "records are marked with their after-images");
                None
            }
            RowKey::UnreadMessages(manager) => self.unread_messages.get(manager).map(encode).transpose()?,
            RowKey::Positions(chunk) => {
                let positions = self.timeline.positions_of(chats_of(*chunk));
                let used = positions.iter().any(|position| *position > 0);
                if used { Some(encode(&positions.to_vec())?) } else { None }
            }
            RowKey::Deadlines(chunk) => {
                let deadlines: Vec<(u16, u64)> = (0..)
                    .zip(chats_of(*chunk))
                    .filter_map(|(place, chat)| Some((place, self.wheel.deadline(ChatId(chat as u32))?)))
                    .collect();
                if deadlines.is_empty() { None } else { Some(encode(&deadlines)?) }
            }
            RowKey::Posting(key, status, chunk) => {
                let members = self.postings.get(key).map(|posting| posting.set(*status).chunk(*chunk));
                members.filter(|members| !members.is_empty()).map(|members| encode(&members)).transpose()?
            }
            RowKey::Members(key, chunk) => {
                let members = self.postings.get(key).map(|posting| posting.members_in(*chunk));
                members.filter(|members| !members.is_empty()).map(|members| encode(&members)).transpose()?
            }
            RowKey::CustomerChats(customer) => {
                let posting = self.postings.get(&IndexKey::Customer(*customer));
                let posting = posting.filter(|posting| !posting.is_empty());
                posting.map(|posting| encode(&vec![posting.members()])).transpose()?
            }
            RowKey::Notices(chunk) => self.notices.row(*chunk)?,
        })
    }
}

/// The ids of the chats that share a row of positions or deadlines.
fn chats_of(chunk: u32) -> std::ops::Range<usize> {
    let first = chunk as usize * CHATS_PER_CHUNK;
    first..first + CHATS_PER_CHUNK
}

/// The row of a chat's position or deadline.
pub(crate) fn chunk_of(chat: ChatId) -> u32 {
    chat.0 / CHATS_PER_CHUNK as u32
}
