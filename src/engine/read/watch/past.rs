//! Reads changes of the past: from the hub, the journal or the archive.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::{Workspace, is_left_out};
use crate::error::Error;
use crate::feed::{Hub, Interest, account_of, touched_keys};
use crate::files::RealFiles;
use crate::journal::{Archive, Chain, Place, RangeError};
use crate::record::codec::decode_versioned;
use crate::record::{Change, ChangePlace, EntryPart, workspace_in_change};
use crate::watch::FeedEvent;

/// An event, and its place in the log if it has one.
type PlacedEvent = (FeedEvent, Option<ChangePlace>);

/// Changes that were read.
pub(super) struct Told {
    /// The newest of them.
    pub(super) through: u64,
    pub(super) events: Vec<PlacedEvent>,
}

/// A change that cannot be told: too little is known of it, or it is no longer there.
pub(super) struct Untold;

/// A search for the newest change up to a place in the log, from the newest segment on, and forwards in each.
struct Search {
    place: ChangePlace,
    /// The newest change up to the place.
    up_to: Option<u64>,
    /// The oldest change behind it.
    behind: Option<u64>,
}

impl Search {
    fn look(&mut self, seq: u64, place: ChangePlace) {
        if place <= self.place {
            self.up_to = Some(seq);
        } else {
            self.behind = Some(self.behind.map_or(seq, |behind| behind.min(seq)));
        }
    }

    /// Returns the change once all from `first` on were looked at. If these are all that there ever were, none of the log
    /// need be up to the place.
    fn found(&self, first: u64) -> Option<u64> {
        self.up_to.or_else(|| self.behind.filter(|_| first <= 1).map(|behind| behind - 1))
    }
}

/// Reads changes of the past.
pub(super) struct Reader<'r> {
    pub(super) workspace: &'r Workspace,
    pub(super) hub: &'r Hub,
    /// What of them concerns the watcher.
    pub(super) interest: &'r Interest,
}

impl Reader<'_> {
    /// Reads changes after `told`, at most up to `through`. Returns the newest one read, and the events.
    pub(super) fn read(&self, told: u64, through: u64) -> Result<Result<Told, Untold>, Error> {
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
            if !is_left_out(self.workspace, event, entry.place())
                && self.interest.concerns(event, entry.touched().unwrap_or_default())
            {
                events.push((FeedEvent::Change(Arc::clone(event)), entry.place()));
            }
        }
        Some(Ok(Told { through, events }))
    }

    fn read_journal(&self, told: u64, through: u64) -> Result<Result<Told, Untold>, Error> {
        let mut events = Vec::new();
        let visited = self.visit_journal(told, through, |seq, payload| self.account(seq, payload, &mut events))?;
        Ok(visited.map(|()| Told { through, events }))
    }

    /// Visits the changes of the journal after `told`, up to `through`.
    fn visit_journal(
        &self,
        told: u64,
        through: u64,
        visit: impl FnMut(u64, &[u8]) -> Result<(), Untold>,
    ) -> Result<Result<(), Untold>, Error> {
        match self.workspace.shared().writer.journal.read(told, through, visit) {
            Ok(_) => Ok(Ok(())),
            Err(RangeError::Visitor { .. }) => Ok(Err(Untold)),
            Err(error) => Err(Error::unreadable(error.to_string())),
        }
    }

    /// Reads changes from the archive. What it lacks cannot be told.
    fn read_archive(&self, archive: &Archive, told: u64, through: u64) -> Result<Told, Untold> {
        /// Changes read at once.
        const CHANGES_MAX: u64 = 65_536;
        let chain = chain_of(archive)?;
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
    fn account(&self, seq: u64, payload: &[u8], events: &mut Vec<PlacedEvent>) -> Result<(), Untold> {
        let Some(change) = self.own_change(payload)? else { return Ok(()) };
        let event = account_of(seq, &change).ok_or(Untold)?;
        let place = change.part.map(EntryPart::place);
        if is_left_out(self.workspace, &event, place) {
            return Ok(());
        }
        let touched = match self.interest.has_views() {
            true => touched_keys(&*self.workspace.state().map_err(|_| Untold)?, &change),
            false => Vec::new(),
        };
        if self.interest.concerns(&event, &touched) {
            events.push((FeedEvent::Change(Arc::new(event)), place));
        }
        Ok(())
    }

    /// Decodes a change if it is of the workspace.
    fn own_change(&self, payload: &[u8]) -> Result<Option<Change>, Untold> {
        if workspace_in_change(payload).map_err(|_| Untold)? != self.workspace.id() {
            return Ok(None);
        }
        decode_versioned(payload).map(Some).map_err(|_| Untold)
    }

    /// Returns the newest change up to a place in the log. The change `newest` and its place are later. `None` if neither
    /// the journal nor the archive reaches back so far.
    pub(super) fn seq_at(&self, place: ChangePlace, newest: u64) -> Result<Option<u64>, Error> {
        if let Some(seq) = self.hub.seq_at(place) {
            return Ok(Some(seq));
        }
        let journal = &self.workspace.shared().writer.journal;
        let retention = &self.workspace.shared().checkpointer.retention;
        // What is found in the journal from here on stays there.
        let _pin = retention.pin(0);
        let mut search = Search { place, up_to: None, behind: None };
        let mut through = newest;
        while let Some(first) = journal.beginning_of_segment(through) {
            let look = |seq, payload: &[u8]| self.look(&mut search, seq, payload);
            if self.visit_journal(first - 1, through, look)?.is_err() {
                return Ok(None);
            }
            if let Some(found) = search.found(first) {
                return Ok(Some(found));
            }
            through = first - 1;
        }
        Ok(retention.archive().and_then(|archive| self.seq_in_archive(archive, search, through).ok()))
    }

    /// Goes on with a search among the changes up to `through`, which are in the archive.
    fn seq_in_archive(&self, archive: &Archive, mut search: Search, mut through: u64) -> Result<u64, Untold> {
        let chain = chain_of(archive)?;
        while let Some(first) = chain.segment_with(through) {
            let mut reached = false;
            let followed = chain.follow(Place { seq: first - 1, salt: None }, |seq, payload| {
                self.look(&mut search, seq, payload)?;
                reached = seq >= through;
                Ok::<_, Untold>(if reached { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            });
            if followed.is_err() || !reached {
                return Err(Untold);
            }
            if let Some(found) = search.found(first) {
                return Ok(found);
            }
            through = first - 1;
        }
        Err(Untold)
    }

    fn look(&self, search: &mut Search, seq: u64, payload: &[u8]) -> Result<(), Untold> {
        if let Some(part) = self.own_change(payload)?.and_then(|change| change.part) {
            search.look(seq, part.place());
        }
        Ok(())
    }
}

/// The segments of an archive.
fn chain_of(archive: &Archive) -> Result<Chain, Untold> {
    let files = Arc::new(RealFiles::new(archive.path().to_owned()));
    Chain::find::<Infallible>(vec![(archive.path().to_owned(), files)]).map_err(|_| Untold)
}
