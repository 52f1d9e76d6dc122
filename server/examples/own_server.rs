//! A web application of your own around the engine: a sidebar, commands and events, without a thread per request.
//!
//! `cargo run -p inboxdb-server --example own_server`, then
//! `curl -N localhost:8080/1/7/events` and, elsewhere,
//! `curl -d '{"workspace":1,"at":0,"actor":{"customer":5},"do":{"start_chat":{"customer":5}}}' localhost:8080/commands -H content-type:application/json`

use std::error::Error;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::{Stream, StreamExt};
use inboxdb::{Config, Engine, Envelope, Outcome, Role, Sidebar, Watch, Watched};
use tokio::task::spawn_blocking;

type Shared = State<Arc<Engine>>;

/// An error of the engine as a response.
struct Failed(inboxdb::Error);

impl From<inboxdb::Error> for Failed {
    fn from(error: inboxdb::Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, format!("{}: {}\n", self.0.code(), self.0)).into_response()
    }
}

/// Every number of an inbox. It reads memory only, so it needs no other thread.
async fn sidebar(engine: Shared, Path((workspace, manager)): Path<(u64, u64)>) -> Result<Json<Sidebar>, Failed> {
    Ok(Json(engine.workspace(workspace)?.sidebar(manager)?))
}

/// A command may read records from the disk, so it is applied where that is allowed. Its durability is awaited.
async fn command(State(engine): Shared, Json(envelope): Json<Envelope>) -> Result<Json<Outcome>, Failed> {
    let submitted = spawn_blocking(move || engine.submit(envelope)).await;
    let submission = submitted.unwrap_or(Err(inboxdb::Error::Closed))?;
    Ok(Json(submission.await?))
}

/// The changes of an inbox as they happen.
async fn events(
    engine: Shared,
    Path((workspace, manager)): Path<(u64, u64)>,
) -> Result<Sse<impl Stream<Item = Result<Event, Box<dyn Error + Send + Sync>>>>, Failed> {
    let watch = Watch::now().views([Watched::Sidebar(manager.into())]);
    let watcher = engine.workspace(workspace)?.watch(watch)?;
    // A watcher is an iterator, too.
    let events = StreamExt::map(watcher, |event| Ok(Event::default().json_data(event?)?));
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let engine = Arc::new(Engine::open(std::env::temp_dir().join("own-server-store"), Config::default())?);
    let system = engine.workspace(1)?.as_system();
    system.put_manager(7, "Ada", Role::Owner)?;
    system.put_customer(5, "Grace")?;
    let routes = Router::new()
        .route("/{workspace}/{manager}/sidebar", get(sidebar))
        .route("/{workspace}/{manager}/events", get(events))
        .route("/commands", post(command))
        .with_state(Arc::clone(&engine));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, routes).with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) }).await?;
    Ok(engine.close()?)
}
