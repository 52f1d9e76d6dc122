//! The store that a backup is restored into.

use std::path::Path;
use std::{fs, io};

use super::error::{RecoveryError, RestoreError};
use crate::backup::BackupVisitor;
use crate::directory::{Directory, Disk, refuse_inside_store, write_checkpoint};
use crate::error::OpenError;
use crate::journal::{Failed, Journal, Options};
use crate::kv::BackendError;
use crate::store::{RawWriter, Store};

/// Size of the state store's cache while it is being filled.
const CACHE_BYTES: u64 = 16 << 20;

/// Changes are written in batches of up to this many bytes.
const QUEUED_BYTES_MAX: usize = 1 << 20;

/// A directory that will become a store. It is locked but has no format file yet, so it does not count as a store.
pub(super) struct Target {
    directory: Directory,
    checkpoint: u64,
    store: Store,
    journal: Journal,
}

/// A target that is being filled.
pub(super) struct Filling<'t> {
    target: &'t Target,
    rows: RawWriter<'t>,
}

impl Target {
    /// Returns an error if the directory is not empty, or lies in another store.
    pub(super) fn check(path: &Path) -> Result<(), RestoreError> {
        refuse_inside_store(path).map_err(RecoveryError::from)?;
        match fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
            Ok(true) => Ok(()),
            Ok(false) => Err(RestoreError::NotEmpty(path.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(RecoveryError::Io { doing: "list", path: path.to_owned(), source }.into()),
        }
    }

    /// Creates a store whose rows will hold everything up to `checkpoint`.
    pub(super) fn begin(path: &Path, checkpoint: u64) -> Result<Self, RecoveryError> {
        let directory = Directory::reserve(path)?;
        match Self::open_parts(&directory, checkpoint) {
            Ok((store, journal)) => Ok(Self { directory, checkpoint, store, journal }),
            Err(error) => {
                directory.clear();
                Err(error)
            }
        }
    }

    fn open_parts(directory: &Directory, checkpoint: u64) -> Result<(Store, Journal), RecoveryError> {
        let backend = directory.open_state(CACHE_BYTES).map_err(OpenError::from)?;
        let journal = Journal::begin(directory.journal(), Options::default(), checkpoint);
        let path = directory.path().join("journal");
        let failed = |source| RecoveryError::Io { doing: "create a segment in", path, source };
        Ok((Store::new(backend), journal.map_err(failed)?))
    }

    /// Fills the target, and turns it into a store once everything is durable. After an error nothing remains.
    pub(super) fn fill(
        self,
        fill: impl FnOnce(&mut Filling<'_>) -> Result<(), RecoveryError>,
    ) -> Result<(), RecoveryError> {
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
    /// Makes everything durable.
    fn finish(self) -> Result<(), RecoveryError> {
        let target = self.target;
        let checkpoint = target.checkpoint;
        target.journal.close().map_err(|failed| self.journal_failed(&failed))?;
        self.rows.finish(checkpoint).map_err(|error| row_failed(target, &error))?;
        write_checkpoint(target.directory.root(), checkpoint).map_err(|source| RecoveryError::Io {
            doing: "write into",
            path: target.directory.path().to_owned(),
            source,
        })
    }

    fn journal_failed(&self, failed: &Failed) -> RecoveryError {
        let source = io::Error::new(failed.kind(), failed.to_string());
        RecoveryError::Io { doing: "write into", path: self.target.directory.path().join("journal"), source }
    }
}

impl BackupVisitor for Filling<'_> {
    type Error = RecoveryError;

    fn row(&mut self, key: &[u8], value: &[u8]) -> Result<(), RecoveryError> {
        self.rows.row(key, value).map_err(|error| row_failed(self.target, &error))
    }

    fn change(&mut self, _: u64, payload: &[u8]) -> Result<(), RecoveryError> {
        let journal = &self.target.journal;
        let appended = journal
            .append(&[payload])
            .map(|_| ())
            .and_then(|()| if journal.queued_bytes() > QUEUED_BYTES_MAX { journal.write_out() } else { Ok(()) });
        appended.map_err(|failed| self.journal_failed(&failed))
    }
}

fn row_failed(target: &Target, error: &BackendError) -> RecoveryError {
    let source = io::Error::other(error.to_string());
    RecoveryError::Io { doing: "write rows into", path: target.directory.path().to_owned(), source }
}
