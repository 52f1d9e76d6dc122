//! The engine: it ties rules, index, journal and store together.
//!
//! This file is the shell that a host uses. Components that own their data do the work: the
//! [`Writer`](write::writer::Writer) makes every change, the [`Checkpointer`](upkeep::checkpoint::Checkpointer) writes
//! to the state store in the background, and [`Workspaces`] holds what is in memory.

mod info;
mod log;
mod maintenance;
mod open;
mod read;
mod stats;
mod transfer;
mod upkeep;
mod write;

use std::path::Path;
use std::sync::Arc;
use std::{fmt, io};

use parking_lot::Mutex;
use tempfile::TempDir;

use crate::command::{Envelope, Outcome};
use crate::config::{Config, Timer};
use crate::directory::{Directory, Disk};
use crate::error::{Error, OpenError};
use crate::loaded::{CheckpointRequests, Workspaces};
use crate::model::{Progress, Timestamp, WorkspaceId};
use crate::query::{Answer, Query};

pub use info::{LogInfo, NewestBackup, StoreInfo, WorkspacePlace};
pub use read::Workspace;
pub use read::watch::Watcher;
pub use stats::EngineStats;
pub use upkeep::compact::{CompactError, CompactReport};
pub use write::acting::{Acting, Staff, System};
pub use write::pipeline::Pipeline;
pub use write::submission::Submission;

use read::answer;
use read::watch::Replays;
use upkeep::checkpoint::Checkpointer;
use upkeep::live_compact::LiveCompaction;
use upkeep::threads::Threads;
use upkeep::timer::tick_due;
use write::bulk::resume_unfinished;
use write::execute::execute;
use write::writer::Writer;

/// An open store. Any number of threads can use it at the same time, behind an [`Arc`] or by reference.
///
/// Send commands with [`execute`](Self::execute). Read through the handles that [`workspace`](Self::workspace) returns.
/// A workspace is loaded on first use.
///
/// ```
/// use inboxdb::{Actor, Command, CustomerId, CustomerUpdate, Engine, Envelope, ManagerId, Role, WorkspaceId};
///
/// let engine = Engine::temporary()?;
/// let run = |command| engine.execute(Envelope::new(WorkspaceId(1), 1_000, Actor::System, command));
/// run(Command::put_manager(ManagerId(7), "Ada", Role::Owner))?;
/// run(Command::put_customer(CustomerId(5), CustomerUpdate::new()))?;
/// run(Command::start_chat(CustomerId(5)))?;
/// assert_eq!(engine.workspace(WorkspaceId(1))?.count(&"unassigned:open".parse()?)?, 1);
/// engine.close()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Engine {
    shared: Arc<Shared>,
    threads: Mutex<Threads>,
    /// Of a temporary engine: the directory is removed when the engine is closed or dropped.
    temporary: Mutex<Option<TempDir>>,
}

/// Shared by the handles and threads of an engine.
struct Shared {
    workspaces: Arc<Workspaces>,
    writer: Writer,
    checkpointer: Checkpointer,
    checkpoint_requests: CheckpointRequests,
    disk: Arc<dyn Disk>,
    replays: Replays,
    live_compaction: LiveCompaction,
}

impl Engine {
    /// Opens a store. Creates it if it is missing and the configuration allows that.
    ///
    /// First replays the part of the journal after the newest checkpoint, then makes a new checkpoint. The time this
    /// takes grows with the journal, not with the store.
    ///
    /// # Errors
    ///
    /// [`OpenError`]: the directory holds something else, is in use, was written by a newer version, or is damaged.
    ///
    /// ```
    /// use inboxdb::{Config, Engine, Keep};
    ///
    /// let directory = tempfile::tempdir()?;
    /// let config = Config::default().record_cache_bytes(64 << 20);
    /// let engine = Engine::open(directory.path().join("inbox"), config)?;
    /// engine.close()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(path: impl AsRef<Path>, config: Config) -> Result<Self, OpenError> {
        let path = path.as_ref();
        write::indexing::registry(&config.indexes)?;
        let directory = Arc::new(Directory::open(path, config.create)?);
        match Self::start(&directory, &config) {
            Ok((shared, threads)) => Ok(Self::begin(shared, threads)),
            Err(error) => {
                directory.clear();
                Err(error)
            }
        }
    }

    /// Opens the parts of an engine. After an error all of them are closed.
    fn start(directory: &Arc<Directory>, config: &Config) -> Result<(Arc<Shared>, Threads), OpenError> {
        let disk = Arc::clone(directory) as Arc<dyn Disk>;
        let shared = Arc::new(Shared::open(disk, config)?);
        let threads = Threads::start(&shared).map_err(|error| {
            let reason = format!("not enough threads: {error}; raise the limit of processes (`ulimit -u`, `pids.max`)");
            OpenError::io("start the threads of", directory.path())(io::Error::new(error.kind(), reason))
        })?;
        Ok((shared, threads))
    }

    /// Opens an engine on another disk, without threads: checkpoints are made only when the caller asks for one.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn without_threads(disk: Arc<dyn Disk>, config: &Config) -> Result<Self, OpenError> {
        let shared = Arc::new(Shared::open(disk, config)?);
        Ok(Self::begin(shared, Threads::default()))
    }

    fn begin(shared: Arc<Shared>, threads: Threads) -> Self {
        if let Err(error) = resume_unfinished(&shared.writer) {
            tracing::warn!(%error, "what was interrupted could not be finished; it continues at the next opening");
        }
        Self { shared, threads: Mutex::new(threads), temporary: Mutex::default() }
    }

    /// Opens a new store in a temporary directory, without a timer, for tests and examples. The directory is removed
    /// when the engine is closed or dropped.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if the directory cannot be created.
    ///
    /// ```
    /// let engine = inboxdb::Engine::temporary()?;
    /// engine.workspace(1)?.as_system().put_customer(5, "Grace")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn temporary() -> Result<Self, OpenError> {
        let directory = tempfile::tempdir().map_err(OpenError::io("create a directory in", &std::env::temp_dir()))?;
        let engine = Self::open(directory.path(), Config::default().timer(Timer::Off))?;
        *engine.temporary.lock() = Some(directory);
        Ok(engine)
    }

    /// Executes one command. Returns when it is durable, or at once with
    /// [`Durability::Interval`](crate::Durability::Interval).
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with the code of the rule that refused it. A refusal also waits until everything it was based
    /// on is durable. [`Error::Unavailable`] if the engine takes no writes; [`Error::Closed`].
    ///
    /// ```
    /// use inboxdb::{Actor, Command, Engine, Envelope};
    ///
    /// let engine = Engine::temporary()?;
    /// engine.execute(Envelope::new(1, 1_000, Actor::System, Command::put_customer(5, "Grace")))?;
    /// let outcome = engine.execute(Envelope::new(1, 2_000, Actor::Customer(5.into()), Command::start_chat(5)))?;
    /// assert_eq!(outcome.reply.chat(), Some(1.into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn execute(&self, envelope: Envelope) -> Result<Outcome, Error> {
        self.execute_watched(envelope, |_| {})
    }

    /// Executes one command like [`execute`](Self::execute) and reports progress: a bulk action over many chats calls
    /// `watch` after every few hundred of them, and so does deleting or merging a tag with many tags below it.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute).
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// use inboxdb::{Action, Actor, Command, Envelope, View};
    ///
    /// let close_all = Command::bulk(View::all().open(), Action::close());
    /// let envelope = Envelope::new(1, 1_000, Actor::System, close_all);
    /// let outcome = engine.execute_watched(envelope, |now| println!("{} of {:?}", now.done, now.total))?;
    /// assert_eq!(outcome.reply.bulk().map(|report| report.changed), Some(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn execute_watched(&self, envelope: Envelope, mut watch: impl FnMut(Progress)) -> Result<Outcome, Error> {
        execute(&self.shared.writer, &envelope, &mut watch)
    }

    /// Starts a pipeline: many commands that wait for durability once, together.
    ///
    /// ```
    /// use inboxdb::{Actor, Command, Engine, Envelope};
    ///
    /// let engine = Engine::temporary()?;
    /// let mut pipeline = engine.pipeline();
    /// for customer in 1..=100_u64 {
    ///     pipeline.push(&Envelope::new(1, 1_000, Actor::System, Command::put_customer(customer, "Grace")));
    /// }
    /// assert!(pipeline.finish().iter().all(|outcome| outcome.is_ok()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pipeline(&self) -> Pipeline<'_> {
        Pipeline::new(&self.shared.writer)
    }

    /// Returns a handle for one workspace. The handle owns what it needs, so it can be kept, cloned and moved to
    /// another thread or task. A workspace that was never written to is empty.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] if the workspace cannot be loaded; [`Error::Closed`].
    ///
    /// ```
    /// let engine = inboxdb::Engine::temporary()?;
    /// let inbox = engine.workspace(1)?;
    /// std::thread::spawn(move || inbox.as_system().put_customer(5, "Grace")).join().unwrap()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn workspace(&self, workspace: impl Into<WorkspaceId>) -> Result<Workspace, Error> {
        self.shared.writer.admission.check_open()?;
        Ok(Workspace::new(Arc::clone(&self.shared), self.shared.writer.workspace(workspace.into())?))
    }

    /// Answers a query given as data.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the query is malformed or names something unknown.
    ///
    /// ```
    /// use inboxdb::{Answer, Engine, Query, View};
    ///
    /// let engine = Engine::temporary()?;
    /// let answer = engine.query(&Query::count(1, View::all().open()))?;
    /// assert_eq!(serde_json::to_string(&answer)?, r#"{"count":0}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn query(&self, query: &Query) -> Result<Answer, Error> {
        answer::answer(self, query)
    }

    /// Returns the newest durable change.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// inbox.as_system().put_customer(5, "Grace")?;
    /// assert_eq!(engine.durable_seq(), inbox.seq());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn durable_seq(&self) -> u64 {
        self.shared.writer.journal.durable_seq()
    }

    /// Returns the epoch of the [event ids](crate::EventId) that watchers get now. Ids of another one are a
    /// [`Reset`](crate::FeedEvent::Reset).
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// let watcher = engine.workspace(1)?.watch(inboxdb::Watch::now())?;
    /// assert_eq!(watcher.id().epoch, engine.watch_epoch());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn watch_epoch(&self) -> u64 {
        let writer = &self.shared.writer;
        writer.following.epoch().unwrap_or_else(|| writer.feed.epoch())
    }

    /// Waits until a change is durable, which takes at most one sync.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the journal has failed, or if no change has this number yet.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// inbox.as_system().put_customer(5, "Grace")?;
    /// engine.wait_durable(inbox.seq())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_durable(&self, seq: u64) -> Result<(), Error> {
        Ok(self.shared.writer.journal.wait(seq)?)
    }

    /// Advances the clock to `now` in every workspace that has something due by then, and returns how many there were.
    /// For use with [`Timer::Manual`].
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute).
    ///
    /// ```
    /// use inboxdb::{Config, Engine, Status, Timer};
    ///
    /// let directory = tempfile::tempdir()?;
    /// let engine = Engine::open(directory.path().join("inbox"), Config::default().timer(Timer::Manual))?;
    /// let inbox = engine.workspace(1)?;
    /// let system = inbox.as_system().at(1_000);
    /// system.put_customer(5, "Grace")?;
    /// let chat = system.start_chat_for(5)?;
    /// system.snooze(chat, 60_000)?;
    /// assert_eq!(engine.advance(60_000)?, 1);
    /// assert_eq!(inbox.chat(chat)?.status, Status::Open);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn advance(&self, now: impl Into<Timestamp>) -> Result<usize, Error> {
        tick_due(&self.shared.writer, now.into())
    }

    /// Closes the engine. Everything is written, so the next opening has nothing to replay, and other processes can
    /// open the store. Handles still in use return [`Error::Closed`]. Closing twice is not an error. Dropping the
    /// engine closes it too, but cannot report errors.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the store or the journal has failed; acknowledged commands are in the journal.
    ///
    /// ```
    /// let engine = inboxdb::Engine::temporary()?;
    /// let inbox = engine.workspace(1)?;
    /// engine.close()?;
    /// assert!(matches!(inbox.as_system().put_customer(5, "Grace"), Err(inboxdb::Error::Closed)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn close(&self) -> Result<(), Error> {
        let mut threads = self.threads.lock();
        if !self.shared.writer.admission.close() {
            return Ok(());
        }
        threads.stop(|| self.shared.wake());
        let in_place = self.shared.disk.check_place().is_ok();
        let closed = self.shared.close();
        if let Some(temporary) = self.temporary.lock().take()
            && !in_place
        {
            // What is there by now is not ours.
            let _path = temporary.keep();
        }
        closed
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::warn!(%error, "the engine was dropped without a final checkpoint");
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("path", &self.shared.disk.path()).finish_non_exhaustive()
    }
}

impl Shared {
    /// Wakes the waiting threads.
    fn wake(&self) {
        self.checkpoint_requests.request();
        self.writer.feed.close();
        self.writer.timer.wake();
    }

    /// Writes everything, closes the store and releases the lock on the directory.
    fn close(&self) -> Result<(), Error> {
        self.live_compaction.wait();
        let written = self.checkpointer.checkpoint().and_then(|()| Ok(self.writer.journal.close()?));
        if let Some(store) = self.workspaces.records.take_store()
            && written.is_ok()
            && self.disk.check_place().is_ok()
        {
            store.close();
        }
        self.disk.release();
        written
    }
}
