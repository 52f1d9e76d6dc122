//! Opening a store from the command line, and what to tell people when that does not work.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;
use inboxdb::{Config, Engine, OpenError, Timer, Workspace, WorkspaceId};

use crate::failure::{Failure, failed_store};
use crate::indexes::{self, AttributeOfIndex};
use crate::terminal::{TYPED, clean, paint, print, program, quoted, thousands};

/// What every subcommand that opens a store asks for.
#[derive(Args)]
pub(crate) struct Store {
    /// The store's directory
    pub(crate) dir: PathBuf,
    /// A custom index over an attribute of chats, for views such as `custom:team=payments`; may be repeated
    ///
    /// NAME alone is the name of the index and the key of the attribute. One that the store does not have
    /// yet is built first. A command that is done without the flag drops the index, as it could not be
    /// kept; reading leaves it. Whoever takes another attribute for an index gives it another name, too.
    /// Indexes of other kinds are functions of the program that links the crate: only that can register
    /// them.
    #[arg(long = "index", value_name = "NAME[=ATTRIBUTE]", verbatim_doc_comment)]
    pub(crate) indexes: Vec<AttributeOfIndex>,
    #[command(flatten)]
    archive: Archive,
}

/// Where the journal goes.
#[derive(Args)]
pub(crate) struct Archive {
    /// Keep what the journal no longer needs in this directory, for `restore --until`
    #[arg(long, value_name = "D", global = true)]
    archive: Option<PathBuf>,
}

impl Archive {
    pub(crate) fn set(&self, config: Config) -> Config {
        self.archive.iter().fold(config, Config::archive)
    }
}

impl Store {
    /// Opens the store, which must be there. Time stands still in it.
    pub(crate) fn open_existing(&self) -> Result<Engine, Failure> {
        self.open(Config::default().create(false))
    }

    /// Opens the store, without a timer, and waits for its custom indexes.
    pub(crate) fn open(&self, config: Config) -> Result<Engine, Failure> {
        let register = |config: Config, index: &AttributeOfIndex| index.register(config);
        let config = self.archive.set(config.timer(Timer::Off));
        let engine = open(&self.dir, self.indexes.iter().fold(config, register))?;
        if self.indexes.is_empty() {
            return Ok(engine);
        }
        match indexes::build(&engine) {
            Ok(()) => Ok(engine),
            Err(failure) => close_after(engine, Err(failure)),
        }
    }
}

/// What every subcommand that works in one workspace asks for.
#[derive(Args)]
pub(crate) struct Where {
    #[command(flatten)]
    pub(crate) store: Store,
    /// Which workspace
    #[arg(long, short, value_name = "W", default_value_t = 1, global = true)]
    pub(crate) workspace: u64,
}

impl Where {
    /// Which workspace.
    pub(crate) fn workspace(&self) -> WorkspaceId {
        WorkspaceId(self.workspace)
    }

    /// Prints what is to be said of the workspace. The store must exist, and time stands still in it.
    pub(crate) fn show(&self, text: impl FnOnce(&Workspace) -> Result<String, Failure>) -> Result<(), Failure> {
        let engine = self.store.open_existing()?;
        let workspace = engine.workspace(self.workspace());
        let shown = workspace.map_err(Failure::from).and_then(|workspace| print(&text(&workspace)?));
        close_after(engine, shown)
    }

    /// How to see what comes after a page: how many were shown, and a subcommand to type with what follows the
    /// directory.
    pub(crate) fn ending(&self, shown: usize, subcommand: &str, rest: &str) -> String {
        let mut command = format!("{} {subcommand} {} {rest}", program(), quoted(&self.store.dir.to_string_lossy()));
        for index in &self.store.indexes {
            command += &format!(" --index {}", quoted(&index.to_string()));
        }
        if self.workspace != 1 {
            command += &format!(" --workspace {}", self.workspace);
        }
        format!("\n{} shown; the next: {}\n", thousands(shown as u64), paint(TYPED, clean(&command)))
    }
}

/// Opens a store, or says in one sentence why not and what to do.
pub(crate) fn open(dir: &Path, config: Config) -> Result<Engine, Failure> {
    Engine::open(dir, config).map_err(|error| Failure::Broken(sentence(&error)))
}

/// An error of opening together with what to do. Some of the messages say that themselves.
pub(crate) fn sentence(error: &OpenError) -> String {
    let advice = match error {
        OpenError::Missing(_) | OpenError::Empty(_) => {
            "check the path, or make a store with `inboxdb apply` or `inboxdb demo`"
        }
        OpenError::Io { source, .. } => match source.kind() {
            ErrorKind::PermissionDenied => "get the permission, or name another directory",
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room on the disk",
            ErrorKind::ReadOnlyFilesystem => "name a directory that can be written to",
            _ => "check the path and the disk",
        },
        OpenError::Damaged(_) => "name a backup or an archive to `inboxdb rebuild`, or restore a backup elsewhere",
        _ => return error.to_string(),
    };
    format!("{error}; {advice}")
}

/// Closes an engine, also after a failure: what was applied stays. Reports that it could not be closed where
/// nothing else has been said of the store.
pub(crate) fn close_after<T>(engine: Engine, result: Result<T, Failure>) -> Result<T, Failure> {
    let closed = engine.close().map_err(|error| Failure::Broken(failed_store(&error)));
    match result {
        Err(failure @ (Failure::Broken(_) | Failure::BrokenAndSaid)) => Err(failure),
        other => closed.and(other),
    }
}
