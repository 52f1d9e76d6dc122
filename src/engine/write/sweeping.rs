//! What large edits of tags leave to do, in steps, so that other commands run in between: the rest of a merge, and the
//! records of deleted tags.

use super::writer::{Upgradable, Writer};
use crate::command::Envelope;
use crate::error::Error;
use crate::loaded::WorkspaceRef;
use crate::model::{Actor, Progress};
use crate::record::Cause;
use crate::rules::{plan_merge, plan_sweep};
use crate::workspace::State;

/// Finishes what a command that edits tags has left to do. Returns the seq of the last change that the command consists
/// of, if there is one more. Between two changes `watch` is called.
pub(super) fn finish_tags(
    writer: &Writer,
    workspace: &WorkspaceRef,
    envelope: &Envelope,
    watch: &mut dyn FnMut(Progress),
) -> Result<Option<u64>, Error> {
    let cause = Cause::Command { actor: envelope.actor, id: envelope.id.clone() };
    let seq = finish_merges(writer, workspace, &cause, watch)?;
    if let Err(error) = sweep(writer, workspace, watch) {
        // The command is done all the same.
        let workspace = workspace.workspace;
        tracing::warn!(%workspace, %error, "deleted tags were not swept; the next opening continues");
    }
    Ok(seq)
}

/// Finishes what a crash or a full disk interrupted.
pub(super) fn resume_tags(writer: &Writer, workspace: &WorkspaceRef) -> Result<(), Error> {
    finish_merges(writer, workspace, &NOT_KNOWN, &mut |_| {})?;
    sweep(writer, workspace, &mut |_| {})
}

/// The cause of changes that finish the command of another caller.
const NOT_KNOWN: Cause = Cause::Command { actor: Actor::System, id: None };

/// Locks a workspace for a command that edits tags: when no merge is under way.
pub(super) fn lock_to_edit_tags<'s>(writer: &Writer, workspace: &'s WorkspaceRef) -> Result<Upgradable<'s>, Error> {
    loop {
        let state = workspace.upgradable()?;
        if state.merges().next().is_none() {
            return Ok(state);
        }
        drop(state);
        finish_merges(writer, workspace, &NOT_KNOWN, &mut |_| {})?;
    }
}

/// Finishes the merges that are under way. Returns the seq of the last change.
fn finish_merges(
    writer: &Writer,
    workspace: &WorkspaceRef,
    cause: &Cause,
    watch: &mut dyn FnMut(Progress),
) -> Result<Option<u64>, Error> {
    let left = |state: &State| state.merges().next().map(|(tag, _)| state.tags.count_below(tag) as u64 + 1);
    let mut last = None;
    do_pieces(writer, workspace, left, watch, || {
        let none = |_: &State| Vec::new();
        let (seq, ()) = writer.change(workspace, none, |input| {
            let mut piece = plan_merge(input, cause.clone())?;
            if let Some(change) = piece.as_mut().filter(|_| writer.following.is_attached()) {
                // No other entry comes in between.
                change.part = input.state.meta.log.further_part();
            }
            Ok((piece, ()))
        })?;
        last = seq.or(last);
        Ok(())
    })?;
    Ok(last)
}

/// Sweeps what is left of deleted tags.
fn sweep(writer: &Writer, workspace: &WorkspaceRef, watch: &mut dyn FnMut(Progress)) -> Result<(), Error> {
    let below = |state: &State| state.unswept_tags().map(|tag| state.tags.unswept(tag).len() as u64).sum();
    let left = |state: &State| state.unswept_tags().next().map(|_| below(state));
    do_pieces(writer, workspace, left, watch, || {
        writer.change(workspace, |_| Vec::new(), |input| Ok((plan_sweep(input)?, ())))?;
        Ok(())
    })
}

/// Does one piece after another as long as there are tags left. No lock is held while `watch` runs: it may use the engine.
fn do_pieces(
    writer: &Writer,
    workspace: &WorkspaceRef,
    left: impl Fn(&State) -> Option<u64>,
    watch: &mut dyn FnMut(Progress),
    mut piece: impl FnMut() -> Result<(), Error>,
) -> Result<(), Error> {
    let mut total = 0;
    loop {
        let left = left(&*workspace.read()?);
        total = total.max(left.unwrap_or(0));
        if left.is_some() || total > 0 {
            watch(Progress::of(total - left.unwrap_or(0), total).in_workspace(workspace.workspace));
        }
        if left.is_none() {
            return Ok(());
        }
        writer.admission.admit(true)?;
        piece()?;
        writer.bound_queue()?;
    }
}
