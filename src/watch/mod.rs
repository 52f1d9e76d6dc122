//! The change feed, as plain data: what to watch, and the events that a watcher gets.

mod event;
mod id;
mod watched;

pub use event::{ChangeEvent, ChatChange, FeedEvent, NoticeEvent, ViewCounts};
pub use id::{EventId, EventIdError};
pub use watched::{Watched, WatchedError};

/// What a watcher gets: from where on, and which views.
///
/// ```
/// use inboxdb::{View, Watch, Watched};
///
/// let everything = Watch::now();
/// let inbox_of_ada = Watch::from(345).views([Watched::Sidebar(7.into()), View::tag("billing").into()]);
/// # let _ = (everything, inbox_of_ada);
/// ```
#[derive(Debug, Clone)]
#[must_use = "a watch does nothing until it is given to `Workspace::watch`"]
pub struct Watch {
    pub(crate) start: Start,
    pub(crate) views: Vec<Watched>,
}

/// Where a watcher begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// With the next change.
    Now,
    /// After a change of the store as it is.
    After(u64),
    /// After an event that was seen, perhaps before the store was restored.
    Resume(EventId),
}

impl Watch {
    /// Begins with the next change. The first event is [`FeedEvent::CaughtUp`].
    pub fn now() -> Self {
        Self { start: Start::Now, views: Vec::new() }
    }

    /// Begins after a change, such as the `seq` of a sidebar or of an outcome. Changes that happened since come first,
    /// then [`FeedEvent::CaughtUp`]. `Watch::from(0)` begins with the first change that the journal still holds.
    pub fn from(seq: u64) -> Self {
        Self { start: Start::After(seq), ..Self::now() }
    }

    /// Continues after an event that was seen. If the store was restored meanwhile, or its journal does not reach back
    /// so far, the first event is [`FeedEvent::Reset`].
    ///
    /// In a store that is bound to a log, the event may have been seen at another store of the log. If this one has not
    /// applied its place yet, the first event comes once it has.
    pub fn after(id: EventId) -> Self {
        Self { start: Start::Resume(id), ..Self::now() }
    }

    /// Watches the numbers of these views, and leaves out changes that concern none of them. Without any, every change
    /// of the workspace is an event, and no event has counts. At most 1,024 views.
    pub fn views(mut self, views: impl IntoIterator<Item = Watched>) -> Self {
        self.views.extend(views);
        self
    }
}
