//! Writes a checkpoint's rows into the store, in slices, while commands continue.

use super::{Backlog, LoadedWorkspace, RecordCache};
use crate::kv::BackendError;
use crate::record::RowKey;
use crate::store::Store;

/// The number of rows per slice.
const SLICE_ROWS: usize = 256;

/// Writes one workspace's rows of a checkpoint. Calls `durable` before each write, so that no row in the store holds a
/// change that is not durable in the journal.
pub(crate) fn write_frozen(
    workspace: &LoadedWorkspace,
    store: &Store,
    cache: Option<&RecordCache>,
    backlog: &Backlog,
    durable: &dyn Fn(u64) -> Result<(), BackendError>,
) -> Result<(), BackendError> {
    write_rows(workspace, store, cache, backlog, durable)?;
    workspace.frozen_is_written();
    Ok(())
}

fn write_rows(
    workspace: &LoadedWorkspace,
    store: &Store,
    cache: Option<&RecordCache>,
    backlog: &Backlog,
    durable: &dyn Fn(u64) -> Result<(), BackendError>,
) -> Result<(), BackendError> {
    delete_frozen(workspace, store, durable)?;
    let mut rows = workspace.state.read().frozen_rows();
    if rows.is_empty() {
        return Ok(());
    }
    // A slice then stays in one region of the tree. Sorting also makes the same changes produce the same slices.
    rows.sort_unstable();
    for slice in rows.chunks(SLICE_ROWS) {
        write_slice(workspace, store, cache, backlog, durable, slice)?;
    }
    let (deadline, is_unfinished, seq) = {
        let state = workspace.state.read();
        (state.wheel.next_deadline(), state.is_unfinished(), state.meta.seq)
    };
    durable(seq)?;
    store.set_unfinished(workspace.workspace, is_unfinished)?;
    store.set_next_deadline(workspace.workspace, deadline)?;
    workspace.state.write().forget_postings();
    Ok(())
}

/// Performs a checkpoint's bulk deletions: the workspace, or custom indexes.
fn delete_frozen(
    workspace: &LoadedWorkspace,
    store: &Store,
    durable: &dyn Fn(u64) -> Result<(), BackendError>,
) -> Result<(), BackendError> {
    let (wipe, dropped, seq) = {
        let state = workspace.state.read();
        (state.frozen_wipe(), state.frozen_dropped_indexes(), state.meta.seq)
    };
    if !wipe && dropped.is_empty() {
        return Ok(());
    }
    durable(seq)?;
    if wipe {
        store.delete_workspace(workspace.workspace)?;
    }
    for index in dropped {
        store.delete_custom_index(workspace.workspace, index)?;
    }
    workspace.state.write().deletions_written();
    Ok(())
}

fn write_slice(
    workspace: &LoadedWorkspace,
    store: &Store,
    cache: Option<&RecordCache>,
    backlog: &Backlog,
    durable: &dyn Fn(u64) -> Result<(), BackendError>,
    rows: &[RowKey],
) -> Result<(), BackendError> {
    let slice = workspace.state.read().frozen(rows)?;
    durable(slice.seq)?;
    let was_whole = |row: &RowKey| match (row, cache) {
        (RowKey::Record(key), Some(cache)) => cache.is_small(workspace.workspace, *key),
        _ => false,
    };
    store.write_over(workspace.workspace, slice.encode()?, was_whole)?;
    let mut state = workspace.state.write();
    state.written(slice, |key, record| {
        if let Some(cache) = cache {
            cache.replace(workspace.workspace, key, record);
        }
    });
    workspace.update_backlog(backlog, &state);
    Ok(())
}
