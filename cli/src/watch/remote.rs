//! The events of a server.

use std::io::BufRead;

use inboxdb::FeedEvent;

use super::{Arguments, print_event};
use crate::failure::Failure;
use crate::remote::Remote;
use crate::workspaces::known_there;

/// Prints what the server tells.
pub(super) fn run(arguments: &Arguments, remote: &Remote) -> Result<(), Failure> {
    let inbox = known_there(remote, arguments.place.workspace())?;
    let mut parameters: Vec<_> = arguments.views.iter().map(|view| ("views", view.to_string())).collect();
    parameters.extend(arguments.from.map(|seq| ("from", seq.to_string())));
    parameters.extend(arguments.after.map(|id| ("after", id.to_string())));
    let path = format!("/v1/workspaces/{}/events", inbox.id());
    let mut id = String::new();
    for line in remote.stream(&path, &parameters)?.lines() {
        let line = line.map_err(|error| remote.broken(&error))?;
        if let Some(told) = line.strip_prefix("id: ") {
            told.clone_into(&mut id);
        }
        let Some(json) = line.strip_prefix("data: ") else { continue };
        let event: FeedEvent = serde_json::from_str(json)?;
        if print_event(arguments, &event, &id)? {
            return Ok(());
        }
    }
    // The server was told to stop, or the token no longer counts.
    Err(remote.broken(&"the events have ended"))
}
