//! Loads a workspace from the store.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::index::{Postings, TagTree, Timeline};
use crate::kv::BackendError;
use crate::model::{ChatId, CustomerId, ManagerId, TagId, WorkspaceId};
use crate::record::codec::Versioned;
use crate::record::{
    CHATS_PER_CHUNK, Family, IndexKey, IndexKind, ManagerRecord, Meta, RecordKey, RememberedRecord, RowKey, Setting,
    SettingKey, TagRecord, UnreadSum,
};
use crate::sets::ChatSet;
use crate::store::{FORMS_OF_NOTICES, Store, Table, decode_row};
use crate::wheel::Wheel;
use crate::workspace::{Notices, NumberedNotice, Registry, Remembered, State, StoredParts};

/// Loads a workspace. It is empty if the store has no rows of it.
pub(crate) fn load_workspace(
    store: &Store,
    workspace: WorkspaceId,
    registry: &Registry,
) -> Result<State, BackendError> {
    load(store, workspace, registry, Postings::default())
}

/// Loads a workspace from rows that may be of different moments, for the replay of changes on it.
pub(crate) fn load_for_replay(store: &Store, workspace: WorkspaceId) -> Result<State, BackendError> {
    load(store, workspace, &Registry::default(), Postings::for_replay())
}

fn load(store: &Store, workspace: WorkspaceId, registry: &Registry, postings: Postings) -> Result<State, BackendError> {
    if !store.has_workspace(workspace)? {
        return Ok(State::new(workspace, StoredParts::empty(Meta::default()), registry));
    }
    let (version, mut meta) = store.versioned_meta(workspace)?.unwrap_or((Meta::VERSION, Meta::default()));
    let managers = load_managers(store, workspace)?;
    if version < Meta::VERSION {
        // Older versions did not count the numbers of managers and customers.
        managers.keys().for_each(|manager| meta.next.used(RecordKey::Manager(*manager)));
        store.last_customer(workspace)?.into_iter().for_each(|last| meta.next.used(RecordKey::Customer(last)));
    }
    let parts = StoredParts {
        managers,
        unread_messages: load_unread_messages(store, workspace)?,
        tags: load_tags(store, workspace)?,
        postings: load_resident_postings(store, workspace, postings)?,
        timeline: load_timeline(store, workspace)?,
        wheel: load_wheel(store, workspace, &meta)?,
        settings: load_settings(store, workspace)?,
        remembered: load_remembered(store, workspace)?,
        notices: load_notices(store, workspace, &meta)?,
        meta,
    };
    Ok(State::new(workspace, parts, registry))
}

/// Loads the members of those keys that are loaded on demand and not in memory. A deleted workspace has none, even if the
/// store still holds its rows.
pub(crate) fn missing_members<'k>(
    store: &Store,
    state: &State,
    keys: impl Iterator<Item = &'k IndexKey>,
) -> Result<Vec<(IndexKey, ChatSet)>, BackendError> {
    load_members(store, state.workspace, state.is_wiped(), state.postings.missing(keys))
}

/// Loads the members of these keys. A deleted workspace has none.
pub(crate) fn load_members(
    store: &Store,
    workspace: WorkspaceId,
    wiped: bool,
    keys: Vec<IndexKey>,
) -> Result<Vec<(IndexKey, ChatSet)>, BackendError> {
    let load = |key: IndexKey| {
        let members = if wiped { ChatSet::default() } else { load_members_of(store, workspace, &key)? };
        Ok((key, members))
    };
    keys.into_iter().map(load).collect()
}

/// Loads the members of one key, whatever their statuses.
pub(crate) fn load_members_of(store: &Store, workspace: WorkspaceId, key: &IndexKey) -> Result<ChatSet, BackendError> {
    match key {
        IndexKey::Customer(customer) => load_chats_of(store, workspace, *customer),
        key => load_chunks(store, workspace, key),
    }
}

/// Loads the chats of a customer. Older versions kept a set for each status.
pub(super) fn load_chats_of(
    store: &Store,
    workspace: WorkspaceId,
    customer: CustomerId,
) -> Result<ChatSet, BackendError> {
    let row = RowKey::CustomerChats(customer);
    let Some(bytes) = store.row(workspace, &row)? else { return Ok(ChatSet::default()) };
    let sets: Vec<ChatSet> = decode_row(&row, &bytes)?;
    let mut all = ChatSet::default();
    sets.into_iter().for_each(|set| all.absorb(set));
    Ok(all)
}

/// Loads the members of a key whose rows hold 65,536 chats each.
fn load_chunks(store: &Store, workspace: WorkspaceId, key: &IndexKey) -> Result<ChatSet, BackendError> {
    let mut members = ChatSet::default();
    store.scan_members(workspace, key, &mut |row, bytes| {
        // A word with a zero byte would share its prefix with a shorter word. No hashtag has one.
        if let RowKey::Members(found, _) = &row
            && found == key
        {
            members.absorb(decode_members(&row, bytes)?);
        }
        Ok(())
    })?;
    Ok(members)
}

fn load_resident_postings(
    store: &Store,
    workspace: WorkspaceId,
    mut postings: Postings,
) -> Result<Postings, BackendError> {
    store.scan_table(workspace, Table::Postings, &mut |row, bytes| {
        let members = decode_members(&row, bytes)?;
        if let RowKey::Posting(key, status, _) = row {
            postings.update(&key, status, |set| set.absorb(members));
        }
        Ok(())
    })?;
    for kind in IndexKind::resident() {
        store.scan_kind(workspace, kind, &mut |row, bytes| {
            let members = decode_members(&row, bytes)?;
            if let RowKey::Members(key, _) = row {
                postings.absorb(&key, &members);
            }
            Ok(())
        })?;
    }
    Ok(postings)
}

fn load_managers(
    store: &Store,
    workspace: WorkspaceId,
) -> Result<BTreeMap<ManagerId, Arc<ManagerRecord>>, BackendError> {
    let mut managers = BTreeMap::new();
    store.scan_table(workspace, Table::Records(Family::Managers), &mut |row, bytes| {
        let record: ManagerRecord = decode_row(&row, bytes)?;
        if let RowKey::Record(RecordKey::Manager(manager)) = row {
            managers.insert(manager, Arc::new(record));
        }
        Ok(())
    })?;
    Ok(managers)
}

fn load_tags(store: &Store, workspace: WorkspaceId) -> Result<TagTree, BackendError> {
    let mut records: Vec<(TagId, Arc<TagRecord>)> = Vec::new();
    store.scan_table(workspace, Table::Records(Family::Tags), &mut |row, bytes| {
        let record: TagRecord = decode_row(&row, bytes)?;
        if let RowKey::Record(RecordKey::Tag(tag)) = row {
            records.push((tag, Arc::new(record)));
        }
        Ok(())
    })?;
    Ok(TagTree::from_records(records))
}

fn load_settings(store: &Store, workspace: WorkspaceId) -> Result<BTreeMap<SettingKey, Arc<Setting>>, BackendError> {
    let mut settings = BTreeMap::new();
    store.scan_table(workspace, Table::Records(Family::Settings), &mut |row, bytes| {
        let setting: Setting = decode_row(&row, bytes)?;
        if let RowKey::Record(RecordKey::Setting(key)) = row {
            settings.insert(key, Arc::new(setting));
        }
        Ok(())
    })?;
    Ok(settings)
}

fn load_remembered(store: &Store, workspace: WorkspaceId) -> Result<Remembered, BackendError> {
    let mut remembered = Remembered::default();
    store.scan_table(workspace, Table::Records(Family::Remembered), &mut |row, bytes| {
        let record: RememberedRecord = decode_row(&row, bytes)?;
        if let RowKey::Record(RecordKey::Remembered(number)) = row {
            remembered.put(number, Some(Arc::new(record)));
        }
        Ok(())
    })?;
    Ok(remembered)
}

pub(super) fn load_notices(store: &Store, workspace: WorkspaceId, meta: &Meta) -> Result<Notices, BackendError> {
    let mut notices = Notices::default();
    store.scan_table(workspace, Table::Notices, &mut |row, bytes| {
        let stored: Vec<NumberedNotice> = decode_row(&row, bytes)?;
        match row {
            RowKey::Notices(chunk) if !notices.load(chunk, &stored, bytes) => {
                Err(BackendError::Damaged(format!("{row:?} has notices of other rows")))
            }
            _ => Ok(()),
        }
    })?;
    notices.settle((store.forms()? < FORMS_OF_NOTICES).then_some(meta.next.notice));
    Ok(notices)
}

fn load_unread_messages(store: &Store, workspace: WorkspaceId) -> Result<BTreeMap<ManagerId, UnreadSum>, BackendError> {
    let mut counts = BTreeMap::new();
    store.scan_table(workspace, Table::UnreadMessages, &mut |row, bytes| {
        let count: UnreadSum = decode_row(&row, bytes)?;
        if let RowKey::UnreadMessages(manager) = row {
            counts.insert(manager, count);
        }
        Ok(())
    })?;
    Ok(counts)
}

fn load_timeline(store: &Store, workspace: WorkspaceId) -> Result<Timeline, BackendError> {
    let mut all: Vec<u64> = Vec::new();
    store.scan_table(workspace, Table::Positions, &mut |row, bytes| {
        let positions: Vec<u64> = decode_row(&row, bytes)?;
        if let RowKey::Positions(chunk) = row {
            let first = first_chat(chunk, positions.len(), &row)? as usize;
            all.resize(all.len().max(first + positions.len()), 0);
            all[first..first + positions.len()].copy_from_slice(&positions);
        }
        Ok(())
    })?;
    Ok(Timeline::from_positions(all))
}

/// Decodes the chats of a posting row. A damaged row may name chats of other rows. These are dropped, since a change of
/// them would not rewrite this row.
fn decode_members(row: &RowKey, bytes: &[u8]) -> Result<ChatSet, BackendError> {
    let members: ChatSet = decode_row(row, bytes)?;
    match row {
        RowKey::Posting(_, _, chunk) | RowKey::Members(_, chunk) if !members.is_within(*chunk) => {
            Ok(members.chunk(*chunk))
        }
        _ => Ok(members),
    }
}

/// The first chat of a row of positions or deadlines. Fails if no valid row has this chunk and length.
fn first_chat(chunk: u32, places: usize, row: &RowKey) -> Result<u32, BackendError> {
    let first = chunk.checked_mul(CHATS_PER_CHUNK as u32).filter(|_| places <= CHATS_PER_CHUNK);
    first.ok_or_else(|| BackendError::Damaged(format!("{row:?} has an impossible chunk or length")))
}

fn load_wheel(store: &Store, workspace: WorkspaceId, meta: &Meta) -> Result<Wheel, BackendError> {
    let mut wheel = Wheel::new(meta.clock);
    store.scan_table(workspace, Table::Deadlines, &mut |row, bytes| {
        let deadlines: Vec<(u16, u64)> = decode_row(&row, bytes)?;
        if let RowKey::Deadlines(chunk) = row {
            let places = deadlines.iter().map(|(place, _)| usize::from(*place) + 1).max().unwrap_or(0);
            let first = first_chat(chunk, places, &row)?;
            for (place, deadline) in deadlines {
                wheel.insert(ChatId(first + u32::from(place)), deadline);
            }
        }
        Ok(())
    })?;
    Ok(wheel)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::MemoryBackend;
    use crate::model::{Status, StatusCounts};
    use crate::record::sample::Fixed;
    use crate::record::{Cause, Change, Members, PostingDelta};

    const WORKSPACE: WorkspaceId = WorkspaceId(1);

    /// A change that adds a snoozed chat to a key.
    fn change(key: IndexKey) -> Change {
        let delta = |key| {
            let chats = Members::One(ChatId(70_000));
            PostingDelta { key, status: Status::Snoozed, gains: true, chats }
        };
        let nothing = Change::of_nothing(WORKSPACE, Cause::Deadline, &Meta::default());
        Change { postings: vec![delta(IndexKey::All), delta(key)], ..nothing }
    }

    fn keys() -> Vec<IndexKey> {
        IndexKind::ALL.iter().map(|kind| kind.draw(&mut Fixed)).collect()
    }

    fn loaded(store: &Store) -> State {
        load_workspace(store, WORKSPACE, &Registry::from([])).unwrap()
    }

    /// A store with one chat in a key of every kind, written as a checkpoint would.
    fn store() -> Store {
        let store = Store::new(Box::new(MemoryBackend::default()));
        let mut state = loaded(&store);
        for key in keys() {
            if key.is_on_demand() {
                state.load_postings(vec![(key.clone(), ChatSet::default())]);
            }
            state.apply(change(key));
        }
        state.freeze();
        let slice = state.frozen(&state.frozen_rows()).unwrap();
        store.write(WORKSPACE, slice.encode().unwrap()).unwrap();
        store
    }

    #[test]
    fn store_load_restores_a_key_of_every_kind() {
        let store = store();
        let mut reopened = loaded(&store);
        for key in keys() {
            assert_eq!(reopened.postings.is_loaded(&key), !key.is_on_demand(), "{key}");
            if key.is_on_demand() {
                reopened.load_postings(vec![(key.clone(), load_members_of(&store, WORKSPACE, &key).unwrap())]);
            }
            assert_eq!(reopened.postings.counts(&key), StatusCounts { open: 0, snoozed: 1, closed: 0 }, "{key}");
        }
        let on_demand: Vec<IndexKey> = keys().into_iter().filter(IndexKey::is_on_demand).collect();
        assert_eq!(store.on_demand_posting_keys(WORKSPACE).unwrap(), on_demand);
    }

    #[test]
    fn store_deletes_only_the_postings_of_the_custom_index() {
        let store = store();
        for index in keys().iter().filter_map(IndexKey::custom_index) {
            store.delete_custom_index(WORKSPACE, index).unwrap();
        }
        for key in keys() {
            let members = load_members_of(&store, WORKSPACE, &key).unwrap();
            let is_gone = key.custom_index().is_some() || key == IndexKey::All;
            assert_eq!(members.is_empty(), is_gone, "{key}");
        }
    }
}
