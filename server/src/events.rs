//! `GET /v1/workspaces/1/events`: the change feed as Server-Sent Events.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::unfold;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use inboxdb::{CustomerId, EventId, FeedEvent, View, ViewKind, Watch, Watched, WatchedError, Watcher};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tokio_stream::StreamExt;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::access::Caller;
use crate::app::App;
use crate::customer_events::reduce;
use crate::error::Failure;
use crate::json::{ID_MAX, check_id};
use crate::reads::Ids;
use crate::watchers::Seat;

/// What a browser sends when it comes back.
const LAST_EVENT_ID: &str = "last-event-id";
/// How often it is asked whether the watcher may go on.
const CHECK_EVERY: Duration = Duration::from_secs(1);
/// A comment is sent after so many checks without an event, so that both sides see that the other is there.
const QUIET_CHECKS_MAX: u32 = 15;
/// Events that are sent as one piece, if they are there at once.
const PIECE_BYTES: usize = 16 << 10;

/// Streams the events of a workspace.
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Ids(workspace): Ids<u64>,
    request: Request,
) -> Result<Response, Failure> {
    let (parts, _body) = request.into_parts();
    check_id(workspace)?;
    caller.workspace(Some(workspace.into()))?;
    let wanted = Wanted::of(&parts, &caller)?;
    let seen = wanted.after.and_then(|id| app.place_seen(workspace.into(), id));
    app.reach(Some(workspace.into()), wanted.at_least.max(seen)).await?;
    let seat = app.watchers.take(caller.name())?;
    let asks = caller.clone();
    let watcher = app
        .blocking(move |app| {
            app.check_readable()?;
            app.check_known(&asks)?;
            Ok::<_, Failure>(app.engine.workspace(workspace)?.watch(wanted.watch)?)
        })
        .await??;
    let stream = unfold(Streaming::new(&app, caller, watcher, seat), |mut streaming| async {
        let piece = streaming.next().await?;
        Some((Ok::<_, Infallible>(piece), streaming))
    });
    let mut response = Response::new(Body::from_stream(stream));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // nginx would hold events back.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

/// What a client wants to watch.
struct Wanted {
    watch: Watch,
    /// The last event that the client has seen.
    after: Option<EventId>,
    at_least: Option<u64>,
}

impl Wanted {
    fn of(parts: &Parts, caller: &Caller) -> Result<Self, Failure> {
        let (mut views, mut from, mut after, mut at_least) = (Vec::new(), None, None, None);
        for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            match name.as_ref() {
                "views" => views.push(watched(&value)?),
                "from" => from = Some(seq("from", &value)?),
                "at_least" => at_least = Some(seq("at_least", &value)?),
                "after" => after = Some(event_id(&value)?),
                other => {
                    let message =
                        format!("unknown parameter `{other}`, expected `views`, `from`, `after` or `at_least`");
                    return Err(Failure::malformed(message));
                }
            }
        }
        if let Some(id) = parts.headers.get(LAST_EVENT_ID) {
            after = Some(event_id(&id.to_str().unwrap_or_default())?);
        }
        if let Some(customer) = caller.customer() {
            views = views_of_customer(views, customer)?;
        }
        let watch = match (after, from) {
            (Some(id), _) => Watch::after(id),
            (None, Some(seq)) => Watch::from(seq),
            (None, None) => Watch::now(),
        };
        Ok(Self { watch: watch.views(views), after, at_least })
    }
}

fn watched(text: &str) -> Result<Watched, Failure> {
    let watched = text.parse().map_err(|error: WatchedError| Failure::malformed(error.to_string()))?;
    let id = match &watched {
        Watched::Sidebar(manager) => Some(manager.0),
        Watched::View(view) => view.kind.manager().map(u64::from).or(view.kind.customer().map(u64::from)),
        _ => None,
    };
    id.map_or(Ok(()), check_id)?;
    Ok(watched)
}

fn seq(parameter: &str, text: &str) -> Result<u64, Failure> {
    let seq = text.parse().ok().filter(|seq| *seq <= ID_MAX);
    seq.ok_or_else(|| Failure::malformed(format!("`{parameter}` is not a number up to {ID_MAX}: {text}")))
}

fn event_id(text: &impl AsRef<str>) -> Result<EventId, Failure> {
    text.as_ref().parse().map_err(|error: inboxdb::EventIdError| Failure::malformed(error.to_string()))
}

/// A customer watches the own chats.
fn views_of_customer(views: Vec<Watched>, customer: CustomerId) -> Result<Vec<Watched>, Failure> {
    let own = ViewKind::Customer(customer);
    match views.iter().all(|watched| matches!(watched, Watched::View(view) if view.kind == own)) {
        true if views.is_empty() => Ok(vec![View::customer(customer).into()]),
        true => Ok(views),
        false => Err(Failure::not_for_customers()),
    }
}

/// A stream under way.
struct Streaming {
    app: Arc<App>,
    caller: Caller,
    watcher: Watcher,
    checks: Interval,
    quiet: u32,
    stopping: Pin<Box<WaitForCancellationFutureOwned>>,
    begun: bool,
    /// No more can come.
    ended: bool,
    _seat: Seat,
}

/// What happens first.
enum Next {
    Event(Option<Result<FeedEvent, inboxdb::Error>>),
    Check,
    Stop,
}

impl Streaming {
    fn new(app: &Arc<App>, caller: Caller, watcher: Watcher, seat: Seat) -> Self {
        let mut checks = interval_at(Instant::now() + CHECK_EVERY, CHECK_EVERY);
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stopping = Box::pin(CancellationToken::clone(&app.stopping).cancelled_owned());
        let app = Arc::clone(app);
        Self { app, caller, watcher, checks, quiet: 0, stopping, begun: false, ended: false, _seat: seat }
    }

    /// The next piece of the stream, or its end.
    async fn next(&mut self) -> Option<Bytes> {
        let mut piece = Vec::new();
        if !std::mem::replace(&mut self.begun, true) {
            piece.extend_from_slice(b"retry: 1000\n\n");
        }
        while piece.len() < PIECE_BYTES && !self.ended {
            let next = if piece.is_empty() {
                tokio::select! {
                    biased;
                    () = self.stopping.as_mut() => Next::Stop,
                    _ = self.checks.tick() => Next::Check,
                    event = StreamExt::next(&mut self.watcher) => Next::Event(event),
                }
            } else {
                // Only what is there already.
                match futures_util::FutureExt::now_or_never(StreamExt::next(&mut self.watcher)) {
                    Some(event) => Next::Event(event),
                    None => break,
                }
            };
            match next {
                Next::Event(Some(Ok(event))) => self.push(event, &mut piece).await,
                Next::Check if self.may_go_on().await => {
                    self.quiet += 1;
                    if self.quiet >= QUIET_CHECKS_MAX {
                        self.quiet = 0;
                        piece.extend_from_slice(b":\n\n");
                    }
                }
                Next::Event(Some(Err(error))) => {
                    tracing::warn!(%error, "a watcher ended");
                    self.ended = true;
                }
                Next::Event(None) | Next::Check | Next::Stop => self.ended = true,
            }
        }
        (!piece.is_empty()).then(|| piece.into())
    }

    /// Adds an event, as far as the caller may see it.
    async fn push(&mut self, event: FeedEvent, piece: &mut Vec<u8>) {
        if matches!(event, FeedEvent::Lagged { .. }) {
            self.app.metrics.lagged();
        }
        let event = match (self.caller.customer(), event) {
            (Some(customer), event) => {
                let workspace = self.caller.token().map(|token| token.workspace);
                let reduced = self.app.blocking(move |app| reduce(app, workspace?, customer, event)).await;
                match reduced {
                    Ok(reduced) => reduced,
                    Err(_) => {
                        self.ended = true;
                        return;
                    }
                }
            }
            (None, event) => Some(event),
        };
        let Some(event) = event else { return };
        self.quiet = 0;
        let begin = piece.len();
        piece.extend_from_slice(format!("id: {}\ndata: ", self.watcher.id()).as_bytes());
        match serde_json::to_writer(&mut *piece, &event) {
            Ok(()) => piece.extend_from_slice(b"\n\n"),
            Err(error) => {
                tracing::error!(%error, "an event could not be written as JSON");
                piece.truncate(begin);
                self.ended = true;
            }
        }
    }

    /// Whether the token still counts, and its holder is still there.
    async fn may_go_on(&self) -> bool {
        if self.app.check_readable().is_err() {
            return false;
        }
        let Some(token) = self.caller.token() else { return true };
        if self.app.check_still_valid(token).is_err() {
            return false;
        }
        let caller = self.caller.clone();
        matches!(self.app.blocking(move |app| app.check_known(&caller)).await, Ok(Ok(())))
    }
}
