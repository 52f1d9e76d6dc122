//! `GET /v1/workspaces/1/export`: the data of a workspace, as it is read.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::HeaderValue;
use http::header::CONTENT_DISPOSITION;
use inboxdb::{Actor, ExportError, ExportFormat, Filter, ManagerId, View, ViewError};
use serde::Deserialize;

use crate::access::Caller;
use crate::app::App;
use crate::body::NDJSON;
use crate::error::Failure;
use crate::json::{check_filter, check_id};
use crate::reads::{Given, Ids};
use crate::stream::streamed;

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Jsonl,
    Csv,
    Excel,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    filter: Option<String>,
    format: Option<Format>,
    /// Who asks, where no token says it.
    manager: Option<u64>,
    at_least: Option<u64>,
}

/// Streams an export. Only owners and the system may have one.
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Ids(workspace): Ids<u64>,
    Given(wanted): Given<Wanted>,
) -> Result<Response, Failure> {
    check_id(workspace)?;
    caller.workspace(Some(workspace.into()))?;
    app.check_readable()?;
    app.reach(Some(workspace.into()), wanted.at_least).await?;
    let actor = actor(&caller, wanted.manager)?;
    let filter = match wanted.filter {
        Some(text) => text.parse::<Filter>().map_err(|error: ViewError| Failure::malformed(error.to_string()))?,
        None => View::all().into(),
    };
    check_filter(&filter)?;
    let (format, media_type, ending) = match wanted.format.unwrap_or_default() {
        Format::Jsonl => (ExportFormat::JsonLines, NDJSON, "jsonl"),
        Format::Csv => (ExportFormat::Csv, "text/csv; charset=utf-8", "csv"),
        Format::Excel => (ExportFormat::ExcelCsv, "text/csv; charset=utf-8", "csv"),
    };
    let work = move |app: &App, out: &mut _| {
        let exported = app.engine.export(workspace, actor, &filter, format, out, |_| {});
        exported.map(drop).map_err(failure)
    };
    let mut response = streamed(&app, media_type, work).await?;
    let name = format!("attachment; filename=\"workspace-{workspace}.{ending}\"");
    if let Ok(name) = HeaderValue::from_str(&name) {
        response.headers_mut().insert(CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// The token's actor. Without a token the system, or the manager that is named.
fn actor(caller: &Caller, manager: Option<u64>) -> Result<Actor, Failure> {
    let named = manager.map(|manager| Actor::Manager(ManagerId(manager)));
    match caller {
        Caller::Open => {
            manager.map_or(Ok(()), check_id)?;
            Ok(named.unwrap_or(Actor::System))
        }
        Caller::Holder(_) => caller.actor(named),
    }
}

fn failure(error: ExportError) -> Failure {
    match error {
        ExportError::Refused(refusal) => refusal.into(),
        ExportError::Store(error) => error.into(),
        other => Failure::unavailable(other.to_string()),
    }
}
