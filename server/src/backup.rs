//! `/v1/backup`: a backup of the whole store, sent as it is made, or kept by the server.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CONTENT_DISPOSITION;
use inboxdb::{BackupError, BackupReport, Timestamp};
use serde::Serialize;

use crate::app::App;
use crate::error::Failure;
use crate::reply::Json;
use crate::stream::streamed;

const PREFIX: &str = "inboxdb-";
const SUFFIX: &str = ".bak";

/// Streams a backup.
pub(crate) async fn get(State(app): State<Arc<App>>) -> Result<Response, Failure> {
    app.check_readable()?;
    let mut response = streamed(&app, "application/octet-stream", |app, out| {
        app.engine.backup(out, |_| {}).map(drop).map_err(failure)
    })
    .await?;
    let name = HeaderValue::from_static("attachment; filename=\"inboxdb.bak\"");
    response.headers_mut().insert(CONTENT_DISPOSITION, name);
    Ok(response)
}

/// Makes a backup in the directory of the server. The store remembers it, so it counts for what needs a backup.
pub(crate) async fn post(State(app): State<Arc<App>>) -> Result<Response, Failure> {
    app.check_readable()?;
    let made = app.blocking(|app| match &app.backups {
        Some(directory) => directory.make(app),
        None => {
            Err(Failure::malformed("this server keeps no backups; start it with --backups DIR, or ask by GET for one"))
        }
    });
    Ok(Json(made.await??).into_response())
}

fn failure(error: BackupError) -> Failure {
    match error {
        BackupError::Store(error) => error.into(),
        other => Failure::unavailable(other.to_string()),
    }
}

/// Where a server keeps backups.
#[derive(Debug)]
pub(crate) struct BackupDirectory {
    path: PathBuf,
    /// How many of the newest.
    kept: usize,
}

/// A backup that was made.
#[derive(Serialize)]
struct Made {
    file: PathBuf,
    #[serde(flatten)]
    report: BackupReport,
}

impl BackupDirectory {
    /// Creates the directory if it is missing.
    pub(crate) fn open(path: &Path, kept: usize) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        Ok(Self { path: fs::canonicalize(path)?, kept: kept.max(1) })
    }

    fn make(&self, app: &App) -> Result<Made, Failure> {
        // In the order of the names, the newest is the last.
        let moment = Timestamp::now().to_string().replace([':', '-'], "");
        let file = self.path.join(format!("{PREFIX}{moment}{SUFFIX}"));
        let report = app.engine.backup_to(&file, |_| {}).map_err(failure)?;
        if let Err(error) = self.remove_older() {
            tracing::warn!(%error, directory = %self.path.display(), "older backups stay");
        }
        Ok(Made { file, report })
    }

    /// Removes all but the newest of the backups that were made here.
    fn remove_older(&self) -> io::Result<()> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            names.extend(entry?.file_name().into_string().ok().filter(|name| is_backup(name)));
        }
        names.sort_unstable();
        let older = names.len().saturating_sub(self.kept);
        names.iter().take(older).try_for_each(|name| fs::remove_file(self.path.join(name)))
    }
}

/// Whether a file has a name as they are given here, such as `inboxdb-20261127T151120.123Z.bak`.
fn is_backup(name: &str) -> bool {
    let moment = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
    moment.is_some_and(|moment| {
        let like = |byte: u8| if byte.is_ascii_digit() { b'0' } else { byte };
        moment.bytes().map(like).eq(*b"00000000T000000.000Z")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_names_are_never_removed() {
        assert!(is_backup("inboxdb-20261127T151120.123Z.bak"));
        for name in
            ["inboxdb.bak", "inboxdb-monday.bak", "inboxdb-20261127T151120.123Z.bak.old", "20261127T151120.123Z"]
        {
            assert!(!is_backup(name), "{name}");
        }
    }
}
