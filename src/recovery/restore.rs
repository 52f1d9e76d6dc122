//! Making a store of a backup, and of the changes that came after it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::backup::{BackupError, BackupReport, RestoreReport, Source, Take, read_backup as read};
use crate::files::{Files, RealFiles};
use crate::journal::{Chain, Place, Want};
use crate::record::clock_in_change;
use crate::recovery::Until;
use crate::recovery::target::Target;

/// Makes a store of a backup: the state at its end, or with archives a later one.
///
/// ```no_run
/// use inboxdb::{Config, Engine, Restore};
///
/// let report = Restore::from("monday.bak").archive("archive").until("2026-03-01T12:00:00Z".parse()?).run("restored", |_, _| {})?;
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
    /// [`BackupError`]: the backup cannot be used, changes are missing, `until` is out of reach, or the directory is not
    /// empty or cannot be written to.
    pub fn run(
        &self,
        directory: impl AsRef<Path>,
        mut watch: impl FnMut(u64, u64),
    ) -> Result<RestoreReport, BackupError> {
        Target::check(directory.as_ref())?;
        let source = read(&self.backup, &mut (), &mut |done, total| watch(done, 2 * total))?;
        let later = Later::find(self, &source)?;
        let seq = later.reach(&source.report)?;
        let backup = source.report;
        let target = Target::begin(directory.as_ref(), backup.checkpoint)?;
        target.fill(|target| {
            let again = read(&self.backup, target, &mut |done, total| watch(total + done, 2 * total))?;
            if again.report != backup {
                let reason = "it has changed while it was being restored".to_owned();
                return Err(BackupError::Damaged { path: self.backup.clone(), offset: 0, reason });
            }
            later.replay(Some(seq), |seq, payload| target.change(seq, payload)).and_then(|end| {
                // The journal of a store in use may have lost its oldest segment in the meantime.
                if end < seq { Err(BackupError::Gap { from: end + 1, to: seq }) } else { Ok(()) }
            })
        })?;
        Ok(RestoreReport { seq, replayed: seq - backup.seq, backup })
    }
}

/// The changes behind a backup.
struct Later {
    chain: Chain,
    place: Place,
    until: Option<Until>,
}

impl Later {
    fn find(restore: &Restore, source: &Source) -> Result<Self, BackupError> {
        let archives = restore.archives.iter();
        let archives = archives.map(|path| (path.clone(), Arc::new(RealFiles::new(path.clone())) as Arc<dyn Files>));
        let chain = Chain::find::<BackupError>(archives.collect())?;
        let place = Place { seq: source.report.seq, salt: source.salt };
        Ok(Self { chain, place, until: restore.until })
    }

    /// The newest change that will be restored.
    fn reach(&self, backup: &BackupReport) -> Result<u64, BackupError> {
        if let Some(until) = self.until
            && !until.includes(backup.seq, backup.clock.as_millis())
        {
            return Err(BackupError::BeforeEnd { until, seq: backup.seq, clock: backup.clock.to_string() });
        }
        let end = self.replay(None, |_, _| Ok(()))?;
        match self.until {
            Some(Until::Seq(wanted)) if wanted > end => Err(BackupError::BeyondEnd { wanted, end }),
            _ => Ok(end),
        }
    }

    /// Hands over the changes that are wanted, up to `last` where it is known; answers with the newest one. There may be
    /// more of them by now, where the journal is that of a store in use.
    fn replay(
        &self,
        last: Option<u64>,
        mut each: impl FnMut(u64, &[u8]) -> Result<(), BackupError>,
    ) -> Result<u64, BackupError> {
        let wanted = |seq, clock| {
            last.is_none_or(|last| seq <= last) && self.until.is_none_or(|until| until.includes(seq, clock))
        };
        let replayed = self.chain.follow(self.place, |seq, payload| {
            let clock =
                clock_in_change(payload).map_err(|error| BackupError::Change { seq, reason: error.to_string() })?;
            if !wanted(seq, clock) {
                return Ok(Want::Enough);
            }
            each(seq, payload).map(|()| Want::More)
        });
        Ok(replayed?)
    }
}
