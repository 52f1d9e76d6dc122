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
use crate::{backup, commands, export, health, layers, page, queries, reads, sessions};

/// One route.
pub(crate) struct Route {
    #[allow(dead_code, reason = "the document is made from it")]
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) guard: Guard,
    handler: fn() -> MethodRouter<Arc<App>>,
}

macro_rules! route {
    ($method:ident $path:literal $guard:ident $handler:path) => {
        Route { method: methods::$method, path: $path, guard: Guard::$guard, handler: || $method($handler) }
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
    route!(post "/v1/commands" Token commands::post),
    route!(post "/v1/queries" Token queries::post),
    route!(get "/v1/workspaces/{workspace}/sidebar" Staff reads::sidebar),
    route!(get "/v1/workspaces/{workspace}/count" Token reads::count),
    route!(get "/v1/workspaces/{workspace}/chats" Token reads::chats),
    route!(get "/v1/workspaces/{workspace}/chats/{chat}" Token reads::chat),
    route!(get "/v1/workspaces/{workspace}/chats/{chat}/messages" Token reads::messages),
    route!(get "/v1/workspaces/{workspace}/managers" Staff reads::managers),
    route!(get "/v1/workspaces/{workspace}/tags" Staff reads::tags),
    route!(get "/v1/workspaces/{workspace}/customers/{customer}" Staff reads::customer),
    route!(get "/v1/workspaces/{workspace}/export" Staff export::get),
    route!(get "/v1/backup" Store backup::get),
    route!(get "/v1/session" Anyone sessions::get),
    route!(post "/v1/session" Anyone sessions::post),
    route!(delete "/v1/session" Anyone sessions::delete),
    route!(get "/healthz" Anyone health::healthz),
    route!(get "/metrics" Metrics health::metrics),
    route!(get "/openapi.json" Anyone health::openapi),
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
