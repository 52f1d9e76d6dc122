//! The table of routes: the router and the OpenAPI document are both made from it.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post};
use http::Method;

use crate::access::{Guard, admit};
use crate::app::App;
use crate::error::Failure;
use crate::openapi::Operation;
use crate::{backup, commands, events, export, health, layers, openapi, page, queries, reads, sessions};

/// One route.
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) guard: Guard,
    pub(crate) operation: Operation,
    handler: fn() -> MethodRouter<Arc<App>>,
}

macro_rules! route {
    ($method:ident $path:literal $guard:ident $handler:path, $operation:ident) => {
        Route {
            method: methods::$method,
            path: $path,
            guard: Guard::$guard,
            operation: openapi::$operation,
            handler: || $method($handler),
        }
    };
}

/// The methods under the names of their functions in axum.
#[allow(non_upper_case_globals, reason = "the names of the functions")]
mod methods {
    use http::Method;
    pub(super) const get: Method = Method::GET;
    pub(super) const post: Method = Method::POST;
    pub(super) const delete: Method = Method::DELETE;
}

/// Every route, without the files of the page.
pub(crate) static ROUTES: &[Route] = &[
    route!(post "/v1/commands" Token commands::post, COMMANDS),
    route!(post "/v1/queries" Token queries::post, QUERIES),
    route!(get "/v1/workspaces/{workspace}/sidebar" Staff reads::sidebar, SIDEBAR),
    route!(get "/v1/workspaces/{workspace}/count" Token reads::count, COUNT),
    route!(get "/v1/workspaces/{workspace}/chats" Token reads::chats, CHATS),
    route!(get "/v1/workspaces/{workspace}/chats/{chat}" Token reads::chat, CHAT),
    route!(get "/v1/workspaces/{workspace}/chats/{chat}/messages" Token reads::messages, MESSAGES),
    route!(get "/v1/workspaces/{workspace}/managers" Staff reads::managers, MANAGERS),
    route!(get "/v1/workspaces/{workspace}/tags" Staff reads::tags, TAGS),
    route!(get "/v1/workspaces/{workspace}/customers/{customer}" Staff reads::customer, CUSTOMER),
    route!(get "/v1/workspaces/{workspace}/export" Staff export::get, EXPORT),
    route!(get "/v1/workspaces/{workspace}/events" Token events::get, EVENTS),
    route!(get "/v1/backup" Store backup::get, BACKUP),
    route!(post "/v1/backup" Store backup::post, KEEP_BACKUP),
    route!(get "/v1/session" Anyone sessions::get, WHO),
    route!(post "/v1/session" Anyone sessions::post, TRADE),
    route!(delete "/v1/session" Anyone sessions::delete, LEAVE),
    route!(get "/healthz" Anyone health::healthz, HEALTH),
    route!(get "/metrics" Metrics health::metrics, METRICS),
    route!(get "/openapi.json" Anyone health::openapi, DOCUMENT),
];

/// The router of a server.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let guarded = (route.handler)().route_layer(from_fn_with_state((Arc::clone(app), route.guard), admit));
        router = router.route(route.path, guarded);
    }
    for path in page::paths() {
        router = router.route(path, get(page::get));
    }
    let router = router.method_not_allowed_fallback(other_method).fallback(no_route);
    layers::around(router.with_state(Arc::clone(app)), app)
}

async fn no_route(request: Request) -> Failure {
    Failure::no_route(request.uri().path())
}

async fn other_method(request: Request) -> Response {
    Failure::method(request.method(), request.uri().path()).into_response()
}
