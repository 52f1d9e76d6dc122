//! Rebuilding the state store from a backup, the journal and archives.

use std::path::{Path, PathBuf};

use super::Replay;
use super::error::{RebuildError, RecoveryError};
use super::report::RebuildReport;
use super::steps::{CheckedBackup, find_chain, replay};
use crate::backup::BackupVisitor;
use crate::config::Config;
use crate::directory::{Directory, Disk, LastBackup, checkpoint_error, read_checkpoint, read_last_backup};
use crate::error::OpenError;
use crate::journal::{Chain, Place};
use crate::model::Progress;
use crate::store::{RawWriter, Store};

/// Rebuilds the state store of a closed store, even if it opens.
///
/// The sources are the store's own journal, its newest backup ([`Engine::backup_to`](crate::Engine::backup_to)) and
/// what is added here. Together they must reach the newest checkpoint; later changes are replayed by the next opening,
/// as always. The old state store is kept in the directory of the store, as `quarantine-…`.
///
/// Opening does the same automatically if the state store is damaged. For a damaged journal there is [`Salvage`](crate::Salvage).
///
/// ```no_run
/// let report = inboxdb::Rebuild::of("inbox").backup("monday.bak").archive("archive").run(|_| {})?;
/// println!("the old state store is in {}", report.quarantine.display());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Rebuild {
    store: PathBuf,
    backup: Option<PathBuf>,
    archives: Vec<PathBuf>,
}

impl Rebuild {
    /// Starts with the store in this directory.
    pub fn of(store: impl Into<PathBuf>) -> Self {
        Self { store: store.into(), backup: None, archives: Vec::new() }
    }

    /// Also tries this backup, which must be one of this store. The changes after it must be available.
    #[must_use]
    pub fn backup(mut self, path: impl Into<PathBuf>) -> Self {
        self.backup = Some(path.into());
        self
    }

    /// Adds a directory filled by [`Config::archive`](crate::Config::archive).
    #[must_use]
    pub fn archive(mut self, directory: impl Into<PathBuf>) -> Self {
        self.archives.push(directory.into());
        self
    }

    /// Rebuilds the state store. `watch` receives the number of backup bytes read and their total. An error changes
    /// nothing. After a crash the store is unchanged, or the next opening rebuilds it.
    ///
    /// # Errors
    ///
    /// [`RebuildError::Missing`] if the sources do not suffice, [`RecoveryError::Target`](crate::RecoveryError::Target)
    /// if the store cannot be opened.
    pub fn run(&self, mut watch: impl FnMut(Progress)) -> Result<RebuildReport, RebuildError> {
        let directory = Directory::open(&self.store, false).map_err(RecoveryError::from)?;
        let checkpoint = read_checkpoint(directory.root()).map_err(checkpoint_error(&directory));
        let checkpoint = checkpoint.map_err(RecoveryError::from)?.seq;
        rebuild(&directory, &Config::default(), checkpoint, self.backup.as_deref(), &self.archives, &mut watch)
    }
}

/// How to recover everything up to the checkpoint.
struct RebuildPlan {
    /// The backup to start from. Without one, replay starts with the first change.
    backup: Option<CheckedBackup>,
    /// The newest change reached.
    seq: u64,
}

impl RebuildPlan {
    /// Returns where replay starts.
    fn place(&self) -> Place {
        self.backup.as_ref().map_or(FIRST, |backup| backup.place)
    }
}

/// The place before the first change of a store.
const FIRST: Place = Place { seq: 0, salt: None };

/// A backup that may be usable.
struct Candidate {
    path: PathBuf,
    /// What the store has recorded about it.
    noted: Option<LastBackup>,
}

/// Rebuilds the state store so that it holds everything up to `checkpoint`.
pub(crate) fn rebuild(
    disk: &dyn Disk,
    config: &Config,
    checkpoint: u64,
    backup: Option<&Path>,
    archives: &[PathBuf],
    watch: &mut dyn FnMut(Progress),
) -> Result<RebuildReport, RebuildError> {
    let journal = || Some((disk.path().join("journal"), disk.journal()));
    let mut chain = find_chain(journal(), &[])?;
    let mut plan = find_plan(disk, &chain, checkpoint, backup, watch);
    if matches!(plan, Err(RebuildError::Missing { .. })) && !archives.is_empty() {
        // Archives are used only if the journal is not enough, since they may belong to another store.
        chain = find_chain(journal(), archives)?;
        plan = find_plan(disk, &chain, checkpoint, backup, watch);
    }
    let plan = plan?;
    write_new_state(disk, config, &chain, &plan, checkpoint, watch)?;
    let quarantine = disk
        .replace_state_set_aside()
        .map_err(RecoveryError::io("put the new state store in its place in", disk.path()))?;
    let replayed = plan.seq - plan.place().seq;
    Ok(RebuildReport { seq: plan.seq, replayed, backup: plan.backup.map(|backup| backup.path), quarantine })
}

/// Fills a new state store beside the current one.
fn write_new_state(
    disk: &dyn Disk,
    config: &Config,
    chain: &Chain,
    plan: &RebuildPlan,
    checkpoint: u64,
    watch: &mut dyn FnMut(Progress),
) -> Result<(), RecoveryError> {
    disk.discard_new_state().map_err(RecoveryError::io("make a new state store in", disk.path()))?;
    let store = Store::new(disk.open_new_state(config.store_cache_bytes).map_err(OpenError::from)?);
    let mut new = NewState { rows: Some(RawWriter::new(&store)), replay: Replay::new(disk, &store, config) };
    if let Some(backup) = &plan.backup {
        backup.write_into(&mut new, watch)?;
    }
    follow(chain, plan.place(), checkpoint, |seq, payload| new.change(seq, payload))?;
    new.finish(&store, plan.seq)
}

/// Finds the shortest plan: from a backup if there is one, else from the first change.
fn find_plan(
    disk: &dyn Disk,
    chain: &Chain,
    checkpoint: u64,
    backup: Option<&Path>,
    watch: &mut dyn FnMut(Progress),
) -> Result<RebuildPlan, RebuildError> {
    let noted =
        read_last_backup(disk.root()).map_err(RecoveryError::io("read which backup is the newest in", disk.path()))?;
    let named = backup.map(|path| Candidate { path: path.to_owned(), noted: None });
    let noted = noted.map(|noted| Candidate { path: noted.path.clone(), noted: Some(noted) });
    let candidates: Vec<Candidate> = named.into_iter().chain(noted).collect();
    let mut obstacles = Vec::new();
    for candidate in &candidates {
        match candidate.plan(chain, checkpoint, watch) {
            Ok(plan) => return Ok(plan),
            Err(error) => obstacles.push(format!("from the backup {}: {error}", candidate.path.display())),
        }
    }
    if candidates.is_empty() {
        obstacles.push("from a backup: none is known".to_owned());
    }
    match reach(chain, FIRST, checkpoint) {
        Ok(seq) => return Ok(RebuildPlan { backup: None, seq }),
        Err(error) => obstacles.push(format!("from the first change on: {error}")),
    }
    Err(RebuildError::Missing { through: checkpoint, looked: obstacles.join("; "), places: chain.places() })
}

impl Candidate {
    fn plan(
        &self,
        chain: &Chain,
        checkpoint: u64,
        watch: &mut dyn FnMut(Progress),
    ) -> Result<RebuildPlan, RebuildError> {
        let backup = CheckedBackup::check(&self.path, watch).map_err(RecoveryError::from)?;
        let (seq, digest) = (backup.report.seq, backup.report.digest);
        let is_noted = self.noted.as_ref().is_some_and(|noted| (noted.seq, noted.digest) == (seq, digest));
        // A backup that replaced the recorded one is just as good, if it belongs to this store.
        if !is_noted && seq > 0 && !chain.goes_on(backup.place).map_err(RecoveryError::from)? {
            return Err(RebuildError::Foreign { path: self.path.clone(), seq });
        }
        let seq = reach(chain, backup.place, checkpoint)?;
        Ok(RebuildPlan { backup: Some(backup), seq })
    }
}

/// Returns the change reached from a place: the checkpoint, or the place itself if that is later.
fn reach(chain: &Chain, place: Place, checkpoint: u64) -> Result<u64, RecoveryError> {
    let reached = follow(chain, place, checkpoint, |_, _| Ok(()))?;
    if reached < checkpoint {
        return Err(RecoveryError::Gap { from: reached + 1, to: checkpoint });
    }
    Ok(reached)
}

/// Replays the changes after a place up to the checkpoint.
fn follow(
    chain: &Chain,
    place: Place,
    checkpoint: u64,
    each: impl FnMut(u64, &[u8]) -> Result<(), RecoveryError>,
) -> Result<u64, RecoveryError> {
    if place.seq >= checkpoint {
        return Ok(place.seq);
    }
    replay(chain, place, |seq, _| Ok(seq <= checkpoint), each)
}

/// A new state store being filled: first with rows, then with changes.
struct NewState<'s> {
    rows: Option<RawWriter<'s>>,
    replay: Replay<'s>,
}

impl NewState<'_> {
    fn finish(mut self, store: &Store, seq: u64) -> Result<(), RecoveryError> {
        self.end_rows()?;
        self.replay.finish()?;
        Ok(store.seal(seq)?)
    }

    fn end_rows(&mut self) -> Result<(), RecoveryError> {
        Ok(self.rows.take().map_or(Ok(()), |rows| rows.finish(0))?)
    }
}

impl BackupVisitor for NewState<'_> {
    type Error = RecoveryError;

    fn row(&mut self, key: &[u8], value: &[u8]) -> Result<(), RecoveryError> {
        Ok(self.rows.as_mut().map_or(Ok(()), |rows| rows.row(key, value))?)
    }

    fn change(&mut self, seq: u64, payload: &[u8]) -> Result<(), RecoveryError> {
        self.end_rows()?;
        Ok(self.replay.change(seq, payload)?)
    }
}
