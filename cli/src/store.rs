//! Opening a store from the command line, and the messages when that fails.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, value_parser};
use inboxdb::{Config, Durability, Engine, OpenError, Timer, WorkspaceId};

use crate::failure::{Failure, failed_store};
use crate::inbox::Inbox;
use crate::indexes::{self, AttributeOfIndex};
use crate::output::{refuse_in_or_as_a_store, refuse_inside_a_store};
use crate::remote::{Remote, is_url};
use crate::terminal::{TYPED, beside_or_below, clean, paint, print, program, quoted, thousands};
use crate::workspaces::{known, known_there};

/// How often a node of a cluster syncs. The log is what must not lose anything; but watchers are told of what is synced.
const NODE_SYNC_INTERVAL: Duration = Duration::from_millis(20);

/// Arguments of every subcommand that opens a store.
#[derive(Args)]
pub(crate) struct Store {
    /// Directory of the store, or the URL of a server; INBOXDB_DIR of the environment if left out
    pub(crate) dir: PathBuf,
    /// Custom index over an attribute of chats, for views such as `custom:team=payments`; may be repeated
    ///
    /// NAME alone is both the name of the index and the key of the attribute. An index that the store does
    /// not have yet is built first. Writing without the flag drops the index, because it would get out of
    /// date; reading keeps it. To index another attribute, choose another name. Other kinds of indexes are
    /// functions in the program that links the crate, and only that program can register them.
    #[arg(long = "index", value_name = "NAME[=ATTRIBUTE]")]
    pub(crate) indexes: Vec<AttributeOfIndex>,
    #[command(flatten)]
    archive: Archive,
    /// Memory for the two caches together, in MiB; if left out, an eighth of the machine's, 128 to 2,048
    #[arg(long, value_name = "MIB", global = true, value_parser = value_parser!(u64).range(1..=CACHE_MIB_MAX))]
    cache: Option<u64>,
}

/// A pebibyte, so that bytes never overflow.
const CACHE_MIB_MAX: u64 = 1 << 30;

/// Where old journal segments go.
#[derive(Args)]
pub(crate) struct Archive {
    /// Keep old journal segments in this directory, for `restore --until`
    #[arg(long, value_name = "D", global = true)]
    archive: Option<PathBuf>,
}

impl Archive {
    /// Adds the archive to a configuration. Segments in a store would be taken for its own.
    pub(crate) fn set(&self, config: Config) -> Result<Config, Failure> {
        match &self.archive {
            Some(archive) => {
                refuse_in_or_as_a_store(archive)?;
                Ok(config.archive(archive))
            }
            None => Ok(config),
        }
    }
}

impl Store {
    /// The server, if the argument is the URL of one.
    pub(crate) fn remote(&self) -> Result<Option<Remote>, Failure> {
        let url = self.dir.to_str().filter(|text| is_url(text));
        let Some(url) = url else { return Ok(None) };
        if !self.indexes.is_empty() || self.archive.archive.is_some() || self.cache.is_some() {
            let sentence = "--index, --archive and --cache are for directories; give them to `inboxdb serve`";
            return Err(Failure::Broken(sentence.to_owned()));
        }
        Remote::new(url).map(Some)
    }

    /// Opens the store, which must exist, without a timer: snoozes do not end.
    pub(crate) fn open_existing(&self) -> Result<Engine, Failure> {
        self.open(Config::default().create(false))
    }

    /// Opens or creates the store without a timer.
    pub(crate) fn open_or_create(&self) -> Result<Engine, Failure> {
        refuse_inside_a_store(&self.dir)?;
        self.open(Config::default())
    }

    /// Opens or creates the store with a timer: snoozes end by the wall clock. Its custom indexes are built meanwhile.
    pub(crate) fn open_to_serve(&self) -> Result<Engine, Failure> {
        refuse_inside_a_store(&self.dir)?;
        open(&self.dir, self.config(Config::default().timer(Timer::Wall))?)
    }

    /// Opens or creates the store for a node of a cluster: time passes, and changes come, by entries of the log alone.
    pub(crate) fn open_as_node(&self) -> Result<Engine, Failure> {
        refuse_inside_a_store(&self.dir)?;
        let config = Config::default().timer(Timer::Off).durability(Durability::Interval(NODE_SYNC_INTERVAL));
        open(&self.dir, self.config(config)?)
    }

    /// Opens the store, which must exist, and lets time pass: snoozes end.
    pub(crate) fn open_running(&self) -> Result<Engine, Failure> {
        self.open_timed(Config::default().create(false).timer(Timer::Wall))
    }

    /// Opens the store without a timer.
    fn open(&self, config: Config) -> Result<Engine, Failure> {
        self.open_timed(config.timer(Timer::Off))
    }

    /// Adds the archive, the size of the caches and the custom indexes to a configuration.
    fn config(&self, config: Config) -> Result<Config, Failure> {
        let config = match self.cache {
            Some(mib) => config.record_cache_bytes(mib << 19).store_cache_bytes(mib << 19),
            None => config,
        };
        let register = |config: Config, index: &AttributeOfIndex| index.register(config);
        Ok(self.indexes.iter().fold(self.archive.set(config)?, register))
    }

    /// Opens the store, and builds its custom indexes.
    fn open_timed(&self, config: Config) -> Result<Engine, Failure> {
        let engine = open(&self.dir, self.config(config)?)?;
        if self.indexes.is_empty() {
            return Ok(engine);
        }
        match indexes::build(&engine) {
            Ok(()) => Ok(engine),
            Err(failure) => close_after(engine, Err(failure)),
        }
    }
}

/// Arguments of every subcommand that works in one workspace.
#[derive(Args)]
pub(crate) struct Where {
    #[command(flatten)]
    pub(crate) store: Store,
    /// Workspace to use
    #[arg(long, short, value_name = "W", default_value_t = 1, global = true)]
    pub(crate) workspace: u64,
}

impl Where {
    /// The workspace.
    pub(crate) fn workspace(&self) -> WorkspaceId {
        WorkspaceId(self.workspace)
    }

    /// Prints a text about the workspace. The store and the workspace must exist; no timer runs.
    pub(crate) fn show(&self, text: impl FnOnce(&Inbox<'_>) -> Result<String, Failure>) -> Result<(), Failure> {
        if let Some(remote) = self.store.remote()? {
            return print(&text(&known_there(&remote, self.workspace())?)?);
        }
        let engine = self.store.open_existing()?;
        let shown = known(&engine, self.workspace());
        let shown = shown.and_then(|workspace| print(&text(&Inbox::here(&engine, workspace))?));
        close_after(engine, shown)
    }

    /// The line below a page: how many rows were shown, and the command for the next page. `rest` follows the
    /// directory.
    pub(crate) fn ending(&self, shown: usize, subcommand: &str, rest: &str) -> String {
        let mut command = format!("{} {subcommand} {} {rest}", program(), quoted(&self.store.dir.to_string_lossy()));
        for index in &self.store.indexes {
            command += &format!(" --index {}", quoted(&index.to_string()));
        }
        if self.workspace != 1 {
            command += &format!(" --workspace {}", self.workspace);
        }
        let shown = format!("{} shown; the next:", thousands(shown as u64));
        format!("\n{}\n", beside_or_below(&shown, &paint(TYPED, clean(&command))))
    }
}

/// Opens a store, or fails with the cause and the remedy in one sentence.
pub(crate) fn open(dir: &Path, config: Config) -> Result<Engine, Failure> {
    if let Some(url) = dir.to_str().filter(|text| is_url(text)) {
        let sentence = format!("{url} is a server, and this needs the directory of the store; run it where that is");
        return Err(Failure::Broken(sentence));
    }
    let began = Instant::now();
    let engine = Engine::open(dir, config).map_err(|error| Failure::Broken(sentence(&error)))?;
    tracing::info!(dir = %dir.display(), seq = engine.durable_seq(), took = ?began.elapsed(), "opened the store");
    Ok(engine)
}

/// An error of opening with its remedy. Some of the messages include it.
pub(crate) fn sentence(error: &OpenError) -> String {
    let advice = match error {
        OpenError::Missing(_) | OpenError::Empty(_) => {
            "check the path, or make a store with `inboxdb apply` or `inboxdb demo`"
        }
        OpenError::Io { source, .. } => match source.kind() {
            ErrorKind::PermissionDenied => "get the permission, or name another directory",
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "free some disk space",
            ErrorKind::ReadOnlyFilesystem => "name a writable directory",
            // These messages say what is short.
            ErrorKind::WouldBlock | ErrorKind::OutOfMemory | ErrorKind::StaleNetworkFileHandle => {
                return error.to_string();
            }
            _ if is_of_handles(source) => "close some files, or raise the limit of open files (`ulimit -n`)",
            _ => "check the path and the disk",
        },
        OpenError::Damaged(what) if what.contains("--salvage") => "or restore a backup elsewhere",
        OpenError::Damaged(_) => "run `inboxdb rebuild` with a backup or an archive, or restore a backup elsewhere",
        _ => return error.to_string(),
    };
    format!("{error}; {advice}")
}

/// Whether the process, or the system, has no file handles left: `EMFILE` and `ENFILE`.
fn is_of_handles(error: &std::io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24))
}

/// Closes an engine, also after a failure, as applied commands stay. A failure to close is reported unless another
/// failure of the store was.
pub(crate) fn close_after<T>(engine: Engine, result: Result<T, Failure>) -> Result<T, Failure> {
    let began = Instant::now();
    let closed = engine.close().map_err(|error| Failure::Broken(failed_store(&error)));
    tracing::info!(took = ?began.elapsed(), "closed the store");
    match result {
        Err(failure @ (Failure::Broken(_) | Failure::BrokenAndSaid)) => Err(failure),
        other => closed.and(other),
    }
}
