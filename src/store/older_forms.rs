//! Rewrites what older versions kept in another form: hashtags that were not in NFC, notices that were kept for all
//! managers together, and members of postings that were kept by status.
//!
//! It happens once, when a store is opened. Members come before the journal is replayed, since replay reads them.
//! So do notices: replay drops those that a manager has too many of, and what is left would not tell which ones the older
//! version had dropped. Hashtags come after
//! it: changes of older versions name them in the older form, so all of them must be in the store before. Until the end
//! it may begin again: each step leaves enough to do the whole from.

mod members;

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringBitmap;

use super::load::load_notices;
use super::row::Table;
use super::{FORMS, FORMS_OF_NOTICES, Store};
use crate::kv::BackendError;
use crate::model::{ChatId, WorkspaceId, hashtags};
use crate::record::codec::encode;
use crate::record::{IndexKey, IndexKind, Record, RecordKey, RowKey, RowWrite};
use crate::sets::ChatSet;
use crate::store::decode_row;

/// The chats of each hashtag.
type Hashtags = BTreeMap<IndexKey, RoaringBitmap>;

/// Rewrites the rows of a store that an older version wrote, before its journal is replayed.
pub(crate) fn rewrite_older_rows(store: &Store) -> Result<(), BackendError> {
    let forms = store.forms()?;
    if forms >= FORMS {
        return Ok(());
    }
    for workspace in store.workspaces()? {
        if forms < FORMS_OF_NOTICES {
            rewrite_notices(store, workspace)?;
        }
        members::rewrite(store, workspace)?;
    }
    Ok(())
}

/// Rewrites the hashtags of a store that an older version wrote, after its journal is replayed, and records that the
/// store has the forms of this version.
pub(crate) fn rewrite_older_hashtags(store: &Store) -> Result<(), BackendError> {
    let forms = store.forms()?;
    if forms >= FORMS {
        return Ok(());
    }
    if forms < FORMS_OF_NOTICES {
        store.workspaces()?.into_iter().try_for_each(|workspace| rewrite_hashtags(store, workspace))?;
    }
    store.set_current_forms()
}

fn rewrite_hashtags(store: &Store, workspace: WorkspaceId) -> Result<(), BackendError> {
    let mut old = Hashtags::new();
    store.scan_kind(workspace, IndexKind::Hashtag, &mut |row, bytes| {
        let members: ChatSet = decode_row(&row, bytes)?;
        if let RowKey::Members(key, _) = row {
            *old.entry(key).or_default() |= members.to_bitmap();
        }
        Ok(())
    })?;
    let new = hashtags_of_records(store, workspace, &old)?;
    let (gaining, losing) = rows_between(&old, &new)?;
    // A chat is found here by its hashtags. So it loses none before it is safe that it has the others.
    if !gaining.is_empty() {
        store.write(workspace, gaining)?;
        store.flush()?;
    }
    store.write(workspace, losing)
}

/// Returns the hashtags of the chats that have any. A description has none in this version if it had none before.
fn hashtags_of_records(store: &Store, workspace: WorkspaceId, old: &Hashtags) -> Result<Hashtags, BackendError> {
    let chats = old.values().fold(RoaringBitmap::new(), |all, chats| all | chats);
    let mut new = Hashtags::new();
    let mut unreadable = RoaringBitmap::new();
    for chat in chats.into_iter().map(ChatId) {
        match store.record(workspace, RecordKey::Chat(chat)) {
            Ok(Some(Record::Chat(record))) => {
                for word in hashtags(record.description.as_deref().unwrap_or_default()) {
                    new.entry(IndexKey::Hashtag(word.into())).or_default().insert(chat.0);
                }
            }
            // A damaged or missing chat is no reason not to open. Reading it, and a scrub, say what is wrong.
            Ok(_) | Err(BackendError::Damaged(_)) => {
                unreadable.insert(chat.0);
            }
            Err(error) => return Err(error),
        }
    }
    for (key, chats) in old {
        let kept = chats & &unreadable;
        if !kept.is_empty() {
            *new.entry(key.clone()).or_default() |= kept;
        }
    }
    Ok(new)
}

/// Returns the rows that add what is new, and then those that take away what is old.
fn rows_between(old: &Hashtags, new: &Hashtags) -> Result<(Vec<RowWrite>, Vec<RowWrite>), BackendError> {
    let (mut gaining, mut losing) = (Vec::new(), Vec::new());
    let keys: BTreeSet<&IndexKey> = old.keys().chain(new.keys()).collect();
    for key in keys {
        let members = |of: &Hashtags| of.get(key).cloned().unwrap_or_default();
        let (old, new) = (members(old), members(new));
        if old == new {
            continue;
        }
        let both = &old | &new;
        for chunk in crate::sets::chunks(&both) {
            let row = |chats: &RoaringBitmap| -> Result<RowWrite, BackendError> {
                let members = ChatSet::from_bitmap(chats.clone()).chunk(chunk);
                let row = RowKey::Members(key.clone(), chunk);
                Ok((row, if members.is_empty() { None } else { Some(encode(&members)?) }))
            };
            let (before, between, after) = (row(&old)?, row(&both)?, row(&new)?);
            if between != before {
                gaining.push(between.clone());
            }
            if after != between {
                losing.push(after);
            }
        }
    }
    Ok((gaining, losing))
}

fn rewrite_notices(store: &Store, workspace: WorkspaceId) -> Result<(), BackendError> {
    let mut rows: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
    store.scan_table(workspace, Table::Notices, &mut |row, bytes| {
        if let RowKey::Notices(chunk) = row {
            rows.insert(chunk, bytes.to_vec());
        }
        Ok(())
    })?;
    if rows.is_empty() {
        return Ok(());
    }
    let mut notices = load_notices(store, workspace, &store.meta(workspace)?.unwrap_or_default())?;
    let mut changed = Vec::new();
    let touched = notices.take_touched().into_iter().filter(|chunk| !rows.contains_key(chunk)).collect::<Vec<u64>>();
    for chunk in rows.keys().copied().chain(touched) {
        let after = notices.row(chunk)?;
        if after.as_ref() != rows.get(&chunk) {
            changed.push((RowKey::Notices(chunk), after));
        }
    }
    // First which notices are unknown: that can be told only from the older rows.
    changed.sort_unstable_by(|(a, _), (b, _)| b.cmp(a));
    let rest = changed.split_off(changed.len().min(1));
    store.write(workspace, changed)?;
    store.flush()?;
    store.write(workspace, rest)
}

#[cfg(test)]
mod tests;
