//! What the routes of a server share.

use std::sync::Arc;

use inboxdb::Engine;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::access::{Pace, Revoked, Secrets};
use crate::error::Failure;
use crate::metrics::Metrics;
use crate::options::Limits;
use crate::watchers::Watchers;

/// What the routes share.
pub(crate) struct App {
    pub(crate) engine: Arc<Engine>,
    /// None if anyone who reaches the server may use it.
    pub(crate) secrets: Option<Secrets>,
    pub(crate) revoked: Option<Revoked>,
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
