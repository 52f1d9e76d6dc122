//! Recovery: restoring a backup, rebuilding a state store, replaying a journal, salvaging a store without its journal.

mod error;
mod rebuild;
mod replay;
mod report;
mod restore;
mod salvage;
mod steps;
mod target;
mod until;

pub use error::{RebuildError, RecoveryError, RestoreError, SalvageError};
pub use rebuild::Rebuild;
pub(crate) use rebuild::rebuild;
pub(crate) use replay::Replay;
pub use report::{ChangeRange, RebuildReport, RestoreReport, SalvageReport};
pub use restore::Restore;
pub use salvage::Salvage;
pub use until::Until;
