//! The connection to the servers. The client reconnects by itself.

use std::time::{Duration, Instant};

use async_nats::jetstream::Context;
use async_nats::jetstream::context::ContextBuilder;
use async_nats::{Client, ConnectOptions, Event, ServerError};
use parking_lot::Mutex;
use tokio::sync::watch;

use super::{JetStreamOptions, Login, OpenError, refusal};

/// How long the servers may take to answer a question.
pub(super) const ANSWER_MAX: Duration = Duration::from_secs(2);

/// Entries that wait for their acknowledgement at the same time, of all groups.
const IN_FLIGHT_MAX: usize = 16_384;

/// What a node must not do is refused each time it tries. It is said this often.
const COMPLAINT_INTERVAL: Duration = Duration::from_secs(10);

/// What waits to be sent. There is room for all that is in flight, so that entries are sent in the order in which they are handed
/// over.
const WAITING_MAX: usize = 2 * IN_FLIGHT_MAX;

/// Connects, and returns what counts the connections.
pub(super) async fn connect(options: &JetStreamOptions) -> Result<(Client, watch::Receiver<u64>), OpenError> {
    let (count, connections) = watch::channel(0);
    let notes = Notes::default();
    let connect = ConnectOptions::new()
        .name("inboxdb")
        .ping_interval(Duration::from_secs(2))
        .connection_timeout(Duration::from_secs(2))
        .request_timeout(Some(ANSWER_MAX))
        .client_capacity(WAITING_MAX)
        .reconnect_delay_callback(|attempts| {
            Duration::from_millis(match attempts {
                0 => 0,
                1..=10 => 100,
                _ => 500,
            })
        })
        .event_callback(move |event| {
            if event == Event::Connected {
                count.send_modify(|count| *count += 1);
            }
            notes.note(&event);
            async {}
        });
    let connect = with_identity(connect, options);
    let client = connect.connect(options.servers.as_slice()).await.map_err(|error| {
        let servers = options.servers.join(", ");
        match refusal::reason(&error, options) {
            Some(reason) => OpenError::Refused { servers, reason },
            None => OpenError::Connect { servers, reason: format!("{error}{}", refusal::suspicion(&error, options)) },
        }
    })?;
    Ok((client, connections))
}

/// Passes on what the client tells of the connection while it lasts.
#[derive(Default)]
struct Notes {
    complained: Mutex<Option<Instant>>,
}

impl Notes {
    fn note(&self, event: &Event) {
        match event {
            // It would only be seen as commands without an answer.
            Event::ServerError(ServerError::Other(said)) if said.to_lowercase().contains("permissions violation") => {
                let mut complained = self.complained.lock();
                if complained.is_none_or(|before| before.elapsed() >= COMPLAINT_INTERVAL) {
                    *complained = Some(Instant::now());
                    tracing::error!("the servers of the log do not let this node do what it must: {said}");
                }
            }
            event => tracing::info!(%event, "the connection to the log"),
        }
    }
}

fn with_identity(mut connect: ConnectOptions, options: &JetStreamOptions) -> ConnectOptions {
    connect = match options.login.clone() {
        None => connect,
        Some(Login::Password { user, password }) => connect.user_and_password(user, password),
        Some(Login::Token(token)) => connect.token(token),
    };
    if let Some(file) = &options.root_certificates {
        connect = connect.add_root_certificates(file.clone()).require_tls(true);
    }
    if let Some((certificate, key)) = &options.client_certificate {
        connect = connect.add_client_certificate(certificate.clone(), key.clone());
    }
    connect
}

pub(super) fn context(client: Client) -> Context {
    ContextBuilder::new().timeout(ANSWER_MAX).max_ack_inflight(IN_FLIGHT_MAX).build(client)
}
