//! `inboxdb import`: a jsonl export, or a file that names things by external id.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use inboxdb::{ImportError, ImportReport};

use crate::failure::Failure;
use crate::input::Input;
use crate::store::{Where, close_after};
use crate::terminal::{Progress, plural, report};

const AFTER_HELP: &str = "\
The workspace must be empty: no managers, customers, tags or chats. Afterwards it is the inbox that was exported,
without its notifications. Everything is checked, and the import happens whole or not at all. Only if the process is
killed midway does the workspace hold a part, which `delete_workspace` clears.

A file whose managers, customers and chats all have an `external` may also be imported into a workspace that is not
empty, and again: what exists stays as it is, and what is missing is created. After a failure, import it again.

Example:
  inboxdb export inbox --system --output inbox.jsonl
  inboxdb import copy inbox.jsonl

Exit status: 0 everything is imported; 1 a line is wrong, or lacks an external id where something is already; 2 the store
could not be opened, or failed, or the input could not be read.";

/// Import a jsonl export
///
/// Creates the store if the directory is missing or empty. The workspace may have another number than the exported one.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Where,
    /// File with the export; standard input if omitted or `-`
    file: Option<PathBuf>,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    // The input is opened first, so that a missing file changes nothing on disk.
    let (input, name) = Input::open(arguments.file.as_deref(), "an export")?.into_reader();
    let engine = arguments.place.store.open_or_create()?;
    let progress = Progress::of_bytes(arguments.file.as_deref().and_then(size));
    let workspace = arguments.place.workspace();
    let imported = engine.import(workspace, input, |now| progress.show_done(now.done));
    drop(progress);
    let imported = close_after(engine, imported.map_err(|error| failure(&name, error)))?;
    report(&(words(&imported) + "\n"))
}

/// The size of a regular file.
fn size(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|found| found.len())
}

fn words(report: &ImportReport) -> String {
    let contents = report.created;
    let (chats, messages) = (plural(contents.chats, "chat"), plural(contents.messages, "message"));
    let (customers, events) = (plural(contents.customers, "customer"), plural(contents.events, "event"));
    let (managers, tags) = (plural(contents.managers, "manager"), plural(contents.tags, "tag"));
    let mut contents_but_ids = report.contents;
    // Ids of commands are left out where numbers differ.
    contents_but_ids.done = report.created.done;
    let rest = if report.created == contents_but_ids { "" } else { "; the rest was there" };
    format!("{chats} with {messages}, {customers} with {events}, {managers} and {tags} imported{rest}")
}

fn failure(name: &str, error: ImportError) -> Failure {
    match error {
        ImportError::Line { line, reason } => {
            Failure::Refused(format!("line {line} of {name}: {reason}; nothing is imported"))
        }
        ImportError::Read { line, source } => {
            Failure::Broken(format!("cannot read line {line} of {name}: {source}; nothing is imported"))
        }
        ImportError::Store(error) => error.into(),
        ImportError::Partly(why) if matches!(*why, ImportError::Line { .. } | ImportError::NotEmpty(_)) => {
            Failure::Refused(ImportError::Partly(why).to_string())
        }
        error @ ImportError::NotEmpty(_) => Failure::Refused(error.to_string()),
        error => Failure::Broken(error.to_string()),
    }
}
