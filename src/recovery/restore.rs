//! Making a store from a backup, and from the changes that came after it.

use crate::model::Progress;
use std::path::{Path, PathBuf};

use super::error::{RecoveryError, RestoreError};
use super::report::RestoreReport;
use super::steps::{CheckedBackup, find_chain, replay};
use super::target::Target;
use super::until::Until;
use crate::backup::{BackupReport, BackupVisitor};
use crate::journal::{Chain, Place};
use crate::record::clock_in_change;

/// Makes a store of a backup: the state at its end, or with archives a later one.
///
/// ```no_run
/// use inboxdb::{Config, Engine, Restore};
///
/// let report = Restore::from("monday.bak").archive("archive").until("2026-03-01T12:00:00Z".parse()?).run("restored", |_| {})?;
/// println!("restored up to change {}", report.seq);
/// let engine = Engine::open("restored", Config::default())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Restore {
    backup: PathBuf,
    archives: Vec<PathBuf>,
    until: Option<Until>,
}

impl Restore {
    /// Of the backup in this file.
    pub fn from(backup: impl Into<PathBuf>) -> Self {
        Self { backup: backup.into(), archives: Vec::new(), until: None }
    }

    /// Adds a directory with segments of the journal: one that [`Config::archive`](crate::Config::archive) has filled, or
    /// `journal` in the directory of the store itself. What they hold behind the backup is replayed: all of it, or
    /// up to where [`until`](Self::until) says.
    #[must_use]
    pub fn archive(mut self, directory: impl Into<PathBuf>) -> Self {
        self.archives.push(directory.into());
        self
    }

    /// Up to where changes are replayed. A moment that is later than all changes means all of them.
    #[must_use]
    pub fn until(mut self, until: Until) -> Self {
        self.until = Some(until);
        self
    }

    /// Makes a store in a directory that is missing or empty. Opening it then redoes what came after the checkpoint.
    /// Snoozes that have become due since do not end before that. `watch` is told how many bytes of the backup were
    /// read, and of how many: it is read twice.
    ///
    /// Nothing is written before the backup and the changes behind it are known to be whole. After an error there is
    /// nothing in the directory, and after a crash nothing that opens.
    ///
    /// # Errors
    ///
    /// [`RestoreError`]: the backup cannot be used, changes are missing, `until` is out of reach, or the directory is not
    /// empty or cannot be written to.
    pub fn run(
        &self,
        directory: impl AsRef<Path>,
        mut watch: impl FnMut(Progress),
    ) -> Result<RestoreReport, RestoreError> {
        Target::check(directory.as_ref())?;
        let backup = CheckedBackup::check(&self.backup, &mut |now| watch(half(now, 0))).map_err(RecoveryError::from)?;
        let later = Later { chain: find_chain(None, &self.archives)?, place: backup.place, until: self.until };
        let seq = later.reach(&backup.report)?;
        let target = Target::begin(directory.as_ref(), backup.report.checkpoint)?;
        target.fill(|target| {
            backup.write_into(target, &mut |now| watch(half(now, 1)))?;
            let end = later.replay(Some(seq), |seq, payload| target.change(seq, payload))?;
            // The journal of a store in use may have lost its oldest segment in the meantime.
            if end < seq { Err(RecoveryError::Gap { from: end + 1, to: seq }) } else { Ok(()) }
        })?;
        Ok(RestoreReport { seq, replayed: seq - backup.report.seq, backup: backup.report })
    }
}

/// The backup is read twice: how far all of it is while it is read for the first time (0) or the second (1).
fn half(now: Progress, which: u64) -> Progress {
    let total = now.total.unwrap_or_default();
    Progress::of(which * total + now.done, 2 * total)
}

/// The changes behind a backup.
struct Later {
    chain: Chain,
    place: Place,
    until: Option<Until>,
}

impl Later {
    /// The newest change that will be restored.
    fn reach(&self, backup: &BackupReport) -> Result<u64, RestoreError> {
        if let Some(until) = self.until
            && !until.includes(backup.seq, backup.clock.as_millis())
        {
            return Err(RestoreError::BeforeEnd { until, seq: backup.seq, clock: backup.clock.to_string() });
        }
        let end = self.replay(None, |_, _| Ok(()))?;
        match self.until {
            Some(Until::Seq(wanted)) if wanted > end => Err(RestoreError::BeyondEnd { wanted, end }),
            _ => Ok(end),
        }
    }

    /// Replays the changes that are wanted, up to `last` if it is known; returns the newest one. There may be more of
    /// them by now, if the journal is that of a store in use.
    fn replay(
        &self,
        last: Option<u64>,
        each: impl FnMut(u64, &[u8]) -> Result<(), RecoveryError>,
    ) -> Result<u64, RecoveryError> {
        let wanted = |seq, payload: &[u8]| {
            let clock =
                clock_in_change(payload).map_err(|error| RecoveryError::Change { seq, reason: error.to_string() })?;
            Ok(last.is_none_or(|last| seq <= last) && self.until.is_none_or(|until| until.includes(seq, clock)))
        };
        replay(&self.chain, self.place, wanted, each)
    }
}
