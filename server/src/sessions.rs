//! `/v1/session`: who one is, and the cookie that the page has in place of a token.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use inboxdb::{Actor, Timestamp, WorkspaceId};
use serde::{Deserialize, Serialize};

use crate::access::{Caller, Guard, clear_cookie, set_cookie};
use crate::app::App;
use crate::body::{self, Form};
use crate::error::Failure;
use crate::json;
use crate::reply::Json;

/// Who a caller is.
#[derive(Debug, Serialize)]
struct Session {
    /// Whether the server has no secret, so that anyone who reaches it may do everything.
    open: bool,
    workspace: Option<WorkspaceId>,
    actor: Option<Actor>,
    /// Seconds since the Unix epoch.
    expires_at: Option<u64>,
}

impl Session {
    fn of(caller: &Caller) -> Self {
        let token = caller.token();
        Self {
            open: token.is_none(),
            workspace: token.map(|token| token.workspace),
            actor: token.map(|token| token.actor),
            expires_at: token.map(|token| token.expires_at_s),
        }
    }
}

/// `GET /v1/session`: who one is.
pub(crate) async fn get(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let (parts, _body) = request.into_parts();
    let caller = app.caller(Guard::Token, &parts)?.unwrap_or(Caller::Open);
    Ok(Json(Session::of(&caller)).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Traded {
    token: String,
}

/// `POST /v1/session`: trades the token for a cookie.
pub(crate) async fn post(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    if app.secrets.is_none() {
        return Err(Failure::malformed("the server has no secret, so there is no token to trade"));
    }
    let token = match bearer(&parts) {
        Some(token) => token,
        None => {
            // Not by a form: another site could send one, and so make the visitor someone else.
            Form::json_only(&parts.headers)?;
            let bytes = body::whole(&parts.headers, body, &app.limits).await?;
            json::read::<Traded>(&bytes, "a token")?.token
        }
    };
    let caller = app.holder(&token)?;
    let known = caller.clone();
    app.blocking(move |app| app.check_known(&known)).await??;
    let seconds =
        caller.token().map_or(0, |token| token.expires_at_s.saturating_sub(Timestamp::now().as_millis() / 1_000));
    let cookie = set_cookie(&token, seconds, &parts.headers);
    let cookie = cookie.ok_or_else(|| Failure::unauthorized("the token is not one of this server's"))?;
    let mut response = Json(Session::of(&caller)).into_response();
    response.headers_mut().insert(SET_COOKIE, cookie);
    Ok(response)
}

fn bearer(parts: &Parts) -> Option<String> {
    let (_, token) = parts.headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    Some(token.trim().to_owned())
}

/// `DELETE /v1/session`: takes the cookie away.
pub(crate) async fn delete() -> Response {
    let headers = HeaderMap::from_iter([(SET_COOKIE, clear_cookie())]);
    (StatusCode::NO_CONTENT, headers).into_response()
}
