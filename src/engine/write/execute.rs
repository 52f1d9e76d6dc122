//! The path of a command: admit, lock, plan, queue in the journal, apply.

use std::time::Duration;

use parking_lot::{RwLockUpgradableReadGuard, RwLockWriteGuard};

use crate::command::{Envelope, Outcome, Reply};
use crate::config::Timer;
use crate::engine::Inner;
use crate::error::{Code, Error, Refusal};
use crate::loaded::LoadedWorkspace;
use crate::model::limits::{AHEAD_OF_WALL_MAX_MS, FIRED_PER_CHANGE_MAX};
use crate::model::{ChatId, Timestamp};
use crate::record::{Change, RecordKey, SettingId, codec};
use crate::rules::{Decision, PlanInput, Preload, Preloaded, plan, plan_fire, preload};
use crate::workspace::{Lookup, State};

/// How far ahead of the wall clock a command may be dated.
pub(crate) const AHEAD_OF_WALL_MAX: Duration = Duration::from_millis(AHEAD_OF_WALL_MAX_MS);

/// A command that was judged and, where it was accepted, applied; but is not durable yet.
pub(crate) struct Judged {
    /// The newest change when the command was done: the answer counts once this is durable.
    pub(crate) seq: u64,
    pub(crate) answer: Result<Reply, Refusal>,
    /// A bulk action that has begun, and is to be done in pieces.
    pub(crate) begun_bulk: Option<SettingId>,
}

impl Judged {
    pub(crate) fn into_outcome(self) -> Result<Outcome, Error> {
        let seq = self.seq;
        self.answer.map(|reply| Outcome { seq, reply }).map_err(Error::Refused)
    }
}

pub(crate) type Upgradable<'s> = RwLockUpgradableReadGuard<'s, State>;

impl Inner {
    /// Judges and applies a command; of a large bulk action this is the beginning.
    pub(crate) fn begin(&self, envelope: &Envelope) -> Result<Judged, Error> {
        envelope.check()?;
        self.check_not_ahead(envelope)?;
        self.admit(envelope.command.about().frees_room)?;
        let slot = self.slot(envelope.workspace)?;
        self.register_indexes(&slot)?;
        let preload = preload(envelope);
        self.warm(&slot, &preload)?;
        let mut state = slot.state.upgradable_read();
        slot.check_free()?;
        let now = envelope.at.as_millis().max(state.meta.clock);
        while state.wheel.is_due(now) {
            let due = take_due(&mut state, now);
            let Some(due) = due else { break };
            if !due.more {
                return self.fire_and_judge(&slot, state, &due.first, envelope, &preload);
            }
            state = self.fire(&slot, state, &due.first)?;
        }
        self.judge(&slot, state, envelope, &preload)
    }

    fn check_not_ahead(&self, envelope: &Envelope) -> Result<(), Error> {
        if self.config.timer != Timer::Wall {
            return Ok(());
        }
        let wall = Timestamp::now();
        if envelope.at <= wall + AHEAD_OF_WALL_MAX {
            return Ok(());
        }
        let message = format!(
            "`at` is {} ms, {} s ahead of the clock; the limit is {} s",
            envelope.at.as_millis(),
            envelope.at.since(wall).as_secs(),
            AHEAD_OF_WALL_MAX.as_secs()
        );
        Err(Refusal::new(Code::Malformed, message).into())
    }

    /// Reads the records that a command on one chat needs into the cache, before the lock is taken.
    fn warm(&self, slot: &LoadedWorkspace, preload: &Preload<'_>) -> Result<(), Error> {
        if preload.is_wide() {
            return Ok(());
        }
        let cold: Vec<RecordKey> = {
            let state = slot.state.read();
            let facts = PlanInput { state: &state, pinned: &Preloaded::default() };
            let needed = preload.customers().chain(preload.chats(facts));
            needed.filter(|key| state.known(*key) == Lookup::InStore).collect()
        };
        for key in cold {
            slot.read(&self.store, &self.cache, key)?;
        }
        Ok(())
    }

    /// Plans a command beside the readers, and excludes them while its change is applied.
    fn judge(
        &self,
        slot: &LoadedWorkspace,
        mut state: Upgradable<'_>,
        envelope: &Envelope,
        preload: &Preload<'_>,
    ) -> Result<Judged, Error> {
        self.load_needed(slot, &mut state, preload)?;
        let mut pinned = Preloaded::default();
        self.pin_needed(slot, &state, preload, &mut pinned)?;
        let Decision { answer, change, begun_bulk } = plan(PlanInput { state: &state, pinned: &pinned }, envelope)?;
        let Some(change) = change else {
            return Ok(Judged { seq: self.journal.last_seq(), answer, begun_bulk });
        };
        let seq = self.commit(slot, state, change)?;
        Ok(Judged { seq, answer, begun_bulk })
    }

    /// Pins the records that the plan of a command reads.
    fn pin_needed(
        &self,
        slot: &LoadedWorkspace,
        state: &State,
        preload: &Preload<'_>,
        pinned: &mut Preloaded,
    ) -> Result<(), Error> {
        for key in preload.customers() {
            slot.pin(state, &self.store, &self.cache, key, pinned)?;
        }
        for key in preload.chats(PlanInput { state, pinned }) {
            slot.pin(state, &self.store, &self.cache, key, pinned)?;
        }
        Ok(())
    }

    /// Queues a change in the journal and applies it; answers with its seq.
    pub(crate) fn commit(&self, slot: &LoadedWorkspace, state: Upgradable<'_>, change: Change) -> Result<u64, Error> {
        self.commit_locked(slot, state, change).map(|(seq, _)| seq)
    }

    /// Does the same, and lets no other writer in after it.
    pub(crate) fn commit_and_stay<'s>(
        &self,
        slot: &LoadedWorkspace,
        state: Upgradable<'s>,
        change: Change,
    ) -> Result<(u64, Upgradable<'s>), Error> {
        let (seq, state) = self.commit_locked(slot, state, change)?;
        Ok((seq, RwLockWriteGuard::downgrade_to_upgradable(state)))
    }

    fn commit_locked<'s>(
        &self,
        slot: &LoadedWorkspace,
        state: Upgradable<'s>,
        change: Change,
    ) -> Result<(u64, RwLockWriteGuard<'s, State>), Error> {
        let postings = slot.missing_postings(&state, &self.store, change.postings.iter().map(|delta| &delta.key))?;
        let frame = codec::encode_versioned(&change)?;
        let mut state = RwLockUpgradableReadGuard::upgrade(state);
        let seq = self.journal.append(&[frame])?;
        self.journal.poison_on_panic(|| {
            postings.into_iter().for_each(|(key, posting)| state.load_posting(key, posting));
            self.apply(slot, &mut state, change);
            self.applied(slot, &mut state, seq);
        });
        Ok((seq, state))
    }

    /// Loads the postings that a command reads and that are loaded on demand.
    fn load_needed(
        &self,
        slot: &LoadedWorkspace,
        state: &mut Upgradable<'_>,
        preload: &Preload<'_>,
    ) -> Result<(), Error> {
        let keys = preload.postings(state);
        let missing = slot.missing_postings(state, &self.store, keys.iter())?;
        if !missing.is_empty() {
            state
                .with_upgraded(|state| missing.into_iter().for_each(|(key, posting)| state.load_posting(key, posting)));
        }
        Ok(())
    }

    /// Lets the first snoozes that are due end, as a change of their own.
    fn fire<'s>(
        &self,
        slot: &'s LoadedWorkspace,
        state: Upgradable<'s>,
        due: &[(u64, ChatId)],
    ) -> Result<Upgradable<'s>, Error> {
        let pinned = self.pin_due(slot, &state, due)?;
        if let Some(change) = plan_fire(PlanInput { state: &state, pinned: &pinned }, due)? {
            self.commit(slot, state, change)?;
        }
        Ok(slot.state.upgradable_read())
    }

    /// Lets the last snoozes that are due end and judges the command, in one step: their changes reach the
    /// journal together, so that no crash keeps the one without the other.
    fn fire_and_judge(
        &self,
        slot: &LoadedWorkspace,
        mut state: Upgradable<'_>,
        due: &[(u64, ChatId)],
        envelope: &Envelope,
        preload: &Preload<'_>,
    ) -> Result<Judged, Error> {
        self.load_needed(slot, &mut state, preload)?;
        let mut pinned = self.pin_due(slot, &state, due)?;
        self.pin_needed(slot, &state, preload, &mut pinned)?;
        let fired = plan_fire(PlanInput { state: &state, pinned: &pinned }, due)?;
        let mut frames = Vec::with_capacity(2);
        let mut postings = Vec::new();
        if let Some(fired) = &fired {
            frames.push(codec::encode_versioned(fired)?);
            postings = slot.missing_postings(&state, &self.store, fired.postings.iter().map(|delta| &delta.key))?;
        }

        let mut state = RwLockUpgradableReadGuard::upgrade(state);
        if let Some(failed) = self.journal.failure() {
            return Err(failed.into());
        }
        postings.into_iter().for_each(|(key, posting)| state.load_posting(key, posting));
        self.journal.poison_on_panic(|| self.fire_and_plan(slot, &mut state, fired, frames, &pinned, envelope))
    }

    /// Applies what has fired, and the command on top of it. Readers and writers are excluded meanwhile.
    fn fire_and_plan(
        &self,
        slot: &LoadedWorkspace,
        state: &mut State,
        fired: Option<Change>,
        mut frames: Vec<Vec<u8>>,
        pinned: &Preloaded,
        envelope: &Envelope,
    ) -> Result<Judged, Error> {
        let has_fired = fired.is_some();
        if let Some(fired) = fired {
            state.apply(fired);
        }
        // What has fired is applied, and so it is queued whatever becomes of the command.
        let (answer, change, begun_bulk) = match self.plan_in_place(slot, state, pinned, envelope) {
            Ok((Decision { answer, change, begun_bulk }, frame)) => {
                frames.extend(frame);
                (Ok(answer), change, begun_bulk)
            }
            Err(error) => (Err(error), None, None),
        };
        let seq = if frames.is_empty() { self.journal.last_seq() } else { self.journal.append(&frames)? };
        if let Some(change) = change {
            // The two are neighbours in the journal.
            state.stamp_notices(if has_fired { seq - 1 } else { seq });
            self.apply(slot, state, change);
        }
        self.applied(slot, state, seq);
        Ok(Judged { seq, answer: answer?, begun_bulk })
    }

    /// Plans a command while the readers are excluded, and loads the postings that its change names.
    fn plan_in_place(
        &self,
        slot: &LoadedWorkspace,
        state: &mut State,
        pinned: &Preloaded,
        envelope: &Envelope,
    ) -> Result<(Decision, Option<Vec<u8>>), Error> {
        let decision = plan(PlanInput { state, pinned }, envelope)?;
        let Some(change) = &decision.change else { return Ok((decision, None)) };
        let frame = codec::encode_versioned(change)?;
        let keys = change.postings.iter().map(|delta| &delta.key);
        let postings = slot.missing_postings(state, &self.store, keys)?;
        postings.into_iter().for_each(|(key, posting)| state.load_posting(key, posting));
        Ok((decision, Some(frame)))
    }

    fn pin_due(&self, slot: &LoadedWorkspace, state: &State, due: &[(u64, ChatId)]) -> Result<Preloaded, Error> {
        let chats: Vec<ChatId> = due.iter().map(|(_, chat)| *chat).collect();
        self.pin_chats(slot, state, &chats)
    }

    fn apply(&self, slot: &LoadedWorkspace, state: &mut State, change: Change) {
        if change.wipes {
            self.cache.retain(|(workspace, _), _| *workspace != slot.workspace);
        }
        state.apply(change);
    }

    /// What is to be done after the changes up to `seq` were applied to a workspace.
    fn applied(&self, slot: &LoadedWorkspace, state: &mut State, seq: u64) {
        state.set_seq(seq);
        slot.update_backlog(&self.backlog, state);
        if !slot.is_reserved() {
            self.tell_timer(slot, state);
        }
    }

    /// Tells the timer when something is due next in a workspace, whose state the caller holds locked.
    pub(crate) fn tell_timer(&self, slot: &LoadedWorkspace, state: &State) {
        if let Some(timer) = &self.timer
            && let Some(deadline) = slot.new_deadline(state)
        {
            timer.set(slot.workspace, deadline);
        }
    }
}

/// The first snoozes that are due, in order, and whether there are more.
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
