//! Recomputes from its records what the index of a workspace must hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use roaring::RoaringBitmap;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Owner;
use super::externals::ExternalMatch;
use crate::error::Error;
use crate::index::keys_of;
use crate::kv::BackendError;
use crate::model::{ChatId, ManagerId, Status};
use crate::record::codec::CodecError;
use crate::record::{ChatRecord, Family, IndexKey, Record, RecordKey, RowKey, Total, UnreadSum, decode_record, digest};
use crate::store::{Store, Table};
use crate::workspace::{Lookup, State};

/// Everything recomputed from the records.
#[derive(Default)]
pub(super) struct Recomputed {
    pub(super) postings: BTreeMap<(IndexKey, Status), RoaringBitmap>,
    pub(super) unread_messages: BTreeMap<ManagerId, UnreadSum>,
    pub(super) positions: BTreeMap<ChatId, u64>,
    pub(super) deadlines: BTreeMap<ChatId, u64>,
    /// By [`Family::index`].
    pub(super) totals: [Total; Family::ALL.len()],
    /// The stored total less the recomputed one, for owners where they differ.
    pub(super) owed: FxHashMap<Owner, Total>,
    pub(super) externals: ExternalMatch,
    /// Records that cannot be decoded, with the error. They count as lost.
    pub(super) undecodable: Vec<(RecordKey, CodecError)>,
    /// Tags that count as gone although their records are still there.
    pub(super) unswept: RoaringBitmap,
}

impl Recomputed {
    fn add(&mut self, state: &State, key: RecordKey, record: &Record) -> Result<(), BackendError> {
        if matches!(key, RecordKey::Tag(tag) if self.unswept.contains(tag.0)) {
            return Ok(());
        }
        let digest = digest(key, record)?;
        self.totals[key.family().index()].add(1, digest);
        self.externals.count(key, record);
        match (key, record) {
            (RecordKey::Chat(chat), Record::Chat(record)) => {
                self.add_chat(state, chat, &state.current_chat(Arc::clone(record)));
                let messages = u64::from(record.messages);
                self.owe(Owner::Chat(chat), |owed| owed.add(messages, record.messages_digest));
            }
            (RecordKey::Customer(customer), Record::Customer(record)) => {
                let events = u64::from(record.events);
                self.owe(Owner::Customer(customer), |owed| owed.add(events, record.events_digest));
            }
            (RecordKey::Message(chat, _), _) => self.owe(Owner::Chat(chat), |owed| owed.remove(1, digest)),
            (RecordKey::Event(customer, _), _) => self.owe(Owner::Customer(customer), |owed| owed.remove(1, digest)),
            _ => {}
        }
        Ok(())
    }

    fn add_chat(&mut self, state: &State, chat: ChatId, record: &ChatRecord) {
        for key in keys_of(record, &state.tags, state.live_indexes()) {
            self.postings.entry((key, record.status)).or_default().insert(chat.0);
        }
        for (manager, count) in record.unread.iter() {
            let sum = self.unread_messages.entry(manager).or_insert(UnreadSum { all: 0, as_operator: Some(0) });
            sum.all += count;
            if !record.followers.contains(manager) {
                sum.as_operator = sum.as_operator.map(|as_operator| as_operator + count);
            }
        }
        self.positions.insert(chat, record.position);
        self.deadlines.extend(record.snoozed_until.map(|deadline| (chat, deadline)));
    }

    fn owe(&mut self, owner: Owner, change: impl FnOnce(&mut Total)) {
        let owed = self.owed.entry(owner).or_default();
        change(owed);
        if *owed == Total::default() {
            self.owed.remove(&owner);
        }
    }
}

/// Reads every record once.
pub(super) fn recompute(state: &State, store: &Store, watch: &mut dyn FnMut(u64)) -> Result<Recomputed, Error> {
    let mut recomputed = Recomputed { unswept: state.unswept_below(), ..Recomputed::default() };
    let mut steps = Steps { done: 0, last: None, watch };
    let unwritten: FxHashSet<RecordKey> = state.unwritten_records().collect();
    for family in Family::ALL {
        store.scan_table(state.workspace, Table::Records(family), &mut |row, bytes| {
            let RowKey::Record(key) = row else { return Ok(()) };
            steps.pass(key);
            if unwritten.contains(&key) || state.unwritten(key) != Lookup::InStore {
                return Ok(());
            }
            match decode_record(key, bytes) {
                Ok(record) => recomputed.add(state, key, &record),
                Err(error) => {
                    match key {
                        // It follows from other records, so a repair can make it again.
                        RecordKey::External(key) => recomputed.externals.note_lost(key),
                        key => recomputed.undecodable.push((key, error)),
                    }
                    Ok(())
                }
            }
        })?;
    }
    for key in unwritten {
        if let Lookup::Record(record) = state.unwritten(key) {
            recomputed.add(state, key, &record)?;
        }
    }
    (steps.watch)(recomputed.positions.len() as u64);
    Ok(recomputed)
}

/// Tracks progress. Nearly all time goes into the messages, which come second to last and are ordered by chat.
struct Steps<'w> {
    done: u64,
    last: Option<ChatId>,
    watch: &'w mut dyn FnMut(u64),
}

impl Steps<'_> {
    fn pass(&mut self, key: RecordKey) {
        const CHATS_PER_LOOK: u64 = 256;
        let RecordKey::Message(chat, _) = key else { return };
        if self.last.replace(chat) != Some(chat) {
            if self.done.is_multiple_of(CHATS_PER_LOOK) {
                (self.watch)(self.done);
            }
            self.done += 1;
        }
    }
}
