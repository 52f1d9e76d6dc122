//! Recovery: restoring a backup, rebuilding a state store, replaying a journal.

mod error;
mod rebuild;
mod replay;
mod report;
mod restore;
mod steps;
mod target;
mod until;

pub use error::{RebuildError, RecoveryError, RestoreError};
pub use rebuild::Rebuild;
pub(crate) use rebuild::rebuild;
pub(crate) use replay::Replay;
pub use report::{RebuildReport, RestoreReport};
pub use restore::Restore;
pub use until::Until;
