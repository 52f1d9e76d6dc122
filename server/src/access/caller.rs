//! The one who makes a request, and what a route asks of them.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, Method};
use inboxdb::{Actor, Code, CustomerId, Error, ManagerId, Timestamp, WorkspaceId};

use super::session::{COOKIE_HEADER, cookie_of};
use super::token::Token;
use crate::app::App;
use crate::error::Failure;
use crate::origin::same_origin;

/// What a route asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guard {
    /// Nothing.
    Anyone,
    /// A token, or a server without a secret.
    Token,
    /// A token of a manager or the system.
    Staff,
    /// A token of the system that concerns all workspaces.
    Store,
    /// As `Store`, unless the server shows its metrics to anyone.
    Metrics,
}

/// The one who makes a request.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// Of a server without a secret: anyone who reaches it may do everything.
    Open,
    /// The holder of a token.
    Holder(Arc<Token>),
}

impl Caller {
    /// The workspace that a request is about: the token's, if it names none.
    pub(crate) fn workspace(&self, named: Option<WorkspaceId>) -> Result<WorkspaceId, Failure> {
        match (self, named) {
            (Caller::Holder(token), Some(named)) if named != token.workspace => {
                Err(Failure::forbidden(format!("the token is for workspace {}, not {named}", token.workspace)))
            }
            (Caller::Holder(token), _) => Ok(token.workspace),
            (Caller::Open, Some(named)) => Ok(named),
            (Caller::Open, None) => Err(Failure::malformed("missing field `workspace`; no token says which")),
        }
    }

    /// The actor of a command: the token's, if it names none.
    pub(crate) fn actor(&self, named: Option<Actor>) -> Result<Actor, Failure> {
        match (self, named) {
            (Caller::Holder(token), Some(named)) if named != token.actor => {
                Err(Failure::forbidden(format!("the token is for {}, not {named}", token.actor)))
            }
            (Caller::Holder(token), _) => Ok(token.actor),
            (Caller::Open, Some(named)) => Ok(named),
            (Caller::Open, None) => Err(Failure::malformed("missing field `actor`; no token says who acts")),
        }
    }

    /// The manager of the token.
    pub(crate) fn manager(&self) -> Option<ManagerId> {
        match self {
            Caller::Holder(token) => token.actor.manager(),
            Caller::Open => None,
        }
    }

    /// The customer, who sees their own chats only.
    pub(crate) fn customer(&self) -> Option<CustomerId> {
        match self {
            Caller::Holder(token) => match token.actor {
                Actor::Customer(customer) => Some(customer),
                _ => None,
            },
            Caller::Open => None,
        }
    }

    /// Whether the caller may see what concerns all workspaces.
    pub(crate) fn sees_store(&self) -> bool {
        match self {
            Caller::Open => true,
            Caller::Holder(token) => token.store && token.actor == Actor::System,
        }
    }

    /// The token, if there is one.
    pub(crate) fn token(&self) -> Option<&Arc<Token>> {
        match self {
            Caller::Open => None,
            Caller::Holder(token) => Some(token),
        }
    }

    /// A name for limits: the same for all requests with one token.
    pub(crate) fn name(&self) -> String {
        match self {
            Caller::Open => "open".to_owned(),
            Caller::Holder(token) => match &token.id {
                Some(id) => id.clone(),
                None => format!("{} {}", token.workspace, token.actor),
            },
        }
    }
}

/// Lets a request through to its route, or answers in its place.
pub(crate) async fn admit(
    State((app, guard)): State<(Arc<App>, Guard)>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let (mut parts, body) = request.into_parts();
    if let Some(caller) = app.caller(guard, &parts)? {
        if !app.pace.take(&caller.name(), Instant::now()) {
            let limit = app.limits.requests_per_second_max;
            return Err(Failure::too_many(format!("more than {limit} requests a second")));
        }
        parts.extensions.insert(caller);
    }
    Ok(next.run(Request::from_parts(parts, body)).await.into_response())
}

impl App {
    /// Who makes a request, as far as its route asks.
    pub(crate) fn caller(&self, guard: Guard, parts: &Parts) -> Result<Option<Caller>, Failure> {
        if guard == Guard::Anyone || guard == Guard::Metrics && self.metrics_open {
            return Ok(None);
        }
        if self.secrets.is_none() {
            return Ok(Some(Caller::Open));
        }
        let caller = match bearer(&parts.headers)? {
            Some(token) => self.holder(token)?,
            None => {
                let cookie = cookie_of(&parts.headers);
                let token = cookie
                    .ok_or_else(|| Failure::unauthorized("there is no token; send it as `Authorization: Bearer …`"))?;
                let caller = self.holder(token)?;
                check_cookie(parts)?;
                caller
            }
        };
        check_guard(guard, &caller)?;
        Ok(Some(caller))
    }

    /// The holder of a token that counts.
    pub(crate) fn holder(&self, token: &str) -> Result<Caller, Failure> {
        let secrets = self.secrets.as_ref().ok_or_else(|| Failure::unauthorized("the server has no secret"))?;
        let token = Token::check(token, secrets).map_err(Failure::unauthorized)?;
        self.check_still_valid(&token)?;
        Ok(Caller::Holder(Arc::new(token)))
    }

    /// Refuses a token that has expired or was revoked meanwhile.
    pub(crate) fn check_still_valid(&self, token: &Token) -> Result<(), Failure> {
        if Timestamp::now().as_millis() / 1_000 >= token.expires_at_s {
            return Err(Failure::unauthorized("the token has expired"));
        }
        match (&self.revoked, &token.id) {
            (Some(revoked), Some(id)) if revoked.contains(id) => Err(Failure::unauthorized("the token is revoked")),
            _ => Ok(()),
        }
    }

    /// Refuses readers who left, or never were: of a manager who was removed, and of a customer who was deleted, nothing
    /// is left but the token. May read the disk.
    pub(crate) fn check_known(&self, caller: &Caller) -> Result<(), Failure> {
        let Some(token) = caller.token() else { return Ok(()) };
        let gone = || Failure::forbidden(format!("{} is not in workspace {}", token.actor, token.workspace));
        let workspace = self.engine.workspace(token.workspace)?;
        match token.actor {
            Actor::Manager(manager) => match workspace.manager(manager) {
                Ok(manager) if manager.removed => Err(gone()),
                Err(Error::Refused(refusal)) if refusal.code == Code::UnknownManager => Err(gone()),
                known => Ok(known.map(drop)?),
            },
            Actor::Customer(customer) => match workspace.customer(customer) {
                Err(Error::Refused(refusal)) if refusal.code == Code::UnknownCustomer => Err(gone()),
                known => Ok(known.map(drop)?),
            },
            _ => Ok(()),
        }
    }
}

/// The token in the header, if it is there.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Failure> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let wrong = || Failure::unauthorized("the header is not `Authorization: Bearer …`");
    let (scheme, token) = value.to_str().map_err(|_| wrong())?.split_once(' ').ok_or_else(wrong)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(Some(token.trim())) } else { Err(wrong()) }
}

/// Refuses what another site could have sent with the visitor's cookie.
fn check_cookie(parts: &Parts) -> Result<(), Failure> {
    let is_read = parts.method == Method::GET || parts.method == Method::HEAD;
    if !is_read && !parts.headers.contains_key(COOKIE_HEADER) {
        let message = format!("a request with the cookie needs the header `{COOKIE_HEADER}: 1`, unless it only reads");
        return Err(Failure::forbidden(message));
    }
    match same_origin(parts) {
        true => Ok(()),
        false => Err(Failure::forbidden("a page of another site may not use the cookie")),
    }
}

fn check_guard(guard: Guard, caller: &Caller) -> Result<(), Failure> {
    match guard {
        Guard::Anyone | Guard::Token => Ok(()),
        _ if caller.customer().is_some() => Err(Failure::not_for_customers()),
        Guard::Staff => Ok(()),
        Guard::Store | Guard::Metrics if caller.sees_store() => Ok(()),
        Guard::Store | Guard::Metrics => Err(Failure::forbidden(
            "this concerns all workspaces, and needs a token of the system with `\"store\":true`",
        )),
    }
}
