//! Background work and maintenance: checkpoints, timers, scrubs, backups, compaction.

pub(super) mod backup;
pub(super) mod checkpoint;
pub(super) mod compact;
pub(super) mod live_compact;
pub(super) mod retention;
pub(super) mod scrub;
pub(super) mod threads;
pub(super) mod timer;
