//! A bulk action that a server does: its progress, and its report.

use std::io::BufRead;

use inboxdb::{BulkReport, Envelope, Progress};
use serde_json::Value;

use crate::failure::Failure;
use crate::remote::{Remote, refusal_of};
use crate::terminal;

/// Sends the action, and shows how far the server is.
pub(super) fn execute(server: &Remote, envelope: Envelope, dated: bool) -> Result<BulkReport, Failure> {
    let bar = terminal::Progress::of_chats("", 0);
    for line in server.watched(&envelope, dated)?.lines() {
        let line: Value = serde_json::from_str(&line.map_err(|error| server.broken(&error))?)?;
        match refusal_of(&line) {
            Some(Ok(refusal)) => return Err(Failure::Refused(refusal.message)),
            Some(Err(message)) => return Err(Failure::Refused(message)),
            None => {}
        }
        if let Some(report) = line.get("ok") {
            return Ok(serde_json::from_value(report.clone())?);
        }
        let mut progress = Progress::default();
        progress.done = line["progress"]["done"].as_u64().unwrap_or_default();
        progress.total = line["progress"]["total"].as_u64();
        bar.show(progress);
    }
    Err(server.broken(&"the answer ended before the report; the action goes on"))
}
