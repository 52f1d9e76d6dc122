//! The engine: it ties rules, index, journal and store together.

mod open;
mod read;
mod upkeep;
mod write;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Mutex, RwLock};
use rustc_hash::FxHashMap;
use tempfile::TempDir;

use crate::command::{Envelope, Outcome};
use crate::config::{Config, Durability, Timer};
use crate::directory::{Directory, Disk};
use crate::error::{Error, OpenError};
use crate::journal::Journal;
use crate::loaded::{Backlog, LoadedWorkspace, RecordCache};
use crate::model::{Timestamp, WorkspaceId};
use crate::query::{Answer, BulkProgress, IndexStatus, Query};
use crate::store::{Store, load_workspace};
use crate::workspace::Registry;

pub use read::Workspace;
pub use upkeep::compact::{CompactError, CompactProgress, CompactReport};
pub use write::pipeline::Pipeline;

use read::answer;
use upkeep::checkpoint::Checkpoints;
use upkeep::retention::Retention;
use upkeep::threads::Threads;
use upkeep::timer;
use upkeep::timer::TimerQueue;
use write::admission::Admission;
use write::indexing::{IndexQueue, registry};

/// An open store. Any number of threads may use it at the same time.
///
/// Commands go in by [`execute`](Self::execute), and what the inbox shows is read from the handles that
/// [`workspace`](Self::workspace) gives. A workspace is loaded when it is first touched.
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
    inner: Option<Arc<Inner>>,
    threads: Threads,
    /// Of a temporary engine: removed when the engine is gone.
    _temporary: Option<TempDir>,
}

/// What the threads of an engine share.
pub(crate) struct Inner {
    config: Config,
    journal: Journal,
    store: Store,
    cache: RecordCache,
    slots: RwLock<FxHashMap<WorkspaceId, Arc<SlotCell>>>,
    backlog: Backlog,
    admission: Admission,
    checkpoints: Checkpoints,
    retention: Retention,
    timer: Option<TimerQueue>,
    /// The custom indexes that the host has registered.
    registry: Registry,
    index_queue: IndexQueue,
    closed: AtomicBool,
    /// Holds the lock on the directory, and so is the last to go.
    disk: Box<dyn Disk>,
}

/// A place for a workspace: empty until the first touch has loaded it.
type SlotCell = Mutex<Option<Arc<LoadedWorkspace>>>;

impl Engine {
    /// Opens a store, and creates it where it is missing and the configuration says so.
    ///
    /// What the journal holds beyond the newest checkpoint is redone first, and that is made a checkpoint of its
    /// own. The time this takes grows with the journal, not with the store.
    ///
    /// # Errors
    ///
    /// [`OpenError`]: the directory is something else, is in use, was written by a newer version, or is damaged.
    pub fn open(path: impl AsRef<Path>, config: Config) -> Result<Self, OpenError> {
        let registry = registry(&config.indexes)?;
        let directory = Directory::open(path.as_ref(), config.create)?;
        let inner = Arc::new(Inner::open(Box::new(directory), registry, config)?);
        let threads = Threads::start(&inner).map_err(|source| OpenError::Io {
            doing: "start the threads for",
            path: path.as_ref().to_owned(),
            source,
        })?;
        Ok(Self::begin(inner, threads))
    }

    /// An engine on another disk, which has no threads: a checkpoint is made when somebody asks for one.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn without_threads(disk: Box<dyn Disk>, config: Config) -> Result<Self, OpenError> {
        let inner = Arc::new(Inner::open(disk, registry(&config.indexes)?, config)?);
        Ok(Self::begin(inner, Threads::default()))
    }

    fn begin(inner: Arc<Inner>, threads: Threads) -> Self {
        if let Err(error) = inner.resume_bulks() {
            tracing::warn!(%error, "an interrupted bulk action could not be finished; it waits for the next opening");
        }
        Self { inner: Some(inner), threads, _temporary: None }
    }

    /// Opens a new store in a temporary directory, without a timer, for tests and examples. The directory is
    /// removed when the engine is closed or dropped.
    ///
    /// # Errors
    ///
    /// [`OpenError`], where the directory cannot be made.
    pub fn temporary() -> Result<Self, OpenError> {
        let directory = tempfile::tempdir().map_err(|source| OpenError::Io {
            doing: "create a directory in",
            path: std::env::temp_dir(),
            source,
        })?;
        let mut engine = Self::open(directory.path(), Config::default().timer(Timer::Off))?;
        engine._temporary = Some(directory);
        Ok(engine)
    }

    /// Does one command, and returns when it is durable (or at once, with [`Durability::Interval`]).
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with the rule's code where it was judged and refused, also only when all that it was
    /// judged on is durable; [`Error::Unavailable`] where the store takes no writes.
    pub fn execute(&self, envelope: Envelope) -> Result<Outcome, Error> {
        self.execute_watched(envelope, |_| {})
    }

    /// Does one command as [`execute`](Self::execute) does, and says how far it is: a bulk action over many chats
    /// calls `watch` after every few hundred of them.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute).
    pub fn execute_watched(&self, envelope: Envelope, mut watch: impl FnMut(BulkProgress)) -> Result<Outcome, Error> {
        let inner = self.inner()?;
        let judged = inner.submit_watched(&envelope, &mut watch)?;
        inner.settle(judged.seq)?;
        judged.into_outcome()
    }

    /// Begins a run of commands that wait for their durability once, together.
    pub fn pipeline(&self) -> Pipeline<'_> {
        Pipeline::new(self)
    }

    /// A handle for reading one workspace. One that nobody has touched is an empty one.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] where the workspace cannot be loaded.
    pub fn workspace(&self, workspace: WorkspaceId) -> Result<Workspace<'_>, Error> {
        let inner = self.inner()?;
        Ok(Workspace::new(inner, inner.slot(workspace)?))
    }

    /// Answers a question in its machine form.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] where the question is malformed or names something unknown.
    pub fn query(&self, query: &Query) -> Result<Answer, Error> {
        answer::answer(self, query)
    }

    /// The newest change that is safe on disk.
    pub fn durable_seq(&self) -> u64 {
        self.inner.as_ref().map_or(0, |inner| inner.journal.durable_seq())
    }

    /// Returns when a change is safe on disk, at the latest after one sync.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] where the journal has failed.
    pub fn wait_durable(&self, seq: u64) -> Result<(), Error> {
        Ok(self.inner()?.journal.wait(seq)?)
    }

    /// With [`Timer::Manual`], lets time reach `now` in every workspace in which something is due by then;
    /// answers with how many there were.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute).
    pub fn advance(&self, now: impl Into<Timestamp>) -> Result<usize, Error> {
        timer::tick_due(self.inner()?, now.into())
    }

    /// Returns when the custom indexes of every workspace are built. They are also built by themselves, when a
    /// workspace is first touched; `watch` is told how far those of a workspace are.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] where the store takes no writes; what is built so far stays.
    pub fn build_indexes(&self, mut watch: impl FnMut(WorkspaceId, &[IndexStatus])) -> Result<(), Error> {
        let inner = self.inner()?;
        for workspace in inner.workspaces()? {
            inner.build_indexes(workspace, &mut |statuses| {
                watch(workspace, statuses);
                true
            })?;
        }
        inner.settle(inner.journal.last_seq())
    }

    /// Writes everything into the state store, so that the next opening has nothing to redo. The engine does so
    /// by itself, in the background and when it is closed.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] where the store or the journal has failed.
    pub fn checkpoint(&self) -> Result<(), Error> {
        self.inner()?.checkpoint()
    }

    /// Ends the engine: everything is written, and the next opening has nothing to redo. Dropping the engine
    /// does the same but cannot say what went wrong.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] where the store or the journal has failed; acknowledged commands are in the journal.
    pub fn close(mut self) -> Result<(), Error> {
        self.shut()
    }

    fn shut(&mut self) -> Result<(), Error> {
        let Some(inner) = self.inner.take() else { return Ok(()) };
        inner.closed.store(true, Ordering::Release);
        self.threads.stop(|| {
            inner.checkpoints.request();
            if let Some(timer) = &inner.timer {
                timer.wake();
            }
        });
        inner.checkpoint()?;
        inner.journal.close()?;
        if let Some(inner) = Arc::into_inner(inner) {
            open::prepare_next_opening(inner);
        }
        Ok(())
    }

    fn inner(&self) -> Result<&Arc<Inner>, Error> {
        self.inner.as_ref().ok_or_else(|| Error::Unavailable("the engine is closed".to_owned()))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Err(error) = self.shut() {
            tracing::warn!(%error, "the engine was dropped without a last checkpoint");
        }
    }
}

impl Inner {
    /// The workspace, loaded.
    fn slot(&self, workspace: WorkspaceId) -> Result<Arc<LoadedWorkspace>, Error> {
        let cell = self.slots.read().get(&workspace).cloned();
        let cell = cell.unwrap_or_else(|| Arc::clone(self.slots.write().entry(workspace).or_default()));
        let mut cell = cell.lock();
        if let Some(slot) = cell.as_ref() {
            return Ok(Arc::clone(slot));
        }
        let slot = Arc::new(LoadedWorkspace::new(load_workspace(&self.store, workspace, &self.registry)?));
        if let Some(timer) = &self.timer {
            // Also where the row that says so was lost.
            timer.set(workspace, slot.state.read().wheel.next_deadline());
        }
        if !self.registry.is_empty()
            && let Err(error) = self.register_indexes(&slot)
        {
            tracing::warn!(%workspace, %error, "the custom indexes could not be registered; the next command tries again");
        }
        Ok(Arc::clone(cell.insert(slot)))
    }

    /// Every loaded workspace, by id.
    fn loaded(&self) -> Vec<Arc<LoadedWorkspace>> {
        let cells: Vec<Arc<SlotCell>> = self.slots.read().values().cloned().collect();
        let mut loaded: Vec<Arc<LoadedWorkspace>> = cells.iter().filter_map(|cell| cell.lock().clone()).collect();
        loaded.sort_unstable_by_key(|slot| slot.workspace);
        loaded
    }

    /// Returns when a command counts as done.
    pub(super) fn settle(&self, seq: u64) -> Result<(), Error> {
        match self.config.durability {
            Durability::Sync => Ok(self.journal.wait(seq)?),
            Durability::Interval(_) => self.bound_queue(),
        }
    }

    /// Writes out what is queued in the journal where it has become much, without waiting for its sync.
    pub(super) fn bound_queue(&self) -> Result<(), Error> {
        const QUEUED_BYTES_MAX: usize = 4 << 20;
        if self.journal.queued_bytes() > QUEUED_BYTES_MAX {
            self.journal.write_out()?;
        }
        Ok(())
    }
}
