//! The methods of [`Engine`] that look after a store: checkpoints, indexes, scrubs, backups, compaction.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use super::Engine;
use super::upkeep::backup::Backups;
use super::upkeep::compact::{CompactError, CompactReport, compact};
use super::upkeep::scrub::Scrubber;
use super::write::indexing::build_indexes;
use crate::backup::{BackupError, BackupReport};
use crate::config::{Config, Timer};
use crate::directory::Directory;
use crate::error::Error;
use crate::model::{Progress, WorkspaceId};
use crate::query::IndexStatus;
use crate::scrub::{RepairReport, ScrubReport};

impl Engine {
    /// Writes everything into the state store, so that the next opening has nothing to redo. The engine does so
    /// by itself, in the background and when it is closed.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the store or the journal has failed; [`Error::Closed`].
    pub fn checkpoint(&self) -> Result<(), Error> {
        self.shared.writer.admission.check_open()?;
        self.shared.checkpointer.checkpoint()
    }

    /// Returns when the custom indexes of every workspace are built. They are also built by themselves, when a
    /// workspace is first touched; `watch` is told how far those of a workspace are.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the store takes no writes; what is built so far stays.
    pub fn build_indexes(&self, mut watch: impl FnMut(Progress)) -> Result<(), Error> {
        let writer = &self.shared.writer;
        for workspace in self.shared.workspaces.ids()? {
            build_indexes(writer, workspace, &mut |statuses| {
                let sum = |of: fn(&IndexStatus) -> u64| statuses.iter().map(of).sum();
                watch(Progress::of(sum(|status| status.done), sum(|status| status.total)).in_workspace(workspace));
                true
            })?;
        }
        writer.settle(writer.journal.last_seq())
    }

    /// Recomputes every posting, length, position, deadline and unread count of every workspace from the records,
    /// compares, and says what is missing, dangling or miscounted. The records themselves are compared with the count
    /// and digest that every change has kept of each family.
    ///
    /// Commands go on meanwhile. What is compared is the workspace of one moment, so that nothing is reported that is
    /// only in motion; for that, the index is copied and checkpoints wait. It reads every record.
    ///
    /// ```
    /// # use inboxdb::{Actor, Command, CustomerId, Engine, Envelope, WorkspaceId};
    /// # let engine = Engine::temporary()?;
    /// # let run = |command| engine.execute(Envelope::new(WorkspaceId(1), 1_000, Actor::System, command));
    /// run(Command::PutCustomer { customer: CustomerId(5), name: None, profile: None })?;
    /// run(Command::StartChat { customer: CustomerId(5) })?;
    ///
    /// let report = engine.scrub()?;
    /// assert!(report.is_clean(), "{report}");
    /// assert_eq!(report.chats, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] where records cannot be read; [`Error::Unavailable`] where the store takes no writes.
    pub fn scrub(&self) -> Result<ScrubReport, Error> {
        self.scrub_watched(|_| {})
    }

    /// Does the same, and tells `watch` how far it is, which must leave the engine alone.
    ///
    /// # Errors
    ///
    /// As [`scrub`](Self::scrub).
    pub fn scrub_watched(&self, mut watch: impl FnMut(Progress)) -> Result<ScrubReport, Error> {
        let mut report = ScrubReport::default();
        for workspace in self.shared.workspaces.ids()? {
            report.absorb(self.scrubber().scrub(workspace, &mut watch)?);
        }
        Ok(report)
    }

    /// Scrubs one workspace as [`scrub_watched`](Self::scrub_watched) does all.
    ///
    /// # Errors
    ///
    /// As [`scrub`](Self::scrub).
    pub fn scrub_workspace(
        &self,
        workspace: WorkspaceId,
        mut watch: impl FnMut(Progress),
    ) -> Result<ScrubReport, Error> {
        self.scrubber().scrub(workspace, &mut watch)
    }

    /// Scrubs every workspace, and where the index does not agree with the records makes it agree, by changes that go
    /// through the journal: a crash leaves a part of them done, each whole, and the next repair does the rest.
    /// Afterwards it scrubs what it has changed again.
    ///
    /// Records that are lost stay lost: that is reported, and a backup has to be restored. A workspace with records
    /// that cannot be decoded is left as it is: a newer version may have written them. In a workspace that is repaired
    /// writers wait meanwhile. `watch` is told how far it is, and must leave the engine alone.
    ///
    /// # Errors
    ///
    /// As [`scrub`](Self::scrub); what is repaired by then stays.
    pub fn repair(&self, mut watch: impl FnMut(Progress)) -> Result<RepairReport, Error> {
        let mut report = RepairReport::default();
        for workspace in self.shared.workspaces.ids()? {
            self.scrubber().repair(workspace, &mut watch, &mut report)?;
        }
        Ok(report)
    }

    /// Repairs one workspace as [`repair`](Self::repair) does all.
    ///
    /// # Errors
    ///
    /// As [`repair`](Self::repair).
    pub fn repair_workspace(
        &self,
        workspace: WorkspaceId,
        mut watch: impl FnMut(Progress),
    ) -> Result<RepairReport, Error> {
        let mut report = RepairReport::default();
        self.scrubber().repair(workspace, &mut watch, &mut report)?;
        Ok(report)
    }

    fn scrubber(&self) -> Scrubber<'_> {
        Scrubber { writer: &self.shared.writer, checkpointer: &self.shared.checkpointer }
    }

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
    /// assert_eq!(inboxdb::verify_backup(&path, |_| {})?, report);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`BackupError::Write`] where `out` fails, [`BackupError::Store`] where the store or the journal cannot be read.
    pub fn backup(&self, out: impl Write, mut watch: impl FnMut(Progress)) -> Result<BackupReport, BackupError> {
        self.with_backups(|backups| backups.write(out, &mut watch))
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
        mut watch: impl FnMut(Progress),
    ) -> Result<BackupReport, BackupError> {
        self.with_backups(|backups| backups.write_file(path.as_ref(), &mut watch))
    }

    fn with_backups<T>(&self, act: impl FnOnce(&Backups<'_>) -> Result<T, BackupError>) -> Result<T, BackupError> {
        let shared = &*self.shared;
        let store = shared.workspaces.records.store()?;
        act(&Backups {
            checkpointer: &shared.checkpointer,
            journal: &shared.writer.journal,
            store: &store,
            disk: &*shared.disk,
        })
    }

    /// Rewrites a store that is closed: afterwards no file of it holds a byte of what was deleted before, and it takes
    /// the room that what is there needs. `watch` is told how far it is.
    ///
    /// Every row of the state store is copied into a new one, which is read back and compared, and takes the place of
    /// the old one; then the journal begins anew. So it needs room for a second state store meanwhile. A crash at any
    /// moment leaves the store as it was or as it shall be, and the next opening removes what is left over: what was
    /// deleted is surely gone only when this returns. The journal goes into the archive where there is one, and else
    /// goes, whatever [`Config::keep`] says: make a backup afterwards. The custom indexes of the store are kept, whether `config`
    /// registers them or not.
    ///
    /// Files are removed, not overwritten: what the medium keeps of a removed file is its own affair.
    ///
    /// ```
    /// # use inboxdb::{Actor, ChatId, Command, Config, CustomerId, Engine, Envelope, WorkspaceId};
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path();
    /// # let engine = Engine::open(path, Config::default())?;
    /// # let run = |command| engine.execute(Envelope::new(WorkspaceId(1), 1_000, Actor::System, command));
    /// # run(Command::PutCustomer { customer: CustomerId(5), name: None, profile: None })?;
    /// # run(Command::StartChat { customer: CustomerId(5) })?;
    /// run(Command::DeleteChat { chat: ChatId(1) })?;
    /// engine.close()?;
    /// let report = Engine::compact(path, Config::default(), |_| {})?;
    /// assert_eq!(report.segments_dropped, 1);
    /// assert!(report.remaining.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CompactError`]: the store could not be opened, as by [`Engine::open`], for which it must be there; or reading or
    /// writing failed, as for want of room.
    pub fn compact(
        path: impl AsRef<Path>,
        config: Config,
        mut watch: impl FnMut(Progress),
    ) -> Result<CompactReport, CompactError> {
        let directory = Directory::open(path.as_ref(), false)?;
        compact(Arc::new(directory), &config.timer(Timer::Off), &mut watch)
    }

    /// Compacts what is on a disk.
    #[cfg(test)]
    pub(crate) fn compact_on(
        disk: Arc<dyn crate::directory::Disk>,
        config: &Config,
    ) -> Result<CompactReport, CompactError> {
        compact(disk, config, &mut |_| {})
    }
}
