//! Progress of long-running work.

use serde::{Deserialize, Serialize};

use super::WorkspaceId;

/// Progress of long-running work, as passed to every `watch` callback.
///
/// The unit depends on the work: chats for a bulk action, an export, a scrub or an index build; bytes for a backup or
/// an import; rows for a compaction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Progress {
    /// Units done.
    pub done: u64,
    /// Units in total, or `None` if unknown, as for a stream.
    pub total: Option<u64>,
    /// The current workspace, if the work goes one workspace at a time.
    pub workspace: Option<WorkspaceId>,
}

impl Progress {
    /// Creates a progress with a known total.
    pub(crate) fn of(done: u64, total: u64) -> Self {
        Self { done, total: Some(total), workspace: None }
    }

    /// Creates a progress with an unknown total.
    pub(crate) fn so_far(done: u64) -> Self {
        Self { done, total: None, workspace: None }
    }

    /// Returns the same progress with its workspace set.
    pub(crate) fn in_workspace(self, workspace: WorkspaceId) -> Self {
        Self { workspace: Some(workspace), ..self }
    }
}
