//! Writing: the path of a command, submissions, bulk actions, imports, custom indexes, sweeping.

pub(super) mod acting;
pub(super) mod admission;
pub(super) mod bulk;
pub(super) mod execute;
mod firing;
pub(super) mod following;
pub(super) mod import;
pub(super) mod indexing;
pub(super) mod pipeline;
pub(super) mod prepare;
pub(super) mod replicated;
pub(super) mod submission;
mod sweeping;
pub(super) mod timer_queue;
pub(super) mod writer;
