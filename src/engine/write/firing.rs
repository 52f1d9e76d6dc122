//! Snoozes that are due when a command comes: they end before it is judged.

use parking_lot::RwLockUpgradableReadGuard;

use super::execute::{Execution, Submitted};
use super::writer::Upgradable;
use crate::error::Error;
use crate::index::Discarded;
use crate::model::ChatId;
use crate::model::limits::FIRED_PER_CHANGE_MAX;
use crate::record::codec::encode_versioned;
use crate::record::{Change, RecordKey};
use crate::rules::{Decision, PlanInput, Preloaded, plan};
use crate::workspace::State;

/// The first due snoozes, in order, and whether there are more.
pub(super) struct Due {
    pub(super) first: Vec<(u64, ChatId)>,
    pub(super) more: bool,
}

pub(super) fn take_due(state: &mut Upgradable<'_>, now: u64) -> Option<Due> {
    state.with_upgraded(|state| state.wheel.advance(now));
    // After a failed attempt the wheel may be ahead of this command.
    let ready = state.wheel.ready().take_while(|(deadline, _)| *deadline <= now);
    let mut first: Vec<(u64, ChatId)> = ready.take(FIRED_PER_CHANGE_MAX + 1).collect();
    let more = first.len() > FIRED_PER_CHANGE_MAX;
    first.truncate(FIRED_PER_CHANGE_MAX);
    (!first.is_empty()).then_some(Due { first, more })
}

fn records_of(due: &[(u64, ChatId)]) -> Vec<RecordKey> {
    due.iter().map(|(_, chat)| RecordKey::Chat(*chat)).collect()
}

impl<'e> Execution<'e> {
    /// Ends the first due snoozes, as a change of their own.
    pub(super) fn fire(self, state: Upgradable<'e>, due: &[(u64, ChatId)]) -> Result<Upgradable<'e>, Error> {
        let mut preloaded = Preloaded::default();
        self.writer.workspaces.records_of(self.workspace).preload(&state, &records_of(due), &mut preloaded)?;
        if let Some(change) = self.plan_fire(PlanInput { state: &state, preloaded: &preloaded }, due)? {
            self.writer.commit(self.workspace, state, change)?;
        }
        self.lock()
    }

    /// Ends the last due snoozes and judges the command, in one step: both changes reach the journal together, so a
    /// crash cannot keep one without the other.
    pub(super) fn fire_and_judge(self, mut state: Upgradable<'_>, due: &[(u64, ChatId)]) -> Result<Submitted, Error> {
        let records = self.writer.workspaces.records_of(self.workspace);
        self.load_postings(&mut state)?;
        let mut preloaded = self.nothing_preloaded();
        records.preload(&state, &records_of(due), &mut preloaded)?;
        self.hold(&state, &mut preloaded)?;
        let fired = self.plan_fire(PlanInput { state: &state, preloaded: &preloaded }, due)?;
        let mut frames = Vec::with_capacity(2);
        let mut postings = Vec::new();
        if let Some(fired) = &fired {
            frames.push(encode_versioned(fired)?);
            postings = self.writer.missing_postings(self.workspace, &state, fired)?;
        }

        let mut state = RwLockUpgradableReadGuard::upgrade(state);
        let journal = &self.writer.journal;
        if let Some(failed) = journal.failure() {
            return Err(failed.into());
        }
        state.load_postings(postings);
        let (submitted, discarded) =
            journal.poison_on_panic(|| self.fire_and_plan(&mut state, fired, frames, &mut preloaded))?;
        drop(state);
        // Only now, since others wait for the lock.
        drop(discarded);
        Ok(submitted)
    }

    /// Applies the ended snoozes, and the command on top. Readers and writers are excluded.
    fn fire_and_plan(
        self,
        state: &mut State,
        fired: Option<Change>,
        mut frames: Vec<Vec<u8>>,
        preloaded: &mut Preloaded,
    ) -> Result<(Submitted, Discarded), Error> {
        let (writer, has_fired) = (self.writer, fired.is_some());
        // Ending a snooze discards nothing.
        let fired = fired.and_then(|fired| writer.apply(self.workspace, state, fired).0);
        // The ended snoozes are applied, so they are queued whatever happens to the command.
        let (answer, change, begun_bulk) = match self.plan_in_place(state, preloaded, has_fired) {
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
        let mut discarded = Discarded::default();
        if let Some(change) = change {
            state.stamp_notices(seq_fired);
            let entry;
            (entry, discarded) = writer.apply(self.workspace, state, change);
            writer.tell(self.workspace, seq, entry);
        }
        writer.applied(self.workspace, state, seq);
        Ok((Submitted { seq, answer: answer?, begun_bulk }, discarded))
    }

    /// Plans the command while the readers are excluded, and loads the postings that its change names.
    fn plan_in_place(
        self,
        state: &mut State,
        preloaded: &mut Preloaded,
        has_fired: bool,
    ) -> Result<(Decision, Option<Vec<u8>>), Error> {
        let mut decision = loop {
            self.hold(state, preloaded)?;
            let decision = plan(PlanInput { state, preloaded }, self.envelope);
            match self.read_missed(state, preloaded)? {
                Some(postings) => state.load_postings(postings),
                None => break decision?,
            }
        };
        self.mark(state, &mut decision, has_fired);
        let Some(change) = &decision.change else { return Ok((decision, None)) };
        let frame = encode_versioned(change)?;
        let postings = self.writer.missing_postings(self.workspace, state, change)?;
        state.load_postings(postings);
        Ok((decision, Some(frame)))
    }
}
