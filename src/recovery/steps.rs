//! Steps shared by restoring and rebuilding: check a backup, write its contents, replay the changes after it.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::RecoveryError;
use crate::backup::{BackupFileError, BackupReport, BackupVisitor, read_backup};
use crate::files::{Files, RealFiles};
use crate::journal::{Chain, Place};
use crate::model::Progress;

/// A store being created: takes rows first, then changes.
pub(super) trait Sink: BackupVisitor<Error = RecoveryError> {}

impl<T: BackupVisitor<Error = RecoveryError>> Sink for T {}

/// A backup that was read to its end and is intact.
pub(super) struct CheckedBackup {
    pub(super) path: PathBuf,
    pub(super) report: BackupReport,
    /// Where the changes after it start.
    pub(super) place: Place,
}

impl CheckedBackup {
    /// Reads the whole backup without writing anything.
    pub(super) fn check(path: &Path, watch: &mut dyn FnMut(Progress)) -> Result<Self, BackupFileError> {
        let source = read_backup(path, &mut (), watch)?;
        let place = Place { seq: source.report.seq, salt: source.salt };
        Ok(Self { path: path.to_owned(), report: source.report, place })
    }

    /// Writes the contents of the backup. Fails if the file has changed since the check.
    pub(super) fn write_into(
        &self,
        sink: &mut impl Sink,
        watch: &mut dyn FnMut(Progress),
    ) -> Result<(), RecoveryError> {
        let again = read_backup(&self.path, sink, watch)?;
        if again.report == self.report {
            return Ok(());
        }
        let reason = "it has changed while it was being read".to_owned();
        Err(BackupFileError::Damaged { path: self.path.clone(), offset: 0, reason }.into())
    }
}

/// Replays the changes after a place while `wanted` returns true. Returns the newest one.
pub(super) fn replay(
    chain: &Chain,
    place: Place,
    mut wanted: impl FnMut(u64, &[u8]) -> Result<bool, RecoveryError>,
    mut each: impl FnMut(u64, &[u8]) -> Result<(), RecoveryError>,
) -> Result<u64, RecoveryError> {
    let followed = chain.follow(place, |seq, payload| {
        if !wanted(seq, payload)? {
            return Ok(ControlFlow::Break(()));
        }
        each(seq, payload).map(|()| ControlFlow::Continue(()))
    });
    Ok(followed?)
}

/// Finds the segments in some directories, after those of `first`.
pub(super) fn find_chain(
    first: Option<(PathBuf, Arc<dyn Files>)>,
    archives: &[PathBuf],
) -> Result<Chain, RecoveryError> {
    let archives = archives.iter().map(|path| (path.clone(), Arc::new(RealFiles::new(path.clone())) as Arc<dyn Files>));
    Ok(Chain::find::<RecoveryError>(first.into_iter().chain(archives).collect())?)
}
