//! `/healthz`, `/metrics` and `/openapi.json`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use serde::Serialize;

use crate::app::App;
use crate::error::Failure;
use crate::metrics::TEXT;
use crate::openapi;
use crate::reply::Json;

#[derive(Serialize)]
struct Health {
    status: &'static str,
    /// The newest durable change.
    seq: u64,
}

/// `GET /healthz`: whether the store is open and the server takes requests.
pub(crate) async fn healthz(State(app): State<Arc<App>>) -> Result<Response, Failure> {
    if app.stopping.is_cancelled() {
        return Err(Failure::unavailable("the server is stopping"));
    }
    let seq = app
        .blocking(|app| {
            app.engine.workspaces()?;
            Ok::<_, Failure>(app.engine.durable_seq())
        })
        .await??;
    Ok(Json(Health { status: "ok", seq }).into_response())
}

/// `GET /metrics`: for Prometheus.
pub(crate) async fn metrics(State(app): State<Arc<App>>) -> Result<Response, Failure> {
    let text = app.metrics.text(&app.engine, app.watchers.count()).map_err(|_| Failure::internal())?;
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(TEXT))]);
    Ok((headers, text).into_response())
}

/// `GET /openapi.json`: the routes and their types.
pub(crate) async fn openapi() -> Response {
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    (headers, openapi::document()).into_response()
}
