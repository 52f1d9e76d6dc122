//! Making the state store again, of a backup and of what the journal and archives hold.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Replay;
use crate::backup::{BackupError, RebuildReport, Source, Take, io_error, read_backup};
use crate::config::Config;
use crate::directory::{Directory, Disk, LastBackup, read_checkpoint, read_last_backup};
use crate::error::OpenError;
use crate::files::{Files, RealFiles};
use crate::journal::{Chain, Place, Want};
use crate::kv::BackendError;
use crate::store::{RawWriter, Store};

/// Makes the state store of a closed store again, also where it opens.
///
/// The store's own journal, its newest backup ([`Engine::backup_to`](crate::Engine::backup_to)) and what is named here
/// are looked through for a way to bring everything back up to the newest checkpoint; what came later the next opening
/// redoes, as always. The old state store is kept in the directory of the store, as `quarantine-…`.
///
/// Opening does the same by itself where it finds a damaged state store. A damaged journal is not repaired.
///
/// ```no_run
/// let report = inboxdb::Rebuild::of("inbox").backup("monday.bak").archive("archive").run(|_, _| {})?;
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
    /// Of the store in this directory.
    pub fn of(store: impl Into<PathBuf>) -> Self {
        Self { store: store.into(), backup: None, archives: Vec::new() }
    }

    /// Of this backup, if it is one of the store and what came after it is there.
    #[must_use]
    pub fn backup(mut self, path: impl Into<PathBuf>) -> Self {
        self.backup = Some(path.into());
        self
    }

    /// Adds a directory that [`Config::archive`](crate::Config::archive) has filled.
    #[must_use]
    pub fn archive(mut self, directory: impl Into<PathBuf>) -> Self {
        self.archives.push(directory.into());
        self
    }

    /// Does it. `watch` is told how many bytes of a backup were read, and of how many. Nothing has changed after an
    /// error; after a crash the store is as it was, or is made again by the next opening.
    ///
    /// # Errors
    ///
    /// [`BackupError::Missing`] where there is no way, [`BackupError::Target`] where the store cannot be opened for it.
    pub fn run(&self, mut watch: impl FnMut(u64, u64)) -> Result<RebuildReport, BackupError> {
        let directory = Directory::open(&self.store, false)?;
        let checkpoint = read_checkpoint(directory.root()).map_err(io_error("read the checkpoint in", &self.store))?;
        rebuild(&directory, &Config::default(), checkpoint, self.backup.as_deref(), &self.archives, &mut watch)
    }
}

/// A way to everything up to the checkpoint.
struct Way {
    /// What to begin with; with nothing where it is none.
    backup: Option<(PathBuf, Source)>,
    place: Place,
    /// The newest change that it leads to.
    seq: u64,
}

/// A backup that may be of use.
struct Candidate {
    path: PathBuf,
    /// What is known of it, where the store has noted it.
    noted: Option<LastBackup>,
}

/// Makes the state store again so that it holds everything up to `checkpoint`.
pub(crate) fn rebuild(
    disk: &dyn Disk,
    config: &Config,
    checkpoint: u64,
    backup: Option<&Path>,
    archives: &[PathBuf],
    watch: &mut dyn FnMut(u64, u64),
) -> Result<RebuildReport, BackupError> {
    let mut chain = Chain::find::<BackupError>(directories(disk, &[]))?;
    let mut way = find_way(disk, &chain, checkpoint, backup, watch);
    if matches!(way, Err(BackupError::Missing { .. })) && !archives.is_empty() {
        // Only where the journal is not enough, as an archive may be that of another store.
        chain = Chain::find::<BackupError>(directories(disk, archives))?;
        way = find_way(disk, &chain, checkpoint, backup, watch);
    }
    let way = way?;

    disk.discard_new_state().map_err(io_error("make a new state store in", disk.path()))?;
    let store = Store::new(disk.open_new_state(config.store_cache_bytes).map_err(OpenError::from)?);
    let mut filling = Filling { rows: Some(RawWriter::new(&store)), redo: Replay::new(disk, &store, config) };
    if let Some((path, source)) = &way.backup {
        let again = read_backup(path, &mut filling, &mut |done, total| watch(done, total))?;
        if again.report != source.report {
            let reason = "it has changed while it was being read".to_owned();
            return Err(BackupError::Damaged { path: path.clone(), offset: 0, reason });
        }
    }
    follow(&chain, way.place, checkpoint, |seq, payload| filling.change(seq, payload))?;
    filling.finish(&store, way.seq)?;
    drop(store);
    let quarantine =
        disk.replace_state_set_aside().map_err(io_error("put the new state store in its place in", disk.path()))?;
    let replayed = way.seq - way.place.seq;
    Ok(RebuildReport { seq: way.seq, replayed, backup: way.backup.map(|(path, _)| path), quarantine })
}

fn directories(disk: &dyn Disk, archives: &[PathBuf]) -> Vec<(PathBuf, Arc<dyn Files>)> {
    let archives = archives.iter().map(|path| (path.clone(), Arc::new(RealFiles::new(path.clone())) as _));
    std::iter::once((disk.path().join("journal"), disk.journal())).chain(archives).collect()
}

/// The shortest way first: the backup, where there is one, before all changes since the first.
fn find_way(
    disk: &dyn Disk,
    chain: &Chain,
    checkpoint: u64,
    backup: Option<&Path>,
    watch: &mut dyn FnMut(u64, u64),
) -> Result<Way, BackupError> {
    let noted = read_last_backup(disk.root()).map_err(io_error("read which backup is the newest in", disk.path()))?;
    let named = backup.map(|path| Candidate { path: path.to_owned(), noted: None });
    let noted = noted.map(|noted| Candidate { path: noted.path.clone(), noted: Some(noted) });
    let candidates: Vec<Candidate> = named.into_iter().chain(noted).collect();
    let mut obstacles = Vec::new();
    for candidate in &candidates {
        match candidate.way(chain, checkpoint, watch) {
            Ok(way) => return Ok(way),
            Err(error) => obstacles.push(format!("of the backup {}: {error}", candidate.path.display())),
        }
    }
    if candidates.is_empty() {
        obstacles.push("of a backup: none is known of".to_owned());
    }
    let place = Place { seq: 0, salt: None };
    match reach(chain, place, checkpoint) {
        Ok(seq) => return Ok(Way { backup: None, place, seq }),
        Err(error) => obstacles.push(format!("of the first change on: {error}")),
    }
    Err(BackupError::Missing { through: checkpoint, looked: obstacles.join("; "), places: chain.places() })
}

impl Candidate {
    fn way(&self, chain: &Chain, checkpoint: u64, watch: &mut dyn FnMut(u64, u64)) -> Result<Way, BackupError> {
        let source = read_backup(&self.path, &mut (), watch)?;
        let (seq, digest) = (source.report.seq, source.report.digest);
        let place = Place { seq, salt: source.salt };
        let is_noted = self.noted.as_ref().is_some_and(|noted| (noted.seq, noted.digest) == (seq, digest));
        // A backup that took the place of the noted one is as good, if it is one of this store.
        if !is_noted && seq > 0 && !chain.goes_on::<BackupError>(place)? {
            return Err(BackupError::Foreign { path: self.path.clone(), seq });
        }
        let seq = reach(chain, place, checkpoint)?;
        Ok(Way { backup: Some((self.path.clone(), source)), place, seq })
    }
}

/// The change that is reached from a place: the checkpoint, or the place itself where that is behind it.
fn reach(chain: &Chain, place: Place, checkpoint: u64) -> Result<u64, BackupError> {
    let reached = follow(chain, place, checkpoint, |_, _| Ok(()))?;
    if reached < checkpoint {
        return Err(BackupError::Gap { from: reached + 1, to: checkpoint });
    }
    Ok(reached)
}

fn follow(
    chain: &Chain,
    place: Place,
    checkpoint: u64,
    mut each: impl FnMut(u64, &[u8]) -> Result<(), BackupError>,
) -> Result<u64, BackupError> {
    if place.seq >= checkpoint {
        return Ok(place.seq);
    }
    let followed =
        chain.follow(
            place,
            |seq, payload| {
                if seq > checkpoint { Ok(Want::Enough) } else { each(seq, payload).map(|()| Want::More) }
            },
        );
    Ok(followed?)
}

/// A new state store that is being filled: with rows first, and then with what changes did.
struct Filling<'s> {
    rows: Option<RawWriter<'s>>,
    redo: Replay<'s>,
}

impl Filling<'_> {
    fn finish(mut self, store: &Store, seq: u64) -> Result<(), BackupError> {
        self.end_rows()?;
        self.redo.finish()?;
        store.seal(seq).map_err(row_failed)
    }

    fn end_rows(&mut self) -> Result<(), BackupError> {
        self.rows.take().map_or(Ok(()), |rows| rows.finish(0)).map_err(row_failed)
    }
}

impl Take for Filling<'_> {
    fn row(&mut self, key: &[u8], value: &[u8]) -> Result<(), BackupError> {
        self.rows.as_mut().map_or(Ok(()), |rows| rows.row(key, value)).map_err(row_failed)
    }

    fn change(&mut self, seq: u64, payload: &[u8]) -> Result<(), BackupError> {
        self.end_rows()?;
        Ok(self.redo.change(seq, payload)?)
    }
}

fn row_failed(error: BackendError) -> BackupError {
    BackupError::Store(error.into())
}
