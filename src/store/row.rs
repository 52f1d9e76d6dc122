//! The rows of the state store and their keys.
//!
//! | key | value |
//! |---|---|
//! | `e` | the stamp of the newest checkpoint |
//! | `t` workspace | the next deadline of the workspace |
//! | `u` workspace | there where a bulk action is under way |
//! | `w` workspace, 0 | clock, next ids, counts and digests |
//! | `w` workspace, 1, manager | a manager |
//! | `w` workspace, 2, tag | a tag |
//! | `w` workspace, 3, manager | how many messages a manager has not read |
//! | `w` workspace, 4, chunk | the positions of 1,024 chats |
//! | `w` workspace, 5, chunk | the deadlines of 1,024 chats |
//! | `w` workspace, 6, kind, argument, status, chunk | the members of a posting among 65,536 chats |
//! | `w` workspace, 7, customer | a customer |
//! | `w` workspace, 8, customer, number | an event |
//! | `w` workspace, 9, chat | a chat |
//! | `w` workspace, 10, chat, number | a message |
//! | `w` workspace, 11, kind, number | a setting: profile fields, a bulk action under way, a custom index |
//! | `w` workspace, 12, chunk | 128 notices |
//!
//! Numbers are big-endian, so that the order of keys is that of the numbers.

use super::key_reader::KeyReader;
use crate::model::{ChatId, CustomerId, ManagerId, MessageId, Status, TagId, WorkspaceId};
use crate::record::{IndexKey, RecordKey, RowKey, SettingId, SettingKey};

const WORKSPACE: u8 = b'w';
const NEXT_DEADLINE: u8 = b't';
const BULKS: u8 = b'u';

/// The key of the row that says up to which change the store holds everything.
pub(crate) const STAMP_KEY: &[u8] = b"e";
/// What the keys of the rows of next deadlines begin with.
pub(crate) const NEXT_DEADLINE_PREFIX: &[u8] = &[NEXT_DEADLINE];

/// What the keys of the rows begin with that name workspaces with bulk actions under way.
pub(crate) const BULKS_PREFIX: &[u8] = &[BULKS];

/// The tables of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Table {
    Meta,
    Managers,
    Tags,
    UnreadMessages,
    Positions,
    Deadlines,
    Postings,
    Customers,
    Events,
    Chats,
    Messages,
    Settings,
    Notices,
}

impl Table {
    /// Those that hold records.
    pub(crate) const OF_RECORDS: [Table; 7] =
        [Table::Managers, Table::Tags, Table::Customers, Table::Events, Table::Chats, Table::Messages, Table::Settings];
}

/// Whether this is the key of the row of what is neither a record nor an index of a workspace.
pub(super) fn is_meta(key: &[u8]) -> bool {
    in_table(key).is_some_and(|(table, rest)| table == Table::Meta as u8 && rest.is_empty())
}

/// Whether this is the key of a further part of a value.
pub(super) fn is_part(key: &[u8]) -> bool {
    let mut with_parts = Table::OF_RECORDS.iter().chain(&[Table::Notices]);
    in_table(key).is_some_and(|(table, rest)| {
        // No key of these tables is another one and two bytes more.
        with_parts
            .find(|with_parts| **with_parts as u8 == table)
            .is_some_and(|table| decode_key(*table, rest).is_none())
    })
}

/// The table of the key of a workspace's row, and what follows it.
pub(super) fn in_table(key: &[u8]) -> Option<(u8, &[u8])> {
    let mut bytes = KeyReader(key.strip_prefix(&[WORKSPACE])?);
    bytes.u64()?;
    Some((bytes.u8()?, bytes.0))
}

/// What the keys of a workspace begin with.
pub(crate) fn workspace_prefix(workspace: WorkspaceId) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(24);
    bytes.push(WORKSPACE);
    bytes.extend(workspace.0.to_be_bytes());
    bytes
}

/// The workspace that a row is of.
pub(crate) fn workspace_of(key: &[u8]) -> Option<WorkspaceId> {
    KeyReader(key.strip_prefix(&[WORKSPACE])?).u64().map(WorkspaceId)
}

/// What the keys of a table begin with.
pub(crate) fn table_prefix(workspace: WorkspaceId, table: Table) -> Vec<u8> {
    let mut bytes = workspace_prefix(workspace);
    bytes.push(table as u8);
    bytes
}

/// The key of the row of a workspace's next deadline.
pub(crate) fn next_deadline_key(workspace: WorkspaceId) -> Vec<u8> {
    of_workspace(NEXT_DEADLINE, workspace)
}

/// The workspace that a row of a next deadline is of.
pub(crate) fn next_deadline_workspace(key: &[u8]) -> Option<WorkspaceId> {
    workspace_after(NEXT_DEADLINE, key)
}

/// The key of the row that says that a bulk action is under way in a workspace.
pub(crate) fn bulks_key(workspace: WorkspaceId) -> Vec<u8> {
    of_workspace(BULKS, workspace)
}

/// The workspace that such a row names.
pub(crate) fn bulks_workspace(key: &[u8]) -> Option<WorkspaceId> {
    workspace_after(BULKS, key)
}

fn of_workspace(kind: u8, workspace: WorkspaceId) -> Vec<u8> {
    let mut bytes = vec![kind];
    bytes.extend(workspace.0.to_be_bytes());
    bytes
}

fn workspace_after(kind: u8, key: &[u8]) -> Option<WorkspaceId> {
    let mut bytes = KeyReader(key.strip_prefix(&[kind])?);
    let workspace = WorkspaceId(bytes.u64()?);
    bytes.end(workspace)
}

/// The bytes of the key of a workspace's row.
pub(crate) fn encode_key(key: &RowKey, workspace: WorkspaceId) -> Vec<u8> {
    let mut bytes = table_prefix(workspace, table_of(key));
    match key {
        RowKey::Meta => {}
        RowKey::Record(key) => encode_record_key(*key, &mut bytes),
        RowKey::UnreadMessages(manager) => bytes.extend(manager.0.to_be_bytes()),
        RowKey::Positions(chunk) | RowKey::Deadlines(chunk) => bytes.extend(chunk.to_be_bytes()),
        RowKey::Posting(key, status, chunk) => {
            encode_posting_key(key, &mut bytes);
            bytes.push(*status as u8);
            bytes.extend(chunk.to_be_bytes());
        }
        RowKey::Notices(chunk) => bytes.extend(chunk.to_be_bytes()),
    }
    bytes
}

fn table_of(key: &RowKey) -> Table {
    match key {
        RowKey::Meta => Table::Meta,
        RowKey::Record(RecordKey::Manager(_)) => Table::Managers,
        RowKey::Record(RecordKey::Tag(_)) => Table::Tags,
        RowKey::Record(RecordKey::Customer(_)) => Table::Customers,
        RowKey::Record(RecordKey::Event(..)) => Table::Events,
        RowKey::Record(RecordKey::Chat(_)) => Table::Chats,
        RowKey::Record(RecordKey::Message(..)) => Table::Messages,
        RowKey::Record(RecordKey::Setting(_)) => Table::Settings,
        RowKey::UnreadMessages(_) => Table::UnreadMessages,
        RowKey::Positions(_) => Table::Positions,
        RowKey::Deadlines(_) => Table::Deadlines,
        RowKey::Posting(..) => Table::Postings,
        RowKey::Notices(_) => Table::Notices,
    }
}

fn encode_record_key(key: RecordKey, bytes: &mut Vec<u8>) {
    match key {
        RecordKey::Manager(manager) => bytes.extend(manager.0.to_be_bytes()),
        RecordKey::Tag(tag) => bytes.extend(tag.0.to_be_bytes()),
        RecordKey::Customer(customer) => bytes.extend(customer.0.to_be_bytes()),
        RecordKey::Event(customer, number) => {
            bytes.extend(customer.0.to_be_bytes());
            bytes.extend(number.to_be_bytes());
        }
        RecordKey::Chat(chat) => bytes.extend(chat.0.to_be_bytes()),
        RecordKey::Message(chat, message) => {
            bytes.extend(chat.0.to_be_bytes());
            bytes.extend(message.0.to_be_bytes());
        }
        RecordKey::Setting(key) => encode_setting_key(key, bytes),
    }
}

fn encode_setting_key(key: SettingKey, bytes: &mut Vec<u8>) {
    match key {
        SettingKey::ProfileFields => bytes.push(0),
        SettingKey::Bulk(id) => {
            bytes.push(1);
            bytes.extend(id.0.to_be_bytes());
        }
        SettingKey::BulkPart(id, chunk) => {
            bytes.push(2);
            bytes.extend(id.0.to_be_bytes());
            bytes.extend(chunk.to_be_bytes());
        }
        SettingKey::Index(id) => {
            bytes.push(3);
            bytes.extend(id.0.to_be_bytes());
        }
    }
}

fn decode_setting_key(bytes: &mut KeyReader<'_>) -> Option<SettingKey> {
    Some(match bytes.u8()? {
        0 => SettingKey::ProfileFields,
        1 => SettingKey::Bulk(SettingId(bytes.u32()?)),
        2 => SettingKey::BulkPart(SettingId(bytes.u32()?), bytes.u16()?),
        3 => SettingKey::Index(SettingId(bytes.u32()?)),
        _ => return None,
    })
}

/// The byte by which the kind of a posting's key is stored, in the order of [`IndexKey`].
fn posting_kind(key: &IndexKey) -> u8 {
    match key {
        IndexKey::All => 0,
        IndexKey::Unassigned => 1,
        IndexKey::Assignee(_) => 2,
        IndexKey::Following(_) => 3,
        IndexKey::FollowingUnassigned(_) => 4,
        IndexKey::Unread(_) => 5,
        IndexKey::Favorite(_) => 6,
        IndexKey::Tag(_) => 7,
        IndexKey::OwnTag(_) => 8,
        IndexKey::Customer(_) => 9,
        IndexKey::Hashtag(_) => 10,
        IndexKey::Custom(..) => CUSTOM_KIND,
    }
}

/// The kind of the keys of custom indexes.
const CUSTOM_KIND: u8 = 11;

/// The kinds of keys whose postings are loaded with the workspace.
pub(crate) const RESIDENT_KINDS: std::ops::RangeInclusive<u8> = 0..=8;

fn encode_posting_key(key: &IndexKey, bytes: &mut Vec<u8>) {
    bytes.push(posting_kind(key));
    match key {
        IndexKey::All | IndexKey::Unassigned => {}
        IndexKey::Assignee(manager)
        | IndexKey::Following(manager)
        | IndexKey::FollowingUnassigned(manager)
        | IndexKey::Unread(manager)
        | IndexKey::Favorite(manager) => bytes.extend(manager.0.to_be_bytes()),
        IndexKey::Tag(tag) | IndexKey::OwnTag(tag) => bytes.extend(tag.0.to_be_bytes()),
        IndexKey::Customer(customer) => bytes.extend(customer.0.to_be_bytes()),
        IndexKey::Hashtag(word) => {
            // A hashtag holds letters, digits and `_` only, so that 0 ends it.
            bytes.extend(word.as_bytes());
            bytes.push(0);
        }
        IndexKey::Custom(index, value) => {
            bytes.extend(index.0.to_be_bytes());
            // A value may hold any character, so that its length says where it ends.
            bytes.extend((value.len() as u16).to_be_bytes());
            bytes.extend(value.as_bytes());
        }
    }
}

/// What the keys of the rows of all postings of a custom index begin with.
pub(crate) fn custom_index_prefix(workspace: WorkspaceId, index: SettingId) -> Vec<u8> {
    let mut bytes = posting_kind_prefix(workspace, CUSTOM_KIND);
    bytes.extend(index.0.to_be_bytes());
    bytes
}

/// What the keys of the rows of one posting begin with.
pub(crate) fn posting_prefix(workspace: WorkspaceId, key: &IndexKey) -> Vec<u8> {
    let mut bytes = table_prefix(workspace, Table::Postings);
    encode_posting_key(key, &mut bytes);
    bytes
}

/// What the keys of the rows of all postings of a kind begin with.
pub(crate) fn posting_kind_prefix(workspace: WorkspaceId, kind: u8) -> Vec<u8> {
    let mut bytes = table_prefix(workspace, Table::Postings);
    bytes.push(kind);
    bytes
}

/// The key of a workspace's row, without what says which workspace and table it is of, read back.
pub(crate) fn decode_key(table: Table, bytes: &[u8]) -> Option<RowKey> {
    let mut bytes = KeyReader(bytes);
    let key = match table {
        Table::Meta => RowKey::Meta,
        Table::Managers => RowKey::Record(RecordKey::Manager(ManagerId(bytes.u64()?))),
        Table::Tags => RowKey::Record(RecordKey::Tag(TagId(bytes.u32()?))),
        Table::UnreadMessages => RowKey::UnreadMessages(ManagerId(bytes.u64()?)),
        Table::Positions => RowKey::Positions(bytes.u32()?),
        Table::Deadlines => RowKey::Deadlines(bytes.u32()?),
        Table::Customers => RowKey::Record(RecordKey::Customer(CustomerId(bytes.u64()?))),
        Table::Events => RowKey::Record(RecordKey::Event(CustomerId(bytes.u64()?), bytes.u32()?)),
        Table::Chats => RowKey::Record(RecordKey::Chat(ChatId(bytes.u32()?))),
        Table::Messages => RowKey::Record(RecordKey::Message(ChatId(bytes.u32()?), MessageId(bytes.u32()?))),
        Table::Postings => {
            let key = decode_posting_key(&mut bytes)?;
            let status = *Status::ALL.get(usize::from(bytes.u8()?))?;
            RowKey::Posting(key, status, bytes.u16()?)
        }
        Table::Settings => RowKey::Record(RecordKey::Setting(decode_setting_key(&mut bytes)?)),
        Table::Notices => RowKey::Notices(bytes.u64()?),
    };
    bytes.end(key)
}

fn decode_posting_key(bytes: &mut KeyReader<'_>) -> Option<IndexKey> {
    Some(match bytes.u8()? {
        0 => IndexKey::All,
        1 => IndexKey::Unassigned,
        2 => IndexKey::Assignee(ManagerId(bytes.u64()?)),
        3 => IndexKey::Following(ManagerId(bytes.u64()?)),
        4 => IndexKey::FollowingUnassigned(ManagerId(bytes.u64()?)),
        5 => IndexKey::Unread(ManagerId(bytes.u64()?)),
        6 => IndexKey::Favorite(ManagerId(bytes.u64()?)),
        7 => IndexKey::Tag(TagId(bytes.u32()?)),
        8 => IndexKey::OwnTag(TagId(bytes.u32()?)),
        9 => IndexKey::Customer(CustomerId(bytes.u64()?)),
        10 => IndexKey::Hashtag(bytes.word()?.into()),
        CUSTOM_KIND => IndexKey::Custom(SettingId(bytes.u32()?), bytes.counted_text()?.into()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<(Table, RowKey)> {
        let posting = |key| (Table::Postings, RowKey::Posting(key, Status::Snoozed, 300));
        let setting = |key| (Table::Settings, RowKey::Record(RecordKey::Setting(key)));
        vec![
            (Table::Meta, RowKey::Meta),
            (Table::Managers, RowKey::Record(RecordKey::Manager(ManagerId(u64::MAX)))),
            (Table::UnreadMessages, RowKey::UnreadMessages(ManagerId(7))),
            (Table::Positions, RowKey::Positions(258)),
            (Table::Deadlines, RowKey::Deadlines(0)),
            posting(IndexKey::All),
            posting(IndexKey::Assignee(ManagerId(0x0102_0304))),
            posting(IndexKey::OwnTag(TagId(9))),
            posting(IndexKey::Customer(CustomerId(5))),
            posting(IndexKey::Hashtag("결제_1".into())),
            posting(IndexKey::Custom(SettingId(3), "a\0b".into())),
            (Table::Events, RowKey::Record(RecordKey::Event(CustomerId(1), 2))),
            (Table::Messages, RowKey::Record(RecordKey::Message(ChatId(1), MessageId(256)))),
            (Table::Messages, RowKey::Record(RecordKey::Message(ChatId(256), MessageId(1)))),
            setting(SettingKey::ProfileFields),
            setting(SettingKey::Bulk(SettingId(1))),
            setting(SettingKey::BulkPart(SettingId(1), 258)),
            setting(SettingKey::Index(SettingId(u32::MAX))),
            (Table::Notices, RowKey::Notices(u64::MAX)),
        ]
    }

    #[test]
    fn keys_are_read_back() {
        let workspace = WorkspaceId(77);
        for (table, key) in samples() {
            let bytes = encode_key(&key, workspace);
            let body = bytes.strip_prefix(table_prefix(workspace, table).as_slice()).unwrap();
            assert_eq!(decode_key(table, body), Some(key.clone()));
            assert_eq!(decode_key(table, &[body, &[0]].concat()), None, "{key:?} with a byte more");
            assert!(!is_part(&bytes), "{key:?}");
            let may_have_parts = table == Table::Notices || Table::OF_RECORDS.contains(&table);
            assert_eq!(is_part(&[bytes.as_slice(), &[0, 1]].concat()), may_have_parts, "{key:?}");
            assert_eq!(is_meta(&bytes), key == RowKey::Meta);
        }
    }

    #[test]
    fn the_order_of_bytes_is_the_order_of_keys() {
        let keys = samples();
        let mut by_bytes: Vec<Vec<u8>> = keys.iter().map(|(_, key)| encode_key(key, WorkspaceId(1))).collect();
        assert!(by_bytes.is_sorted(), "the samples above are in the order of tables and numbers");
        by_bytes.dedup();
        assert_eq!(by_bytes.len(), keys.len());
    }

    /// As stores in use have them. A line here changes only with a new format version.
    #[test]
    fn the_bytes_of_every_kind_of_key() {
        let check = |key: RowKey, expected: &str| {
            let bytes = encode_key(&key, WorkspaceId(0x0102));
            let bytes: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(bytes.strip_prefix("770000000000000102"), Some(expected), "{key:?}");
        };
        let posting = |key| RowKey::Posting(key, Status::Closed, 258);
        let record = RowKey::Record;
        check(RowKey::Meta, "00");
        check(record(RecordKey::Manager(ManagerId(7))), "010000000000000007");
        check(record(RecordKey::Tag(TagId(9))), "0200000009");
        check(RowKey::UnreadMessages(ManagerId(7)), "030000000000000007");
        check(RowKey::Positions(258), "0400000102");
        check(RowKey::Deadlines(258), "0500000102");
        check(posting(IndexKey::All), "0600020102");
        check(posting(IndexKey::Unassigned), "0601020102");
        check(posting(IndexKey::Assignee(ManagerId(7))), "06020000000000000007020102");
        check(posting(IndexKey::Following(ManagerId(7))), "06030000000000000007020102");
        check(posting(IndexKey::FollowingUnassigned(ManagerId(7))), "06040000000000000007020102");
        check(posting(IndexKey::Unread(ManagerId(7))), "06050000000000000007020102");
        check(posting(IndexKey::Favorite(ManagerId(7))), "06060000000000000007020102");
        check(posting(IndexKey::Tag(TagId(9))), "060700000009020102");
        check(posting(IndexKey::OwnTag(TagId(9))), "060800000009020102");
        check(posting(IndexKey::Customer(CustomerId(5))), "06090000000000000005020102");
        check(posting(IndexKey::Hashtag("결제_1".into())), "060aeab2b0eca09c5f3100020102");
        check(posting(IndexKey::Custom(SettingId(3), "a\0b".into())), "060b000000030003610062020102");
        check(record(RecordKey::Customer(CustomerId(5))), "070000000000000005");
        check(record(RecordKey::Event(CustomerId(5), 2)), "08000000000000000500000002");
        check(record(RecordKey::Chat(ChatId(300))), "090000012c");
        check(record(RecordKey::Message(ChatId(300), MessageId(2))), "0a0000012c00000002");
        check(record(RecordKey::Setting(SettingKey::ProfileFields)), "0b00");
        check(record(RecordKey::Setting(SettingKey::Bulk(SettingId(1)))), "0b0100000001");
        check(record(RecordKey::Setting(SettingKey::BulkPart(SettingId(1), 258))), "0b02000000010102");
        check(record(RecordKey::Setting(SettingKey::Index(SettingId(4)))), "0b0300000004");
        check(RowKey::Notices(258), "0c0000000000000102");
        assert_eq!(
            posting_prefix(WorkspaceId(1), &IndexKey::All).len() + 3,
            encode_key(&posting(IndexKey::All), WorkspaceId(1)).len()
        );
    }
}
