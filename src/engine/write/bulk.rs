//! Bulk actions over many chats, in steps, so that other commands run in between.

use super::indexing::register_indexes;
use super::sweeping::resume_tags;
use super::writer::Writer;
use crate::command::BulkReport;
use crate::error::Error;
use crate::loaded::WorkspaceRef;
use crate::model::Progress;
use crate::query::BulkUnderWay;
use crate::record::{BulkId, BulkRecord, RecordKey};
use crate::rules::{next_piece, plan_piece};
use crate::workspace::State;

/// Finishes a bulk action. Returns the seq of its last change.
pub(super) fn finish_bulk(
    writer: &Writer,
    workspace: &WorkspaceRef,
    id: BulkId,
    report: &mut BulkReport,
    watch: &mut dyn FnMut(Progress),
) -> Result<u64, Error> {
    loop {
        // No lock is held: `watch` may use the engine.
        let progress = progress_of(&*workspace.read()?, id);
        if let Some((done, total)) = progress {
            watch(Progress::of(done, total).in_workspace(workspace.workspace));
        }
        let done = do_piece(writer, workspace, id, report);
        let (seq, goes_on) = done.map_err(|error| interrupted(workspace, id, error))?;
        if !goes_on {
            let done = report.changed + report.unchanged + report.refused.len() as u64;
            watch(Progress::of(done, done).in_workspace(workspace.workspace));
            return Ok(seq);
        }
    }
}

/// Processes the next chats of a bulk action, as one change. Returns its seq, and whether there are more.
fn do_piece(
    writer: &Writer,
    workspace: &WorkspaceRef,
    id: BulkId,
    report: &mut BulkReport,
) -> Result<(u64, bool), Error> {
    writer.admission.admit(false)?;
    register_indexes(writer, workspace)?;
    let chats = next_piece(&*workspace.read()?, id);
    let needs = |_: &State| chats.iter().copied().map(RecordKey::Chat).collect();
    let (seq, (done, goes_on)) = writer.change(workspace, needs, |input| {
        let piece = plan_piece(input, id, &chats)?;
        Ok((piece.change, (piece.report, piece.goes_on)))
    })?;
    writer.bound_queue()?;
    report.add(done);
    Ok((seq.unwrap_or_else(|| writer.journal.last_seq()), goes_on))
}

/// Finishes the bulk actions and edits of tags that a crash or a full disk interrupted. What cannot be finished
/// now waits for the next opening. Pieces of bulk actions that are entries of a log wait for these.
pub(in crate::engine) fn resume_unfinished(writer: &Writer) -> Result<(), Error> {
    for id in writer.workspaces.records.store()?.unfinished_workspaces()? {
        let workspace = writer.workspace(id)?;
        resume_tags(writer, &workspace)?;
        if writer.following.is_attached() {
            continue;
        }
        let bulks: Vec<BulkId> = workspace.read()?.bulks().map(|(bulk, _)| bulk).collect();
        for bulk in bulks {
            let seq = finish_bulk(writer, &workspace, bulk, &mut BulkReport::default(), &mut |_| {})?;
            writer.settle(seq)?;
            tracing::info!(workspace = %id, "an interrupted bulk action is finished");
        }
    }
    Ok(())
}

/// Returns the unfinished bulk actions of a workspace, oldest first.
pub(in crate::engine) fn unfinished_bulks(state: &State) -> Vec<BulkUnderWay> {
    let show = |record: &BulkRecord| BulkUnderWay {
        actor: record.actor,
        action: record.action.clone(),
        done: record.done.into(),
        total: record.total.into(),
    };
    state.bulks().map(|(_, record)| show(record)).collect()
}

fn progress_of(state: &State, id: BulkId) -> Option<(u64, u64)> {
    let found = state.bulks().find(|(found, _)| *found == id);
    found.map(|(_, record)| (record.done.into(), record.total.into()))
}

fn interrupted(workspace: &WorkspaceRef, id: BulkId, error: Error) -> Error {
    // A workspace with a bulk action is never unloaded.
    let Some((done, total)) = progress_of(&workspace.read_as_it_is(), id) else { return error };
    Error::Unavailable(error.into_failure(|reason| {
        format!("{reason}; the bulk action has done {done} of {total} chats, and continues at the next opening")
    }))
}
