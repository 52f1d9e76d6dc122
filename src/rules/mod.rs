//! The rules of the inbox. They turn a command and the state into a change or a refusal.
//!
//! Planning does no I/O and reads no clock. The same commands on the same state give the same change, byte for byte.
//!
//! A command is judged in two steps. The first asks whether the actor is known and may do this ([`permit_command`]). A
//! refusal there changes nothing. Then time passes: the clock moves, and snoozes that are due end. The second step asks
//! whether everything named in the command exists, whether its condition holds, and whether its own rules allow it. A
//! refusal there has moved the clock.

mod builder;
mod commands;
mod effects;
mod import;
mod indexes;
mod input;
mod limit;
mod mention;
mod merging;
mod permit;
mod preload;
mod recommend;
mod remember;
mod snoozes;
mod sweep;

#[cfg(test)]
mod tests;

use crate::command::{Command, Envelope, Reply};
use crate::error::Refusal;
use crate::record::codec::CodecError;
use crate::record::{BulkId, Cause, Change};

use crate::workspace::State;
use builder::ChangeBuilder;

pub(crate) use commands::{next_piece, plan_piece};
pub(crate) use import::{Importer, LineFault};
pub(crate) use indexes::{next_build_step, plan_build, plan_registration};
pub(crate) use input::{PlanInput, Preloaded};
pub(crate) use merging::plan_merge;
pub(crate) use permit::may_touch;
pub(crate) use preload::Preload;
pub(crate) use recommend::{Candidate, open_chats, ranking, reasons};
use remember::Known;
#[cfg(test)]
pub(crate) use remember::plan_remembered;
pub(crate) use snoozes::plan_fire;
pub(crate) use sweep::plan_sweep;

/// The result of planning a command: the answer, and the change to make. Even a refused command can move the clock and
/// so have a change.
pub(crate) struct Decision {
    pub(crate) answer: Result<Reply, Refusal>,
    pub(crate) change: Option<Change>,
    /// The bulk action that the command starts, or that a retry of it finds unfinished.
    pub(crate) begun_bulk: Option<BulkId>,
}

/// The first step of a command: `None` if it is to be done.
///
/// The answer is a refusal, or the reply to the same command, done before. Neither changes anything.
pub(crate) fn permit_command(input: PlanInput<'_>, envelope: &Envelope) -> Option<Decision> {
    let builder = ChangeBuilder::new(input, input.state.meta.clock, Some(envelope.actor));
    let known = permit::check(&builder, envelope).and_then(|()| remember::look_up(input.state, envelope));
    let (answer, begun_bulk) = match known {
        Ok(None) => return None,
        Ok(Some(Known::Done(reply))) => (Ok(reply), None),
        Ok(Some(Known::UnderWay(bulk))) => (Ok(remember::under_way()), Some(bulk)),
        Err(refusal) => (Err(refusal), None),
    };
    Some(Decision { answer, change: None, begun_bulk })
}

/// The moment up to which time passes before a command is done, in ms: its own time or the workspace's clock, whichever
/// is later. No time passes before the clock is set.
pub(crate) fn moment_of(state: &State, envelope: &Envelope) -> u64 {
    match envelope.command {
        Command::SetClock { .. } => state.meta.clock,
        _ => envelope.at.as_millis().max(state.meta.clock),
    }
}

/// Whether the snoozes that are due end before a command. Setting the clock ends none: two wrong clocks in a row would
/// otherwise end what the way back should save.
pub(crate) fn ends_snoozes(envelope: &Envelope) -> bool {
    !matches!(envelope.command, Command::SetClock { .. })
}

/// Plans a command, both steps. Time must have passed up to [its moment](moment_of).
pub(crate) fn plan(input: PlanInput<'_>, envelope: &Envelope) -> Result<Decision, CodecError> {
    // Time may have passed in several changes, with other commands in between.
    if let Some(decision) = permit_command(input, envelope) {
        return Ok(decision);
    }
    let now = match envelope.command {
        Command::SetClock { at } => at.as_millis(),
        _ => moment_of(input.state, envelope),
    };
    let mut builder = ChangeBuilder::new(input, now, Some(envelope.actor));
    let answer = judge(&mut builder, envelope);
    if answer.is_err() {
        // The clock has moved all the same.
        builder = ChangeBuilder::new(input, moment_of(input.state, envelope), Some(envelope.actor));
    }
    let begun_bulk = builder.begun_bulk();
    if let (Ok(reply), Some(id), None) = (&answer, &envelope.id, begun_bulk) {
        let digest = remember::digest_of(envelope.actor, &envelope.command);
        remember::remember(&mut builder, envelope.actor, id, digest, reply.clone());
    }
    // A refused command is not done, whatever its id. What a node called it concerns no one who watches.
    let id = envelope.id.clone().filter(|_| answer.is_ok() && !envelope.has_inner_id());
    let cause = Cause::Command { actor: envelope.actor, id };
    Ok(Decision { answer, begun_bulk, change: builder.finish(cause)? })
}

/// The second step of a command: looks up what it names, checks its condition, and carries it out.
fn judge(builder: &mut ChangeBuilder<'_>, envelope: &Envelope) -> Result<Reply, Refusal> {
    if let Some(condition) = &envelope.condition {
        commands::check_condition(builder, condition, &envelope.command)?;
    }
    if envelope.id.is_some() && !envelope.has_inner_id() {
        remember::check_room(builder)?;
    }
    commands::carry_out(builder, envelope.actor, envelope.id.as_deref(), &envelope.command)
}
