//! Backing up while the engine is in use.

use std::io::{self, BufWriter, Write};
use std::path::{Path, absolute};

use super::checkpoint::Checkpointer;
use crate::backup::{BackupError, BackupFileError, BackupReport, WriteError, Writer, io_error, verify_backup};
use crate::directory::{Disk, LastBackup, store_around, write_last_backup};
use crate::error::Error;
use crate::files::WholeFile;
use crate::journal::{Journal, RangeError};
use crate::loaded::Records;
use crate::model::Progress;

/// Makes backups of an engine.
pub(in crate::engine) struct Backups<'e> {
    pub(in crate::engine) checkpointer: &'e Checkpointer,
    pub(in crate::engine) journal: &'e Journal,
    pub(in crate::engine) records: &'e Records,
    pub(in crate::engine) disk: &'e dyn Disk,
}

impl Backups<'_> {
    /// Writes a backup.
    pub(in crate::engine) fn write(
        &self,
        out: impl Write,
        watch: &mut dyn FnMut(Progress),
    ) -> Result<BackupReport, BackupError> {
        self.write_parts(out, watch).map_err(|error| match error {
            WriteError::Out(error) => BackupError::Write(error),
            WriteError::Content(reason) => Error::unreadable(reason).into(),
        })
    }

    /// Writes a backup to a file, reads it back, renames it into place and records it as the newest one.
    pub(in crate::engine) fn write_file(
        &self,
        path: &Path,
        watch: &mut dyn FnMut(Progress),
    ) -> Result<BackupReport, BackupError> {
        let _one_at_a_time = self.checkpointer.retention.backing_up.lock();
        let place = absolute(path).map_err(io_error("find", path))?;
        if let Some(store) = store_around(&place) {
            let reason = format!("it is inside the store at {}; name a file elsewhere", store.display());
            return Err(io_error("write", path)(io::Error::new(io::ErrorKind::InvalidInput, reason)));
        }
        let mut file = WholeFile::create(&place).map_err(io_error("write", &place))?;
        let report = self.write(BufWriter::new(&mut file), &mut |now| {
            watch(now);
        })?;
        file.sync().map_err(io_error("sync", file.path()))?;
        let verified =
            verify_backup(file.path(), |now| watch(Progress::of(report.bytes + now.done, 2 * report.bytes)))?;
        if verified != report {
            let reason = "it does not read back as written; check the disk".to_owned();
            return Err(BackupFileError::Damaged { path: file.path().to_owned(), offset: 0, reason }.into());
        }
        file.put(true).map_err(io_error("put in its place", &place))?;
        self.note(LastBackup { path: place, seq: report.seq, digest: report.digest })?;
        Ok(report)
    }

    fn write_parts(&self, out: impl Write, watch: &mut dyn FnMut(Progress)) -> Result<BackupReport, WriteError> {
        // From here on the journal keeps everything after the checkpoint.
        let pin = self.checkpointer.pin();
        let checkpoint = pin.checkpoint();
        // Only now: a store that is replaced before the pin would lack what newer checkpoints have.
        let store = self.records.store().map_err(|error| WriteError::Content(error.to_string()))?;
        let mut writer = Writer::begin(out, checkpoint)?;
        let mut after: Option<Vec<u8>> = None;
        loop {
            let slice = store.raw_slice(after.as_deref())?;
            for (key, value) in &slice.rows {
                writer.row(key, value)?;
            }
            watch(writer.progress());
            match slice.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let salt = self.write_changes(&mut writer, checkpoint, watch)?;
        writer.finish(salt)
    }

    /// Adds the changes from the checkpoint to the newest one. No row that was read is newer.
    fn write_changes(
        &self,
        writer: &mut Writer<impl Write>,
        checkpoint: u64,
        watch: &mut dyn FnMut(Progress),
    ) -> Result<Option<u64>, WriteError> {
        // Rows hold durable changes only. If the journal has failed meanwhile, the backup ends here.
        if let Err(failed) = self.journal.wait(self.journal.last_seq()) {
            tracing::warn!(%failed, "the backup ends with the newest durable change");
        }
        let read = self.journal.read(checkpoint, self.journal.durable_seq(), |seq, payload| {
            writer.change(seq, payload)?;
            watch(writer.progress());
            Ok(())
        });
        read.map_err(|error| match error {
            RangeError::Visitor { source, .. } => source,
            other => WriteError::Content(other.to_string()),
        })
    }

    /// Records a backup as the newest one, and prunes the journal segments that it makes redundant.
    fn note(&self, backup: LastBackup) -> Result<(), BackupError> {
        self.journal.stop_if_displaced().map_err(Error::from)?;
        write_last_backup(self.disk.root(), &backup).map_err(io_error("note the backup in", self.disk.path()))?;
        self.checkpointer.retention.backed_up(backup.seq);
        let checkpoint = *self.checkpointer.pause();
        if let Err(error) = self.checkpointer.prune(checkpoint) {
            tracing::warn!(%error, "the journal stays until the next checkpoint");
        }
        Ok(())
    }
}
