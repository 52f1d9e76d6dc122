//! Watching a workspace: an iterator and a stream over its durable changes.

mod beginning;
mod jobs;
mod past;
mod replay;

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use futures_core::Stream;

use super::Workspace;
use crate::error::Error;
use crate::feed::{Ahead, Feed, Hub, Interest, Waiting};
use crate::record::ChangePlace;
use crate::watch::{ChangeEvent, EventId, FeedEvent, Watched};

use beginning::Beginning;
use jobs::Job;
pub(in crate::engine) use jobs::Replays;
use replay::{Landing, Replay, Step};

/// Whether a change is not told at all: in a store that is bound to a log, one that is not of an entry, if there is nothing
/// to see of it. Other stores on the log do not have it.
fn is_left_out(workspace: &Workspace, event: &ChangeEvent, place: Option<ChangePlace>) -> bool {
    place.is_none() && event.is_silent() && workspace.shared().writer.following.epoch().is_some()
}

/// Watches a workspace. [`Workspace::watch`] makes one.
///
/// As an iterator it waits for the next event, and ends when the engine is closed. As a [`Stream`] it never blocks: what
/// has to be read from the disk is read by a thread of the engine. Dropping it ends the watch.
#[must_use = "a watcher does nothing unless it is asked for events"]
pub struct Watcher {
    workspace: Workspace,
    hub: Arc<Hub>,
    waiting: Waiting,
    watched: Arc<[Watched]>,
    /// Events to return, in order, each with its place in the log if it has one.
    ready: VecDeque<(FeedEvent, Option<ChangePlace>)>,
    /// Everything up to this change was returned, or does not concern the watcher.
    told: u64,
    /// Where that stands in the log.
    told_place: ChangePlace,
    place: Place,
}

/// Where a watcher is.
enum Place {
    /// Changes of the past come first.
    Behind(Box<Replay>),
    /// A thread of the engine reads them.
    Away(Arc<Job>),
    /// It knows more than there is: it waits for this place in the log.
    Early(Box<Replay>, ChangePlace),
    /// Changes come from the hub.
    Live(Live),
    /// An import is under way. Its changes cannot be told.
    Importing,
    Ended,
}

/// A watcher of what happens now.
struct Live {
    /// Up to which change they were taken.
    taken: u64,
    /// Where that stands in the log.
    taken_place: ChangePlace,
    interest: Interest,
}

impl Watcher {
    fn new(workspace: &Workspace, watched: Arc<[Watched]>, from: Beginning) -> Result<Self, Error> {
        let feed = Arc::clone(&workspace.shared().writer.feed);
        let hub = Arc::clone(workspace.loaded().hub(|| feed.new_hub()));
        // Under the lock of the state: from this state on, every change has an entry.
        let (now, waiting) = Landing::now(workspace, &watched, |state| feed.add(&hub, &watched, &state.meta))?;
        let (told, told_place) = match from {
            Beginning::Now => (now.seq, now.place),
            Beginning::Change(seq) if seq >= now.seq => (seq, now.place),
            Beginning::Change(seq) => (seq, ChangePlace::START),
            Beginning::Place(place) => (0, place),
            Beginning::AnotherEpoch => (0, ChangePlace::START),
        };
        let replay = match from {
            Beginning::Now => Replay::at(now, workspace, &hub, &watched),
            Beginning::Change(seq) => Replay::after(seq, false, workspace, &hub, &watched),
            Beginning::Place(place) => Replay::after_place(place, workspace, &hub, &watched),
            Beginning::AnotherEpoch => Replay::after(0, true, workspace, &hub, &watched),
        };
        let (workspace, place) = (workspace.clone(), Place::Behind(Box::new(replay)));
        Ok(Self { workspace, hub, waiting, watched, ready: VecDeque::new(), told, told_place, place })
    }

    /// Waits for the next event, at most this long. Returns `None` if there was none.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] once the engine is closed and everything durable was returned; [`Error::Unavailable`] if the
    /// journal has failed; [`Error::Unreadable`] if a change of the past cannot be read.
    ///
    /// ```
    /// use std::time::Duration;
    /// use inboxdb::{Engine, Watch};
    ///
    /// let engine = Engine::temporary()?;
    /// let mut watcher = engine.workspace(1)?.watch(Watch::now())?;
    /// assert!(watcher.next_timeout(Duration::from_secs(1))?.is_some(), "it has caught up");
    /// assert!(watcher.next_timeout(Duration::from_millis(1))?.is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn next_timeout(&mut self, wait: Duration) -> Result<Option<FeedEvent>, Error> {
        match self.wait(Instant::now().checked_add(wait)) {
            Some(Some(event)) => event.map(Some),
            Some(None) => Err(Error::Closed),
            None => Ok(None),
        }
    }

    /// Returns where to go on after the events returned so far, with [`Watch::after`](crate::Watch::after). Changes that did not concern the
    /// watcher count as returned.
    ///
    /// ```
    /// use inboxdb::{Engine, Watch};
    ///
    /// let engine = Engine::temporary()?;
    /// let inbox = engine.workspace(1)?;
    /// let mut watcher = inbox.watch(Watch::now())?;
    /// watcher.next();
    /// let id = watcher.id();
    /// drop(watcher);
    /// inbox.as_system().put_customer(5, "Grace")?;
    /// let mut watcher = inbox.watch(Watch::after(id))?;
    /// assert_eq!(watcher.next().transpose()?.map(|event| event.seq()), Some(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn id(&self) -> EventId {
        match self.workspace.shared().writer.following.epoch() {
            Some(epoch) => {
                let ChangePlace { entry, index } = self.told_place;
                EventId { epoch, seq: entry.0, index: Some(index) }
            }
            None => EventId { epoch: self.feed().epoch(), seq: self.told, index: None },
        }
    }

    fn feed(&self) -> &Arc<Feed> {
        &self.workspace.shared().writer.feed
    }

    /// Waits for an event until a moment. `Some(None)` is the end.
    fn wait(&mut self, until: Option<Instant>) -> Option<Option<Result<FeedEvent, Error>>> {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        loop {
            if let Poll::Ready(event) = self.poll(&waker, true) {
                return Some(event);
            }
            match until.map(|until| until.saturating_duration_since(Instant::now())) {
                None => thread::park(),
                Some(Duration::ZERO) => return None,
                Some(rest) => thread::park_timeout(rest),
            }
        }
    }

    /// Returns the next event if there is one; `None` is the end. Reads from the disk only if `may_block`.
    fn poll(&mut self, waker: &Waker, may_block: bool) -> Poll<Option<Result<FeedEvent, Error>>> {
        loop {
            if let Some((event, place)) = self.ready.pop_front() {
                // The numbers of another epoch may be higher.
                let known = if let FeedEvent::Reset { .. } = event { 0 } else { self.told };
                self.told = known.max(event.seq());
                self.told_place = place.unwrap_or(self.told_place);
                return Poll::Ready(Some(Ok(event)));
            }
            let went_on = match std::mem::replace(&mut self.place, Place::Ended) {
                Place::Behind(replay) => self.go_on(replay, may_block),
                Place::Away(job) => match job.take(waker) {
                    Some((replay, step)) => self.take(replay, step),
                    None => {
                        self.place = Place::Away(job);
                        return self.closed_or_pending();
                    }
                },
                Place::Early(replay, place) => {
                    if !self.hub.has_reached(place, self.waiting, waker) {
                        self.place = Place::Early(replay, place);
                        return self.closed_or_pending();
                    }
                    self.place = Place::Behind(replay);
                    Ok(())
                }
                Place::Live(live) => match self.look_ahead(live, waker) {
                    true => Ok(()),
                    false => return self.closed_or_pending(),
                },
                Place::Importing => {
                    self.place = Place::Importing;
                    match self.is_import_over(waker) {
                        true => Ok(()),
                        false => return self.closed_or_pending(),
                    }
                }
                Place::Ended => return Poll::Ready(None),
            };
            if let Err(error) = went_on {
                // What cannot be read because the engine was closed meanwhile is no fault.
                return Poll::Ready(if self.feed().is_closed() { None } else { Some(Err(error)) });
            }
        }
    }

    /// Goes on with changes of the past, in this thread or in that of the engine.
    fn go_on(&mut self, mut replay: Box<Replay>, may_block: bool) -> Result<(), Error> {
        let replays = &self.workspace.shared().replays;
        if may_block || !replays.has_worker() {
            let step = replay.step();
            return self.take(replay, step);
        }
        self.place = Place::Away(replays.send(replay));
        Ok(())
    }

    /// Takes what a step of the replay has brought.
    fn take(&mut self, replay: Box<Replay>, step: Result<Step, Error>) -> Result<(), Error> {
        match step? {
            Step::Some(events) => {
                self.ready.extend(events);
                self.place = Place::Behind(replay);
            }
            Step::Early(place) => self.place = Place::Early(replay, place),
            Step::Landed(Landing { seq, place, interest, event, .. }) => {
                self.ready.push_back((event, Some(place)));
                self.place = Place::Live(Live { taken: seq, taken_place: place, interest });
            }
        }
        Ok(())
    }

    /// Takes the next changes from the hub. Returns false if there are none yet; then the waker is called for the next.
    fn look_ahead(&mut self, Live { taken, mut taken_place, mut interest }: Live, waker: &Waker) -> bool {
        let journal = &self.workspace.shared().writer.journal;
        match self.hub.ahead(taken, || journal.durable_seq(), self.waiting, waker) {
            Ahead::Nothing => {
                (self.told, self.told_place) = (self.told.max(taken), taken_place);
                self.place = Place::Live(Live { taken, taken_place, interest });
                return false;
            }
            Ahead::Dropped => {
                self.ready.push_back((FeedEvent::Lagged { lagged: taken }, Some(taken_place)));
                let replay = Replay::after(taken, false, &self.workspace, &self.hub, &self.watched);
                self.place = Place::Behind(Box::new(replay));
            }
            Ahead::Entries(entries) => {
                let taken = entries.last().map_or(taken, |last| last.seq());
                for entry in entries {
                    if entry.event().is_none() {
                        self.place = Place::Importing;
                        return true;
                    }
                    taken_place = entry.place().unwrap_or(taken_place);
                    let told = interest.follow(&entry);
                    let told = told.filter(|event| !is_left_out(&self.workspace, event, entry.place()));
                    self.ready.extend(told.map(|event| (FeedEvent::Change(event), entry.place())));
                }
                self.place = Place::Live(Live { taken, taken_place, interest });
            }
        }
        true
    }

    /// Begins anew once the import is over.
    fn is_import_over(&mut self, waker: &Waker) -> bool {
        self.hub.wait(self.waiting, waker);
        if self.workspace.loaded().is_reserved() {
            return false;
        }
        let replay = Replay::after(self.told, true, &self.workspace, &self.hub, &self.watched);
        self.place = Place::Behind(Box::new(replay));
        true
    }

    /// What a watcher gets if there is nothing: nothing, for now or for ever. Its waker was kept before this is asked.
    fn closed_or_pending(&mut self) -> Poll<Option<Result<FeedEvent, Error>>> {
        if self.feed().is_closed() {
            self.place = Place::Ended;
            return Poll::Ready(None);
        }
        if let Some(failed) = self.workspace.shared().writer.journal.failure() {
            self.place = Place::Ended;
            return Poll::Ready(Some(Err(failed.into())));
        }
        Poll::Pending
    }
}

impl Iterator for Watcher {
    type Item = Result<FeedEvent, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.wait(None).flatten()
    }
}

impl Stream for Watcher {
    type Item = Result<FeedEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(context.waker(), false)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.feed().remove(&self.hub, &self.watched, self.waiting);
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id();
        f.debug_struct("Watcher").field("workspace", &self.workspace.id()).field("id", &id).finish_non_exhaustive()
    }
}

/// Wakes a thread that waits.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
