//! `POST /v1/queries`: one query, or a batch of lines; and the one way to an answer.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use inboxdb::Query;
use serde::Serialize;

use crate::access::Caller;
use crate::app::App;
use crate::body::{self, Form};
use crate::customer;
use crate::error::Failure;
use crate::json;
use crate::lines::{Answer, Line, TooLong, answer_lines, push_line};
use crate::reply::Json;

/// What a caller gets to see.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Answered {
    /// The answer of the engine.
    Whole(inboxdb::Answer),
    /// As much of it as a customer sees.
    Reduced(customer::Reduced),
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
    let query = json::read(&bytes, "a query")?;
    Ok(Json(app.blocking(move |app| answer(app, &caller, &query)).await??).into_response())
}

/// Answers a query as far as the caller may ask it. May read the disk.
pub(crate) fn answer(app: &App, caller: &Caller, query: &Query) -> Result<Answered, Failure> {
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
                Ok(line) => json::read(&line, "a query"),
                Err(TooLong) => {
                    Err(Failure::malformed(format!("the line is longer than {} bytes", app.limits.body_bytes_max)))
                }
            };
            match query.and_then(|query| answer(app, &self.caller, &query)) {
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
        push_line(&mut out, &Refused { error: failure.body() });
        out
    }
}
