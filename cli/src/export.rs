//! `inboxdb export`: the data of a workspace, for a spreadsheet or another store.

mod remote;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use inboxdb::{Actor, Engine, ExportError, ExportFormat, ExportReport};

use crate::failure::{Failure, say};
use crate::inbox::Inbox;
use crate::named_filter::NamedFilter;
use crate::output::{Place, Stream, WholeFile};
use crate::people::Person;
use crate::store::{Where, close_after};
use crate::terminal::{Progress, bytes, clean, plural, report, thousands};
use crate::workspaces::known;

const AFTER_HELP: &str = "\
A jsonl export can be imported with `inboxdb import` and gives the same inbox, without notifications and unfinished bulk
actions. A csv export is for spreadsheets: one row per message, and one per chat without messages. Cells that a
spreadsheet could take for a formula get a leading '. With --excel the file begins with a byte order mark, and numbers
that Excel would change, those of more than 15 digits or with zeros in front, are texts.

The output may be a file, a device or a FIFO. A file is complete or missing. Times are in UTC. The store is not changed, and its snoozes do not end while it is exported.

Example:
  inboxdb export inbox --manager 7 --output inbox.jsonl
  inboxdb export inbox tag:billing:closed --system --format csv --output refunds.csv

Exit status: 0 the export is complete; 1 the manager may not export, or something named does not exist; 2 the store
could not be opened, or failed, or the output could not be written; 141 the reader of the output went away.";

/// Export chats with their messages, tags, people and times
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Where,
    /// Chats to export, such as `tag:billing:open`; only `all` includes customers without chats
    #[arg(default_value = "all")]
    filter: NamedFilter,
    #[command(flatten)]
    actor: Asker,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    /// For Excel: a byte order mark, and long numbers as text; with `--format csv`
    #[arg(long)]
    excel: bool,
    /// File to write; standard output if omitted or `-`
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if it exists; never a directory, or what is in a store
    #[arg(long, requires = "output")]
    force: bool,
}

/// On whose behalf the data is exported.
#[derive(Args)]
#[group(multiple = false)]
struct Asker {
    /// Export as this owner; with a server the token says who asks
    #[arg(long, short, value_name = "OWNER")]
    manager: Option<Person>,
    /// Export as the application
    #[arg(long)]
    system: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Rows for spreadsheets
    Csv,
    /// One JSON object per line, for `inboxdb import`
    Jsonl,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.excel && matches!(arguments.format, Format::Jsonl) {
        return Err(Failure::Broken("--excel is for spreadsheets; add --format csv".to_owned()));
    }
    if let Some(remote) = arguments.place.store.remote()? {
        return remote::run(arguments, &remote);
    }
    if arguments.actor.manager.is_none() && !arguments.actor.system {
        return Err(Failure::Broken("say who exports: --manager OWNER or --system".to_owned()));
    }
    match arguments.output.as_deref().filter(|path| *path != Path::new("-")) {
        Some(path) => to_place(arguments, path, Place::of(path, arguments.force)?),
        None => to_standard_output(arguments),
    }
}

fn to_place(arguments: &Arguments, path: &Path, place: Place) -> Result<(), Failure> {
    let (exported, size) = with_engine(arguments, |engine| match place {
        Place::File(place) => {
            let mut file = WholeFile::create(&place, arguments.force)?;
            let exported = export(arguments, engine, &mut file, &Progress::of_chats("", 0))?;
            Ok((exported, file.put()?))
        }
        Place::Stream(place) => {
            let mut stream = Stream::open(&place)?;
            let exported = export(arguments, engine, &mut stream, &Progress::of_chats("", 0).unseen())?;
            Ok((exported, stream.bytes()))
        }
    })?;
    let chats = plural(exported.contents.chats, "chat");
    let messages = plural(exported.contents.messages, "message");
    report(&format!("{chats} with {messages}, {} in {}\n", bytes(size), clean(&path.to_string_lossy())))
}

fn to_standard_output(arguments: &Arguments) -> Result<(), Failure> {
    let output = io::stdout();
    // A bar would mix with output on the same terminal.
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
    let workspace = known(engine, arguments.place.workspace())?;
    let inbox = Inbox::here(engine, workspace);
    let actor = match &arguments.actor.manager {
        Some(manager) => Actor::Manager(manager.find(&inbox)?),
        None => Actor::System,
    };
    let format = match arguments.format {
        Format::Csv if arguments.excel => ExportFormat::ExcelCsv,
        Format::Csv => ExportFormat::Csv,
        Format::Jsonl => ExportFormat::JsonLines,
    };
    let filter = arguments.filter.find(&inbox)?;
    let exported = engine.export(inbox.id(), actor, &filter, format, out, |now| progress.show(now));
    let report = exported.map_err(|error| failure(arguments, error))?;
    if report.left_out > 0 {
        say(format_args!("{} chats were deleted during the export and are left out", thousands(report.left_out)));
    }
    Ok(report)
}

fn failure(arguments: &Arguments, error: ExportError) -> Failure {
    match (error, &arguments.output) {
        (ExportError::Refused(refusal), _) => Failure::Refused(refusal.message),
        (ExportError::Store(error), _) => error.into(),
        (ExportError::Write(error), _) if error.kind() == io::ErrorKind::BrokenPipe => Failure::OutputClosed,
        (ExportError::Write(error), None) => Failure::of_output(&error),
        (ExportError::Write(error), Some(path)) => {
            Failure::Broken(format!("cannot write {}: {error}; check the free disk space", path.display()))
        }
        (error, _) => Failure::Broken(error.to_string()),
    }
}
