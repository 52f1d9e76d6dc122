//! The rows of the state store and their keys.
//!
//! | key | value |
//! |---|---|
//! | `e` | the stamp of the newest checkpoint |
//! | `f` | the version of the forms in which words, notices and chats of customers are kept; none in older stores |
//! | `g` | the replicated log that the store follows, if it does or did |
//! | `t` workspace | the next deadline of the workspace |
//! | `u` workspace | present while a bulk action is running |
//! | `w` workspace, 0 | clock, next ids, counts and digests |
//! | `w` workspace, 1, manager | a manager |
//! | `w` workspace, 2, tag | a tag |
//! | `w` workspace, 3, manager | the unread total of a manager |
//! | `w` workspace, 4, chunk | the positions of 1,024 chats |
//! | `w` workspace, 5, chunk | the deadlines of 1,024 chats |
//! | `w` workspace, 6, 0, status, chunk | the chats of a status among 65,536; in older stores those of every posting |
//! | `w` workspace, 7, customer | a customer |
//! | `w` workspace, 8, customer, number | an event |
//! | `w` workspace, 9, chat | a chat |
//! | `w` workspace, 10, chat, number | a message |
//! | `w` workspace, 11, kind, number | a setting: profile fields, a running bulk action, a custom index |
//! | `w` workspace, 12, chunk | 128 notices |
//! | `w` workspace, 13, customer | the members of a customer's posting |
//! | `w` workspace, 16, kind, argument, chunk | the members of another posting among 65,536 chats |
//!
//! Numbers are big-endian, so that keys sort in numeric order.

use crate::model::{Status, WorkspaceId};
use crate::record::key_bytes::{KeyPart, KeyReader};
use crate::record::{Family, IndexId, IndexKey, IndexKind, RecordKey, RowKey};

const WORKSPACE: u8 = b'w';
const NEXT_DEADLINE: u8 = b't';
const BULKS: u8 = b'u';

/// The key of the stamp: the change up to which the store is complete.
pub(crate) const STAMP_KEY: &[u8] = b"e";
/// The key of the version of the forms that older versions kept otherwise.
pub(crate) const FORMS_KEY: &[u8] = b"f";
/// The key of what the store follows.
pub(crate) const FOLLOWED_LOG_KEY: &[u8] = b"g";
/// The prefix of the next-deadline rows.
pub(crate) const NEXT_DEADLINE_PREFIX: &[u8] = &[NEXT_DEADLINE];

/// The prefix of the rows that mark workspaces with running bulk actions.
pub(crate) const BULKS_PREFIX: &[u8] = &[BULKS];

/// The tables of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    Meta,
    Records(Family),
    UnreadMessages,
    Positions,
    Deadlines,
    Postings,
    Notices,
    CustomerChats,
    Members,
}

impl Table {
    /// The byte of the table. It never changes, and is unique.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Table::Meta => 0,
            Table::Records(family) => family.table(),
            Table::UnreadMessages => 3,
            Table::Positions => 4,
            Table::Deadlines => 5,
            Table::Postings => 6,
            Table::Notices => 12,
            Table::CustomerChats => 13,
            Table::Members => 16,
        }
    }

    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn all() -> Vec<Table> {
        let others = [Table::Meta, Table::UnreadMessages, Table::Positions, Table::Deadlines, Table::Postings];
        let others = others.into_iter().chain([Table::Notices, Table::CustomerChats, Table::Members]);
        others.chain(Family::ALL.map(Table::Records)).collect()
    }

    /// The tables whose values may have several parts.
    fn with_parts() -> impl Iterator<Item = Table> {
        Family::ALL.into_iter().map(Table::Records).chain([Table::Notices, Table::CustomerChats])
    }
}

/// Whether this is the key of a workspace's counters.
pub(super) fn is_meta(key: &[u8]) -> bool {
    in_table(key).is_some_and(|(table, rest)| table == Table::Meta.number() && rest.is_empty())
}

/// Whether this is the key of a further part of a value.
pub(super) fn is_part(key: &[u8]) -> bool {
    in_table(key).is_some_and(|(number, rest)| {
        // In these tables no key is another key plus two bytes.
        let table = Table::with_parts().find(|table| table.number() == number);
        table.is_some_and(|table| decode_key(table, rest).is_none())
    })
}

/// Splits a workspace row's key into the table byte and the rest.
pub(super) fn in_table(key: &[u8]) -> Option<(u8, &[u8])> {
    let mut bytes = KeyReader(key.strip_prefix(&[WORKSPACE])?);
    u64::read(&mut bytes)?;
    Some((bytes.u8()?, bytes.0))
}

/// The prefix of a workspace's rows.
pub(crate) fn workspace_prefix(workspace: WorkspaceId) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(24);
    bytes.push(WORKSPACE);
    bytes.extend(workspace.0.to_be_bytes());
    bytes
}

/// The workspace of a row.
pub(crate) fn workspace_of(key: &[u8]) -> Option<WorkspaceId> {
    u64::read(&mut KeyReader(key.strip_prefix(&[WORKSPACE])?)).map(WorkspaceId)
}

/// The prefix of a table's rows.
pub(crate) fn table_prefix(workspace: WorkspaceId, table: Table) -> Vec<u8> {
    let mut bytes = workspace_prefix(workspace);
    bytes.push(table.number());
    bytes
}

/// The key of a workspace's next deadline.
pub(crate) fn next_deadline_key(workspace: WorkspaceId) -> Vec<u8> {
    of_workspace(NEXT_DEADLINE, workspace)
}

/// The workspace of a next-deadline row.
pub(crate) fn next_deadline_workspace(key: &[u8]) -> Option<WorkspaceId> {
    workspace_after(NEXT_DEADLINE, key)
}

/// The key of the row that marks a running bulk action in a workspace.
pub(crate) fn bulks_key(workspace: WorkspaceId) -> Vec<u8> {
    of_workspace(BULKS, workspace)
}

/// The workspace of such a row.
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
    let workspace = WorkspaceId(u64::read(&mut bytes)?);
    bytes.end(workspace)
}

/// Encodes the key of a row.
pub(crate) fn encode_key(key: &RowKey, workspace: WorkspaceId) -> Vec<u8> {
    let mut bytes = table_prefix(workspace, table_of(key));
    match key {
        RowKey::Meta => {}
        RowKey::Record(key) => key.push(&mut bytes),
        RowKey::UnreadMessages(manager) => manager.push(&mut bytes),
        RowKey::Positions(chunk) | RowKey::Deadlines(chunk) => chunk.push(&mut bytes),
        RowKey::Posting(key, status, chunk) => {
            key.push(&mut bytes);
            bytes.push(*status as u8);
            chunk.push(&mut bytes);
        }
        RowKey::Notices(chunk) => chunk.push(&mut bytes),
        RowKey::CustomerChats(customer) => customer.push(&mut bytes),
        RowKey::Members(key, chunk) => {
            key.push(&mut bytes);
            chunk.push(&mut bytes);
        }
    }
    bytes
}

fn table_of(key: &RowKey) -> Table {
    match key {
        RowKey::Meta => Table::Meta,
        RowKey::Record(key) => Table::Records(key.family()),
        RowKey::UnreadMessages(_) => Table::UnreadMessages,
        RowKey::Positions(_) => Table::Positions,
        RowKey::Deadlines(_) => Table::Deadlines,
        RowKey::Posting(..) => Table::Postings,
        RowKey::Notices(_) => Table::Notices,
        RowKey::CustomerChats(_) => Table::CustomerChats,
        RowKey::Members(..) => Table::Members,
    }
}

/// Decodes the key of a row after its workspace and table.
pub(crate) fn decode_key(table: Table, bytes: &[u8]) -> Option<RowKey> {
    let bytes = &mut KeyReader(bytes);
    let key = match table {
        Table::Meta => RowKey::Meta,
        Table::Records(family) => RowKey::Record(RecordKey::read(family, bytes)?),
        Table::UnreadMessages => RowKey::UnreadMessages(KeyPart::read(bytes)?),
        Table::Positions => RowKey::Positions(KeyPart::read(bytes)?),
        Table::Deadlines => RowKey::Deadlines(KeyPart::read(bytes)?),
        Table::Postings => {
            let key = IndexKey::read(bytes)?;
            let status = *Status::ALL.get(usize::from(bytes.u8()?))?;
            RowKey::Posting(key, status, KeyPart::read(bytes)?)
        }
        Table::Notices => RowKey::Notices(KeyPart::read(bytes)?),
        Table::CustomerChats => RowKey::CustomerChats(KeyPart::read(bytes)?),
        Table::Members => RowKey::Members(IndexKey::read(bytes)?, KeyPart::read(bytes)?),
    };
    bytes.end(key)
}

/// The prefix of the rows of all postings of a custom index.
pub(crate) fn custom_index_prefix(workspace: WorkspaceId, index: IndexId) -> Vec<u8> {
    let mut bytes = kind_prefix(workspace, Table::Members, IndexKind::Custom);
    index.push(&mut bytes);
    bytes
}

/// The prefix of the rows of one posting.
pub(crate) fn members_prefix(workspace: WorkspaceId, key: &IndexKey) -> Vec<u8> {
    let mut bytes = table_prefix(workspace, Table::Members);
    key.push(&mut bytes);
    bytes
}

/// The prefix of the rows of all postings of a kind, in the table of members or in the older one.
pub(crate) fn kind_prefix(workspace: WorkspaceId, table: Table, kind: IndexKind) -> Vec<u8> {
    let mut bytes = table_prefix(workspace, table);
    bytes.push(kind.number());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ChatId, CustomerId, ManagerId, MessageId, TagId};
    use crate::record::BulkId;
    use crate::record::SettingKey;
    use crate::record::sample::Fixed;

    /// A sample key of every kind in every table.
    fn samples() -> Vec<(Table, RowKey)> {
        let mut samples = Vec::new();
        for table in Table::all() {
            let keys = match table {
                Table::Meta => vec![RowKey::Meta],
                Table::Records(Family::Settings) => settings(),
                Table::Records(family) => vec![RowKey::Record(family.draw(&mut Fixed))],
                Table::UnreadMessages => vec![RowKey::UnreadMessages(ManagerId(7))],
                Table::Positions => vec![RowKey::Positions(258)],
                Table::Deadlines => vec![RowKey::Deadlines(0)],
                Table::Postings => {
                    let posting = |kind: IndexKind| RowKey::Posting(kind.draw(&mut Fixed), Status::Snoozed, 300);
                    IndexKind::ALL.map(posting).into()
                }
                Table::Notices => vec![RowKey::Notices(u64::MAX)],
                Table::CustomerChats => vec![RowKey::CustomerChats(CustomerId(5))],
                Table::Members => IndexKind::ALL.map(|kind| RowKey::Members(kind.draw(&mut Fixed), 300)).into(),
            };
            samples.extend(keys.into_iter().map(|key| (table, key)));
        }
        samples.sort_by_key(|(table, _)| table.number());
        let message = |chat, message| RowKey::Record(RecordKey::Message(ChatId(chat), MessageId(message)));
        let place = samples.iter().position(|(_, key)| matches!(key, RowKey::Record(RecordKey::Message(..)))).unwrap();
        let messages = Table::Records(Family::Messages);
        samples.splice(place..place, [(messages, message(1, 256)), (messages, message(256, 1))]);
        samples
    }

    fn settings() -> Vec<RowKey> {
        let (bulk, index) = (BulkId(1), IndexId(u32::MAX));
        let keys = [
            SettingKey::ProfileFields,
            SettingKey::Bulk(bulk),
            SettingKey::BulkPart(bulk, 258),
            SettingKey::Index(index),
        ];
        keys.map(|key| RowKey::Record(RecordKey::Setting(key))).into()
    }

    #[test]
    fn store_tables_have_distinct_bytes() {
        let mut numbers: Vec<u8> = Table::all().into_iter().map(Table::number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), Table::all().len());
    }

    #[test]
    fn store_row_keys_round_trip() {
        let workspace = WorkspaceId(77);
        for (table, key) in samples() {
            let bytes = encode_key(&key, workspace);
            let body = bytes.strip_prefix(table_prefix(workspace, table).as_slice()).unwrap();
            assert_eq!(decode_key(table, body), Some(key.clone()));
            assert_eq!(decode_key(table, &[body, &[0]].concat()), None, "{key:?} with a byte more");
            assert!(!is_part(&bytes), "{key:?}");
            let may_have_parts = Table::with_parts().any(|other| other == table);
            assert_eq!(is_part(&[bytes.as_slice(), &[0, 1]].concat()), may_have_parts, "{key:?}");
            assert_eq!(is_meta(&bytes), key == RowKey::Meta);
        }
    }

    #[test]
    fn store_row_keys_sort_as_their_values() {
        let keys = samples();
        let mut by_bytes: Vec<Vec<u8>> = keys.iter().map(|(_, key)| encode_key(key, WorkspaceId(1))).collect();
        assert!(by_bytes.is_sorted(), "the samples above are in the order of tables and numbers");
        by_bytes.dedup();
        assert_eq!(by_bytes.len(), keys.len());
    }

    /// As stored by existing stores. A line here changes only with a new format version.
    #[test]
    fn store_row_keys_have_golden_bytes() {
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
        check(posting(IndexKey::Custom(IndexId(3), "a\0b".into())), "060b000000030003610062020102");
        check(record(RecordKey::Customer(CustomerId(5))), "070000000000000005");
        check(record(RecordKey::Event(CustomerId(5), 2)), "08000000000000000500000002");
        check(record(RecordKey::Chat(ChatId(300))), "090000012c");
        check(record(RecordKey::Message(ChatId(300), MessageId(2))), "0a0000012c00000002");
        check(record(RecordKey::Setting(SettingKey::ProfileFields)), "0b00");
        check(record(RecordKey::Setting(SettingKey::Bulk(BulkId(1)))), "0b0100000001");
        check(record(RecordKey::Setting(SettingKey::BulkPart(BulkId(1), 258))), "0b02000000010102");
        check(record(RecordKey::Setting(SettingKey::Index(IndexId(4)))), "0b0300000004");
        check(RowKey::Notices(258), "0c0000000000000102");
        check(RowKey::CustomerChats(CustomerId(5)), "0d0000000000000005");
        let members = |key| RowKey::Members(key, 258);
        check(members(IndexKey::Unassigned), "10010102");
        check(members(IndexKey::Assignee(ManagerId(7))), "100200000000000000070102");
        check(members(IndexKey::OwnTag(TagId(9))), "1008000000090102");
        check(members(IndexKey::Hashtag("결제_1".into())), "100aeab2b0eca09c5f31000102");
        check(members(IndexKey::Custom(IndexId(3), "a\0b".into())), "100b0000000300036100620102");
        assert_eq!(
            members_prefix(WorkspaceId(1), &IndexKey::Unassigned).len() + 2,
            encode_key(&members(IndexKey::Unassigned), WorkspaceId(1)).len()
        );
    }
}
