//! What every request passes: a span with an id, counting, the limit on requests under way, panics, and the headers of
//! every answer.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use http::{HeaderName, HeaderValue};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;

use crate::app::App;
use crate::error::{Failure, RefusedWith};
use crate::leftover::read_rest;
use crate::origin::check_local;

/// Names a request in the log. A client, or a proxy, may choose it.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// A longer id is not taken from the client.
const REQUEST_ID_BYTES_MAX: usize = 128;

/// Puts the layers around the routes.
pub(crate) fn around(routes: Router, app: &Arc<App>) -> Router {
    routes
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(Arc::clone(app), check_host))
        .layer(from_fn(read_rest))
        .layer(from_fn_with_state(Arc::clone(app), observe))
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let what = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = what.unwrap_or("without words"), "a request ended in a panic");
    Failure::internal().into_response()
}

/// Without a secret, refuses what comes from other sites.
async fn check_host(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if app.secrets.is_some() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    match check_local(&parts) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(failure) => failure.into_response(),
    }
}

/// Counts a request, and gives it an id and a span.
async fn observe(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = request_id(&request);
    let method = request.method().clone();
    let span = tracing::info_span!(
        "request",
        id = id.to_str().unwrap_or_default(),
        %method,
        path = request.uri().path(),
    );
    app.metrics.under_way.inc();
    let mut response = within_limit(&app, request, next).instrument(span.clone()).await;
    app.metrics.under_way.dec();
    let took = began.elapsed();
    let route = response.extensions().get::<MatchedPath>().cloned();
    let status = response.status();
    app.metrics.request(&method, route.as_ref().map(MatchedPath::as_str), status.as_u16(), took);
    if let Some(RefusedWith(code)) = response.extensions().get() {
        app.metrics.refused(code);
    }
    span.in_scope(|| tracing::debug!(status = status.as_u16(), ?took, "answered"));
    complete(response.headers_mut(), id);
    response
}

/// Passes a request on, unless too many are under way.
async fn within_limit(app: &Arc<App>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = match app.requests.try_acquire() {
        Ok(_permit) => next.run(request).await,
        Err(_) => {
            Failure::unavailable(format!("{} requests are under way already", app.limits.requests_max)).into_response()
        }
    };
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

fn request_id(request: &Request) -> HeaderValue {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let given = request.headers().get(REQUEST_ID);
    let is_plain = |id: &&HeaderValue| id.len() <= REQUEST_ID_BYTES_MAX && id.to_str().is_ok();
    given.filter(is_plain).cloned().unwrap_or_else(|| HeaderValue::from(NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// The headers of every answer.
fn complete(headers: &mut http::HeaderMap, id: HeaderValue) {
    headers.insert(REQUEST_ID, id);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use inboxdb::Engine;
    use tower::ServiceExt;

    use super::*;
    use crate::server::Server;

    async fn in_the_task() {
        panic!("in the task");
    }

    async fn in_a_thread(State(app): State<Arc<App>>) -> Result<(), Failure> {
        app.blocking(|_| panic!("in a thread")).await
    }

    async fn ask(router: &Router, path: &str) -> (u16, String, Option<String>) {
        let request = Request::get(path).header("host", "localhost").header("x-request-id", "a1").body(Body::empty());
        let response = router.clone().oneshot(request.unwrap()).await.unwrap();
        let id = response.headers().get(REQUEST_ID).map(|id| id.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap(), id)
    }

    #[tokio::test]
    async fn panic_ends_one_request() {
        let app = Server::new(Arc::new(Engine::temporary().unwrap())).into_app();
        let routes = Router::new()
            .route("/task", get(in_the_task))
            .route("/thread", get(in_a_thread))
            .route("/healthz", get(crate::health::healthz))
            .with_state(Arc::clone(&app));
        let router = around(routes, &app);
        for path in ["/task", "/thread"] {
            let (status, body, id) = ask(&router, path).await;
            assert_eq!(status, 500, "{path}");
            assert!(body.starts_with(r#"{"error":{"code":"internal","#), "{body}");
            assert_eq!(id.as_deref(), Some("a1"));
            assert_eq!(ask(&router, "/healthz").await.0, 200);
        }
        assert_eq!(app.requests.available_permits(), app.limits.requests_max);
    }
}
