//! Making a store whole again: from a backup, an archive and a journal.

mod rebuild;
mod replay;
mod restore;
mod target;
mod until;

pub use rebuild::Rebuild;
pub(crate) use rebuild::rebuild;
pub(crate) use replay::Replay;
pub use restore::Restore;
pub use until::Until;
