//! The methods of [`Engine`] that maintain a store: checkpoints, indexes, scrubs, backups, compaction.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use super::Engine;
use super::upkeep::backup::Backups;
use super::upkeep::compact::{CompactError, CompactReport, compact};
use super::upkeep::live_compact::compact_live;
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
    /// Writes all changes to the state store, so that the next opening has nothing to replay. The engine also does this
    /// in the background and when it is closed.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the store or the journal has failed; [`Error::Closed`].
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// inbox.as_system().put_customer(5, "Grace")?;
    /// engine.checkpoint()?; // the next opening has nothing to replay
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn checkpoint(&self) -> Result<(), Error> {
        self.shared.writer.admission.check_open()?;
        self.shared.checkpointer.checkpoint()
    }

    /// Waits until the custom indexes of every workspace are built. They are also built in the background once a
    /// workspace is first used. `watch` gets the progress of each workspace.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the store takes no writes; what is built so far is kept.
    ///
    /// ```
    /// use inboxdb::{AttributeIndex, Config, Engine, Timer, View};
    ///
    /// let directory = tempfile::tempdir()?;
    /// let config = Config::default().timer(Timer::Off).index("plan", 1, AttributeIndex::new("plan"));
    /// let engine = Engine::open(directory.path().join("inbox"), config)?;
    /// let inbox = engine.workspace(1)?;
    /// inbox.as_system().put_customer(5, "Grace")?;
    /// let chat = inbox.as_customer(5).start_chat()?;
    /// inbox.as_system().set_attribute(chat, "plan", "pro")?;
    /// engine.build_indexes(|_| {})?;
    /// assert_eq!(inbox.count(&"custom:plan=pro".parse()?)?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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

    /// Recomputes every posting, length, position, deadline and unread count of every workspace from the records, and
    /// reports what is missing, dangling or miscounted in the index. The records are checked against the count and
    /// digest kept for each family.
    ///
    /// Commands continue during a scrub. It compares a snapshot, so changes in flight are not reported; to take it,
    /// the index is copied and checkpoints wait. A scrub reads every record.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// inbox.as_system().put_customer(5, "Grace")?;
    /// inbox.as_customer(5).start_chat()?;
    ///
    /// let report = engine.scrub()?;
    /// assert!(report.is_clean(), "{report}");
    /// assert_eq!(report.chats, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] if records cannot be read; [`Error::Unavailable`] if the store takes no writes.
    pub fn scrub(&self) -> Result<ScrubReport, Error> {
        self.scrub_watched(|_| {})
    }

    /// Scrubs every workspace like [`scrub`](Self::scrub) and reports progress to `watch`, which must not use the
    /// engine.
    ///
    /// # Errors
    ///
    /// As [`scrub`](Self::scrub).
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// let report = engine.scrub_watched(|now| println!("{} of {:?} chats", now.done, now.total))?;
    /// assert!(report.is_clean());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn scrub_watched(&self, mut watch: impl FnMut(Progress)) -> Result<ScrubReport, Error> {
        let mut report = ScrubReport::default();
        for workspace in self.shared.workspaces.ids()? {
            report.absorb(self.scrubber().scrub(workspace, &mut watch)?);
        }
        Ok(report)
    }

    /// Scrubs one workspace like [`scrub_watched`](Self::scrub_watched).
    ///
    /// # Errors
    ///
    /// As [`scrub`](Self::scrub).
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// let report = engine.scrub_workspace(1, |_| {})?;
    /// assert_eq!(report.chats, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn scrub_workspace(
        &self,
        workspace: impl Into<WorkspaceId>,
        mut watch: impl FnMut(Progress),
    ) -> Result<ScrubReport, Error> {
        let workspace = workspace.into();
        self.scrubber().scrub(workspace, &mut watch)
    }

    /// Scrubs every workspace, and corrects an index that does not match the records. The corrections go through the
    /// journal as ordinary changes: after a crash some of them are done, each of them whole, and the next repair does
    /// the rest. Every corrected workspace is scrubbed again.
    ///
    /// Lost records stay lost: the report names them, and a backup must be restored. A workspace with records that
    /// cannot be decoded is left alone, because a newer version may have written them. Writers wait while their
    /// workspace is repaired. `watch` receives progress, and must not use the engine.
    ///
    /// # Errors
    ///
    /// As [`scrub`](Self::scrub); what is repaired by then is kept.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// let report = engine.repair(|_| {})?;
    /// assert!(report.after.is_clean());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn repair(&self, mut watch: impl FnMut(Progress)) -> Result<RepairReport, Error> {
        let mut report = RepairReport::default();
        for workspace in self.shared.workspaces.ids()? {
            self.scrubber().repair(workspace, &mut watch, &mut report)?;
        }
        Ok(report)
    }

    /// Repairs one workspace like [`repair`](Self::repair).
    ///
    /// # Errors
    ///
    /// As [`repair`](Self::repair).
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// engine.repair_workspace(1, |_| {})?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn repair_workspace(
        &self,
        workspace: impl Into<WorkspaceId>,
        mut watch: impl FnMut(Progress),
    ) -> Result<RepairReport, Error> {
        let workspace = workspace.into();
        let mut report = RepairReport::default();
        self.scrubber().repair(workspace, &mut watch, &mut report)?;
        Ok(report)
    }

    fn scrubber(&self) -> Scrubber<'_> {
        Scrubber { writer: &self.shared.writer, checkpointer: &self.shared.checkpointer }
    }

    /// Writes a backup: a consistent, durable state that includes everything answered before the call. Commands,
    /// reads and checkpoints continue meanwhile, and the journal segments that the backup needs are kept until it is
    /// done. `watch` receives progress.
    ///
    /// Memory use is a few MiB plus one segment of the journal, whatever the size of the store. `out` is flushed at the
    /// end; syncing it is up to the caller. After an error, what was written is not a backup, and
    /// [`verify_backup`](crate::verify_backup) refuses it. To back up to a file, prefer
    /// [`backup_to`](Self::backup_to).
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
    /// [`BackupError::Write`] if `out` fails, [`BackupError::Store`] if the store or the journal cannot be read.
    pub fn backup(&self, out: impl Write, mut watch: impl FnMut(Progress)) -> Result<BackupReport, BackupError> {
        self.with_backups(|backups| backups.write(out, &mut watch))
    }

    /// Makes a [`backup`](Self::backup) in a file, and replaces an existing one. The new backup is written beside it,
    /// synced, read back and checked, and only then renamed. Until then the old one is untouched.
    ///
    /// The store records it as its newest backup: with [`Keep::SinceBackup`](crate::Keep::SinceBackup) the journal is
    /// pruned up to it, and a damaged state store is rebuilt from it.
    ///
    /// # Errors
    ///
    /// As [`backup`](Self::backup), and [`BackupError::Io`] if the file cannot be written, or cannot be recorded
    /// because its path is not UTF-8.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("inbox.bak");
    /// let report = engine.backup_to(&path, |_| {})?;
    /// assert_eq!(inboxdb::verify_backup(&path, |_| {})?, report);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn backup_to(
        &self,
        path: impl AsRef<Path>,
        mut watch: impl FnMut(Progress),
    ) -> Result<BackupReport, BackupError> {
        self.with_backups(|backups| backups.write_file(path.as_ref(), &mut watch))
    }

    fn with_backups<T>(&self, act: impl FnOnce(&Backups<'_>) -> Result<T, BackupError>) -> Result<T, BackupError> {
        let shared = &*self.shared;
        let _held = shared.workspaces.records.hold()?;
        act(&Backups {
            checkpointer: &shared.checkpointer,
            journal: &shared.writer.journal,
            records: &shared.workspaces.records,
            disk: &*shared.disk,
        })
    }

    /// Rewrites a closed store, so that its files hold no byte of deleted data and take no more room than the live data
    /// needs. `watch` receives progress.
    ///
    /// Every row of the state store is copied into a new one, which is read back, compared, and swapped in. Then the
    /// journal starts afresh. This needs room for a second state store. After a crash the store is either the old one
    /// or the new one, and the next opening removes the leftovers: deleted data is certainly gone only once this
    /// returns. The journal is moved to the archive, or removed if there is no archive, whatever [`Config::keep`] says:
    /// make a backup afterwards. The custom indexes of the store are kept, whether or not `config` registers them.
    ///
    /// Files are removed, not overwritten: the medium may still hold what was in them.
    ///
    /// ```
    /// # use inboxdb::{Command, Config, Engine};
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path();
    /// # let engine = Engine::open(path, Config::default())?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// inbox.as_system().execute(Command::delete_chat(chat))?;
    /// engine.close()?;
    /// let report = Engine::compact(path, Config::default(), |_| {})?;
    /// assert_eq!(report.segments_dropped, 1);
    /// assert!(report.remaining.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CompactError`]: the store could not be opened ([`Engine::open`], but a missing store is not created), or
    /// reading or writing failed, for example because the disk is full.
    pub fn compact(
        path: impl AsRef<Path>,
        config: Config,
        mut watch: impl FnMut(Progress),
    ) -> Result<CompactReport, CompactError> {
        let directory = Directory::open(path.as_ref(), false)?;
        compact(Arc::new(directory), &config.timer(Timer::Off), &mut watch)
    }

    /// Compacts the state store while commands and reads go on, as the engine does [by itself](Config::compact_by_itself) when it is
    /// worth it. This needs room for a second state store. Journal segments with deleted data go with later checkpoints.
    ///
    /// The rows are copied and compared, while checkpoints write to both state stores. Until the copy takes its place, a failure leaves
    /// the store as it was. Waits for backups that began before it took its place.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// let report = engine.compact_live()?;
    /// assert!(report.rows > 0);
    /// inbox.as_customer(5).start_chat()?; // the engine goes on
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CompactError::Failed`]: the disk has too little room, the engine is closed meanwhile or takes no more writes, or the system does
    /// not rename open files. If the copy could not be put in its place, the engine takes no writes until it is opened again.
    pub fn compact_live(&self) -> Result<CompactReport, CompactError> {
        let is_closed = || self.shared.writer.admission.check_open().is_err();
        compact_live(&self.shared, &is_closed)
    }

    /// Compacts the store on a disk.
    #[cfg(test)]
    pub(crate) fn compact_on(
        disk: Arc<dyn crate::directory::Disk>,
        config: &Config,
    ) -> Result<CompactReport, CompactError> {
        compact(disk, config, &mut |_| {})
    }
}
