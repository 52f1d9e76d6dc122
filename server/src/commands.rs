//! `POST /v1/commands`: one command, or a batch of lines.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use inboxdb::{Actor, Command, Condition, Envelope, Place, Reply, Timestamp, WorkspaceId};
use serde::{Deserialize, Serialize};

use crate::access::Caller;
use crate::app::App;
use crate::body::{self, Form};
use crate::error::Failure;
use crate::executor::{Done, ExecuteError, Executed};
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
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
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
    let executed = app.executor.execute(vec![envelope]).await.pop();
    let done = settle(&app, executed.unwrap_or(Err(ExecuteError::Panicked)))?;
    Ok(Json(accepted(None, done)).into_response())
}

/// Counts what came of a command.
pub(crate) fn settle(app: &App, executed: Executed) -> Result<Done, Failure> {
    match executed {
        Ok(done) => {
            app.metrics.accepted();
            Ok(done)
        }
        Err(error) => {
            if let ExecuteError::Unknown(_) = error {
                app.metrics.unknown();
            }
            Err(error.into())
        }
    }
}

pub(crate) fn accepted(line: Option<u64>, Done { outcome, place }: Done) -> Accepted {
    Accepted { line, seq: outcome.seq, ok: outcome.reply, place }
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
    type Begun = Vec<Result<Envelope, Failure>>;

    fn begin(&self, app: &App, lines: Vec<Line>) -> Self::Begun {
        lines.into_iter().map(|line| self.envelope(app, line)).collect()
    }

    async fn finish(&self, app: &App, first: u64, begun: Self::Begun) -> Vec<u8> {
        let (mut envelopes, mut malformed) = (Vec::new(), Vec::new());
        for line in begun {
            malformed.push(line.map(|envelope| envelopes.push(envelope)).err());
        }
        let mut executed = app.executor.execute(envelopes).await.into_iter();
        let mut out = Vec::new();
        for (line, failure) in (first..).zip(malformed) {
            let done = match failure {
                Some(failure) => Err(failure),
                None => settle(app, executed.next().unwrap_or(Err(ExecuteError::Panicked))),
            };
            match done {
                Ok(done) => push_line(&mut out, &accepted(Some(line), done)),
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
        push_line(&mut out, &Refused { line, error: failure.told() });
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
