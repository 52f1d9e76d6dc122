//! The store that a backup becomes.

use std::path::Path;
use std::{fs, io};

use crate::backup::{BackupError, Take};
use crate::directory::{Directory, Disk, write_checkpoint};
use crate::error::OpenError;
use crate::journal::{Failed, Journal, Options};
use crate::kv::BackendError;
use crate::store::{RawWriter, Store};

/// Bytes of the cache of the state store while it is being filled.
const CACHE_BYTES: u64 = 16 << 20;

/// So many bytes of changes are gathered before they are written.
const QUEUED_BYTES_MAX: usize = 1 << 20;

/// A directory that is to become a store. It has the lock, and no format yet: nobody takes it for one.
pub(crate) struct Target {
    directory: Directory,
    checkpoint: u64,
    store: Store,
    journal: Journal,
}

/// A target that is being filled.
pub(crate) struct Filling<'t> {
    target: &'t Target,
    rows: RawWriter<'t>,
}

impl Target {
    /// An error where the directory holds something.
    pub(crate) fn check(path: &Path) -> Result<(), BackupError> {
        match fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
            Ok(true) => Ok(()),
            Ok(false) => Err(BackupError::NotEmpty(path.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(BackupError::Io { doing: "list", path: path.to_owned(), source }),
        }
    }

    /// Begins a store with rows that hold everything up to `checkpoint`.
    pub(crate) fn begin(path: &Path, checkpoint: u64) -> Result<Self, BackupError> {
        let directory = Directory::reserve(path)?;
        match Self::open_parts(&directory, checkpoint) {
            Ok((store, journal)) => Ok(Self { directory, checkpoint, store, journal }),
            Err(error) => {
                directory.clear();
                Err(error)
            }
        }
    }

    fn open_parts(directory: &Directory, checkpoint: u64) -> Result<(Store, Journal), BackupError> {
        let backend = directory.open_state(CACHE_BYTES).map_err(OpenError::from)?;
        let journal = Journal::begin(directory.journal(), Options::default(), checkpoint);
        let path = directory.path().join("journal");
        let failed = |source| BackupError::Io { doing: "create a segment in", path, source };
        Ok((Store::new(backend), journal.map_err(failed)?))
    }

    /// Fills it, and makes it a store when all is safe on disk. After an error nothing is left of it.
    pub(crate) fn fill(
        self,
        fill: impl FnOnce(&mut Filling<'_>) -> Result<(), BackupError>,
    ) -> Result<(), BackupError> {
        let mut filling = Filling { rows: RawWriter::new(&self.store), target: &self };
        let filled = fill(&mut filling).and_then(|()| filling.finish());
        let Self { directory, store, journal, .. } = self;
        drop((store, journal));
        let done = filled.and_then(|()| Ok(directory.write_layout()?));
        if done.is_err() {
            directory.clear();
        }
        done
    }
}

impl Filling<'_> {
    /// Makes everything safe on disk.
    fn finish(self) -> Result<(), BackupError> {
        let target = self.target;
        let checkpoint = target.checkpoint;
        target.journal.close().map_err(|failed| self.journal_failed(&failed))?;
        self.rows.finish(checkpoint).map_err(|error| row_failed(target, &error))?;
        write_checkpoint(target.directory.root(), checkpoint).map_err(|source| BackupError::Io {
            doing: "write into",
            path: target.directory.path().to_owned(),
            source,
        })
    }

    fn journal_failed(&self, failed: &Failed) -> BackupError {
        let source = io::Error::new(failed.kind(), failed.to_string());
        BackupError::Io { doing: "write into", path: self.target.directory.path().join("journal"), source }
    }
}

impl Take for Filling<'_> {
    fn row(&mut self, key: &[u8], value: &[u8]) -> Result<(), BackupError> {
        self.rows.row(key, value).map_err(|error| row_failed(self.target, &error))
    }

    fn change(&mut self, _: u64, payload: &[u8]) -> Result<(), BackupError> {
        let journal = &self.target.journal;
        let appended = journal
            .append(&[payload])
            .map(|_| ())
            .and_then(|()| if journal.queued_bytes() > QUEUED_BYTES_MAX { journal.write_out() } else { Ok(()) });
        appended.map_err(|failed| self.journal_failed(&failed))
    }
}

fn row_failed(target: &Target, error: &BackendError) -> BackupError {
    let source = io::Error::other(error.to_string());
    BackupError::Io { doing: "write rows into", path: target.directory.path().to_owned(), source }
}
