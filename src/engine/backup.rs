//! Backing up while the engine is in use.

use std::io::{self, BufWriter, Write};
use std::path::{Path, absolute};

use super::{Engine, Inner};
use crate::backup::{BackupError, BackupProgress, BackupReport, WriteError, Writer, verify_backup};
use crate::error::Error;
use crate::files::WholeFile;
use crate::journal::RangeError;
use crate::store::{LastBackup, write_last_backup};

impl Engine {
    /// Writes a backup: the state after some change that is safe on disk when all has been read, and is not older than
    /// anything that was answered before the call. Commands, reads and checkpoints go on meanwhile; what the journal
    /// would let go of stays until the backup is done. `watch` is told how far it is.
    ///
    /// It takes a few MiB of memory and a segment of the journal, whatever the size of the store. `out` is flushed at the
    /// end; whether that makes it safe is the caller's matter. What was written before an error is no backup, and is
    /// refused by [`verify_backup`]. A backup in a file is better made by [`backup_to`](Self::backup_to).
    ///
    /// ```
    /// # use inboxdb::Engine;
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("inbox.bak");
    /// let engine = Engine::temporary()?;
    /// let report = engine.backup(std::fs::File::create(&path)?, |_| {})?;
    /// assert_eq!(inboxdb::verify_backup(&path, |_, _| {})?, report);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`BackupError::Write`] where `out` fails, [`BackupError::Store`] where the store or the journal cannot be read.
    pub fn backup(&self, out: impl Write, mut watch: impl FnMut(BackupProgress)) -> Result<BackupReport, BackupError> {
        self.inner()?.backup(out, &mut watch).map_err(|error| match error {
            WriteError::Out(error) => BackupError::Write(error),
            WriteError::Content(reason) => Error::Unreadable(reason).into(),
        })
    }

    /// Makes a [`backup`](Self::backup) in a file, which replaces one that is there: it is written beside its place,
    /// synced, read back and checked, and only then put in its place. Until then the old one stays as it is.
    ///
    /// The store notes it as its newest one: with [`Keep::SinceBackup`](crate::Keep::SinceBackup) the journal is let go
    /// of up to its end, and a damaged state store is rebuilt from it.
    ///
    /// # Errors
    ///
    /// As [`backup`](Self::backup), and [`BackupError::Io`] where the file cannot be written, or cannot be noted because
    /// its path is not UTF-8.
    pub fn backup_to(
        &self,
        path: impl AsRef<Path>,
        mut watch: impl FnMut(BackupProgress),
    ) -> Result<BackupReport, BackupError> {
        let inner = self.inner()?;
        let _one_at_a_time = inner.retention.backing_up.lock();
        let path = path.as_ref();
        let place = absolute(path).map_err(io_error("find", path))?;
        let mut progress = BackupProgress::default();
        let mut file = WholeFile::create(&place).map_err(io_error("write", &place))?;
        let report = self.backup(BufWriter::new(&mut file), |now| {
            progress = now;
            watch(now);
        })?;
        file.sync().map_err(io_error("sync", file.path()))?;
        let verified = verify_backup(file.path(), |done, _| watch(BackupProgress { verified: done, ..progress }))?;
        if verified != report {
            let reason = "it is not what was written; check the disk".to_owned();
            return Err(BackupError::Damaged { path: file.path().to_owned(), offset: 0, reason });
        }
        file.put(true).map_err(io_error("put in its place", &place))?;
        inner.note_backup(LastBackup { path: place, seq: report.seq, digest: report.digest })?;
        Ok(report)
    }
}

impl Inner {
    fn backup(&self, out: impl Write, watch: &mut dyn FnMut(BackupProgress)) -> Result<BackupReport, WriteError> {
        // From here on the journal keeps what comes behind the checkpoint.
        let pin = self.pin_checkpoint();
        let checkpoint = pin.checkpoint();
        let mut writer = Writer::begin(out, checkpoint)?;
        let mut after: Option<Vec<u8>> = None;
        loop {
            let slice = self.store.raw_slice(after.as_deref())?;
            for (key, value) in &slice.rows {
                writer.row(key, value)?;
            }
            watch(writer.progress());
            match slice.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let salt = self.back_up_changes(&mut writer, checkpoint, watch)?;
        writer.finish(salt)
    }

    /// Adds the changes from the checkpoint to the newest one: no row that was read holds a later one.
    fn back_up_changes(
        &self,
        writer: &mut Writer<impl Write>,
        checkpoint: u64,
        watch: &mut dyn FnMut(BackupProgress),
    ) -> Result<Option<u64>, WriteError> {
        // Rows hold what is durable alone. Where the journal has failed meanwhile, that is all there is.
        if let Err(failed) = self.journal.wait(self.journal.last_seq()) {
            tracing::warn!(%failed, "the backup ends with the newest change that is safe");
        }
        let read = self.journal.read(checkpoint, self.journal.durable_seq(), |seq, payload| {
            writer.change(seq, payload)?;
            watch(writer.progress());
            Ok(())
        });
        read.map_err(|error| match error {
            RangeError::Taker { source, .. } => source,
            other => WriteError::Content(other.to_string()),
        })
    }

    /// Notes a backup as the newest one, and lets go of what is kept for want of it.
    fn note_backup(&self, backup: LastBackup) -> Result<(), BackupError> {
        write_last_backup(self.disk.root(), &backup).map_err(io_error("note the backup in", self.disk.path()))?;
        self.retention.backed_up(backup.seq);
        let checkpoint = *self.checkpoints.newest();
        if let Err(error) = self.prune(checkpoint) {
            tracing::warn!(%error, "the journal stays until the next checkpoint");
        }
        Ok(())
    }
}

pub(super) fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::Io { doing, path, source }
}
