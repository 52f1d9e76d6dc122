//! The workspace that a command names, which must exist: a count of nothing would be taken for an answer.

use inboxdb::{Engine, Workspace, WorkspaceId};

use crate::failure::Failure;
use crate::inbox::Inbox;
use crate::remote::Remote;
use crate::terminal::{plural, thousands};

/// Workspaces named in an error message.
const NAMED_MAX: usize = 20;

/// A workspace of the store, or the failure with those that exist.
pub(crate) fn known(engine: &Engine, workspace: WorkspaceId) -> Result<Workspace, Failure> {
    let existing = engine.info()?.workspaces;
    if !existing.contains(&workspace) {
        return Err(Failure::Refused(format!("there is no workspace {workspace}; {}", those(&existing))));
    }
    Ok(engine.workspace(workspace)?)
}

/// A workspace behind a server, or the failure with those that the token may see.
pub(crate) fn known_there(remote: &Remote, workspace: WorkspaceId) -> Result<Inbox<'_>, Failure> {
    match remote.workspaces()? {
        Some(existing) if !existing.contains(&workspace) => {
            Err(Failure::Refused(format!("there is no workspace {workspace} here; {}", those(&existing))))
        }
        _ => Ok(Inbox::there(remote, workspace)),
    }
}

fn those(existing: &[WorkspaceId]) -> String {
    let named: Vec<String> = existing.iter().take(NAMED_MAX).map(WorkspaceId::to_string).collect();
    let more = match existing.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!(" and {} more", thousands(more as u64)),
    };
    match existing.len() {
        0 => "the store has none yet".to_owned(),
        1 => format!("the store has workspace {}: name it with --workspace", named.concat()),
        count => format!("the store has {}: {}{more}", plural(count as u64, "workspace"), named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn existing_workspaces_are_named_up_to_a_limit() {
        let ids = |count| (1..=count).map(WorkspaceId).collect::<Vec<_>>();
        assert_eq!(those(&ids(0)), "the store has none yet");
        assert_eq!(those(&ids(1)), "the store has workspace 1: name it with --workspace");
        assert_eq!(those(&ids(3)), "the store has 3 workspaces: 1, 2, 3");
        assert!(those(&ids(1_025)).ends_with(", 19, 20 and 1,005 more"));
    }
}
