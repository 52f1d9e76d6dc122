//! External ids: the index against the records that have them.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::error::Error;
use crate::model::{ChatId, CustomerId, ManagerId, MessageId};
use crate::record::codec::CodecError;
use crate::record::{ExternalKey, ExternalRecord, ExternalSpace, Record, RecordKey, Total, digest};
use crate::store::Store;
use crate::workspace::{Lookup, State};

/// Matches the index of external ids with their owners, whichever comes first.
#[derive(Default)]
pub(super) struct ExternalMatch {
    /// Owners less entries of the index, where they differ.
    open: FxHashMap<(ExternalKey, u64), i64>,
    /// Records of the index that cannot be decoded.
    lost: Vec<ExternalKey>,
}

impl ExternalMatch {
    /// Counts a record: what has an external id, or a record of the index.
    pub(super) fn count(&mut self, key: RecordKey, record: &Record) {
        let owner = match (key, record) {
            (RecordKey::Manager(id), Record::Manager(record)) => (ExternalSpace::Managers, &record.external, id.0),
            (RecordKey::Customer(id), Record::Customer(record)) => (ExternalSpace::Customers, &record.external, id.0),
            (RecordKey::Chat(id), Record::Chat(record)) => (ExternalSpace::Chats, &record.external, id.0.into()),
            (RecordKey::Message(chat, id), Record::Message(record)) => {
                (ExternalSpace::Messages(chat), &record.external, id.0.into())
            }
            (RecordKey::External(key), Record::External(record)) => {
                record.iter().for_each(|(_, number)| self.add(key, number, -1));
                return;
            }
            _ => return,
        };
        if let (space, Some(external), number) = owner {
            self.add(ExternalKey::of(space, external), number, 1);
        }
    }

    pub(super) fn note_lost(&mut self, key: ExternalKey) {
        self.lost.push(key);
    }

    fn add(&mut self, key: ExternalKey, number: u64, by: i64) {
        let open = self.open.entry((key, number)).or_default();
        *open += by;
        if *open == 0 {
            self.open.remove(&(key, number));
        }
    }

    /// The differences, by record of the index.
    pub(super) fn differences(self) -> BTreeMap<ExternalKey, ExternalDifference> {
        let mut found: BTreeMap<ExternalKey, ExternalDifference> = BTreeMap::new();
        for ((key, number), open) in self.open {
            let difference = found.entry(key).or_default();
            if open > 0 { &mut difference.missing } else { &mut difference.dangling }.push(number);
        }
        for key in self.lost {
            found.entry(key).or_default().lost = true;
        }
        for difference in found.values_mut() {
            difference.missing.sort_unstable();
            difference.dangling.sort_unstable();
        }
        found
    }
}

/// The difference between a record of the index and the owners of its external ids.
#[derive(Debug, Default)]
pub(super) struct ExternalDifference {
    /// Owners that the index lacks.
    pub(super) missing: Vec<u64>,
    /// Entries of the index without an owner.
    pub(super) dangling: Vec<u64>,
    /// Whether the record cannot be decoded.
    pub(super) lost: bool,
}

/// Names what has an external id.
pub(super) fn words_of(key: ExternalKey, number: u64) -> String {
    match key.space() {
        ExternalSpace::Managers => format!("the external id of manager {number}"),
        ExternalSpace::Customers => format!("the external id of customer {number}"),
        ExternalSpace::Chats => format!("the external id of chat {number}"),
        ExternalSpace::Messages(chat) => format!("the external id of message {number} of chat {chat}"),
    }
}

/// Records to write, or with `None` to delete.
type Edits = Vec<(RecordKey, Option<Record>)>;

/// The records of the index as they must be, and the total of their family. `found` is the total of those in the store.
pub(super) fn mended(
    state: &State,
    store: &Store,
    differences: &BTreeMap<ExternalKey, ExternalDifference>,
    mut found: Total,
) -> Result<(Edits, Total), Error> {
    let mut records = Vec::new();
    for (key, difference) in differences {
        let place = RecordKey::External(*key);
        let old = if difference.lost { None } else { read(state, store, place)? };
        let new = mend(state, store, *key, old.as_ref(), difference)?;
        for (record, adds) in [(old, false), (new.clone(), true)] {
            let Some(digest) = record.map(|record| digest(place, &record)).transpose().map_err(encoding)? else {
                continue;
            };
            if adds {
                found.add(1, digest)
            } else {
                found.remove(1, digest)
            };
        }
        records.push((place, new));
    }
    Ok((records, found))
}

fn encoding(error: CodecError) -> Error {
    error.into()
}

fn mend(
    state: &State,
    store: &Store,
    key: ExternalKey,
    old: Option<&Record>,
    difference: &ExternalDifference,
) -> Result<Option<Record>, Error> {
    let mut record = match old {
        Some(Record::External(record)) => ExternalRecord::clone(record),
        _ => ExternalRecord::default(),
    };
    let gone: Vec<String> = record
        .iter()
        .filter(|(_, number)| difference.dangling.contains(number))
        .map(|(external, _)| external.to_owned())
        .collect();
    gone.iter().for_each(|external| record.remove(external));
    for number in &difference.missing {
        if let Some(external) = external_of(state, store, key.space(), *number)? {
            record.put(&external, *number);
        }
    }
    Ok((!record.is_empty()).then(|| Record::External(Arc::new(record))))
}

/// Reads the external id of its owner.
fn external_of(state: &State, store: &Store, space: ExternalSpace, number: u64) -> Result<Option<String>, Error> {
    let key = match space {
        ExternalSpace::Managers => RecordKey::Manager(ManagerId(number)),
        ExternalSpace::Customers => RecordKey::Customer(CustomerId(number)),
        ExternalSpace::Chats => RecordKey::Chat(ChatId(number as u32)),
        ExternalSpace::Messages(chat) => RecordKey::Message(chat, MessageId(number as u32)),
    };
    Ok(match read(state, store, key)? {
        Some(Record::Manager(record)) => record.external.clone(),
        Some(Record::Customer(record)) => record.external.clone(),
        Some(Record::Chat(record)) => record.external.clone(),
        Some(Record::Message(record)) => record.external.clone(),
        _ => None,
    })
}

/// Reads a record, whether or not the index knows it.
pub(super) fn read(state: &State, store: &Store, key: RecordKey) -> Result<Option<Record>, Error> {
    match state.unwritten(key) {
        Lookup::Record(record) => Ok(Some(record)),
        Lookup::Absent => Ok(None),
        Lookup::InStore => Ok(store.record(state.workspace, key)?),
    }
}
