//! Puts the chats of each customer into one row.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::index::Posting;
use crate::kv::BackendError;
use crate::model::{CustomerId, WorkspaceId};
use crate::record::codec::encode;
use crate::record::{IndexKey, IndexKind, RowKey};
use crate::store::load::load_chats_of;
use crate::store::row::{self, Table};
use crate::store::{BATCH_ROWS_MAX, Store, decode_row};

/// The older rows that are read before they are removed, which takes two syncs.
const ROWS_AT_ONCE: usize = 65_536;

/// Puts the chats of each customer of a workspace into one row, and removes the older rows once that is durable. What an
/// interrupted run has done already is added to, so it may begin again.
pub(super) fn rewrite(store: &Store, workspace: WorkspaceId) -> Result<(), BackendError> {
    let prefix = row::posting_kind_prefix(workspace, IndexKind::Customer);
    loop {
        let older = store.backend.first_keys(&prefix, ROWS_AT_ONCE)?;
        if older.is_empty() {
            return Ok(());
        }
        let rows = read(store, workspace, &older)?.into_iter().map(|(customer, posting)| {
            let row = RowKey::CustomerChats(customer);
            encode(&posting.to_sets()).map(|sets| (row, Some(sets)))
        });
        store.write(workspace, rows.collect::<Result<_, _>>()?)?;
        store.flush()?;
        for keys in older.chunks(BATCH_ROWS_MAX) {
            store.backend.write(keys.iter().map(|key| (key.clone(), None)).collect())?;
        }
        store.flush()?;
    }
}

/// The customers in these rows, with the chats of the rows and those that they have already.
fn read(
    store: &Store,
    workspace: WorkspaceId,
    older: &[Vec<u8>],
) -> Result<BTreeMap<CustomerId, Posting>, BackendError> {
    let table = row::table_prefix(workspace, Table::Postings).len();
    let mut found: BTreeMap<CustomerId, Posting> = BTreeMap::new();
    for key in older {
        let row = row::decode_key(Table::Postings, key.get(table..).unwrap_or_default());
        let Some(row @ RowKey::Posting(IndexKey::Customer(customer), status, _)) = row else {
            return Err(BackendError::Damaged(format!("row {key:x?} has an unknown key")));
        };
        let Some(bytes) = store.row(workspace, &row)? else { continue };
        let posting = match found.entry(customer) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(load_chats_of(store, workspace, customer)?),
        };
        posting.set_mut(status).absorb(decode_row(&row, &bytes)?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::MemoryBackend;
    use crate::model::{ChatId, Status};
    use crate::sets::ChatSet;
    use crate::store::load_posting;

    const WORKSPACE: WorkspaceId = WorkspaceId(3);

    /// The row that an older version kept.
    fn older(customer: u64, status: Status, chats: &[u32]) -> crate::record::RowWrite {
        let members: ChatSet = chats.iter().copied().map(ChatId).collect();
        let chunk = (chats[0] >> 16) as u16;
        let row = RowKey::Posting(IndexKey::Customer(CustomerId(customer)), status, chunk);
        (row, Some(encode(&members).unwrap()))
    }

    fn chats(store: &Store, customer: u64) -> Vec<Vec<u32>> {
        let posting = load_posting(store, WORKSPACE, &IndexKey::Customer(CustomerId(customer))).unwrap();
        posting.to_sets().iter().map(|set| set.to_bitmap().iter().collect()).collect()
    }

    #[test]
    fn older_customers_get_one_row_each() {
        let store = Store::new(Box::new(MemoryBackend::default()));
        let rows = [
            older(5, Status::Open, &[1, 2]),
            older(5, Status::Open, &[70_000]),
            older(5, Status::Closed, &[3]),
            older(6, Status::Snoozed, &[4]),
        ];
        store.write(WORKSPACE, rows.into()).unwrap();
        rewrite(&store, WORKSPACE).unwrap();
        assert_eq!(chats(&store, 5), [vec![1, 2, 70_000], vec![], vec![3]]);
        assert_eq!(chats(&store, 6), [vec![], vec![4], vec![]]);
        let customers = [5, 6].map(|customer| IndexKey::Customer(CustomerId(customer)));
        assert_eq!(store.on_demand_posting_keys(WORKSPACE).unwrap(), customers, "and no older row is left");
    }

    #[test]
    fn older_customers_are_completed_after_an_interruption() {
        let store = Store::new(Box::new(MemoryBackend::default()));
        store.write(WORKSPACE, vec![older(5, Status::Open, &[1, 2])]).unwrap();
        rewrite(&store, WORKSPACE).unwrap();
        // A row that was about to be removed, and one that was not read yet.
        store.write(WORKSPACE, vec![older(5, Status::Open, &[1, 2]), older(5, Status::Open, &[70_000])]).unwrap();
        rewrite(&store, WORKSPACE).unwrap();
        assert_eq!(chats(&store, 5), [vec![1, 2, 70_000], vec![], vec![]]);
    }
}
