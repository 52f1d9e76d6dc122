//! Writing the rows of a checkpoint into the store, in slices, while commands go on.

use crate::kv::BackendError;
use crate::loaded::{Backlog, LoadedWorkspace, RecordCache, is_cached};
use crate::record::RowKey;
use crate::store::Store;

/// Rows that are taken from the state, written and taken off the list in one go.
const SLICE_ROWS: usize = 256;

/// Writes the rows of a checkpoint of one workspace. None of them holds a change that `durable` has not returned
/// for.
pub(crate) fn write_frozen(
    slot: &LoadedWorkspace,
    store: &Store,
    cache: Option<&RecordCache>,
    backlog: &Backlog,
    durable: &dyn Fn(u64) -> Result<(), BackendError>,
) -> Result<(), BackendError> {
    delete_frozen(slot, store, durable)?;
    let mut rows = slot.state.read().frozen_rows();
    if rows.is_empty() {
        return Ok(());
    }
    // The store likes neighbours, and the same changes write the same batches.
    rows.sort_unstable();
    for slice in rows.chunks(SLICE_ROWS) {
        write_slice(slot, store, cache, backlog, durable, slice)?;
    }
    let (deadline, has_bulks, seq) = {
        let state = slot.state.read();
        (state.wheel.next_deadline(), state.bulks().next().is_some(), state.meta.seq)
    };
    durable(seq)?;
    store.set_has_bulks(slot.workspace, has_bulks)?;
    store.set_next_deadline(slot.workspace, deadline)?;
    slot.state.write().forget_postings();
    Ok(())
}

/// Deletes what a checkpoint deletes as a whole: the workspace, or custom indexes.
fn delete_frozen(
    slot: &LoadedWorkspace,
    store: &Store,
    durable: &dyn Fn(u64) -> Result<(), BackendError>,
) -> Result<(), BackendError> {
    let (wipe, dropped, seq) = {
        let state = slot.state.read();
        (state.frozen_wipe(), state.frozen_dropped_indexes(), state.meta.seq)
    };
    if !wipe && dropped.is_empty() {
        return Ok(());
    }
    durable(seq)?;
    if wipe {
        store.delete_workspace(slot.workspace)?;
    }
    for index in dropped {
        store.delete_custom_index(slot.workspace, index)?;
    }
    slot.state.write().deletions_written();
    Ok(())
}

fn write_slice(
    slot: &LoadedWorkspace,
    store: &Store,
    cache: Option<&RecordCache>,
    backlog: &Backlog,
    durable: &dyn Fn(u64) -> Result<(), BackendError>,
    rows: &[RowKey],
) -> Result<(), BackendError> {
    let slice = slot.state.read().frozen(rows)?;
    durable(slice.seq)?;
    store.write(slot.workspace, slice.encode()?)?;
    let mut state = slot.state.write();
    state.written(slice, |key, record| {
        let Some(cache) = cache else { return };
        match record.filter(|_| is_cached(key)) {
            Some(record) => cache.insert((slot.workspace, key), record),
            None => {
                cache.remove(&(slot.workspace, key));
            }
        }
    });
    slot.update_backlog(backlog, &state);
    Ok(())
}
