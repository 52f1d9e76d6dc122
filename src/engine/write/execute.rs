//! The path of a command: admit, lock, plan, queue in the journal, apply.

use std::sync::Arc;
use std::time::Duration;

use roaring::RoaringBitmap;

use super::bulk::finish_bulk;
use super::firing::take_due;
use super::indexing::register_indexes;
use super::sweeping::{finish_tags, lock_to_edit_tags};
use super::writer::{Upgradable, Writer};
use crate::command::{BulkReport, Command, Envelope, Outcome, Reply};
use crate::config::Timer;
use crate::error::{Code, Error, Refusal};
use crate::loaded::WorkspaceRef;
use crate::model::limits::AHEAD_OF_WALL_MAX_MS;
use crate::model::{ChatId, Place, Progress, Timestamp};
use crate::record::{BulkId, Cause, Change, IndexKey, RecordKey};
use crate::rules::{
    Decision, PlanInput, Preload, Preloaded, ends_snoozes, may_touch, moment_of, permit_command, plan, plan_fire,
};
use crate::sets::ChatSet;
use crate::workspace::State;

/// How far `at` may be ahead of the wall clock.
pub(in crate::engine) const AHEAD_OF_WALL_MAX: Duration = Duration::from_millis(AHEAD_OF_WALL_MAX_MS);

/// A command that was judged and, if accepted, applied, but is not durable yet.
#[derive(Clone)]
pub(in crate::engine) struct Submitted {
    /// The newest change when the command was done. The answer is valid once this is durable.
    pub(in crate::engine) seq: u64,
    pub(in crate::engine) answer: Result<Reply, Refusal>,
    /// A bulk action that has started and continues in steps.
    pub(super) begun_bulk: Option<BulkId>,
}

impl Submitted {
    pub(in crate::engine) fn into_outcome(self) -> Result<Outcome, Error> {
        let seq = self.seq;
        self.answer.map(|reply| Outcome { seq, reply }).map_err(Error::Refused)
    }
}

/// Does one command, and waits until it is durable.
pub(in crate::engine) fn execute(
    writer: &Writer,
    envelope: &Envelope,
    watch: &mut dyn FnMut(Progress),
) -> Result<Outcome, Error> {
    let submitted = submit(writer, envelope, watch)?;
    writer.settle(submitted.seq)?;
    submitted.into_outcome()
}

/// Judges and applies a command, and finishes it if it is a bulk action. The caller waits for durability.
pub(in crate::engine) fn submit(
    writer: &Writer,
    envelope: &Envelope,
    watch: &mut dyn FnMut(Progress),
) -> Result<Submitted, Error> {
    writer.following.check_alone()?;
    let mut submitted = apply_command(writer, envelope)?;
    finish_edit(writer, envelope, &mut submitted, watch)?;
    if let (Ok(Reply::Bulk(report)), Some(id)) = (&mut submitted.answer, submitted.begun_bulk) {
        let workspace = writer.workspace(envelope.workspace)?;
        submitted.seq = finish_bulk(writer, &workspace, id, report, watch)?;
        if let Some(whole) = remembered_report(&*workspace.read()?, envelope) {
            // Several callers may have driven it, and an earlier run of the program.
            *report = whole;
        }
    }
    Ok(submitted)
}

/// Finishes what a command that edits tags has left to do.
pub(super) fn finish_edit(
    writer: &Writer,
    envelope: &Envelope,
    submitted: &mut Submitted,
    watch: &mut dyn FnMut(Progress),
) -> Result<(), Error> {
    if submitted.answer.is_ok() && envelope.command.edits_tags() {
        let workspace = writer.workspace(envelope.workspace)?;
        if workspace.read()?.is_unfinished() {
            submitted.seq = finish_tags(writer, &workspace, envelope, watch)?.unwrap_or(submitted.seq);
        }
    }
    Ok(())
}

/// Returns the remembered report on a bulk action, if its command has an id.
fn remembered_report(state: &State, envelope: &Envelope) -> Option<BulkReport> {
    let remembered = state.remembered.find(envelope.actor, envelope.id.as_deref()?, state.meta.clock)?;
    remembered.reply.bulk().cloned()
}

/// Judges and applies a command. A large bulk action is only started.
fn apply_command(writer: &Writer, envelope: &Envelope) -> Result<Submitted, Error> {
    envelope.check()?;
    if writer.clock == Timer::Wall {
        check_not_ahead(envelope, Timestamp::now())?;
    }
    writer.admission.admit(envelope.command.frees_room())?;
    run(writer, envelope, None)
}

/// Judges and applies a command that may be judged.
pub(super) fn run(writer: &Writer, envelope: &Envelope, logged: Option<&Logged>) -> Result<Submitted, Error> {
    let workspace = writer.workspace(envelope.workspace)?;
    let is_tick = logged.is_some_and(|logged| logged.clock_epoch.is_some());
    if workspace.is_touched() || (!is_tick && may_touch(envelope)) {
        register_indexes(writer, &workspace)?;
    }
    let preload = Preload::of(envelope);
    let execution = Execution { writer, workspace: &workspace, envelope, logged, preload };
    execution.warm()?;
    let mut state = execution.lock()?;
    workspace.check_free()?;
    let moment = moment_of(&state, envelope);
    let is_due = |state: &State| ends_snoozes(envelope) && state.wheel.is_due(moment);
    if logged.is_some_and(|logged| logged.is_spent_tick(&state, moment)) {
        // The timer may have known a deadline that is gone.
        writer.timer.set(envelope.workspace, state.wheel.next_deadline());
        return Ok(execution.unchanged(Ok(Reply::Done {}), None));
    }
    if is_due(&state)
        && let Some(decision) = execution.permit(&mut state)?
    {
        return Ok(execution.unchanged(decision.answer, decision.begun_bulk));
    }
    let mut has_fired = false;
    while is_due(&state) {
        let due = take_due(&mut state, moment);
        let Some(due) = due else { break };
        if !due.more {
            return execution.fire_and_judge(state, &due.first);
        }
        state = execution.fire(state, &due.first)?;
        has_fired = true;
    }
    execution.judge(state, has_fired)
}

/// Refuses a time too far ahead of the wall clock.
pub(super) fn check_not_ahead(envelope: &Envelope, wall: Timestamp) -> Result<(), Error> {
    let at = match envelope.command {
        Command::SetClock { at } => at,
        _ => envelope.at,
    };
    if at <= wall + AHEAD_OF_WALL_MAX {
        return Ok(());
    }
    let message = format!(
        "`at` is {} ms, {} s ahead of the clock; the limit is {} s",
        at.as_millis(),
        at.since(wall).as_secs(),
        AHEAD_OF_WALL_MAX.as_secs()
    );
    Err(Refusal::new(Code::Malformed, message).into())
}

/// The execution of one command in its workspace.
#[derive(Clone, Copy)]
pub(super) struct Execution<'e> {
    pub(super) writer: &'e Writer,
    pub(super) workspace: &'e WorkspaceRef,
    pub(super) envelope: &'e Envelope,
    /// Of a command that came from a replicated log.
    logged: Option<&'e Logged>,
    preload: Preload<'e>,
}

impl<'e> Execution<'e> {
    /// Reads the records of a single-chat command into the cache, before the lock is taken.
    fn warm(self) -> Result<(), Error> {
        if self.preload.is_wide() {
            return Ok(());
        }
        let needed = {
            let state = self.workspace.read()?;
            self.preload.missing(PlanInput { state: &state, preloaded: &self.nothing_preloaded() })
        };
        self.writer.workspaces.records_of(self.workspace).warm(&needed)
    }

    pub(super) fn nothing_preloaded(self) -> Preloaded {
        Preloaded::with_chosen(self.logged.and_then(|logged| logged.chosen.clone()))
    }

    /// Keeps other writers out.
    pub(super) fn lock(self) -> Result<Upgradable<'e>, Error> {
        if self.envelope.command.edits_tags() {
            return lock_to_edit_tags(self.writer, self.workspace);
        }
        self.workspace.upgradable()
    }

    /// The first step alone, before time passes.
    fn permit(self, state: &mut Upgradable<'_>) -> Result<Option<Decision>, Error> {
        let mut preloaded = self.nothing_preloaded();
        loop {
            self.hold(state, &mut preloaded)?;
            let decision = permit_command(PlanInput { state, preloaded: &preloaded }, self.envelope);
            if !self.load_missed(state, &mut preloaded)? {
                return Ok(decision);
            }
        }
    }

    fn unchanged(self, answer: Result<Reply, Refusal>, begun_bulk: Option<BulkId>) -> Submitted {
        Submitted { seq: self.writer.journal.last_seq(), answer, begun_bulk }
    }

    /// Plans the command while readers continue, and excludes them only to apply the change.
    fn judge(self, mut state: Upgradable<'_>, has_fired: bool) -> Result<Submitted, Error> {
        self.load_postings(&mut state)?;
        let mut preloaded = self.nothing_preloaded();
        let mut decision = loop {
            self.hold(&state, &mut preloaded)?;
            let decision = plan(PlanInput { state: &state, preloaded: &preloaded }, self.envelope);
            if !self.load_missed(&mut state, &mut preloaded)? {
                break decision?;
            }
        };
        self.mark(&state, &mut decision, has_fired);
        let Decision { answer, change, begun_bulk } = decision;
        let seq = match change {
            None => self.writer.journal.last_seq(),
            Some(change) => self.writer.commit(self.workspace, state, change)?,
        };
        Ok(Submitted { seq, answer, begun_bulk })
    }

    /// Plans the end of snoozes, as a part of the entry.
    pub(super) fn plan_fire(self, input: PlanInput<'_>, due: &[(u64, ChatId)]) -> Result<Option<Change>, Error> {
        let mut fired = plan_fire(input, due)?;
        if let (Some(change), Some(logged)) = (&mut fired, self.logged) {
            change.part = Some(input.state.meta.log.next_part(logged.place, false));
        }
        Ok(fired)
    }

    /// Marks the last change of an entry. If snoozes have ended, there is always one after theirs: an entry that was done
    /// only in part must not count as done.
    pub(super) fn mark(self, state: &State, decision: &mut Decision, has_fired: bool) {
        let Some(logged) = self.logged else { return };
        if decision.change.is_none() && has_fired {
            decision.change = Some(Change::of_nothing(state.workspace, Cause::Deadline, &state.meta));
        }
        if let Some(change) = &mut decision.change {
            change.part = Some(state.meta.log.next_part(logged.place, true));
            if logged.clock_epoch.is_some() {
                change.cause = Cause::Deadline;
            }
        }
    }

    /// Preloads the records that the plan reads, as far as they are known.
    pub(super) fn hold(self, state: &State, preloaded: &mut Preloaded) -> Result<(), Error> {
        let records = self.writer.workspaces.records_of(self.workspace);
        loop {
            let missing = self.preload.missing(PlanInput { state, preloaded });
            if missing.is_empty() {
                return Ok(());
            }
            records.preload(state, &missing, preloaded)?;
        }
    }

    /// Preloads the records that a plan missed, and returns the postings to load. `None` if it missed nothing. Otherwise
    /// the plan must be made again.
    pub(super) fn read_missed(
        self,
        state: &State,
        preloaded: &mut Preloaded,
    ) -> Result<Option<Vec<(IndexKey, ChatSet)>>, Error> {
        let missed = preloaded.take_missed();
        if missed.is_empty() {
            return Ok(None);
        }
        let records = self.writer.workspaces.records_of(self.workspace);
        let keys: Vec<RecordKey> = missed.records.iter().copied().collect();
        records.preload(state, &keys, preloaded)?;
        records.missing_postings(state, missed.postings.iter()).map(Some)
    }

    /// Loads what a plan missed. Returns whether there was anything.
    fn load_missed(self, state: &mut Upgradable<'_>, preloaded: &mut Preloaded) -> Result<bool, Error> {
        let Some(postings) = self.read_missed(state, preloaded)? else { return Ok(false) };
        if !postings.is_empty() {
            state.with_upgraded(|state| state.load_postings(postings));
        }
        Ok(true)
    }

    /// Loads the on-demand postings that the command reads.
    pub(super) fn load_postings(self, state: &mut Upgradable<'_>) -> Result<(), Error> {
        let keys = self.preload.postings(state);
        let missing = self.writer.workspaces.records_of(self.workspace).missing_postings(state, keys.iter())?;
        if !missing.is_empty() {
            state.with_upgraded(|state| state.load_postings(missing));
        }
        Ok(())
    }
}

/// What an entry of a replicated log adds to its command.
#[derive(Debug)]
pub(super) struct Logged {
    pub(super) place: Place,
    /// The chats of a bulk action, if the entry names them.
    pub(super) chosen: Option<Arc<RoaringBitmap>>,
    /// Of a tick: the clock epoch in which it counts.
    pub(super) clock_epoch: Option<u32>,
}

impl Logged {
    /// Whether this is a tick that does not count any more.
    fn is_spent_tick(&self, state: &State, moment: u64) -> bool {
        self.clock_epoch.is_some_and(|epoch| epoch != state.meta.next.clock_epoch || !state.wheel.is_due(moment))
    }
}
