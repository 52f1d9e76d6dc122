//! `POST /v1/commands`: one command, or a batch of lines.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use inboxdb::{Actor, Command, Condition, Envelope, Error, Outcome, Reply, Submission, Timestamp, WorkspaceId};
use serde::{Deserialize, Serialize};

use crate::access::Caller;
use crate::app::App;
use crate::body::{self, Form};
use crate::error::Failure;
use crate::json;
use crate::lines::{Answer, Line, TooLong, answer_lines, push_line};
use crate::progress;
use crate::reply::Json;

/// The header that is the `id` of a command.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The longest `id`, in bytes.
const ID_BYTES_MAX: usize = 64;

/// An envelope as clients send it: what the token says may be left out, and so may the time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    workspace: Option<WorkspaceId>,
    at: Option<Timestamp>,
    actor: Option<Actor>,
    #[serde(rename = "do")]
    command: Command,
    id: Option<String>,
    #[serde(rename = "if")]
    condition: Option<Condition>,
}

/// The result of an accepted command.
#[derive(Debug, Serialize)]
pub(crate) struct Accepted {
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    seq: u64,
    ok: Reply,
}

#[derive(Serialize)]
struct Refused<'f, E> {
    line: u64,
    error: &'f E,
}

/// Does one command, or one after the other.
pub(crate) async fn post(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    let key = idempotency_key(&parts.headers)?;
    if Form::of(&parts.headers)? == Form::Lines {
        return match key {
            Some(_) => Err(Failure::malformed("a batch has no `Idempotency-Key`; give each line an `id`")),
            None => Ok(answer_lines(&app, caller.clone(), body, Commands { caller })),
        };
    }
    let bytes = body::whole(&parts.headers, body, &app.limits).await?;
    let envelope = read(&bytes, &caller, key)?;
    if progress::is_wanted(&parts.headers) {
        return Ok(progress::execute(&app, envelope));
    }
    let submitted = app.blocking(move |app| app.engine.submit(envelope)).await?;
    let outcome = settle(&app, submitted).await?;
    Ok(Json(accepted(None, outcome)).into_response())
}

/// Waits until a command is durable, and counts it if it was accepted.
async fn settle(app: &App, submitted: Result<Submission, Error>) -> Result<Outcome, Failure> {
    let done = match submitted {
        Ok(submission) => submission.await,
        Err(error) => Err(error),
    };
    let outcome = done?;
    app.metrics.accepted();
    Ok(outcome)
}

pub(crate) fn accepted(line: Option<u64>, Outcome { seq, reply, .. }: Outcome) -> Accepted {
    Accepted { line, seq, ok: reply }
}

/// Reads an envelope, and completes it by what the token says and the clock.
fn read(bytes: &[u8], caller: &Caller, key: Option<String>) -> Result<Envelope, Failure> {
    let given: Given = json::read(bytes, "a command")?;
    if let Command::Bulk { select: inboxdb::Selection::Filter(filter), .. } = &given.command {
        json::check_filter(filter)?;
    }
    let id = match (given.id, key) {
        (Some(id), Some(key)) if id != key => {
            return Err(Failure::malformed("`id` and `Idempotency-Key` differ; one of them is enough"));
        }
        (id, key) => id.or(key),
    };
    let workspace = caller.workspace(given.workspace)?;
    let actor = caller.actor(given.actor)?;
    let mut envelope = Envelope::new(workspace, given.at.unwrap_or_else(Timestamp::now), actor, given.command);
    envelope.id = id;
    envelope.condition = given.condition;
    Ok(envelope)
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Failure> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(key) = keys.next() else { return Ok(None) };
    if keys.next().is_some() {
        return Err(Failure::malformed("there are several `Idempotency-Key`s"));
    }
    match key.to_str() {
        Ok(key) if (1..=ID_BYTES_MAX).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(Failure::malformed(format!("`Idempotency-Key` needs 1 to {ID_BYTES_MAX} characters of ASCII"))),
    }
}

/// Answers lines that are commands.
struct Commands {
    caller: Caller,
}

impl Answer for Commands {
    type Begun = Vec<Result<Result<Submission, Error>, Failure>>;

    fn begin(&self, app: &App, lines: Vec<Line>) -> Self::Begun {
        let submit = |line| Ok(app.engine.submit(self.envelope(app, line)?));
        lines.into_iter().map(submit).collect()
    }

    async fn finish(&self, app: &App, first: u64, begun: Self::Begun) -> Vec<u8> {
        let mut out = Vec::new();
        for (line, submitted) in (first..).zip(begun) {
            let outcome = match submitted {
                Ok(submitted) => settle(app, submitted).await,
                Err(failure) => Err(failure),
            };
            match outcome {
                Ok(outcome) => push_line(&mut out, &accepted(Some(line), outcome)),
                Err(failure) => {
                    app.metrics.refused(failure.code());
                    out.extend(self.refused(line, &failure));
                }
            }
        }
        out
    }

    fn refused(&self, line: u64, failure: &Failure) -> Vec<u8> {
        let mut out = Vec::new();
        push_line(&mut out, &Refused { line, error: failure.body() });
        out
    }
}

impl Commands {
    fn envelope(&self, app: &App, line: Line) -> Result<Envelope, Failure> {
        match line {
            Ok(line) => read(&line, &self.caller, None),
            Err(TooLong) => {
                Err(Failure::malformed(format!("the line is longer than {} bytes", app.limits.body_bytes_max)))
            }
        }
    }
}
