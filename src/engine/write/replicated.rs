//! Applying the entries of a replicated log.
//!
//! What an entry does follows from the entries before it, and from nothing else: not from a clock, nor from what is in
//! memory, nor from how far the custom indexes are built. Trouble of this machine is an error, never an answer.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::execute::{Logged, Submitted, finish_edit, run};
use super::indexing::register_indexes;
use super::prepare::names_custom_index;
use super::sweeping::resume_tags;
use super::writer::Writer;
use crate::command::{Applied, BulkLeft, BulkReport, Command, Entry, Envelope, Outcome, Reply};
use crate::error::{Code, Error, Refusal};
use crate::loaded::WorkspaceRef;
use crate::model::{Actor, ChatId, Place, Timestamp, WorkspaceId};
use crate::record::{BulkId, BulkRecord, EntryPart, RecordKey};
use crate::rules::{next_piece, plan_piece};
use crate::workspace::State;

/// Applies the entry at a place of the log of its workspace's group.
pub(in crate::engine) fn apply_entry(writer: &Writer, place: Place, entry: &Entry) -> Result<Applied, Error> {
    if place == EntryPart::NO_PLACE {
        return Err(Error::unavailable("an entry has place 0; places are counted from 1"));
    }
    writer.following.attach(writer)?;
    // It was judged before it was published whether there is room.
    writer.admission.admit(true)?;
    check_next(writer, place, entry.workspace())?;
    finish_merges_before(writer, entry.workspace())?;
    let mut logged = Logged { place, chosen: None, clock_epoch: None };
    match entry {
        Entry::Command(envelope) => apply_command(writer, envelope, &logged),
        Entry::ChosenBulk { command, chats } => {
            logged.chosen = Some(Arc::new(chats.bitmap().clone()));
            apply_command(writer, command, &logged)
        }
        Entry::Tick { workspace, clock_epoch, at } => {
            logged.clock_epoch = Some(*clock_epoch);
            apply_tick(writer, *workspace, *at, &logged)
        }
        Entry::BulkPiece { workspace, bulk, done } => apply_piece(writer, *workspace, BulkId(*bulk), *done, place),
    }
}

/// Fails for an entry that the workspace has done: it may not be done twice.
fn check_next(writer: &Writer, place: Place, workspace: WorkspaceId) -> Result<(), Error> {
    let newest = writer.workspaces.meta(workspace)?.log.done.unwrap_or(EntryPart::NO_PLACE);
    if place > newest {
        return Ok(());
    }
    Err(Error::unavailable(format!(
        "workspace {workspace} is at place {newest} of its log, and the entry is of place {place}; \
         go on behind the newest place of the group"
    )))
}

fn apply_command(writer: &Writer, envelope: &Envelope, logged: &Logged) -> Result<Applied, Error> {
    if let Err(refusal) = check(envelope, logged) {
        return Ok(Applied { outcome: Err(refusal), bulk: None });
    }
    let mut submitted = run(writer, envelope, Some(logged))?;
    finish_edit(writer, envelope, &mut submitted, &mut |_| {})?;
    applied(writer, envelope.workspace, submitted)
}

/// Finishes a merge of tags that an earlier entry began. It must be done on every engine before the next entry.
fn finish_merges_before(writer: &Writer, workspace: WorkspaceId) -> Result<(), Error> {
    let workspace = writer.workspace(workspace)?;
    let is_under_way = workspace.read()?.merges().next().is_some();
    if is_under_way { resume_tags(writer, &workspace) } else { Ok(()) }
}

/// Refuses what is malformed, the same on every engine.
fn check(envelope: &Envelope, logged: &Logged) -> Result<(), Refusal> {
    envelope.check_entry()?;
    let malformed = |message| Err(Refusal::new(Code::Malformed, message));
    match (&envelope.command, &logged.chosen) {
        (Command::Bulk { .. }, Some(_)) => Ok(()),
        (_, Some(_)) => malformed("only a bulk action has chosen chats"),
        _ if names_custom_index(envelope).is_some() => {
            malformed("a bulk action by a custom index is an entry with the chats that it selects")
        }
        _ => Ok(()),
    }
}

fn apply_tick(writer: &Writer, workspace: WorkspaceId, at: Timestamp, logged: &Logged) -> Result<Applied, Error> {
    let tick = Envelope::new(workspace, at, Actor::System, Command::Tick);
    apply_command(writer, &tick, logged)
}

fn applied(writer: &Writer, workspace: WorkspaceId, submitted: Submitted) -> Result<Applied, Error> {
    let bulk = match submitted.begun_bulk {
        Some(bulk) => left_of(&*writer.workspace(workspace)?.read()?, bulk),
        None => None,
    };
    settled(writer, submitted.seq, submitted.answer, bulk)
}

fn settled(
    writer: &Writer,
    seq: u64,
    answer: Result<Reply, Refusal>,
    bulk: Option<BulkLeft>,
) -> Result<Applied, Error> {
    writer.settle(seq)?;
    Ok(Applied { outcome: answer.map(|reply| Outcome { seq, reply }), bulk })
}

/// Does the next chats of a bulk action, if so many are done.
fn apply_piece(
    writer: &Writer,
    workspace: WorkspaceId,
    bulk: BulkId,
    done: u64,
    place: Place,
) -> Result<Applied, Error> {
    let workspace = writer.workspace(workspace)?;
    let Some((record, chats)) = next_chats(&*workspace.read()?, bulk, done) else {
        let left = left_of(&*workspace.read()?, bulk);
        return settled(writer, writer.journal.last_seq(), Ok(Reply::Bulk(BulkReport::default())), left);
    };
    register_indexes(writer, &workspace)?;
    let needs = |_: &State| chats.iter().copied().map(RecordKey::Chat).collect();
    let (seq, report) = writer.change(&workspace, needs, |input| {
        let mut piece = plan_piece(input, bulk, &chats)?;
        if let Some(change) = &mut piece.change {
            change.part = Some(input.state.meta.log.next_part(place, true));
        }
        Ok((piece.change, piece.report))
    })?;
    let left = left_of(&*workspace.read()?, bulk);
    let whole = if left.is_none() { whole_report(&workspace, &record)? } else { None };
    let seq = seq.unwrap_or_else(|| writer.journal.last_seq());
    settled(writer, seq, Ok(Reply::Bulk(whole.unwrap_or(report))), left)
}

/// Returns a bulk action and its next chats, if so many are done.
fn next_chats(state: &State, bulk: BulkId, done: u64) -> Option<(BulkRecord, Vec<ChatId>)> {
    let (_, record) = state.bulks().find(|(found, record)| *found == bulk && u64::from(record.done) == done)?;
    Some((record.clone(), next_piece(state, bulk)))
}

/// The report that was remembered with the id of the command, if it has one.
fn whole_report(workspace: &WorkspaceRef, record: &BulkRecord) -> Result<Option<BulkReport>, Error> {
    let Some(id) = &record.id else { return Ok(None) };
    let state = workspace.read()?;
    Ok(state.remembered.newest(record.actor, id).and_then(|remembered| remembered.reply.bulk().cloned()))
}

fn left_of(state: &State, bulk: BulkId) -> Option<BulkLeft> {
    unfinished(state).into_iter().find(|left| left.bulk == bulk.0)
}

/// Returns the bulk actions of a workspace that are not finished, oldest first.
pub(in crate::engine) fn unfinished(state: &State) -> Vec<BulkLeft> {
    let left = |(id, record): (BulkId, &BulkRecord)| BulkLeft {
        bulk: id.0,
        done: record.done.into(),
        total: record.total.into(),
    };
    state.bulks().map(left).collect()
}
