//! Reading a stream in order, through fail-overs.
//!
//! A consumer lives on one server, without replicas, and is made again whenever anything seems wrong with it. What counts is the
//! number of each entry in the stream, and that is checked here.

use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::pull::{Config, Stream};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy};
use async_nats::jetstream::{Message, stream};
use inboxdb::Place;
use tokio::time::{sleep, timeout};
use tokio_stream::StreamExt;

use super::StreamLog;
use super::connect::ANSWER_MAX;
use super::streams::{AskError, ask};
use crate::log::{Bounds, Feeder, Finished, LogEntry, MessageId, ReadError};

/// After this long without an entry, the stream is asked whether it has more.
const WATCHDOG: Duration = Duration::from_secs(2);

/// Between attempts while the stream has no leader.
const PAUSE: Duration = Duration::from_millis(250);

/// Entries that are requested at a time.
const BATCH: usize = 512;

/// How long the servers keep a consumer that asks for nothing.
const IDLE_MAX: Duration = Duration::from_secs(30);

/// For how long something impossible must be seen before it is believed. A server that has just started, or has just become the
/// leader, may for a moment say less than was read from another.
const SUSPICION_MAX: Duration = Duration::from_secs(10);

/// Why reading through one consumer ended.
enum End {
    /// The reader is gone.
    Finished,
    /// The log cannot be read any further.
    Failed(ReadError),
    /// It seems so; if it goes on to seem so, it is so.
    Suspected(ReadError),
    /// The consumer is of no more use; another one goes on.
    Again(String),
}

impl From<Finished> for End {
    fn from(_: Finished) -> Self {
        End::Finished
    }
}

impl From<AskError> for End {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Unavailable(reason) => End::Again(reason),
            AskError::Missing(reason) => End::Suspected(ReadError::Replaced(reason)),
            AskError::Replaced(reason) => End::Failed(ReadError::Replaced(reason)),
        }
    }
}

/// Feeds a reader for as long as it exists.
pub(super) async fn feed(log: StreamLog, mut feeder: Feeder) {
    let mut suspicion = Suspicion::default();
    loop {
        let began = Instant::now();
        let end = match read(&log, &mut feeder).await {
            Ok(never) => match never {},
            Err(end) => end,
        };
        match suspicion.weigh(end, feeder.wanted(), began.elapsed()) {
            End::Finished => return,
            End::Failed(error) => return feeder.fail(error).await,
            End::Suspected(error) => {
                tracing::warn!(stream = log.name, %error, "to be seen again before it is believed")
            }
            End::Again(reason) => {
                tracing::debug!(stream = log.name, wanted = feeder.wanted().0, reason, "the consumer is made again");
            }
        }
        sleep(PAUSE).await;
    }
}

/// Since when something impossible has been seen, without anything good in between.
#[derive(Default)]
struct Suspicion(Option<(Place, Instant)>);

impl Suspicion {
    /// Turns a suspicion that has lasted too long into a failure.
    fn weigh(&mut self, end: End, wanted: Place, round: Duration) -> End {
        if self.0.is_some_and(|(place, _)| place != wanted) || round >= WATCHDOG {
            self.0 = None;
        }
        match end {
            End::Suspected(error) => {
                let (_, since) = *self.0.get_or_insert((wanted, Instant::now()));
                if since.elapsed() < SUSPICION_MAX { End::Suspected(error) } else { End::Failed(error) }
            }
            end => end,
        }
    }
}

enum Never {}

/// Reads through one consumer until something is wrong.
async fn read(log: &StreamLog, feeder: &mut Feeder) -> Result<Never, End> {
    let stream = check(log, feeder).await?;
    let mut entries = consume(&stream, feeder.wanted()).await?;
    loop {
        match timeout(WATCHDOG, entries.next()).await {
            Ok(Some(Ok(message))) => hand_on(feeder, message).await?,
            Ok(Some(Err(error))) => return Err(End::Again(error.to_string())),
            Ok(None) => return Err(End::Again("the consumer ended".to_owned())),
            Err(_) => {
                let last = check_bounds(log, feeder).await?;
                if last >= feeder.wanted() {
                    return Err(End::Again(format!("nothing comes, and the stream has {}", last.0)));
                }
            }
        }
    }
}

async fn check(log: &StreamLog, feeder: &Feeder) -> Result<stream::Stream<()>, End> {
    check_bounds(log, feeder).await?;
    log.context.get_stream_no_info(&log.name).await.map_err(|error| End::Again(error.to_string()))
}

/// Checks that the stream is the one that was opened and still has what is wanted. Returns its last place.
async fn check_bounds(log: &StreamLog, feeder: &Feeder) -> Result<Place, End> {
    let Bounds { first, last } = ask(log).await?;
    let wanted = feeder.wanted();
    if wanted < first {
        return Err(End::Failed(ReadError::Truncated { wanted, first }));
    }
    if last.0 + 1 < wanted.0 {
        return Err(End::Suspected(ReadError::Rewound { read: Place(wanted.0 - 1), last }));
    }
    feeder.heard(last);
    Ok(last)
}

async fn consume(stream: &stream::Stream<()>, from: Place) -> Result<Stream, End> {
    let again = |error: String| End::Again(error);
    let config = Config {
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: from.0 },
        ack_policy: AckPolicy::None,
        inactive_threshold: IDLE_MAX,
        num_replicas: 1,
        memory_storage: true,
        ..Config::default()
    };
    let made = timeout(ANSWER_MAX, stream.create_consumer(config)).await;
    let consumer =
        made.map_err(|_| again("no consumer was made".to_owned()))?.map_err(|error| again(error.to_string()))?;
    let messages = consumer.stream().max_messages_per_batch(BATCH).heartbeat(Duration::from_secs(1)).messages().await;
    messages.map_err(|error| again(error.to_string()))
}

async fn hand_on(feeder: &mut Feeder, message: Message) -> Result<(), End> {
    let (place, pending) = match message.info() {
        Ok(info) => (Place(info.stream_sequence), info.pending),
        Err(error) => return Err(End::Again(format!("a message without a place: {error}"))),
    };
    let wanted = feeder.wanted();
    if place > wanted {
        // Either this consumer has lost entries, and the next one brings them, or the stream has.
        return Err(End::Suspected(ReadError::Gap { wanted, found: place }));
    }
    let header = message.headers.as_ref().and_then(|headers| headers.get(async_nats::header::NATS_MESSAGE_ID));
    let id = header.and_then(|id| id.as_str().parse::<MessageId>().ok());
    let bytes = message.message.payload;
    feeder.heard(Place(place.0 + pending));
    Ok(feeder.put(LogEntry { place, id, bytes }).await?)
}
