//! The path of a command: admit, lock, plan, queue in the journal, apply.

use std::time::Duration;

use parking_lot::RwLockUpgradableReadGuard;

use super::bulk::finish_bulk;
use super::indexing::register_indexes;
use super::writer::{Upgradable, Writer};
use crate::command::{BulkReport, Command, Envelope, Outcome, Reply};
use crate::config::Timer;
use crate::error::{Code, Error, Refusal};
use crate::index::Posting;
use crate::loaded::WorkspaceRef;
use crate::model::limits::{AHEAD_OF_WALL_MAX_MS, FIRED_PER_CHANGE_MAX};
use crate::model::{ChatId, Progress, Timestamp};
use crate::record::codec::encode_versioned;
use crate::record::{BulkId, Change, IndexKey, RecordKey};
use crate::rules::{
    Decision, PlanInput, Preload, Preloaded, ends_snoozes, may_touch, moment_of, permit_command, plan, plan_fire,
};
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
    begun_bulk: Option<BulkId>,
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
    let mut submitted = apply_command(writer, envelope)?;
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

/// Returns the remembered report on a bulk action, if its command has an id.
fn remembered_report(state: &State, envelope: &Envelope) -> Option<BulkReport> {
    let remembered = state.remembered.find(envelope.actor, envelope.id.as_deref()?, state.meta.clock)?;
    remembered.reply.bulk().cloned()
}

/// Judges and applies a command. A large bulk action is only started.
fn apply_command(writer: &Writer, envelope: &Envelope) -> Result<Submitted, Error> {
    envelope.check()?;
    check_not_ahead(writer, envelope)?;
    writer.admission.admit(envelope.command.frees_room())?;
    let workspace = writer.workspace(envelope.workspace)?;
    if workspace.is_touched() || may_touch(envelope) {
        register_indexes(writer, &workspace)?;
    }
    let execution = Execution { writer, workspace: &workspace, envelope, preload: Preload::of(envelope) };
    execution.warm()?;
    let mut state = workspace.upgradable()?;
    workspace.check_free()?;
    let moment = moment_of(&state, envelope);
    let is_due = |state: &State| ends_snoozes(envelope) && state.wheel.is_due(moment);
    if is_due(&state)
        && let Some(decision) = execution.permit(&mut state)?
    {
        return Ok(execution.unchanged(decision));
    }
    while is_due(&state) {
        let due = take_due(&mut state, moment);
        let Some(due) = due else { break };
        if !due.more {
            return execution.fire_and_judge(state, &due.first);
        }
        state = execution.fire(state, &due.first)?;
    }
    execution.judge(state)
}

fn check_not_ahead(writer: &Writer, envelope: &Envelope) -> Result<(), Error> {
    if writer.clock != Timer::Wall {
        return Ok(());
    }
    let wall = Timestamp::now();
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

fn records_of(due: &[(u64, ChatId)]) -> Vec<RecordKey> {
    due.iter().map(|(_, chat)| RecordKey::Chat(*chat)).collect()
}

/// The execution of one command in its workspace.
#[derive(Clone, Copy)]
struct Execution<'e> {
    writer: &'e Writer,
    workspace: &'e WorkspaceRef,
    envelope: &'e Envelope,
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
            self.preload.missing(PlanInput { state: &state, preloaded: &Preloaded::default() })
        };
        self.writer.workspaces.records_of(self.workspace).warm(&needed)
    }

    /// The first step alone, before time passes.
    fn permit(self, state: &mut Upgradable<'_>) -> Result<Option<Decision>, Error> {
        let mut preloaded = Preloaded::default();
        loop {
            self.hold(state, &mut preloaded)?;
            let decision = permit_command(PlanInput { state, preloaded: &preloaded }, self.envelope);
            if !self.load_missed(state, &mut preloaded)? {
                return Ok(decision);
            }
        }
    }

    fn unchanged(self, decision: Decision) -> Submitted {
        let Decision { answer, change: _, begun_bulk } = decision;
        Submitted { seq: self.writer.journal.last_seq(), answer, begun_bulk }
    }

    /// Plans the command while readers continue, and excludes them only to apply the change.
    fn judge(self, mut state: Upgradable<'_>) -> Result<Submitted, Error> {
        self.load_postings(&mut state)?;
        let mut preloaded = Preloaded::default();
        let decision = loop {
            self.hold(&state, &mut preloaded)?;
            let decision = plan(PlanInput { state: &state, preloaded: &preloaded }, self.envelope);
            if !self.load_missed(&mut state, &mut preloaded)? {
                break decision?;
            }
        };
        let Decision { answer, change, begun_bulk } = decision;
        let seq = match change {
            None => self.writer.journal.last_seq(),
            Some(change) => self.writer.commit(self.workspace, state, change)?,
        };
        Ok(Submitted { seq, answer, begun_bulk })
    }

    /// Preloads the records that the plan reads, as far as they are known.
    fn hold(self, state: &State, preloaded: &mut Preloaded) -> Result<(), Error> {
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
    fn read_missed(self, state: &State, preloaded: &mut Preloaded) -> Result<Option<Vec<(IndexKey, Posting)>>, Error> {
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
    fn load_postings(self, state: &mut Upgradable<'_>) -> Result<(), Error> {
        let keys = self.preload.postings(state);
        let missing = self.writer.workspaces.records_of(self.workspace).missing_postings(state, keys.iter())?;
        if !missing.is_empty() {
            state.with_upgraded(|state| state.load_postings(missing));
        }
        Ok(())
    }

    /// Ends the first due snoozes, as a change of their own.
    fn fire(self, state: Upgradable<'e>, due: &[(u64, ChatId)]) -> Result<Upgradable<'e>, Error> {
        let mut preloaded = Preloaded::default();
        self.writer.workspaces.records_of(self.workspace).preload(&state, &records_of(due), &mut preloaded)?;
        if let Some(change) = plan_fire(PlanInput { state: &state, preloaded: &preloaded }, due)? {
            self.writer.commit(self.workspace, state, change)?;
        }
        self.workspace.upgradable()
    }

    /// Ends the last due snoozes and judges the command, in one step: both changes reach the journal together, so a
    /// crash cannot keep one without the other.
    fn fire_and_judge(self, mut state: Upgradable<'_>, due: &[(u64, ChatId)]) -> Result<Submitted, Error> {
        let records = self.writer.workspaces.records_of(self.workspace);
        self.load_postings(&mut state)?;
        let mut preloaded = Preloaded::default();
        records.preload(&state, &records_of(due), &mut preloaded)?;
        self.hold(&state, &mut preloaded)?;
        let fired = plan_fire(PlanInput { state: &state, preloaded: &preloaded }, due)?;
        let mut frames = Vec::with_capacity(2);
        let mut postings = Vec::new();
        if let Some(fired) = &fired {
            frames.push(encode_versioned(fired)?);
            postings = records.missing_postings(&state, fired.postings.iter().map(|delta| &delta.key))?;
        }

        let mut state = RwLockUpgradableReadGuard::upgrade(state);
        let journal = &self.writer.journal;
        if let Some(failed) = journal.failure() {
            return Err(failed.into());
        }
        state.load_postings(postings);
        journal.poison_on_panic(|| self.fire_and_plan(&mut state, fired, frames, &mut preloaded))
    }

    /// Applies the ended snoozes, and the command on top. Readers and writers are excluded.
    fn fire_and_plan(
        self,
        state: &mut State,
        fired: Option<Change>,
        mut frames: Vec<Vec<u8>>,
        preloaded: &mut Preloaded,
    ) -> Result<Submitted, Error> {
        let (writer, has_fired) = (self.writer, fired.is_some());
        let fired = fired.and_then(|fired| writer.apply(self.workspace, state, fired));
        // The ended snoozes are applied, so they are queued whatever happens to the command.
        let (answer, change, begun_bulk) = match self.plan_in_place(state, preloaded) {
            Ok((Decision { answer, change, begun_bulk }, frame)) => {
                frames.extend(frame);
                (Ok(answer), change, begun_bulk)
            }
            Err(error) => (Err(error), None, None),
        };
        let seq = if frames.is_empty() { writer.journal.last_seq() } else { writer.journal.append(&frames)? };
        // The two changes are adjacent in the journal.
        let seq_fired = if has_fired && change.is_some() { seq - 1 } else { seq };
        writer.tell(self.workspace, seq_fired, fired);
        if let Some(change) = change {
            state.stamp_notices(seq_fired);
            let entry = writer.apply(self.workspace, state, change);
            writer.tell(self.workspace, seq, entry);
        }
        writer.applied(self.workspace, state, seq);
        Ok(Submitted { seq, answer: answer?, begun_bulk })
    }

    /// Plans the command while the readers are excluded, and loads the postings that its change names.
    fn plan_in_place(self, state: &mut State, preloaded: &mut Preloaded) -> Result<(Decision, Option<Vec<u8>>), Error> {
        let decision = loop {
            self.hold(state, preloaded)?;
            let decision = plan(PlanInput { state, preloaded }, self.envelope);
            match self.read_missed(state, preloaded)? {
                Some(postings) => state.load_postings(postings),
                None => break decision?,
            }
        };
        let Some(change) = &decision.change else { return Ok((decision, None)) };
        let frame = encode_versioned(change)?;
        let keys = change.postings.iter().map(|delta| &delta.key);
        let postings = self.writer.workspaces.records_of(self.workspace).missing_postings(state, keys)?;
        state.load_postings(postings);
        Ok((decision, Some(frame)))
    }
}

/// The first due snoozes, in order, and whether there are more.
struct Due {
    first: Vec<(u64, ChatId)>,
    more: bool,
}

fn take_due(state: &mut Upgradable<'_>, now: u64) -> Option<Due> {
    state.with_upgraded(|state| state.wheel.advance(now));
    // After a failed attempt the wheel may be ahead of this command.
    let ready = state.wheel.ready().take_while(|(deadline, _)| *deadline <= now);
    let mut first: Vec<(u64, ChatId)> = ready.take(FIRED_PER_CHANGE_MAX + 1).collect();
    let more = first.len() > FIRED_PER_CHANGE_MAX;
    first.truncate(FIRED_PER_CHANGE_MAX);
    (!first.is_empty()).then_some(Due { first, more })
}
