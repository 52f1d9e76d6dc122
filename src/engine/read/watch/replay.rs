//! What a watcher has missed: changes from the hub, the journal or the archive, up to a moment whose numbers it is then
//! told.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::Workspace;
use crate::error::Error;
use crate::feed::{Hub, Interest, account_of, on_demand_keys, touched_keys};
use crate::files::RealFiles;
use crate::journal::{Archive, Chain, Place, RangeError};
use crate::record::codec::decode_versioned;
use crate::record::{Change, workspace_in_change};
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
                let (seq, counts) = (state.meta.seq, interest.all(state));
                let event = FeedEvent::CaughtUp { caught_up: seq, counts };
                (Self { newest: seq, seq, interest, event }, done)
            },
        )
    }
}

/// What a step has brought.
pub(super) enum Step {
    /// These events, if any, and it is not over.
    Some(Vec<FeedEvent>),
    /// Nothing is left to replay.
    Landed(Landing),
}

/// Changes that were read.
struct Told {
    /// The newest of them.
    through: u64,
    events: Vec<FeedEvent>,
}

/// A change that cannot be told: too little is known of it, or it is no longer there.
struct Untold;

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
        Self { workspace, hub, watched, told: Some(told), is_reset, goal: None }
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
        self.workspace.shared().writer.journal.wait(goal.newest)?;
        let told = match self.told {
            Some(told) if !self.is_reset && told < goal.seq => told,
            _ if self.hub.reaches_back_to(goal.seq) => return Ok(Step::Landed(goal)),
            _ => {
                // There was so much to read that the hub has gone on. Only the rest is left.
                self.told = Some(goal.seq);
                return Ok(Step::Some(Vec::new()));
            }
        };
        let reader = Reader { workspace: &self.workspace, hub: &self.hub, interest: &goal.interest };
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

/// Reads changes of the past.
struct Reader<'r> {
    workspace: &'r Workspace,
    hub: &'r Hub,
    /// What of them concerns the watcher.
    interest: &'r Interest,
}

impl Reader<'_> {
    /// Reads changes after `told`, at most up to `through`. Returns the newest one read, and the events.
    fn read(&self, told: u64, through: u64) -> Result<Result<Told, Untold>, Error> {
        if let Some(recent) = self.recent(told, through) {
            return Ok(recent);
        }
        let journal = &self.workspace.shared().writer.journal;
        let retention = &self.workspace.shared().checkpointer.retention;
        // What is found in the journal from here on stays there.
        let _pin = retention.pin(told);
        let first = journal.first_seq();
        if first <= told.saturating_add(1) {
            return self.read_journal(told, journal.end_of_segment(told, through));
        }
        Ok(retention
            .archive()
            .ok_or(Untold)
            .and_then(|archive| self.read_archive(archive, told, through.min(first - 1))))
    }

    /// Takes changes from the hub, if it has all of them.
    fn recent(&self, told: u64, through: u64) -> Option<Result<Told, Untold>> {
        let entries = self.hub.recent(told, through)?;
        if self.interest.has_views() && entries.iter().any(|entry| entry.touched().is_none()) {
            return None;
        }
        let mut events = Vec::new();
        for entry in entries {
            let Some(event) = entry.event() else { return Some(Err(Untold)) };
            if self.interest.concerns(event, entry.touched().unwrap_or_default()) {
                events.push(FeedEvent::Change(Arc::clone(event)));
            }
        }
        Some(Ok(Told { through, events }))
    }

    fn read_journal(&self, told: u64, through: u64) -> Result<Result<Told, Untold>, Error> {
        let mut events = Vec::new();
        let journal = &self.workspace.shared().writer.journal;
        match journal.read(told, through, |seq, payload| self.account(seq, payload, &mut events)) {
            Ok(_) => Ok(Ok(Told { through, events })),
            Err(RangeError::Visitor { .. }) => Ok(Err(Untold)),
            Err(error) => Err(Error::unreadable(error.to_string())),
        }
    }

    /// Reads changes from the archive. What it lacks cannot be told.
    fn read_archive(&self, archive: &Archive, told: u64, through: u64) -> Result<Told, Untold> {
        /// Changes read at once.
        const CHANGES_MAX: u64 = 65_536;
        let files = Arc::new(RealFiles::new(archive.path().to_owned()));
        let chain = Chain::find::<Infallible>(vec![(archive.path().to_owned(), files)]).map_err(|_| Untold)?;
        let first = chain.segment_with(told.saturating_add(1)).ok_or(Untold)?;
        let through = through.min(told.saturating_add(CHANGES_MAX));
        let mut read = Told { through: told, events: Vec::new() };
        let followed = chain.follow(Place { seq: first.saturating_sub(1), salt: None }, |seq, payload| {
            if seq > told {
                self.account(seq, payload, &mut read.events)?;
                read.through = seq;
            }
            Ok::<_, Untold>(if seq >= through { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        });
        if followed.is_ok() && read.through > told { Ok(read) } else { Err(Untold) }
    }

    /// Adds the event of a change if it concerns the watcher.
    fn account(&self, seq: u64, payload: &[u8], events: &mut Vec<FeedEvent>) -> Result<(), Untold> {
        if workspace_in_change(payload).map_err(|_| Untold)? != self.workspace.id() {
            return Ok(());
        }
        let change: Change = decode_versioned(payload).map_err(|_| Untold)?;
        let event = account_of(seq, &change).ok_or(Untold)?;
        let touched = match self.interest.has_views() {
            true => touched_keys(&*self.workspace.state().map_err(|_| Untold)?, &change),
            false => Vec::new(),
        };
        if self.interest.concerns(&event, &touched) {
            events.push(FeedEvent::Change(Arc::new(event)));
        }
        Ok(())
    }
}
