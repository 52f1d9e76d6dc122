//! Publishing an entry, and waiting until this node has applied it.

use std::time::Duration;

use bytes::Bytes;
use inboxdb::Place;
use tokio::time::{Instant, sleep, timeout_at};

use super::error::NodeError;
use super::group::{Done, Expected, Group};
use super::shared::Shared;
use crate::log::{AppendError, MessageId};

/// Between attempts.
const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_millis(500);

/// Where an entry is.
pub(super) enum Published {
    /// It was applied now.
    Now(Done),
    /// It was applied at this place before it was published: an earlier attempt has brought it there.
    Before(Place),
}

/// What is known of an entry that was not acknowledged.
struct Attempts {
    /// Whether any of them may have reached the log.
    unknown: bool,
    reason: String,
}

impl Attempts {
    fn into_error(self) -> NodeError {
        if self.unknown { NodeError::Unknown(self.reason) } else { NodeError::Unavailable(self.reason) }
    }
}

/// Publishes an entry, again and again with the same id while there is no acknowledgement, and waits until it is applied.
///
/// That its own engine applied it is the answer, with or without an acknowledgement: entries that are read cannot be lost any
/// more.
pub(super) async fn publish(
    shared: &Shared,
    group: &Group,
    id: MessageId,
    bytes: Bytes,
) -> Result<Published, NodeError> {
    shared.check_writable()?;
    let deadline = Instant::now() + shared.config.publish_max;
    let mut expected = group.expect(id);
    let mut attempts = Attempts { unknown: false, reason: "there was no time".to_owned() };
    let published = async {
        tokio::select! {
            biased;
            reason = shared.stopped() => Err(reason),
            published = timeout_at(deadline, until_done(group, &mut expected, id, bytes, &mut attempts)) => match published {
                Ok(published) => published.map_err(|_| String::new()),
                Err(_) => Err(String::new()),
            },
        }
    };
    let published = published.await;
    published.map_err(|stopped| {
        if !stopped.is_empty() {
            attempts.reason = format!("this node has stopped: {stopped}");
        }
        attempts.into_error()
    })
}

/// Nothing more can be done; what is known is in the attempts.
struct GivenUp;

async fn until_done(
    group: &Group,
    expected: &mut Expected<'_>,
    id: MessageId,
    bytes: Bytes,
    attempts: &mut Attempts,
) -> Result<Published, GivenUp> {
    let mut pause = PAUSE_MIN;
    loop {
        let before = attempts.unknown;
        // Until there is an answer. An attempt that is broken off may have reached the log.
        attempts.unknown = true;
        let appended = tokio::select! {
            biased;
            done = expected.done() => return Ok(Published::Now(done)),
            appended = group.log.append(id, bytes.clone()) => appended,
        };
        match appended {
            Ok(appended) => {
                attempts.reason = format!("the log has it at place {}, and this node is behind", appended.place.0);
                return Ok(expected.done_at(appended.place).await.map_or_else(Published::Before, Published::Now));
            }
            Err(error) => {
                attempts.unknown = before || matches!(error, AppendError::Unknown(_));
                attempts.reason = error.to_string();
                if matches!(error, AppendError::Rejected(_)) {
                    return Err(GivenUp);
                }
            }
        }
        tokio::select! {
            biased;
            done = expected.done() => return Ok(Published::Now(done)),
            () = sleep(pause) => pause = (pause * 2).min(PAUSE_MAX),
        }
    }
}
