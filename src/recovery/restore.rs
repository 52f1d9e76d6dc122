//! Creating a store from a backup and the changes after it.

use std::path::{Path, PathBuf};

use super::error::{RecoveryError, RestoreError};
use super::report::RestoreReport;
use super::steps::{CheckedBackup, find_chain, replay};
use super::target::Target;
use super::until::Until;
use crate::backup::{BackupReport, BackupVisitor};
use crate::journal::{Chain, Place};
use crate::model::Progress;
use crate::record::clock_in_change;

/// Creates a store from a backup: the state at its end, or with archives a later state.
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
    /// Starts with the backup in this file.
    pub fn from(backup: impl Into<PathBuf>) -> Self {
        Self { backup: backup.into(), archives: Vec::new(), until: None }
    }

    /// Adds a directory with journal segments: one filled by [`Config::archive`](crate::Config::archive), or `journal`
    /// in the directory of the store itself. Their changes after the backup are replayed: all of them, or up to
    /// [`until`](Self::until).
    #[must_use]
    pub fn archive(mut self, directory: impl Into<PathBuf>) -> Self {
        self.archives.push(directory.into());
        self
    }

    /// Sets where replay ends. A time later than all changes means all of them.
    #[must_use]
    pub fn until(mut self, until: Until) -> Self {
        self.until = Some(until);
        self
    }

    /// Creates a store in a missing or empty directory. Its first opening replays what came after the checkpoint;
    /// snoozes that have become due do not end before that. `watch` receives the number of backup bytes read and the
    /// total: the backup is read twice.
    ///
    /// Nothing is written before the backup and the changes after it have been checked. After an error the directory is
    /// empty, and after a crash it holds nothing that opens.
    ///
    /// # Errors
    ///
    /// [`RestoreError`]: the backup cannot be used, changes are missing, `until` is out of reach, or the directory is
    /// not empty or cannot be written to.
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
            // The journal of a store in use may have lost its oldest segment meanwhile.
            if end < seq { Err(RecoveryError::Gap { from: end + 1, to: seq }) } else { Ok(()) }
        })?;
        Ok(RestoreReport { seq, replayed: seq - backup.report.seq, backup: backup.report })
    }
}

/// Returns the overall progress. The backup is read twice: `which` is 0 for the first time, 1 for the second.
fn half(now: Progress, which: u64) -> Progress {
    let total = now.total.unwrap_or_default();
    Progress::of(which * total + now.done, 2 * total)
}

/// The changes after a backup.
struct Later {
    chain: Chain,
    place: Place,
    until: Option<Until>,
}

impl Later {
    /// Returns the newest change to restore.
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

    /// Replays the wanted changes, up to `last` if given, and returns the newest one. If the journal belongs to a store
    /// in use, there may be more changes by now.
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
