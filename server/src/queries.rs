//! `POST /v1/queries`: one query, or a batch of lines; and the one way to an answer.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use inboxdb::{Place, Query};
use serde::Serialize;
use tokio::runtime::Handle;

use crate::access::Caller;
use crate::app::App;
use crate::at_least::Asked;
use crate::body::{self, Form};
use crate::customer;
use crate::error::Failure;
use crate::json;
use crate::lines::{Answer, Line, TooLong, answer_lines, push_line};
use crate::reply::{Json, with_place};

/// What a caller gets to see.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Answered {
    /// The answer of the engine.
    Whole(inboxdb::Answer),
    /// As much of it as a customer sees.
    Reduced(customer::Reduced),
}

/// The answer to a line of a batch.
#[derive(Serialize)]
struct Placed {
    #[serde(flatten)]
    answered: Answered,
    /// The place that it shows at most, if there is a log.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
}

#[derive(Serialize)]
struct Refused<'f, E> {
    error: &'f E,
}

/// Answers one query, or one after the other.
pub(crate) async fn post(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    if Form::of(&parts.headers)? == Form::Lines {
        return Ok(answer_lines(&app, caller.clone(), body, Queries { caller }));
    }
    let bytes = body::whole(&parts.headers, body, &app.limits).await?;
    let Asked { query, at_least } = json::read(&bytes, "a query")?;
    wait(&app, &caller, &query, at_least).await?;
    let Placed { answered, place } = app.blocking(move |app| placed(app, &caller, &query)).await??;
    Ok(with_place(Json(answered).into_response(), place))
}

/// Answers a query, and says which place of the log the answer shows at most.
fn placed(app: &App, caller: &Caller, query: &Query) -> Result<Placed, Failure> {
    let answered = answer(app, caller, query)?;
    Ok(Placed { answered, place: query.workspace().and_then(|workspace| app.shown_place(workspace)) })
}

/// Waits until reads include the place that a query names.
async fn wait(app: &App, caller: &Caller, query: &Query, at_least: Option<u64>) -> Result<(), Failure> {
    if let (Some(workspace), Some(_)) = (query.workspace(), at_least) {
        caller.workspace(Some(workspace))?;
    }
    app.reach(query.workspace(), at_least).await
}

/// Answers a query as far as the caller may ask it. May read the disk.
pub(crate) fn answer(app: &App, caller: &Caller, query: &Query) -> Result<Answered, Failure> {
    app.check_readable()?;
    if let Query::Count { view, .. } | Query::List { view, .. } = query {
        json::check_filter(view)?;
    }
    if let Some(workspace) = query.workspace() {
        caller.workspace(Some(workspace))?;
    }
    app.check_known(caller)?;
    if let Some(customer) = caller.customer() {
        return Ok(Answered::Reduced(customer::answer(app, customer, query)?));
    }
    let mut answer = app.engine.query(query)?;
    if let inboxdb::Answer::Workspaces { workspaces, .. } = &mut answer
        && let Some(token) = caller.token().filter(|_| !caller.sees_store())
    {
        // Which other workspaces there are concerns all of them.
        workspaces.retain(|workspace| *workspace == token.workspace);
    }
    Ok(Answered::Whole(answer))
}

/// Answers lines that are queries.
struct Queries {
    caller: Caller,
}

impl Answer for Queries {
    type Begun = Vec<u8>;

    fn begin(&self, app: &App, lines: Vec<Line>) -> Vec<u8> {
        let mut out = Vec::new();
        for line in lines {
            let query = match line {
                Ok(line) => json::read::<Asked>(&line, "a query"),
                Err(TooLong) => {
                    Err(Failure::malformed(format!("the line is longer than {} bytes", app.limits.body_bytes_max)))
                }
            };
            let answered = query.and_then(|Asked { query, at_least }| {
                Handle::current().block_on(wait(app, &self.caller, &query, at_least))?;
                placed(app, &self.caller, &query)
            });
            match answered {
                Ok(answered) => push_line(&mut out, &answered),
                Err(failure) => {
                    app.metrics.refused(failure.code());
                    out.extend(self.refused(0, &failure));
                }
            }
        }
        out
    }

    async fn finish(&self, _app: &App, _first: u64, answered: Vec<u8>) -> Vec<u8> {
        answered
    }

    fn refused(&self, _line: u64, failure: &Failure) -> Vec<u8> {
        let mut out = Vec::new();
        push_line(&mut out, &Refused { error: failure.told() });
        out
    }
}
