//! Stored forms and keys: any bytes are a value or an error, values come back, and the bytes of keys are in their order.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use arbitrary::{Result, Unstructured};
use bincode::{Decode, Encode};

use crate::model::{Actor, ChatId, CustomerId, File, ManagerId, MessageId, Status, TagId, Visibility, WorkspaceId};
use crate::record::codec::{
    Versioned, decode, decode_record, decode_versioned, encode, encode_record, encode_versioned,
};
use crate::record::{
    Change, CustomerRecord, EventRecord, IndexKey, MessageRecord, Meta, Record, RecordKey, RowKey, SettingId,
    SettingKey, TagRecord,
};
use crate::sets::ChatSet;
use crate::store::{Table, decode_key, encode_key};

/// Keys of one run.
const KEYS_MAX: usize = 12;

/// Entries of a list within a record.
const LIST_MAX: usize = 4;

/// Reads the bytes as stored values and as keys, or makes values and keys of them and takes those to bytes and back.
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

/// Any bytes as a value: what is read is written and read again as the same.
fn read_value(u: &mut Unstructured<'_>) -> Result<()> {
    let kind = u.int_in_range(0..=9)?;
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
            let key = match kind {
                3 => RecordKey::Manager(ManagerId(1)),
                4 => RecordKey::Tag(TagId(1)),
                5 => RecordKey::Customer(CustomerId(1)),
                6 => RecordKey::Event(CustomerId(1), 1),
                7 => RecordKey::Chat(ChatId(1)),
                8 => RecordKey::Message(ChatId(1), MessageId(1)),
                _ => RecordKey::Setting(SettingKey::Bulk(SettingId(1))),
            };
            if let Ok(record) = decode_record(key, bytes) {
                record_comes_back(key, &record);
            }
        }
    }
    Ok(())
}

fn comes_back<T: Encode + Decode<()> + PartialEq + Debug>(value: &T) {
    let bytes = encode(value).expect("what is read can be written");
    assert_eq!(decode::<T>(&bytes).as_ref(), Ok(value));
}

fn comes_back_versioned<T: Versioned + PartialEq + Debug>(bytes: &[u8]) {
    if let Ok(value) = decode_versioned::<T>(bytes) {
        let bytes = encode_versioned(&value).expect("what is read can be written");
        assert_eq!(decode_versioned::<T>(&bytes), Ok(value));
    }
}

fn record_comes_back(key: RecordKey, record: &Record) {
    let bytes = encode_record(record).expect("a record can be written");
    assert_eq!(decode_record(key, &bytes).as_ref(), Ok(record));
    for len in 0..bytes.len().min(64) {
        assert!(decode_record(key, &bytes[..len]).is_err(), "{record:?} cut to {len} bytes");
    }
}

/// Any bytes as a key: what is read has exactly these bytes.
fn read_key(u: &mut Unstructured<'_>) -> Result<()> {
    let table = *u.choose(&TABLES)?;
    let bytes = u.bytes(u.len())?;
    if let Some(key) = decode_key(table, bytes) {
        let written = encode_key(&key, WorkspaceId(1));
        assert_eq!(&written[PREFIX_BYTES..], bytes, "{key:?}");
    }
    Ok(())
}

/// A record of what the bytes say.
fn write_record(u: &mut Unstructured<'_>) -> Result<()> {
    let (key, record) = match u.int_in_range(0..=4)? {
        0 => {
            let record = TagRecord { parent: u.arbitrary::<Option<u32>>()?.map(TagId), name: u.arbitrary()? };
            (RecordKey::Tag(TagId(1)), Record::Tag(Arc::new(record)))
        }
        1 => {
            let (name, profile) = (u.arbitrary()?, properties(u)?);
            let record = CustomerRecord { name, profile, events: u.arbitrary()?, events_digest: u.arbitrary()? };
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
    (0..u.int_in_range(0..=LIST_MAX)?).map(|_| u.arbitrary()).collect()
}

fn message(u: &mut Unstructured<'_>) -> Result<MessageRecord> {
    let author = match u.int_in_range(0..=2)? {
        0 => Actor::System,
        1 => Actor::Manager(ManagerId(u.arbitrary()?)),
        _ => Actor::Customer(CustomerId(u.arbitrary()?)),
    };
    let visibility = if u.arbitrary()? { Visibility::Public } else { Visibility::Internal };
    let mut files = Vec::new();
    for _ in 0..u.int_in_range(0..=LIST_MAX)? {
        let (name, url, media_type, bytes) = (u.arbitrary()?, u.arbitrary()?, u.arbitrary()?, u.arbitrary()?);
        files.push(File { name, url, media_type, bytes });
    }
    Ok(MessageRecord { at: u.arbitrary()?, author, visibility, text: u.arbitrary()?, files })
}

/// The bytes of a key before what says which row of its table it is.
const PREFIX_BYTES: usize = 10;

const TABLES: [Table; 13] = [
    Table::Meta,
    Table::Managers,
    Table::Tags,
    Table::UnreadMessages,
    Table::Positions,
    Table::Deadlines,
    Table::Postings,
    Table::Customers,
    Table::Events,
    Table::Chats,
    Table::Messages,
    Table::Settings,
    Table::Notices,
];

/// A part of a key, as the table of rows has it. Two keys with the same parts up to some place have parts of one kind
/// there.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(u64),
    Text(String),
}

/// Keys of what the bytes say: each comes back from its bytes, and bytes are in the order of the keys' parts.
fn write_keys(u: &mut Unstructured<'_>) -> Result<()> {
    let mut keys = Vec::new();
    while keys.len() < KEYS_MAX && !u.is_empty() {
        let workspace: u64 = number(u)?;
        let (table, key, mut parts) = row_key(u)?;
        let bytes = encode_key(&key, WorkspaceId(workspace));
        assert_eq!(decode_key(table, &bytes[PREFIX_BYTES..]).as_ref(), Some(&key));
        parts.splice(0..0, [Part::Number(workspace), Part::Number(table as u64)]);
        keys.push((parts, bytes));
    }
    for (parts, bytes) in &keys {
        for (other_parts, other_bytes) in &keys {
            assert_eq!(bytes.cmp(other_bytes), parts.cmp(other_parts), "{parts:?} and {other_parts:?}");
        }
    }
    Ok(())
}

/// A number of which neighbors and other orders of magnitude meet often.
fn number<T: TryFrom<u64> + Default>(u: &mut Unstructured<'_>) -> Result<T> {
    let byte = u64::from(u.arbitrary::<u8>()?);
    let shift = 8 * u.int_in_range(0..=7_u32)?;
    Ok(T::try_from(byte << shift).or_else(|_| T::try_from(byte)).unwrap_or_default())
}

fn row_key(u: &mut Unstructured<'_>) -> Result<(Table, RowKey, Vec<Part>)> {
    let table = *u.choose(&TABLES)?;
    let (a, b): (u64, u32) = (number(u)?, number(u)?);
    let (wide, narrow) = (Part::Number(a), Part::Number(b.into()));
    let record = RowKey::Record;
    let (key, parts) = match table {
        Table::Meta => (RowKey::Meta, vec![]),
        Table::Managers => (record(RecordKey::Manager(ManagerId(a))), vec![wide]),
        Table::Tags => (record(RecordKey::Tag(TagId(b))), vec![narrow]),
        Table::UnreadMessages => (RowKey::UnreadMessages(ManagerId(a)), vec![wide]),
        Table::Positions => (RowKey::Positions(b), vec![narrow]),
        Table::Deadlines => (RowKey::Deadlines(b), vec![narrow]),
        Table::Customers => (record(RecordKey::Customer(CustomerId(a))), vec![wide]),
        Table::Events => (record(RecordKey::Event(CustomerId(a), b)), vec![wide, narrow]),
        Table::Chats => (record(RecordKey::Chat(ChatId(b))), vec![narrow]),
        Table::Messages => {
            let message: u32 = number(u)?;
            (record(RecordKey::Message(ChatId(b), MessageId(message))), vec![narrow, Part::Number(message.into())])
        }
        Table::Notices => (RowKey::Notices(a), vec![wide]),
        Table::Settings => {
            let part: u16 = number(u)?;
            let id = SettingId(b);
            let (key, kind, parts) = match u.int_in_range(0..=3)? {
                0 => (SettingKey::ProfileFields, 0, vec![]),
                1 => (SettingKey::Bulk(id), 1, vec![narrow]),
                2 => (SettingKey::BulkPart(id, part), 2, vec![narrow, Part::Number(part.into())]),
                _ => (SettingKey::Index(id), 3, vec![narrow]),
            };
            (record(RecordKey::Setting(key)), [vec![Part::Number(kind)], parts].into_iter().flatten().collect())
        }
        Table::Postings => {
            let status = *u.choose(&Status::ALL)?;
            let chunk: u16 = number(u)?;
            let (key, mut parts) = posting_key(u, a, b)?;
            parts.extend([Part::Number(status as u64), Part::Number(chunk.into())]);
            (RowKey::Posting(key, status, chunk), parts)
        }
    };
    Ok((table, key, parts))
}

fn posting_key(u: &mut Unstructured<'_>, a: u64, b: u32) -> Result<(IndexKey, Vec<Part>)> {
    let kind = u.int_in_range(0..=11_u64)?;
    let (manager, tag) = (ManagerId(a), TagId(b));
    let (key, rest) = match kind {
        0 => (IndexKey::All, vec![]),
        1 => (IndexKey::Unassigned, vec![]),
        2 => (IndexKey::Assignee(manager), vec![Part::Number(a)]),
        3 => (IndexKey::Following(manager), vec![Part::Number(a)]),
        4 => (IndexKey::FollowingUnassigned(manager), vec![Part::Number(a)]),
        5 => (IndexKey::Unread(manager), vec![Part::Number(a)]),
        6 => (IndexKey::Favorite(manager), vec![Part::Number(a)]),
        7 => (IndexKey::Tag(tag), vec![Part::Number(b.into())]),
        8 => (IndexKey::OwnTag(tag), vec![Part::Number(b.into())]),
        9 => (IndexKey::Customer(CustomerId(a)), vec![Part::Number(a)]),
        10 => {
            let word: String = u.arbitrary::<&str>()?.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
            (IndexKey::Hashtag(word.as_str().into()), vec![Part::Text(word)])
        }
        _ => {
            let value: &str = u.arbitrary()?;
            let parts = vec![Part::Number(b.into()), Part::Number(value.len() as u64), Part::Text(value.to_owned())];
            (IndexKey::Custom(SettingId(b), value.into()), parts)
        }
    };
    Ok((key, [vec![Part::Number(kind)], rest].into_iter().flatten().collect()))
}
