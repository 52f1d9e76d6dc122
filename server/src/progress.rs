//! Long commands with their progress: a bulk action answered as lines.
//!
//! A client that sends one command and accepts `application/x-ndjson` gets a line
//! `{"progress":{"done":256,"total":998}}` after every few hundred chats, and the result as the last line. The action
//! goes on if the client goes away; a retry with the same `Idempotency-Key` gets the whole report.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use inboxdb::Envelope;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tracing::Instrument;

use crate::app::App;
use crate::body::NDJSON;
use crate::commands::{accepted, settle};
use crate::error::Failure;
use crate::lines::push_line;

#[derive(Serialize)]
struct Under {
    progress: Done,
}

#[derive(Serialize)]
struct Done {
    done: u64,
    total: Option<u64>,
}

#[derive(Serialize)]
struct Refused<'f, E> {
    error: &'f E,
}

/// Whether the client accepts lines.
pub(crate) fn is_wanted(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted
        .flat_map(|value| value.split(','))
        .any(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == NDJSON))
}

/// Executes a command, and tells how far it is meanwhile.
pub(crate) fn execute(app: &Arc<App>, envelope: Envelope) -> Response {
    // A few bytes for each 256 chats: no client is waited for, and none can make this much.
    let (sender, receiver) = mpsc::unbounded_channel::<Bytes>();
    let app = Arc::clone(app);
    let work = async move {
        let told = sender.clone();
        let watch = move |done, total| {
            let _client_is_gone = told.send(line(&Under { progress: Done { done, total } }));
        };
        let executed = app.executor.execute_watched(envelope, Box::new(watch)).await;
        let last = match settle(&app, executed) {
            Ok(done) => line(&accepted(None, done)),
            Err(failure) => {
                app.metrics.refused(failure.code());
                refused(&failure)
            }
        };
        let _client_is_gone = sender.send(last);
    };
    tokio::spawn(work.in_current_span());
    let stream = UnboundedReceiverStream::new(receiver).map(Ok::<_, Infallible>);
    let mut response = Response::new(Body::from_stream(stream));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(NDJSON));
    response
}

fn refused(failure: &Failure) -> Bytes {
    line(&Refused { error: failure.told() })
}

fn line(value: &impl Serialize) -> Bytes {
    let mut line = Vec::new();
    push_line(&mut line, value);
    line.into()
}
