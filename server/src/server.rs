//! A server: built, started, and stopped without losing what it accepted.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use inboxdb::Engine;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::{Pace, Revoked, Secrets};
use crate::app::App;
use crate::backup::BackupDirectory;
use crate::connection::Connection;
use crate::executor::{EngineExecutor, Executor};
use crate::metrics::Metrics;
use crate::options::Limits;
use crate::routes;
use crate::watchers::Watchers;

/// How long accepting pauses when the process has no file handles left.
const PAUSE: Duration = Duration::from_millis(100);

/// Why a server could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Without a secret, anyone who reaches the server may do everything, so it listens on this machine only.
    #[error(
        "{0} can be reached from other machines, and without a secret anyone who reaches the server may do everything; \
         name a secret with --secret-file, or listen on 127.0.0.1"
    )]
    NotLocal(SocketAddr),
    /// The list of revoked tokens cannot be read.
    #[error("cannot read the revoked tokens: {0}")]
    Revoked(io::Error),
    /// The directory for backups cannot be used.
    #[error("cannot keep backups: {0}")]
    Backups(io::Error),
    /// There is no address to listen on.
    #[error("cannot listen: {0}")]
    Listen(#[from] io::Error),
}

/// A server over an engine.
///
/// ```no_run
/// use std::sync::Arc;
/// use inboxdb::{Config, Engine};
/// use inboxdb_server::Server;
/// use tokio::net::TcpListener;
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let engine = Arc::new(Engine::open("inbox", Config::default())?);
/// let listener = TcpListener::bind("127.0.0.1:7878").await?;
/// let stop = async { drop(tokio::signal::ctrl_c().await) };
/// Server::new(Arc::clone(&engine)).serve(listener, stop).await?;
/// engine.close()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Server {
    engine: Arc<Engine>,
    executor: Arc<dyn Executor>,
    secrets: Option<Secrets>,
    revoked: Option<Revoked>,
    backups: Option<BackupDirectory>,
    metrics_open: bool,
    limits: Limits,
}

impl Server {
    /// Creates a server without a secret: it listens on loopback only, and anyone who reaches it may do everything.
    pub fn new(engine: Arc<Engine>) -> Self {
        let executor = Arc::new(EngineExecutor(Arc::clone(&engine)));
        let limits = Limits::default();
        Self { engine, executor, secrets: None, revoked: None, backups: None, metrics_open: false, limits }
    }

    /// Lets this do the commands, in place of the engine, which then answers reads alone: a node of a cluster.
    #[must_use]
    pub fn executor(self, executor: impl Executor) -> Self {
        Self { executor: Arc::new(executor), ..self }
    }

    /// Wants a token with each request, signed by one of these secrets.
    #[must_use]
    pub fn secrets(self, secrets: Secrets) -> Self {
        Self { secrets: Some(secrets), ..self }
    }

    /// Reads the ids (`jti`) of tokens that no longer count from a file, one a line. It is read again when it changes.
    ///
    /// # Errors
    ///
    /// [`ServeError::Revoked`] if the file cannot be read.
    pub fn revoked(self, file: impl AsRef<Path>) -> Result<Self, ServeError> {
        let revoked = Revoked::open(file.as_ref()).map_err(ServeError::Revoked)?;
        Ok(Self { revoked: Some(revoked), ..self })
    }

    /// Makes a backup in this directory when it is asked to by `POST /v1/backup`, and keeps the newest `kept` there, at
    /// least one. The directory is created if it is missing, and must be outside the store.
    ///
    /// # Errors
    ///
    /// [`ServeError::Backups`] if the directory cannot be created.
    pub fn backups(self, directory: impl AsRef<Path>, kept: usize) -> Result<Self, ServeError> {
        let backups = BackupDirectory::open(directory.as_ref(), kept).map_err(ServeError::Backups)?;
        Ok(Self { backups: Some(backups), ..self })
    }

    /// Shows `/metrics` without a token.
    #[must_use]
    pub fn metrics_open(self, open: bool) -> Self {
        Self { metrics_open: open, ..self }
    }

    /// Sets the limits.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Answers requests until `stop` is ready. Then it takes no more, ends streams, and returns when what was accepted
    /// is answered, at the latest after [`Limits::shutdown_timeout`]. The engine stays open.
    ///
    /// # Errors
    ///
    /// [`ServeError`], before anything is answered.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
        let address = listener.local_addr()?;
        if self.secrets.is_none() && !address.ip().is_loopback() {
            return Err(ServeError::NotLocal(address));
        }
        let app = self.into_app();
        let connections = TaskTracker::new();
        tokio::select! {
            () = accept(&listener, &app, &connections) => {}
            () = stop => {}
        }
        drop(listener);
        app.stopping.cancel();
        connections.close();
        if timeout(app.limits.shutdown_timeout, connections.wait()).await.is_err() {
            tracing::warn!(left = connections.len(), "connections were cut, as they did not end in time");
        }
        Ok(())
    }

    pub(crate) fn into_app(self) -> Arc<App> {
        let Self { engine, executor, secrets, revoked, backups, metrics_open, limits } = self;
        Arc::new(App {
            engine,
            executor,
            secrets,
            revoked,
            backups,
            metrics_open,
            pace: Pace::new(limits.requests_per_second_max),
            metrics: Metrics::new(),
            watchers: Watchers::new(limits.watchers_max, limits.watchers_per_token_max),
            requests: Semaphore::new(limits.requests_max),
            limits,
            stopping: CancellationToken::new(),
        })
    }
}

/// Accepts connections for good.
async fn accept(listener: &TcpListener, app: &Arc<App>, connections: &TaskTracker) {
    let router = routes::router(app);
    let free = Arc::new(Semaphore::new(app.limits.connections_max));
    loop {
        // The semaphore is never closed.
        let Ok(permit) = Arc::clone(&free).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(converse(stream, router.clone(), Arc::clone(app), permit));
            }
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                sleep(PAUSE).await;
            }
        }
    }
}

fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Answers the requests of one connection.
async fn converse(stream: TcpStream, router: Router, app: Arc<App>, _permit: OwnedSemaphorePermit) {
    app.metrics.connections.inc();
    // Answers are written at once, so there is nothing to wait for.
    let _unsupported = stream.set_nodelay(true);
    let limits = &app.limits;
    let stream = TokioIo::new(Connection::new(stream, limits.write_timeout));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_buf_size(limits.head_bytes_max.max(8 << 10))
        .half_close(false)
        .serve_connection(stream, TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = app.stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
    app.metrics.connections.dec();
}
