//! What a watcher has missed, up to a moment whose numbers it is then told.

use std::sync::Arc;

use super::Workspace;
use super::past::{Reader, Told, Untold};
use crate::error::Error;
use crate::feed::{Hub, Interest, on_demand_keys};
use crate::record::ChangePlace;
use crate::view::ViewKind;
use crate::watch::{FeedEvent, Watched};
use crate::workspace::State;

/// A watcher's way to the present.
pub(super) struct Replay {
    workspace: Workspace,
    hub: Arc<Hub>,
    watched: Arc<[Watched]>,
    /// Everything up to this change is told; `None` if only the present matters.
    told: Option<u64>,
    /// Everything up to this place in the log is told, and which change that is has to be found out.
    sought: Option<ChangePlace>,
    /// Whether changes in between cannot be told.
    is_reset: bool,
    /// Where the watcher will land.
    goal: Option<Landing>,
}

/// A moment of the workspace. It is told once it is durable.
pub(super) struct Landing {
    /// The newest change of the workspace.
    newest: u64,
    /// Up to which change everything is told then.
    pub(super) seq: u64,
    /// Where the newest change of an entry stands in the log.
    pub(super) place: ChangePlace,
    pub(super) interest: Interest,
    /// The event that tells its numbers.
    pub(super) event: FeedEvent,
}

impl Landing {
    /// Takes the numbers of the present. `meanwhile` is called under the lock of the state.
    pub(super) fn now<R>(
        workspace: &Workspace,
        watched: &[Watched],
        meanwhile: impl FnOnce(&State) -> R,
    ) -> Result<(Self, R), Error> {
        let kinds: Vec<&ViewKind> = watched.iter().filter_map(Watched::kind).collect();
        workspace.records().with_postings(
            |state| on_demand_keys(state, kinds.iter().copied()),
            |state| {
                let done = meanwhile(state);
                let interest = Interest::new(state, watched);
                let (seq, place, counts) = (state.meta.seq, state.meta.log.newest(), interest.all(state));
                let event = FeedEvent::CaughtUp { caught_up: seq, counts };
                (Self { newest: seq, seq, place, interest, event }, done)
            },
        )
    }
}

/// What a step has brought.
pub(super) enum Step {
    /// These events, if any, each with its place in the log if it has one, and it is not over.
    Some(Vec<(FeedEvent, Option<ChangePlace>)>),
    /// The watcher knows more than there is here: it has to wait until this place is applied.
    Early(ChangePlace),
    /// Nothing is left to replay.
    Landed(Landing),
}

impl Replay {
    /// Goes on after the change `told`; what came since cannot be told if `is_reset`.
    pub(super) fn after(
        told: u64,
        is_reset: bool,
        workspace: &Workspace,
        hub: &Arc<Hub>,
        watched: &Arc<[Watched]>,
    ) -> Self {
        let (workspace, hub, watched) = (workspace.clone(), Arc::clone(hub), Arc::clone(watched));
        Self { workspace, hub, watched, told: Some(told), sought: None, is_reset, goal: None }
    }

    /// Goes on after a place in the log.
    pub(super) fn after_place(
        place: ChangePlace,
        workspace: &Workspace,
        hub: &Arc<Hub>,
        watched: &Arc<[Watched]>,
    ) -> Self {
        Self { told: None, sought: Some(place), ..Self::after(0, false, workspace, hub, watched) }
    }

    /// Begins at this moment.
    pub(super) fn at(now: Landing, workspace: &Workspace, hub: &Arc<Hub>, watched: &Arc<[Watched]>) -> Self {
        Self { told: None, goal: Some(now), ..Self::after(0, false, workspace, hub, watched) }
    }

    /// Goes on, by at most a segment of the journal. It may read from the disk and wait for a sync.
    pub(super) fn step(&mut self) -> Result<Step, Error> {
        let goal = match self.goal.take() {
            Some(goal) => goal,
            None => self.find_goal()?,
        };
        if let Some(sought) = self.sought.filter(|sought| *sought > goal.place) {
            return Ok(Step::Early(sought));
        }
        self.workspace.shared().writer.journal.wait(goal.newest)?;
        let reader = Reader { workspace: &self.workspace, hub: &self.hub, interest: &goal.interest };
        if let Some(sought) = self.sought.take() {
            let found = if sought == goal.place { Some(goal.seq) } else { reader.seq_at(sought, goal.seq)? };
            (self.told, self.is_reset) = (found, found.is_none());
            self.goal = found.map(|_| goal);
            return Ok(Step::Some(Vec::new()));
        }
        let told = match self.told {
            Some(told) if !self.is_reset && told < goal.seq => told,
            _ if self.hub.reaches_back_to(goal.seq) => return Ok(Step::Landed(goal)),
            _ => {
                // There was so much to read that the hub has gone on. Only the rest is left.
                self.told = Some(goal.seq);
                return Ok(Step::Some(Vec::new()));
            }
        };
        let read = reader.read(told, goal.seq)?;
        self.goal = Some(goal);
        match read {
            Ok(Told { through, events }) => {
                self.told = Some(through);
                Ok(Step::Some(events))
            }
            Err(Untold) => {
                (self.is_reset, self.goal) = (true, None);
                Ok(Step::Some(Vec::new()))
            }
        }
    }

    /// Takes the numbers of the present.
    fn find_goal(&self) -> Result<Landing, Error> {
        let (mut found, ()) = Landing::now(&self.workspace, &self.watched, |_| {})?;
        let (seq, is_reset) = (found.seq, self.is_reset);
        if let FeedEvent::CaughtUp { counts, .. } = found.event {
            // A watcher may know of later changes of other workspaces.
            found.seq = self.told.filter(|_| !is_reset).map_or(seq, |told| told.max(seq));
            found.event = match is_reset {
                true => FeedEvent::Reset { reset: seq, counts },
                false => FeedEvent::CaughtUp { caught_up: found.seq, counts },
            };
        }
        Ok(found)
    }
}
