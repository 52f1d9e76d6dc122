//! Appending an entry, and saying what is known afterwards.

use async_nats::connection::State;
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use bytes::Bytes;
use inboxdb::Place;

use super::StreamLog;
use crate::log::{AppendError, Appended, MessageId};

/// Appends an entry and waits for the acknowledgement for as long as the context says.
pub(super) async fn append(log: &StreamLog, id: MessageId, bytes: Bytes) -> Result<Appended, AppendError> {
    // The client would keep it until there is a connection. By then its caller may have gone on, and it would be late.
    if log.context.client().connection_state() != State::Connected {
        return Err(AppendError::Unavailable("there is no connection to a server".to_owned()));
    }
    let message = PublishMessage::build().payload(bytes).message_id(id.to_string());
    let sent = log.context.send_publish(log.subject.clone(), message).await.map_err(not_sent)?;
    let acknowledged = sent.await.map_err(not_acknowledged)?;
    if acknowledged.stream != log.name {
        let other = acknowledged.stream;
        return Err(AppendError::Rejected(format!("the stream {other} takes entries of {}", log.name)));
    }
    Ok(Appended { place: Place(acknowledged.sequence), duplicate: acknowledged.duplicate })
}

fn not_sent(error: PublishError) -> AppendError {
    match error.kind() {
        PublishErrorKind::MaxPayloadExceeded => {
            AppendError::Rejected(format!("{error}; raise max_payload in the configuration of the servers"))
        }
        _ => AppendError::Unavailable(error.to_string()),
    }
}

fn not_acknowledged(error: PublishError) -> AppendError {
    match error.kind() {
        // There was no stream to take it: it has no leader for the moment.
        PublishErrorKind::StreamNotFound => AppendError::Unavailable("the stream has no leader".to_owned()),
        // Also what a server says of itself: it may say so of an entry that it has passed on to its peers.
        _ => AppendError::Unknown(error.to_string()),
    }
}
