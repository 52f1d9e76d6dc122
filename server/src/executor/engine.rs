//! The engine as what does the commands.

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use inboxdb::{Engine, Envelope, Outcome, Place, Progress, WorkspaceId};
use tracing::Span;

use super::{Done, ExecuteError, Executed, Executor, NodeStatus, Watch};

/// An engine that takes commands of its own.
#[derive(Debug)]
pub(crate) struct EngineExecutor(pub(crate) Arc<Engine>);

/// Without a log there are no places.
fn done(outcome: Outcome) -> Done {
    Done { outcome, place: None }
}

/// Does work that may block, on a thread of its own.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ExecuteError> {
    let span = Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work)).await.map_err(|error| {
        tracing::error!(%error, "a command ended in a panic");
        ExecuteError::Panicked
    })
}

impl Executor for EngineExecutor {
    fn execute(&self, envelopes: Vec<Envelope>) -> BoxFuture<'static, Vec<Executed>> {
        let (engine, count) = (Arc::clone(&self.0), envelopes.len());
        let submit = move || envelopes.into_iter().map(|envelope| engine.submit(envelope)).collect::<Vec<_>>();
        async move {
            let Ok(submitted) = blocking(submit).await else {
                return (0..count).map(|_| Err(ExecuteError::Panicked)).collect();
            };
            let mut executed = Vec::with_capacity(count);
            for submitted in submitted {
                // Each is durable with the last one at the latest, so they are waited for together.
                let outcome = match submitted {
                    Ok(submission) => submission.await,
                    Err(error) => Err(error),
                };
                executed.push(outcome.map(done).map_err(ExecuteError::Engine));
            }
            executed
        }
        .boxed()
    }

    fn execute_watched(&self, envelope: Envelope, mut watch: Watch) -> BoxFuture<'static, Executed> {
        let engine = Arc::clone(&self.0);
        let execute = move || engine.execute_watched(envelope, |Progress { done, total, .. }| watch(done, total));
        async move { blocking(execute).await?.map(done).map_err(ExecuteError::Engine) }.boxed()
    }

    fn place(&self, _workspace: WorkspaceId) -> Option<Place> {
        None
    }

    fn wait_for(
        &self,
        _workspace: WorkspaceId,
        _place: Place,
        _time: Duration,
    ) -> BoxFuture<'static, Result<(), String>> {
        ready(Err("this server follows no log, so there are no places".to_owned())).boxed()
    }

    fn status(&self) -> Option<NodeStatus> {
        None
    }

    fn stopped(&self) -> Option<String> {
        None
    }
}
