//! Fuzz target for stored forms and keys. Any bytes decode to a value or an error, values round-trip, and key bytes
//! sort in key order.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use arbitrary::{Result, Unstructured};

use crate::model::{Actor, ChatId, CustomerId, File, ManagerId, MessageId, Status, TagId, Visibility, WorkspaceId};
use crate::record::codec::{Versioned, decode, decode_versioned, encode, encode_versioned};
use crate::record::key_bytes::KeyPart;
use crate::record::sample::{Draw, Order};
use crate::record::stored::Stored;
use crate::record::{
    Change, CustomerRecord, EventRecord, Family, IndexKind, MessageRecord, Meta, Record, RecordKey, RowKey, TagRecord,
    decode_record, encode_record,
};
use crate::sets::ChatSet;
use crate::store::{Table, decode_key, encode_key};

/// Keys per run.
const KEYS_MAX: usize = 12;

/// Entries of a list within a record.
const ENTRIES_MAX: usize = 4;

/// Decodes the bytes as stored values and keys, or builds values and keys from them and round-trips those.
pub fn codec(data: &[u8]) {
    let _ = run(&mut Unstructured::new(data));
}

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    match u.int_in_range(0..=3)? {
        0 => read_value(u),
        1 => read_key(u),
        2 => write_record(u),
        _ => write_keys(u),
    }
}

/// Decodes any bytes as a value. A decoded value must round-trip.
fn read_value(u: &mut Unstructured<'_>) -> Result<()> {
    let kind = u.int_in_range(0..=2 + Family::ALL.len())?;
    let bytes = u.bytes(u.len())?;
    match kind {
        0 => comes_back_versioned::<Change>(bytes),
        1 => comes_back_versioned::<Meta>(bytes),
        2 => {
            if let Ok(set) = decode::<ChatSet>(bytes) {
                comes_back(&set);
            }
        }
        kind => {
            let key = Family::ALL[kind - 3].draw(&mut Drawn(&mut Unstructured::new(&[])));
            if let Ok(record) = decode_record(key, bytes) {
                record_comes_back(key, &record);
            }
        }
    }
    Ok(())
}

fn comes_back<T: Stored + PartialEq + Debug>(value: &T) {
    let bytes = encode(value).expect("a decoded value encodes");
    assert_eq!(decode::<T>(&bytes).as_ref(), Ok(value));
}

fn comes_back_versioned<T: Versioned + PartialEq + Debug>(bytes: &[u8]) {
    if let Ok(value) = decode_versioned::<T>(bytes) {
        let bytes = encode_versioned(&value).expect("a decoded value encodes");
        assert_eq!(decode_versioned::<T>(&bytes), Ok(value));
    }
}

fn record_comes_back(key: RecordKey, record: &Record) {
    let bytes = encode_record(record).expect("a record encodes");
    assert_eq!(decode_record(key, &bytes).as_ref(), Ok(record));
    for len in 0..bytes.len().min(64) {
        assert!(decode_record(key, &bytes[..len]).is_err(), "{record:?} cut to {len} bytes");
    }
}

/// Decodes any bytes as a key. A decoded key must have exactly these bytes.
fn read_key(u: &mut Unstructured<'_>) -> Result<()> {
    let table = *u.choose(&Table::all())?;
    let bytes = u.bytes(u.len())?;
    if let Some(key) = decode_key(table, bytes) {
        let written = encode_key(&key, WorkspaceId(1));
        assert_eq!(&written[PREFIX_BYTES..], bytes, "{key:?}");
    }
    Ok(())
}

/// Builds a record from the bytes.
fn write_record(u: &mut Unstructured<'_>) -> Result<()> {
    let (key, record) = match u.int_in_range(0..=4)? {
        0 => {
            let record = TagRecord { parent: u.arbitrary::<Option<u32>>()?.map(TagId), name: u.arbitrary()? };
            (RecordKey::Tag(TagId(1)), Record::Tag(Arc::new(record)))
        }
        1 => {
            let (name, profile) = (u.arbitrary()?, properties(u)?);
            let (events, events_digest, external) = (u.arbitrary()?, u.arbitrary()?, u.arbitrary()?);
            let record = CustomerRecord { name, profile, events, events_digest, external };
            (RecordKey::Customer(CustomerId(1)), Record::Customer(Arc::new(record)))
        }
        2 => {
            let (at, name, page) = (u.arbitrary()?, u.arbitrary()?, u.arbitrary()?);
            let record = EventRecord { at, name, page, properties: properties(u)? };
            (RecordKey::Event(CustomerId(1), 1), Record::Event(Arc::new(record)))
        }
        3 => (RecordKey::Message(ChatId(1), MessageId(1)), Record::Message(Arc::new(message(u)?))),
        _ => {
            let chats: Vec<u32> = u.arbitrary()?;
            comes_back(&ChatSet::from_bitmap(chats.into_iter().collect()));
            return Ok(());
        }
    };
    record_comes_back(key, &record);
    Ok(())
}

fn properties(u: &mut Unstructured<'_>) -> Result<BTreeMap<String, String>> {
    (0..u.int_in_range(0..=ENTRIES_MAX)?).map(|_| u.arbitrary()).collect()
}

fn message(u: &mut Unstructured<'_>) -> Result<MessageRecord> {
    let author = match u.int_in_range(0..=2)? {
        0 => Actor::System,
        1 => Actor::Manager(ManagerId(u.arbitrary()?)),
        _ => Actor::Customer(CustomerId(u.arbitrary()?)),
    };
    let visibility = if u.arbitrary()? { Visibility::Public } else { Visibility::Internal };
    let mut files = Vec::new();
    for _ in 0..u.int_in_range(0..=ENTRIES_MAX)? {
        let (name, url, media_type, bytes) = (u.arbitrary()?, u.arbitrary()?, u.arbitrary()?, u.arbitrary()?);
        files.push(File { name, url, media_type, bytes });
    }
    let (at, text): (u64, String) = (u.arbitrary()?, u.arbitrary()?);
    let (external, edited_at, redacted) = (u.arbitrary()?, u.arbitrary()?, u.arbitrary()?);
    Ok(MessageRecord { at, author, visibility, text, files, external, edited_at, redacted })
}

/// The bytes of a key before its row within the table.
const PREFIX_BYTES: usize = 10;

/// Builds keys from the bytes. Each must round-trip, and bytes must sort as the keys' parts.
fn write_keys(u: &mut Unstructured<'_>) -> Result<()> {
    let mut keys = Vec::new();
    while keys.len() < KEYS_MAX && !u.is_empty() {
        let workspace: u64 = number(u)?;
        let (table, key, mut parts) = row_key(u)?;
        let bytes = encode_key(&key, WorkspaceId(workspace));
        assert_eq!(decode_key(table, &bytes[PREFIX_BYTES..]).as_ref(), Some(&key));
        parts.splice(0..0, [Order::Number(workspace), Order::Number(table.number().into())]);
        keys.push((parts, bytes));
    }
    for (parts, bytes) in &keys {
        for (other_parts, other_bytes) in &keys {
            assert_eq!(bytes.cmp(other_bytes), parts.cmp(other_parts), "{parts:?} and {other_parts:?}");
        }
    }
    Ok(())
}

/// A number, biased towards neighbors and towards different magnitudes.
fn number<T: TryFrom<u64> + Default>(u: &mut Unstructured<'_>) -> Result<T> {
    let byte = u64::from(u.arbitrary::<u8>()?);
    let shift = 8 * u.int_in_range(0..=7_u32)?;
    Ok(T::try_from(byte << shift).or_else(|_| T::try_from(byte)).unwrap_or_default())
}

/// Draws key values from the bytes.
struct Drawn<'u, 'd>(&'u mut Unstructured<'d>);

impl Draw for Drawn<'_, '_> {
    fn u16(&mut self) -> u16 {
        number(self.0).unwrap_or_default()
    }

    fn u32(&mut self) -> u32 {
        number(self.0).unwrap_or_default()
    }

    fn u64(&mut self) -> u64 {
        number(self.0).unwrap_or_default()
    }

    fn text(&mut self) -> String {
        self.0.arbitrary().unwrap_or_default()
    }
}

fn row_key(u: &mut Unstructured<'_>) -> Result<(Table, RowKey, Vec<Order>)> {
    let table = *u.choose(&Table::all())?;
    let (key, order) = match table {
        Table::Meta => (RowKey::Meta, vec![]),
        Table::Records(family) => {
            let key = family.draw(&mut Drawn(u));
            (RowKey::Record(key), key.order())
        }
        Table::UnreadMessages => of_part(u, RowKey::UnreadMessages),
        Table::Positions => of_part(u, RowKey::Positions),
        Table::Deadlines => of_part(u, RowKey::Deadlines),
        Table::Notices => of_part(u, RowKey::Notices),
        Table::CustomerChats => of_part(u, RowKey::CustomerChats),
        Table::Postings => {
            let (kind, status) = (*u.choose(&IndexKind::ALL)?, *u.choose(&Status::ALL)?);
            let (key, chunk) = (kind.draw(&mut Drawn(u)), u16::draw(&mut Drawn(u)));
            let order = [key.order(), vec![Order::Number(status as u64)], chunk.order()].concat();
            (RowKey::Posting(key, status, chunk), order)
        }
        Table::Members => {
            let (key, chunk) = (u.choose(&IndexKind::ALL)?.draw(&mut Drawn(u)), u16::draw(&mut Drawn(u)));
            let order = [key.order(), chunk.order()].concat();
            (RowKey::Members(key, chunk), order)
        }
    };
    Ok((table, key, order))
}

/// The key of a row with a single part.
fn of_part<T: KeyPart>(u: &mut Unstructured<'_>, key: fn(T) -> RowKey) -> (RowKey, Vec<Order>) {
    let part = T::draw(&mut Drawn(u));
    let order = part.order();
    (key(part), order)
}
