//! Workspaces that are in memory: their state under a lock, their records through a cache, and what waits to be written.

mod backlog;
mod workspace;
mod write_behind;

pub(crate) use backlog::Backlog;
pub(crate) use workspace::{LoadedWorkspace, RecordCache, is_cached, new_cache};
pub(crate) use write_behind::write_frozen;
