//! Backing up while the engine is in use.

use std::io::Write;

use super::{Engine, Inner};
use crate::backup::{BackupError, BackupProgress, BackupReport, WriteError, Writer};
use crate::error::Error;
use crate::journal::RangeError;

impl Engine {
    /// Writes a backup: the state after some change that is safe on disk when all has been read, and is not older than
    /// anything that was answered before the call. Commands, reads and checkpoints go on meanwhile; what the journal
    /// would let go of stays until the backup is done. `watch` is told how far it is.
    ///
    /// It takes a few MiB of memory and a segment of the journal, whatever the size of the store. `out` gets some
    /// thousand bytes at a time and is flushed at the end; whether that makes them safe is the caller's matter. What
    /// was written before an error is no backup, and is refused by [`verify_backup`](crate::verify_backup).
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
}
