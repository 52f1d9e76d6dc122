//! Puts the members of each posting into rows without statuses.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::kv::{Backend, BackendError};
use crate::model::WorkspaceId;
use crate::record::codec::encode;
use crate::record::{IndexKey, IndexKind, RowKey, RowWrite};
use crate::sets::ChatSet;
use crate::store::load::load_chats_of;
use crate::store::row::{self, Table};
use crate::store::{BATCH_ROWS_MAX, Store, decode_row};

/// The older rows that are read before they are removed, which takes two syncs.
const ROWS_AT_ONCE: usize = 65_536;

/// Puts the members of the postings of a workspace into rows without statuses, and removes the older rows once that is
/// durable. What an interrupted run has done already is added to, so it may begin again.
pub(super) fn rewrite(store: &Store, workspace: WorkspaceId) -> Result<(), BackendError> {
    // The statuses of all chats stay where they are.
    let kinds = IndexKind::ALL.into_iter().filter(|kind| *kind != IndexKey::All.kind());
    kinds.into_iter().try_for_each(|kind| rewrite_kind(store, workspace, kind))
}

fn rewrite_kind(store: &Store, workspace: WorkspaceId, kind: IndexKind) -> Result<(), BackendError> {
    let prefix = row::kind_prefix(workspace, Table::Postings, kind);
    loop {
        let older = store.backend.first_keys(&prefix, ROWS_AT_ONCE)?;
        if older.is_empty() {
            return Ok(());
        }
        let rows = read(store, workspace, &older)?.into_iter().map(encoded);
        store.write(workspace, rows.collect::<Result<_, _>>()?)?;
        store.flush()?;
        for keys in older.chunks(BATCH_ROWS_MAX) {
            store.backend.write(keys.iter().map(|key| (key.clone(), None)).collect())?;
        }
        store.flush()?;
    }
}

/// The rows of this version, with the members of the older rows and those that they have already.
fn read(store: &Store, workspace: WorkspaceId, older: &[Vec<u8>]) -> Result<BTreeMap<RowKey, ChatSet>, BackendError> {
    let table = row::table_prefix(workspace, Table::Postings).len();
    let mut found: BTreeMap<RowKey, ChatSet> = BTreeMap::new();
    for key in older {
        let older = row::decode_key(Table::Postings, key.get(table..).unwrap_or_default());
        let Some(older @ RowKey::Posting(..)) = older else {
            return Err(BackendError::Damaged(format!("row {key:x?} has an unknown key")));
        };
        let Some(bytes) = store.row(workspace, &older)? else { continue };
        let members: ChatSet = decode_row(&older, &bytes)?;
        let RowKey::Posting(index_key, _, chunk) = older else { continue };
        let known = match found.entry(RowKey::of_members(&index_key, chunk)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let stored = stored(store, workspace, new.key())?;
                new.insert(stored)
            }
        };
        known.absorb(members);
    }
    Ok(found)
}

fn stored(store: &Store, workspace: WorkspaceId, row: &RowKey) -> Result<ChatSet, BackendError> {
    match row {
        RowKey::CustomerChats(customer) => load_chats_of(store, workspace, *customer),
        row => {
            let bytes = store.row(workspace, row)?;
            bytes.map_or(Ok(ChatSet::default()), |bytes| decode_row(row, &bytes))
        }
    }
}

fn encoded((row, members): (RowKey, ChatSet)) -> Result<RowWrite, BackendError> {
    let bytes = match row {
        RowKey::CustomerChats(_) => encode(&vec![members])?,
        _ => encode(&members)?,
    };
    Ok((row, Some(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::MemoryBackend;
    use crate::model::{ChatId, CustomerId, ManagerId, Status};
    use crate::store::load_members_of;

    const WORKSPACE: WorkspaceId = WorkspaceId(3);

    /// The row that an older version kept.
    fn older(key: &IndexKey, status: Status, chats: &[u32]) -> RowWrite {
        let members: ChatSet = chats.iter().copied().map(ChatId).collect();
        (RowKey::Posting(key.clone(), status, (chats[0] >> 16) as u16), Some(encode(&members).unwrap()))
    }

    fn keys() -> [IndexKey; 3] {
        [IndexKey::Customer(CustomerId(5)), IndexKey::Assignee(ManagerId(7)), IndexKey::Hashtag("vip".into())]
    }

    fn members(store: &Store, key: &IndexKey) -> Vec<u32> {
        load_members_of(store, WORKSPACE, key).unwrap().to_bitmap().iter().collect()
    }

    fn left(store: &Store) -> Vec<RowKey> {
        let mut left = Vec::new();
        let mut visit = |row, _: &[u8]| {
            left.push(row);
            Ok(())
        };
        store.scan_table(WORKSPACE, Table::Postings, &mut visit).unwrap();
        left
    }

    #[test]
    fn older_postings_lose_their_statuses_and_all_chats_keep_them() {
        let store = Store::new(Box::new(MemoryBackend::default()));
        for key in keys() {
            let rows = [(Status::Open, &[1, 2][..]), (Status::Open, &[70_000]), (Status::Closed, &[3])];
            store.write(WORKSPACE, rows.map(|(status, chats)| older(&key, status, chats)).into()).unwrap();
        }
        let all = older(&IndexKey::All, Status::Closed, &[3]);
        store.write(WORKSPACE, vec![all.clone()]).unwrap();
        rewrite(&store, WORKSPACE).unwrap();
        for key in keys() {
            assert_eq!(members(&store, &key), [1, 2, 3, 70_000], "{key}");
        }
        assert_eq!(left(&store), [all.0]);
    }

    #[test]
    fn older_postings_are_completed_after_an_interruption() {
        for key in keys() {
            let store = Store::new(Box::new(MemoryBackend::default()));
            store.write(WORKSPACE, vec![older(&key, Status::Open, &[1, 2])]).unwrap();
            rewrite(&store, WORKSPACE).unwrap();
            // A row that was about to be removed, and one that was not read yet.
            let rows = [(Status::Open, [1, 2]), (Status::Snoozed, [4, 5])];
            store.write(WORKSPACE, rows.map(|(status, chats)| older(&key, status, &chats)).into()).unwrap();
            rewrite(&store, WORKSPACE).unwrap();
            assert_eq!(members(&store, &key), [1, 2, 4, 5], "{key}");
            assert_eq!(left(&store), []);
        }
    }

    /// Format 4 kept a set for each status in the row of a customer.
    #[test]
    fn older_customers_have_the_chats_of_all_their_sets() {
        let store = Store::new(Box::new(MemoryBackend::default()));
        let sets: Vec<ChatSet> =
            [&[1, 70_000][..], &[], &[3]].map(|ids| ids.iter().copied().map(ChatId).collect()).into();
        store.write(WORKSPACE, vec![(RowKey::CustomerChats(CustomerId(5)), Some(encode(&sets).unwrap()))]).unwrap();
        assert_eq!(members(&store, &keys()[0]), [1, 3, 70_000]);
    }
}
