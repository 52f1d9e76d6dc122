//! How far long work is.

use serde::{Deserialize, Serialize};

use super::WorkspaceId;

/// How far long work is: what every `watch` callback is told.
///
/// The unit depends on the work: chats of a bulk action, an export, a scrub or an index that is built; bytes of a backup
/// or an import; rows of a compaction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Progress {
    /// How much is done.
    pub done: u64,
    /// How much there is; none if that is not known, as of a stream.
    pub total: Option<u64>,
    /// The workspace that is being worked on, if the work is done one workspace at a time.
    pub workspace: Option<WorkspaceId>,
}

impl Progress {
    /// So much of a known total.
    pub(crate) fn of(done: u64, total: u64) -> Self {
        Self { done, total: Some(total), workspace: None }
    }

    /// So much of an unknown total.
    pub(crate) fn so_far(done: u64) -> Self {
        Self { done, total: None, workspace: None }
    }

    /// The same of one workspace.
    pub(crate) fn in_workspace(self, workspace: WorkspaceId) -> Self {
        Self { workspace: Some(workspace), ..self }
    }
}
