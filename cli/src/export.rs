//! `inboxdb export`: the data of a workspace, for a spreadsheet or for another store.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use inboxdb::{Actor, Engine, ExportError, ExportFormat, ExportReport, Filter, ManagerId};

use crate::failure::{Failure, say};
use crate::store::{Where, close_after};
use crate::terminal::{Progress, bytes, plural, print_line, thousands};
use crate::whole_file::WholeFile;

const AFTER_HELP: &str = "\
As jsonl, what is exported can be imported again with `inboxdb import` and gives the same inbox; notifications and bulk
actions under way are no part of it. As csv it is for a spreadsheet: a row for each message, and one for a chat without
any. Cells that a spreadsheet could take for a formula get a leading '.

Times are in UTC. Time stands still in the store meanwhile, and the store stays as it is.

Example:
  inboxdb export inbox --manager 7 --output inbox.jsonl
  inboxdb export inbox tag:billing:closed --system --format csv --output refunds.csv

Exit status: 0 all is written; 1 the manager may not export, or something named is not there; 2 the store could not be
opened, or failed, or the output could not be written. No file is left half written.";

/// Export chats with their messages, tags, people and times
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Where,
    /// Which chats, such as `tag:billing:open`; the customers without chats come with `all`
    #[arg(default_value = "all")]
    filter: Filter,
    #[command(flatten)]
    actor: Asker,
    /// Which form
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    /// Where to write it; standard output if absent or `-`
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if it is there already
    #[arg(long, requires = "output")]
    force: bool,
}

/// Who asks.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Asker {
    /// The owner who asks for it
    #[arg(long, short, value_name = "OWNER")]
    manager: Option<u64>,
    /// The application asks for it
    #[arg(long)]
    system: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Rows for a spreadsheet
    Csv,
    /// One JSON object a line, which can be imported again
    Jsonl,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match arguments.output.as_deref().filter(|path| *path != Path::new("-")) {
        Some(path) => to_file(arguments, path),
        None => to_standard_output(arguments),
    }
}

fn to_file(arguments: &Arguments, path: &Path) -> Result<(), Failure> {
    let exported = with_engine(arguments, |engine| {
        let mut file = WholeFile::create(path, arguments.force)?;
        let report = export(arguments, engine, &mut file, &Progress::of_chats("", 0))?;
        Ok((report, file.put()?))
    });
    let (report, size) = exported?;
    let (chats, messages) = (report.contents.chats, report.contents.messages);
    let (chats, messages) = (plural(chats, "chat"), plural(messages, "message"));
    print_line(format_args!("{chats} with {messages}, {} in {}", bytes(size), path.display()))
}

fn to_standard_output(arguments: &Arguments) -> Result<(), Failure> {
    let output = io::stdout();
    // Where the output is seen, a bar would be in its way.
    let progress = Progress::of_chats("", 0);
    let progress = if output.is_terminal() { progress.unseen() } else { progress };
    with_engine(arguments, |engine| export(arguments, engine, output.lock(), &progress)).map(drop)
}

fn with_engine<T>(arguments: &Arguments, work: impl FnOnce(&Engine) -> Result<T, Failure>) -> Result<T, Failure> {
    let engine = arguments.place.store.open_existing()?;
    let done = work(&engine);
    close_after(engine, done)
}

fn export(
    arguments: &Arguments,
    engine: &Engine,
    out: impl Write,
    progress: &Progress,
) -> Result<ExportReport, Failure> {
    let actor = arguments.actor.manager.map_or(Actor::System, |manager| Actor::Manager(ManagerId(manager)));
    let format = match arguments.format {
        Format::Csv => ExportFormat::Csv,
        Format::Jsonl => ExportFormat::JsonLines,
    };
    let workspace = arguments.place.workspace();
    let exported =
        engine.export(workspace, actor, &arguments.filter, format, out, |now| progress.show(now.done, now.total));
    let report = exported.map_err(|error| failure(arguments, error))?;
    if report.left_out > 0 {
        say(format_args!("{} chats were deleted meanwhile, and are left out", thousands(report.left_out)));
    }
    Ok(report)
}

fn failure(arguments: &Arguments, error: ExportError) -> Failure {
    match (error, &arguments.output) {
        (ExportError::Refused(refusal), _) => Failure::Refused(refusal.message),
        (ExportError::Store(error), _) => error.into(),
        (ExportError::Write(error), None) => Failure::of_output(&error),
        (ExportError::Write(error), Some(path)) => {
            Failure::Broken(format!("cannot write {}: {error}; make room on the disk", path.display()))
        }
        (error, _) => Failure::Broken(error.to_string()),
    }
}
