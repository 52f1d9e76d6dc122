//! What the routes of a server share.

use std::sync::Arc;
use std::time::Duration;

use inboxdb::{Engine, EventId, Place, WorkspaceId};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::access::{Pace, Revoked, Secrets};
use crate::backup::BackupDirectory;
use crate::error::Failure;
use crate::executor::Executor;
use crate::metrics::Metrics;
use crate::options::Limits;
use crate::watchers::Watchers;

/// How long a read waits for the place that it has to include.
const AT_LEAST_MAX: Duration = Duration::from_secs(10);

/// What the routes share.
pub(crate) struct App {
    /// For reads.
    pub(crate) engine: Arc<Engine>,
    /// For commands.
    pub(crate) executor: Arc<dyn Executor>,
    /// None if anyone who reaches the server may use it.
    pub(crate) secrets: Option<Secrets>,
    pub(crate) revoked: Option<Revoked>,
    /// None if backups are only sent.
    pub(crate) backups: Option<BackupDirectory>,
    pub(crate) metrics_open: bool,
    pub(crate) limits: Limits,
    pub(crate) pace: Pace,
    pub(crate) metrics: Metrics,
    pub(crate) watchers: Arc<Watchers>,
    /// One permit for each request under way.
    pub(crate) requests: Semaphore,
    /// Cancelled when the server is told to stop.
    pub(crate) stopping: CancellationToken,
}

impl App {
    /// Refuses to read from a node that has stopped.
    pub(crate) fn check_readable(&self) -> Result<(), Failure> {
        match self.executor.stopped() {
            Some(reason) => Err(Failure::unavailable(format!("this node has stopped: {reason}"))),
            None => Ok(()),
        }
    }

    /// The place that a read of a workspace shows at most, if there is a log. Asked after the read: what is passed on as
    /// `at_least` must not let another node show less.
    pub(crate) fn shown_place(&self, workspace: WorkspaceId) -> Option<Place> {
        let of_group = self.executor.place(workspace)?;
        // The engine may have applied an entry that the node has not counted yet.
        let own = self.engine.workspace(workspace).and_then(|inbox| inbox.place());
        Some(own.ok().flatten().map_or(of_group, |own| own.max(of_group)))
    }

    /// The place of an event that was seen, perhaps at another node, if it is one of the log that this node follows.
    pub(crate) fn place_seen(&self, workspace: WorkspaceId, id: EventId) -> Option<u64> {
        let Place(place) = id.place().filter(|_| id.epoch == self.engine.watch_epoch())?;
        self.executor.place(workspace).map(|_| place)
    }

    /// Waits until reads of a workspace include a place, if one is given.
    pub(crate) async fn reach(&self, workspace: Option<WorkspaceId>, at_least: Option<u64>) -> Result<(), Failure> {
        let Some(place) = at_least.map(Place) else { return Ok(()) };
        let missing =
            || Failure::malformed("`at_least` is a place in the log of a workspace, and there is no `workspace`");
        let workspace = workspace.ok_or_else(missing)?;
        if self.executor.place(workspace).is_none() {
            return Err(Failure::malformed("`at_least` is for nodes of a cluster; this server follows no log"));
        }
        let reached = self.executor.wait_for(workspace, place, AT_LEAST_MAX).await;
        reached.map_err(|why| Failure::unavailable(format!("{why}; waited for {} s", AT_LEAST_MAX.as_secs())))
    }

    /// Does work that may block, on a thread of its own. A panic in it ends the request.
    pub(crate) async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&App) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let (app, span) = (Arc::clone(self), tracing::Span::current());
        let done = tokio::task::spawn_blocking(move || span.in_scope(|| work(&app)));
        done.await.map_err(|error| {
            tracing::error!(%error, "a request ended in a panic");
            Failure::internal()
        })
    }
}
