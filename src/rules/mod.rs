//! The rules of the inbox: a command and the state give a change, or a refusal.
//!
//! Planning does no I/O and reads no clock; the same commands on the same state give the same change, to the
//! byte. A command is judged in this order: is its actor known, may they do it, do the things that it names
//! exist, does its own rule allow it.

mod builder;
mod commands;
mod effects;
mod import;
mod indexes;
mod input;
mod limit;
mod mention;
mod permit;
mod preload;
mod recommend;
mod snoozes;

#[cfg(test)]
mod tests;

use crate::command::{Envelope, Reply};
use crate::error::Refusal;
use crate::record::codec::CodecError;
use crate::record::{Cause, Change, SettingId};

use builder::ChangeBuilder;
pub(crate) use commands::{next_piece, plan_piece};
pub(crate) use import::{Importer, plan_import, plan_undo};
pub(crate) use indexes::{next_build_step, plan_build, plan_registration};
pub(crate) use input::{PlanInput, Preloaded};
pub(crate) use preload::{Preload, preload};
pub(crate) use recommend::{Candidate, ranking, reasons};
pub(crate) use snoozes::plan_fire;

/// What became of a command: the answer, and the change to make. Also a refused command may move the clock.
pub(crate) struct Decision {
    pub(crate) answer: Result<Reply, Refusal>,
    pub(crate) change: Option<Change>,
    /// A bulk action that this begins, to be done in pieces.
    pub(crate) begun_bulk: Option<SettingId>,
}

/// Decides on a command at the moment that the workspace has reached by then.
pub(crate) fn plan(facts: PlanInput<'_>, envelope: &Envelope) -> Result<Decision, CodecError> {
    let now = envelope.at.as_millis().max(facts.state.meta.clock);
    let mut builder = ChangeBuilder::new(facts, now, Some(envelope.actor));
    let answer = judge(&mut builder, envelope);
    if answer.is_err() {
        builder = ChangeBuilder::new(facts, now, Some(envelope.actor));
    }
    let cause = Cause::Command { actor: envelope.actor, id: envelope.id.clone() };
    Ok(Decision { answer, begun_bulk: builder.begun_bulk(), change: builder.finish(cause)? })
}

/// Is the actor known and allowed to; then the command's own rule.
fn judge(builder: &mut ChangeBuilder<'_>, envelope: &Envelope) -> Result<Reply, Refusal> {
    permit::check(builder.facts(), envelope.actor, &envelope.command)?;
    commands::carry_out(builder, envelope.actor, envelope.id.as_deref(), &envelope.command)
}
