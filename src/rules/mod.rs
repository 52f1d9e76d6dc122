//! The rules of the inbox. They turn a command and the state into a change or a refusal.
//!
//! Planning does no I/O and reads no clock. The same commands on the same state give the same change, byte for byte.
//! Checks run in this order: the actor is known, the actor has permission, everything named in the command exists, the
//! command's own rules allow it.

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
use crate::record::{BulkId, Cause, Change};

use builder::ChangeBuilder;

pub(crate) use commands::{next_piece, plan_piece};
pub(crate) use import::{Importer, plan_import, plan_undo};
pub(crate) use indexes::{next_build_step, plan_build, plan_registration};
pub(crate) use input::{PlanInput, Preloaded};
pub(crate) use permit::may_touch;
pub(crate) use preload::{Preload, preload};
pub(crate) use recommend::{Candidate, ranking, reasons};
pub(crate) use snoozes::plan_fire;

/// The result of planning a command: the answer, and the change to make. Even a refused command can move the clock and
/// so have a change.
pub(crate) struct Decision {
    pub(crate) answer: Result<Reply, Refusal>,
    pub(crate) change: Option<Change>,
    /// The bulk action started by the command, if it is large enough to be done in pieces.
    pub(crate) begun_bulk: Option<BulkId>,
}

/// Plans a command, at its own time or at the workspace's clock, whichever is later.
pub(crate) fn plan(input: PlanInput<'_>, envelope: &Envelope) -> Result<Decision, CodecError> {
    let now = envelope.at.as_millis().max(input.state.meta.clock);
    let mut builder = ChangeBuilder::new(input, now, Some(envelope.actor));
    let answer = judge(&mut builder, envelope);
    if answer.is_err() {
        builder = ChangeBuilder::new(input, now, Some(envelope.actor));
    }
    let cause = Cause::Command { actor: envelope.actor, id: envelope.id.clone() };
    Ok(Decision { answer, begun_bulk: builder.begun_bulk(), change: builder.finish(cause)? })
}

/// Checks the actor and their permission, then carries out the command.
fn judge(builder: &mut ChangeBuilder<'_>, envelope: &Envelope) -> Result<Reply, Refusal> {
    permit::check(builder.input(), envelope.actor, &envelope.command)?;
    commands::carry_out(builder, envelope.actor, envelope.id.as_deref(), &envelope.command)
}
