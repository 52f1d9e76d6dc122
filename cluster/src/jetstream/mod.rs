//! Logs on NATS JetStream: one stream for each group, file-backed and replicated, and one for digests.
//!
//! What JetStream does not promise by itself, or not in the way one would think, is handled here:
//!
//! * Servers sync when they like unless `sync_interval` is `always`, and a client can neither set nor see that: `monitor.rs`
//!   asks each of them.
//! * A stream that is deleted and created again has the same name and starts at 1: each has an identity in its metadata.
//! * A consumer that is to start at an entry that is gone starts at the first one that is left, and says nothing: `read.rs`
//!   counts. It also watches for consumers that stall after a fail-over.
//! * Without an acknowledgement an entry may or may not be in the stream: `append.rs` says which of the two cannot be ruled out.

mod append;
mod connect;
mod identity;
mod monitor;
mod options;
mod read;
mod refusal;
mod streams;

use std::fmt;
use std::sync::Arc;

use async_nats::jetstream::Context;
use bytes::Bytes;
use futures_core::future::BoxFuture;
use inboxdb::Place;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use crate::log::{AppendError, Appended, Bounds, CommandLog, LogError, LogIdentity, Logs, MessageId, Reader};

pub use options::{JetStreamOptions, Login};

/// The logs of a cluster on NATS JetStream.
#[derive(Debug)]
pub struct JetStream {
    logs: Logs,
    _monitor: Option<AbortOnDropHandle<()>>,
}

/// Why the logs cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// No server can be reached, or not yet.
    #[error("cannot connect to the log at {servers}: {reason}")]
    Connect {
        /// The addresses that were tried.
        servers: String,
        /// What the client says.
        reason: String,
    },
    /// A server does not let this node in, or is not to be trusted. Waiting does not help.
    #[error("the servers of the log at {servers} cannot be used: {reason}")]
    Refused {
        /// The addresses that were tried.
        servers: String,
        /// What is wrong, and what helps.
        reason: String,
    },
    /// The options, or a file they name, are wrong.
    #[error("{0}")]
    Options(String),
    /// A server does not keep what it acknowledges through a loss of power, or could not be asked.
    #[error("{0}")]
    Unsafe(String),
    /// A stream is missing, or is not as it must be.
    #[error("the stream {stream} cannot be used: {reason}")]
    Stream {
        /// Its name.
        stream: String,
        /// What is wrong, and what helps.
        reason: String,
    },
    /// JetStream does not answer as it should, or not yet.
    #[error("JetStream is not available: {0}")]
    Unavailable(String),
}

impl JetStream {
    /// Connects, creates the streams that are missing if the options allow it, and checks everything.
    ///
    /// # Errors
    ///
    /// [`OpenError`]. Nothing is used that could lose an acknowledged entry.
    pub async fn open(options: JetStreamOptions) -> Result<Self, OpenError> {
        options.check()?;
        identity::check(&options)?;
        let (client, connections) = connect::connect(&options).await?;
        let context = connect::context(client);
        let opened = streams::open_all(&context, &options).await?;
        let (alarm, watched) = watch::channel(None);
        let servers: Vec<String> = opened.iter().flat_map(|stream| stream.servers.clone()).collect();
        let monitor = match options.monitors.is_empty() {
            true => None,
            false => {
                let monitor = monitor::Monitor::new(options.monitors.clone(), servers);
                monitor.check_all().await?;
                Some(AbortOnDropHandle::new(tokio::spawn(monitor.watch(connections, alarm))))
            }
        };
        let mut logs = opened.into_iter().map(|stream| {
            Arc::new(StreamLog {
                context: context.clone(),
                name: stream.name,
                subject: stream.subject,
                identity: stream.identity,
            }) as Arc<dyn CommandLog>
        });
        let groups: Vec<_> = logs.by_ref().take(options.groups as usize).collect();
        let digests = logs.next().ok_or_else(|| OpenError::Options("there is no stream for digests".to_owned()))?;
        Ok(Self { logs: Logs { groups, digests, alarm: watched }, _monitor: monitor })
    }

    /// Returns the logs. They can be used while this exists.
    pub fn logs(&self) -> Logs {
        self.logs.clone()
    }
}

/// A log that is a stream.
#[derive(Clone)]
struct StreamLog {
    context: Context,
    name: String,
    subject: String,
    identity: LogIdentity,
}

impl fmt::Debug for StreamLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamLog").field("name", &self.name).field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl CommandLog for StreamLog {
    fn identity(&self) -> &LogIdentity {
        &self.identity
    }

    fn append(&self, id: MessageId, bytes: Bytes) -> BoxFuture<'_, Result<Appended, AppendError>> {
        Box::pin(append::append(self, id, bytes))
    }

    fn read(&self, after: Place) -> Reader {
        let log = self.clone();
        Reader::start(after, move |feeder| read::feed(log, feeder))
    }

    fn bounds(&self) -> BoxFuture<'_, Result<Bounds, LogError>> {
        Box::pin(async move { streams::ask(self).await.map_err(|error| LogError::new(error.to_string())) })
    }

    fn truncate(&self, first: Place) -> BoxFuture<'_, Result<(), LogError>> {
        Box::pin(async move { streams::truncate(self, first).await.map_err(LogError::new) })
    }
}
