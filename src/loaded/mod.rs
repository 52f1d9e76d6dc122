//! Workspaces in memory: their state behind a lock, their records behind a cache, and the write-behind of their
//! changes.

mod backlog;
mod budget;
mod cache;
mod checkpoint_requests;
mod records;
#[cfg(test)]
mod tests;
mod workspace;
mod workspace_ref;
mod workspaces;
mod write_behind;

pub(crate) use backlog::Backlog;
pub(crate) use cache::RecordCache;
pub(crate) use checkpoint_requests::CheckpointRequests;
pub(crate) use records::{RecordReader, Records};
pub(crate) use workspace::LoadedWorkspace;
pub(crate) use workspace_ref::WorkspaceRef;
pub(crate) use workspaces::Workspaces;
pub(crate) use write_behind::write_frozen;
