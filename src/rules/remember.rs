//! The ids of commands: a command that was done is not done again.

use std::sync::Arc;

use xxhash_rust::xxh3::Xxh3;

use super::builder::ChangeBuilder;
use crate::command::{BulkReport, Command, Envelope, Reply};
use crate::error::{Code, Refusal};
use crate::model::Actor;
use crate::model::limits::{INNER_REMEMBERED_MAX, REMEMBERED_AT_LEAST_MS, REMEMBERED_MAX};
use crate::record::{BulkId, RememberedRecord, Setting, SettingKey};
use crate::workspace::State;
#[cfg(test)]
use {
    super::PlanInput,
    crate::record::{Cause, Change, codec::CodecError},
};

/// At most this many ids of callers, and of nodes, are forgotten with each new one, so that no command pays for a day of others.
const FORGOTTEN_AT_ONCE: usize = 4;

/// What is known of the id of a command.
pub(super) enum Known {
    /// The command was done.
    Done(Reply),
    /// It is a bulk action that is not finished yet.
    UnderWay(BulkId),
}

/// Looks up the id of a command. Refuses the id of another command.
pub(super) fn look_up(state: &State, envelope: &Envelope) -> Result<Option<Known>, Refusal> {
    let Some(id) = envelope.id.as_deref() else { return Ok(None) };
    let digest = || digest_of(envelope.actor, &envelope.command);
    if let Some(record) = state.remembered.find(envelope.actor, id, state.meta.clock) {
        return if record.digest == digest() { Ok(Some(Known::Done(record.reply.clone()))) } else { Err(reused(id)) };
    }
    let bulk = state.bulks().find(|(_, bulk)| bulk.actor == envelope.actor && bulk.id.as_deref() == Some(id));
    match bulk {
        Some((bulk, _)) => match state.setting(SettingKey::BulkProgress(bulk)) {
            Some(Setting::BulkProgress(progress)) if progress.digest != digest() => Err(reused(id)),
            _ => Ok(Some(Known::UnderWay(bulk))),
        },
        None => Ok(None),
    }
}

fn reused(id: &str) -> Refusal {
    Refusal::new(Code::IdReused, format!("the id {id:?} belongs to another command; choose a new one"))
}

/// Refuses a new id if there are too many that must still be remembered.
pub(super) fn check_room(builder: &ChangeBuilder<'_>) -> Result<(), Refusal> {
    let state = builder.input().state;
    let oldest = state.remembered.of_callers().next().filter(|_| state.remembered.callers() >= REMEMBERED_MAX);
    match oldest {
        Some((_, oldest)) if builder.now() < oldest.at.saturating_add(REMEMBERED_AT_LEAST_MS) => Err(Refusal::new(
            Code::Unavailable,
            format!(
                "the workspace remembers {REMEMBERED_MAX} ids of commands, and the oldest is younger than {} min; \
                 try again later, or without an id",
                REMEMBERED_AT_LEAST_MS / 60_000
            ),
        )),
        _ => Ok(()),
    }
}

/// Remembers the id of a command that is being done, and forgets some that are too old.
pub(super) fn remember(builder: &mut ChangeBuilder<'_>, actor: Actor, id: &str, digest: u64, reply: Reply) {
    let at = builder.now();
    let record = RememberedRecord { actor, id: id.to_owned(), digest, at, reply };
    if !builder.is_wiped() {
        forget_oldest(builder, &record);
    }
    builder.put_remembered(record);
}

/// Plans a change that remembers these, for tests that need many.
#[cfg(test)]
pub(crate) fn plan_remembered(
    input: PlanInput<'_>,
    records: Vec<RememberedRecord>,
) -> Result<Option<Change>, CodecError> {
    let mut builder = ChangeBuilder::new(input, input.state.meta.clock, None);
    records.into_iter().for_each(|record| builder.put_remembered(record));
    builder.finish(Cause::Command { actor: Actor::System, id: None })
}

/// Forgets ids of callers and of nodes, each by its own rules.
fn forget_oldest(builder: &mut ChangeBuilder<'_>, new: &RememberedRecord) {
    let remembered = &builder.input().state.remembered;
    let (callers, inner) = (remembered.callers(), remembered.inner());
    let (new_callers, new_inner) = if new.is_inner() { (0, 1) } else { (1, 0) };
    let mut old = oldest(remembered.of_callers(), (callers + new_callers).saturating_sub(REMEMBERED_MAX), new.at);
    old.extend(oldest(remembered.of_nodes(), (inner + new_inner).saturating_sub(INNER_REMEMBERED_MAX), new.at));
    old.into_iter().for_each(|number| builder.forget_remembered(number));
}

/// Forgets every id that the clock has left behind. `O(n)` in the ids that are remembered.
pub(super) fn forget_expired(builder: &mut ChangeBuilder<'_>) {
    let state = builder.input().state;
    let ids = state.remembered.of_callers().chain(state.remembered.of_nodes());
    let expired = ids.filter(|(_, record)| record.is_expired(state.meta.clock));
    expired.for_each(|(number, _)| builder.forget_remembered(number));
}

/// Returns the numbers of those that are too many or too old.
fn oldest<'r>(records: impl Iterator<Item = (u64, &'r Arc<RememberedRecord>)>, too_many: u64, now: u64) -> Vec<u64> {
    let oldest = records.take(FORGOTTEN_AT_ONCE).zip(0..);
    let old = oldest.take_while(|((_, record), index)| *index < too_many || record.is_expired(now));
    old.map(|((number, _), _)| number).collect()
}

/// The digest of an actor and a command.
pub(super) fn digest_of(actor: Actor, command: &Command) -> u64 {
    struct Hashed(Xxh3);
    impl std::io::Write for Hashed {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut hashed = Hashed(Xxh3::new());
    let written = serde_json::to_writer(&mut hashed, &(actor, command));
    debug_assert!(written.is_ok(), "a command has a JSON form, and hashing it does not fail");
    hashed.0.digest()
}

/// The reply to a command whose bulk action is under way. Its report follows when it is finished.
pub(super) fn under_way() -> Reply {
    Reply::Bulk(BulkReport::default())
}
