//! The reads that have an address of their own.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, Path, Query as Parameters, State};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use inboxdb::{ChatId, Cursor, CustomerId, Error, Filter, ListOrder, ManagerId, Query, View, Visibility, WorkspaceId};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::access::Caller;
use crate::app::App;
use crate::error::Failure;
use crate::json::check_id;
use crate::queries::answer;
use crate::reply::{Json, with_place};

/// Says up to which change of the workspace an answer knows at least.
const SEQ: HeaderName = HeaderName::from_static("inboxdb-seq");

/// The numbers in a path.
pub(crate) struct Ids<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Ids<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Path(ids) = Path::<T>::from_request_parts(parts, state).await.map_err(|error: PathRejection| {
            Failure::malformed(format!("the path names no such thing: {}", error.body_text()))
        })?;
        Ok(Self(ids))
    }
}

/// The parameters behind the question mark.
pub(crate) struct Given<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Given<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let wrong = |error: QueryRejection| Failure::malformed(error.body_text());
        let Parameters(given) = Parameters::<T>::from_request_parts(parts, state).await.map_err(wrong)?;
        Ok(Self(given))
    }
}

/// What the reads without other parameters take.
#[derive(Debug, Deserialize)]
pub(crate) struct AtLeast {
    at_least: Option<u64>,
}

/// Answers a query, with the change up to which the answer knows.
async fn answered(app: Arc<App>, caller: Caller, at_least: Option<u64>, query: Query) -> Result<Response, Failure> {
    let WorkspaceId(workspace) = caller.workspace(query.workspace())?;
    check_id(workspace)?;
    app.reach(query.workspace(), at_least).await?;
    let (seq, answer, place) = app
        .blocking(move |app| {
            let seq = app.engine.workspace(workspace)?.seq();
            let answer = answer(app, &caller, &query)?;
            Ok::<_, Failure>((seq, answer, app.shown_place(WorkspaceId(workspace))))
        })
        .await??;
    let mut response = Json(answer).into_response();
    response.headers_mut().insert(SEQ, HeaderValue::from(seq));
    Ok(with_place(response, place))
}

fn filter(text: &str) -> Result<Filter, Failure> {
    text.parse().map_err(|error: inboxdb::ViewError| Failure::malformed(error.to_string()))
}

fn cursor(text: Option<&str>) -> Result<Option<Cursor>, Failure> {
    Ok(text.map(str::parse::<Cursor>).transpose().map_err(Error::from)?)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfManager {
    manager: Option<u64>,
    at_least: Option<u64>,
}

impl OfManager {
    /// The manager that is named, or that of the token.
    fn manager(&self, caller: &Caller) -> Result<ManagerId, Failure> {
        let manager = self.manager.map(ManagerId).or(caller.manager());
        let manager = manager.ok_or_else(|| Failure::malformed("missing parameter `manager`; no token says which"))?;
        check_id(manager.0)?;
        Ok(manager)
    }
}

/// `GET /v1/workspaces/1/sidebar?manager=7`.
pub(crate) async fn sidebar(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Ids(workspace): Ids<u64>,
    Given(of): Given<OfManager>,
) -> Result<Response, Failure> {
    let manager = of.manager(&caller)?;
    answered(app, caller, of.at_least, Query::sidebar(workspace, manager)).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfView {
    view: Option<String>,
    at_least: Option<u64>,
}

/// The view of a request: all chats, or those of a customer who asks, if it names none.
fn view_of(given: Option<&str>, caller: &Caller) -> Result<Filter, Failure> {
    match (given, caller.customer()) {
        (Some(text), _) => filter(text),
        (None, Some(customer)) => Ok(View::customer(customer).into()),
        (None, None) => Ok(View::all().into()),
    }
}

/// `GET /v1/workspaces/1/count?view=…`.
pub(crate) async fn count(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Ids(workspace): Ids<u64>,
    Given(of): Given<OfView>,
) -> Result<Response, Failure> {
    let view = view_of(of.view.as_deref(), &caller)?;
    answered(app, caller, of.at_least, Query::count(workspace, view)).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListOf {
    view: Option<String>,
    limit: Option<u64>,
    before: Option<String>,
    order: Option<ListOrder>,
    ids: Option<bool>,
    at_least: Option<u64>,
}

/// `GET /v1/workspaces/1/chats?view=…&limit=…&before=…&order=…&ids=…`.
pub(crate) async fn chats(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Ids(workspace): Ids<u64>,
    Given(of): Given<ListOf>,
) -> Result<Response, Failure> {
    let mut query = Query::list(workspace, view_of(of.view.as_deref(), &caller)?);
    if let Some(limit) = of.limit {
        query = query.limit(limit);
    }
    if let Some(before) = cursor(of.before.as_deref())? {
        query = query.before(before);
    }
    if of.order == Some(ListOrder::Oldest) {
        query = query.oldest_first();
    }
    if of.ids == Some(true) {
        query = query.ids();
    }
    answered(app, caller, of.at_least, query).await
}

/// `GET /v1/workspaces/1/chats/7`.
pub(crate) async fn chat(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Ids((workspace, chat)): Ids<(u64, u32)>,
    Given(of): Given<AtLeast>,
) -> Result<Response, Failure> {
    answered(app, caller, of.at_least, Query::show(workspace, ChatId(chat))).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessagesOf {
    visibility: Option<Visibility>,
    limit: Option<u64>,
    before: Option<String>,
    at_least: Option<u64>,
}

/// `GET /v1/workspaces/1/chats/7/messages`.
pub(crate) async fn messages(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Ids((workspace, chat)): Ids<(u64, u32)>,
    Given(of): Given<MessagesOf>,
) -> Result<Response, Failure> {
    let mut query = Query::messages(workspace, ChatId(chat));
    if let Some(visibility) = of.visibility {
        query = query.visibility(visibility);
    }
    if let Some(limit) = of.limit {
        query = query.limit(limit);
    }
    if let Some(before) = cursor(of.before.as_deref())? {
        query = query.before(before);
    }
    answered(app, caller, of.at_least, query).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ManagersOf {
    removed: Option<bool>,
    at_least: Option<u64>,
}

/// `GET /v1/workspaces/1/managers`.
pub(crate) async fn managers(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Ids(workspace): Ids<u64>,
    Given(of): Given<ManagersOf>,
) -> Result<Response, Failure> {
    let query = match of.removed {
        Some(true) => Query::all_managers(workspace),
        _ => Query::managers(workspace),
    };
    answered(app, caller, of.at_least, query).await
}

/// `GET /v1/workspaces/1/tags`.
pub(crate) async fn tags(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Ids(workspace): Ids<u64>,
    Given(of): Given<AtLeast>,
) -> Result<Response, Failure> {
    answered(app, caller, of.at_least, Query::tags(workspace)).await
}

/// `GET /v1/workspaces/1/customers/5`.
pub(crate) async fn customer(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Ids((workspace, customer)): Ids<(u64, u64)>,
    Given(of): Given<AtLeast>,
) -> Result<Response, Failure> {
    check_id(customer)?;
    answered(app, caller, of.at_least, Query::customer(workspace, CustomerId(customer))).await
}
