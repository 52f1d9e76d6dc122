//! Where a watcher begins.

use super::{Watcher, Workspace};
use crate::error::{Code, Error, Refusal};
use crate::model::Place;
use crate::model::limits::FILTER_VIEWS_MAX;
use crate::record::ChangePlace;
use crate::watch::{EventId, Start, Watch, Watched};

impl Workspace {
    /// Watches the durable changes of the workspace, in order, each once. The watcher is an iterator that waits, and a
    /// [`Stream`](futures_core::Stream) for any async runtime.
    ///
    /// Every watcher begins with what it has missed and [`CaughtUp`](crate::FeedEvent::CaughtUp), or with
    /// [`Reset`](crate::FeedEvent::Reset). A slow one never slows writers: see [`Lagged`](crate::FeedEvent::Lagged). Store
    /// [`Watcher::id`] to go on from there later, also after a crash of this process.
    ///
    /// Nothing is read from the disk before the first event is asked for, except to load the workspace and postings of
    /// the watched views.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if a view names an unknown manager, tag, customer or index, if there are more than 1,024 views,
    /// or if the watch begins beyond the newest change; [`Error::Closed`].
    ///
    /// ```
    /// use inboxdb::{Engine, FeedEvent, View, Watch};
    ///
    /// let engine = Engine::temporary()?;
    /// let inbox = engine.workspace(1)?;
    /// inbox.as_system().put_customer(5, "Grace")?;
    /// let mut watcher = inbox.watch(Watch::now().views([View::unassigned().into()]))?;
    /// assert!(matches!(watcher.next(), Some(Ok(FeedEvent::CaughtUp { .. }))));
    ///
    /// inbox.as_customer(5).start_chat()?;
    /// let Some(Ok(FeedEvent::Change(change))) = watcher.next() else { panic!("no change") };
    /// assert_eq!(change.counts[0].chats.open, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn watch(&self, watch: Watch) -> Result<Watcher, Error> {
        self.check_open()?;
        let Watch { start, views } = watch;
        if views.len() > FILTER_VIEWS_MAX {
            let message = format!("{} views; at most {FILTER_VIEWS_MAX} can be watched", views.len());
            return Err(Refusal::new(Code::Malformed, message).into());
        }
        views.iter().try_for_each(|watched| self.check_watched(watched))?;
        let from = match start {
            Start::Now => Beginning::Now,
            Start::After(seq) => Beginning::Change(seq),
            Start::Resume(id) => self.resumed(id),
        };
        if let Beginning::Change(seq) = from
            && seq > self.newest_seq()
        {
            let message = format!("there is no change {seq} yet; the newest is {}", self.newest_seq());
            return Err(Refusal::new(Code::Malformed, message).into());
        }
        Watcher::new(self, views.into(), from)
    }

    fn resumed(&self, EventId { epoch, seq, index }: EventId) -> Beginning {
        let writer = &self.shared().writer;
        match index {
            Some(index) if writer.following.epoch() == Some(epoch) => {
                Beginning::Place(ChangePlace { entry: Place(seq), index })
            }
            None if writer.feed.epoch() == epoch => Beginning::Change(seq),
            _ => Beginning::AnotherEpoch,
        }
    }

    fn check_watched(&self, watched: &Watched) -> Result<(), Error> {
        match watched {
            Watched::View(view) => self.count(&view.clone().into()).map(drop),
            Watched::Sidebar(manager) => Ok(self.state()?.check_manager(*manager)?),
        }
    }
}

/// Where a watcher begins in this store.
#[derive(Debug, Clone, Copy)]
pub(super) enum Beginning {
    /// With the next change.
    Now,
    /// After this change.
    Change(u64),
    /// After this place in the log.
    Place(ChangePlace),
    /// What it knows means nothing here.
    AnotherEpoch,
}
