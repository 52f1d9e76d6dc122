//! `GET /v1/backup`: a backup of the whole store, as it is made.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::HeaderValue;
use http::header::CONTENT_DISPOSITION;
use inboxdb::BackupError;

use crate::app::App;
use crate::error::Failure;
use crate::stream::streamed;

/// Streams a backup.
pub(crate) async fn get(State(app): State<Arc<App>>) -> Result<Response, Failure> {
    let mut response = streamed(&app, "application/octet-stream", |app, out| {
        let done = app.engine.backup(out, |_| {});
        done.map(drop).map_err(|error| match error {
            BackupError::Store(error) => error.into(),
            other => Failure::unavailable(other.to_string()),
        })
    })
    .await?;
    let name = HeaderValue::from_static("attachment; filename=\"inboxdb.bak\"");
    response.headers_mut().insert(CONTENT_DISPOSITION, name);
    Ok(response)
}
