//! Writing: the path of a command, submissions, bulk actions, imports, custom indexes.

pub(super) mod acting;
pub(super) mod admission;
pub(super) mod bulk;
pub(super) mod execute;
pub(super) mod import;
pub(super) mod indexing;
pub(super) mod pipeline;
pub(super) mod submission;
pub(super) mod timer_queue;
pub(super) mod writer;
