//! `/healthz`, `/metrics` and `/openapi.json`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use inboxdb::Place;
use serde::Serialize;

use crate::app::App;
use crate::error::{ErrorBody, Failure};
use crate::executor::{NodeState, NodeStatus};
use crate::metrics::TEXT;
use crate::openapi;
use crate::reply::Json;

#[derive(Serialize)]
struct Health {
    status: &'static str,
    /// The newest durable change.
    seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<Node>,
}

/// A node that must not be sent requests, and why.
#[derive(Serialize)]
struct Unhealthy<'f> {
    #[serde(flatten)]
    body: &'f ErrorBody,
    node: Node,
}

/// How a node of a cluster is doing.
#[derive(Serialize)]
struct Node {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    groups: Vec<Group>,
}

/// How far a node is with a group.
#[derive(Serialize)]
struct Group {
    group: u32,
    place: Place,
    lag: u64,
    silence_ms: u64,
}

impl Node {
    fn of(status: &NodeStatus) -> Self {
        let group = |group: &crate::executor::GroupStatus| Group {
            group: group.group,
            place: group.applied,
            lag: group.lag(),
            silence_ms: group.silence.as_millis().try_into().unwrap_or(u64::MAX),
        };
        Self {
            state: status.state.name(),
            reason: status.state.reason().map(str::to_owned),
            groups: status.groups.iter().map(group).collect(),
        }
    }
}

/// Why a node must not be sent requests, if that is so. One that is read-only still answers reads.
fn unhealthy(status: &NodeStatus) -> Option<String> {
    match &status.state {
        NodeState::Stopped(reason) => Some(format!("this node has stopped: {reason}")),
        _ => status.groups.iter().find_map(crate::executor::GroupStatus::far_behind),
    }
}

/// `GET /healthz`: whether the store is open, the server takes requests, and its node is not far behind its log.
pub(crate) async fn healthz(State(app): State<Arc<App>>) -> Result<Response, Failure> {
    if app.stopping.is_cancelled() {
        return Err(Failure::unavailable("the server is stopping"));
    }
    let status = app.executor.status();
    if let Some(status) = &status
        && let Some(why) = unhealthy(status)
    {
        let failure = Failure::unavailable(why);
        let mut response = Json(Unhealthy { body: failure.body(), node: Node::of(status) }).into_response();
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        return Ok(response);
    }
    let seq = app
        .blocking(|app| {
            app.engine.workspaces()?;
            Ok::<_, Failure>(app.engine.durable_seq())
        })
        .await??;
    Ok(Json(Health { status: "ok", seq, node: status.as_ref().map(Node::of) }).into_response())
}

/// `GET /metrics`: for Prometheus.
pub(crate) async fn metrics(State(app): State<Arc<App>>) -> Result<Response, Failure> {
    let status = app.executor.status();
    let text = app.metrics.text(&app.engine, app.watchers.count(), status.as_ref()).map_err(|_| Failure::internal())?;
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(TEXT))]);
    Ok((headers, text).into_response())
}

/// `GET /openapi.json`: the routes and their types.
pub(crate) async fn openapi() -> Response {
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    (headers, openapi::document()).into_response()
}
