//! Recomputing what the index holds from the chat records.

use std::collections::BTreeMap;
use std::fmt;

use roaring::RoaringBitmap;

use crate::codec::digest;
use crate::error::Error;
use crate::index::{Key, keys_of};
use crate::model::{ChatId, ManagerId, MessageId, Status, WorkspaceId};
use crate::record::{ChatRecord, Family, IndexState, Record, RecordKey, Total};
use crate::state::{Known, State};
use crate::store::{Store, StoreError, Table};

/// What a scrub found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScrubReport {
    /// Chats whose records were read.
    pub chats: u64,
    /// What does not agree, in words, the first hundred.
    pub faults: Vec<String>,
}

impl ScrubReport {
    /// Whether everything agrees.
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }

    fn fault(&mut self, workspace: WorkspaceId, what: impl fmt::Display) {
        const FAULTS_NAMED_MAX: usize = 100;
        if self.faults.len() < FAULTS_NAMED_MAX {
            self.faults.push(format!("workspace {workspace}: {what}"));
        }
    }
}

/// What the records of a workspace say that its index must hold.
#[derive(Default)]
struct Recomputed {
    postings: BTreeMap<(Key, Status), RoaringBitmap>,
    unread_messages: BTreeMap<ManagerId, u64>,
    positions: BTreeMap<ChatId, u64>,
    deadlines: BTreeMap<ChatId, u64>,
    totals: [Total; Family::ALL.len()],
}

impl Recomputed {
    fn chat(&mut self, state: &State, chat: ChatId, record: &ChatRecord) {
        for key in keys_of(record, &state.tags, state.live_indexes()) {
            self.postings.entry((key, record.status)).or_default().insert(chat.0);
        }
        for (manager, count) in record.unread.iter() {
            *self.unread_messages.entry(manager).or_default() += count;
        }
        self.positions.insert(chat, record.position);
        self.deadlines.extend(record.snoozed_until.map(|deadline| (chat, deadline)));
    }

    fn record(&mut self, key: RecordKey, record: &Record) -> Result<(), Error> {
        self.totals[key.family().index()].add(1, digest(key, record)?);
        Ok(())
    }
}

/// Compares what a workspace's state and the store hold with what its records say.
pub(crate) fn scrub_workspace(state: &State, store: &Store, report: &mut ScrubReport) -> Result<(), Error> {
    let mut recomputed = Recomputed::default();
    let mut keys: Vec<RecordKey> = Vec::new();
    for table in Table::OF_RECORDS {
        keys.extend(store.record_keys(state.workspace, table)?);
    }
    keys.extend(state.unwritten_records());
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        let Some(record) = read(state, store, key)? else { continue };
        if let (RecordKey::Chat(chat), Record::Chat(record)) = (key, &record) {
            report.chats += 1;
            recomputed.chat(state, chat, record);
            check_messages(state, store, chat, record, report)?;
        }
        recomputed.record(key, &record)?;
    }
    compare_postings(state, store, recomputed.postings, report)?;
    compare_rest(state, &recomputed.unread_messages, &recomputed.positions, &recomputed.deadlines, report);
    for family in Family::ALL {
        let (kept, found) = (state.meta.totals[family.index()], recomputed.totals[family.index()]);
        if kept != found {
            report.fault(state.workspace, format!("{}: kept {kept:?}, found {found:?}", family.name()));
        }
    }
    Ok(())
}

fn read(state: &State, store: &Store, key: RecordKey) -> Result<Option<Record>, StoreError> {
    match state.known(key) {
        Known::Record(record) => Ok(Some(record)),
        Known::Absent => Ok(None),
        Known::InStore => store.record(state.workspace, key),
    }
}

/// The count and digest of a chat's messages are those that its record keeps.
fn check_messages(
    state: &State,
    store: &Store,
    chat: ChatId,
    record: &ChatRecord,
    report: &mut ScrubReport,
) -> Result<(), Error> {
    let mut found = 0_u64;
    for number in 1..=record.messages {
        let key = RecordKey::Message(chat, MessageId(number));
        match read(state, store, key)? {
            Some(message) => found = found.wrapping_add(digest(key, &message)?),
            None => report.fault(state.workspace, format!("chat {chat}: message {number} is missing")),
        }
    }
    if found != record.messages_digest {
        report.fault(state.workspace, format!("chat {chat}: its messages do not have the digest it keeps"));
    }
    Ok(())
}

fn compare_postings(
    state: &State,
    store: &Store,
    recomputed: BTreeMap<(Key, Status), RoaringBitmap>,
    report: &mut ScrubReport,
) -> Result<(), Error> {
    let none = RoaringBitmap::new();
    let mut kept: BTreeMap<(Key, Status), RoaringBitmap> = BTreeMap::new();
    for (key, posting) in state.postings.iter() {
        for status in Status::ALL {
            let set = posting.set(status);
            let members = set.to_bitmap();
            if set.len() != members.len() {
                report.fault(
                    state.workspace,
                    format!("{key:?} {status}: miscounted: {} for {}", set.len(), members.len()),
                );
            }
            kept.insert((key.clone(), status), members);
        }
    }
    let stored = if state.is_wiped() { Vec::new() } else { store.lazy_posting_keys(state.workspace)? };
    for key in stored {
        if !state.postings.is_loaded(&key) {
            let posting = crate::state::load_posting(store, state.workspace, &key)?;
            Status::ALL.iter().for_each(|status| {
                kept.insert((key.clone(), *status), posting.set(*status).to_bitmap());
            });
        }
    }
    for ((key, status), found) in &recomputed {
        let kept = kept.get(&(key.clone(), *status)).unwrap_or(&none);
        for chat in (found - kept).into_iter().filter(|chat| is_indexed(state, key, ChatId(*chat))) {
            report.fault(state.workspace, format!("{key:?} {status}: chat {chat} is missing"));
        }
    }
    for ((key, status), kept) in kept.iter().filter(|((key, _), _)| is_kept(state, key)) {
        let found = recomputed.get(&(key.clone(), *status)).unwrap_or(&none);
        for chat in kept - found {
            report.fault(state.workspace, format!("{key:?} {status}: chat {chat} is dangling"));
        }
    }
    Ok(())
}

/// Whether a chat's keys are in the index: those of a custom index that is being built are, up to where it is.
fn is_indexed(state: &State, key: &Key, chat: ChatId) -> bool {
    let Key::Custom(id, _) = key else { return true };
    let built_below = state.indexes().find_map(|(found, record)| match record.state {
        IndexState::Building { next } if found == *id => Some(next),
        _ => None,
    });
    built_below.is_none_or(|next| chat < next)
}

/// Whether commands keep what a key holds: not if it is of a custom index that the host has not registered, and that
/// the next change drops.
fn is_kept(state: &State, key: &Key) -> bool {
    match key {
        Key::Custom(id, _) if state.indexes().any(|(found, _)| found == *id) => state.live_index(*id).is_some(),
        Key::Custom(id, _) => !state.is_dropping(*id),
        _ => true,
    }
}

fn compare_rest(
    state: &State,
    unread_messages: &BTreeMap<ManagerId, u64>,
    positions: &BTreeMap<ChatId, u64>,
    deadlines: &BTreeMap<ChatId, u64>,
    report: &mut ScrubReport,
) {
    if state.unread_messages != *unread_messages {
        report.fault(
            state.workspace,
            format!("unread messages: kept {:?}, found {unread_messages:?}", state.unread_messages),
        );
    }
    let kept: BTreeMap<ChatId, u64> = state.timeline.newest_before(u64::MAX).map(|(at, chat)| (chat, at)).collect();
    if kept != *positions || state.timeline.len() != positions.len() {
        report.fault(state.workspace, format!("positions: kept {kept:?}, found {positions:?}"));
    }
    let kept: BTreeMap<ChatId, u64> = state.wheel.iter().collect();
    if kept != *deadlines || state.wheel.len() != deadlines.len() {
        report.fault(state.workspace, format!("deadlines: kept {kept:?}, found {deadlines:?}"));
    }
}
