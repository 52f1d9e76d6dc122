//! `inboxdb demo`: fills a new store with a believable inbox and shows it.

mod act;
mod calendar;
mod fill;
mod history;
mod life;
mod live;
mod measure;
mod pace;
mod people;
mod place;
mod served;
mod simulation;
mod team;
mod topics;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use fill::{Filled, fill};
use history::History;
use inboxdb::{Config, Durability, Engine, Timer, View};
pub(crate) use place::{NAME, new_or_empty};
pub(crate) use served::{Colleagues, prepare};
use team::{VIEWER, WORKSPACE};

use crate::failure::Failure;
use crate::output::refuse_inside_a_store;
use crate::sidebar::{Cut, Overdue, draw};
use crate::store::{Archive, close_after, open};
use crate::terminal::{
    FAINT, STRONG, TYPED, bytes, elapsed, paint, plural, print, print_line, program, quoted, thousands,
};

const AFTER_HELP: &str = "\
The inbox is the same on every machine and in every run: the same customers, chats and numbers.

Example:
  inboxdb demo --dir shop --chats 1000000";

/// A loss of power may lose this much of the demo, which is rebuilt in seconds.
const DURABILITY: Durability = Durability::Interval(Duration::from_secs(1));

/// Fill a store with a believable inbox of a support team and show it
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Directory for the store, new or empty [default: `inboxdb-demo` in the current directory, or `inboxdb-demo-2` and
    /// so on if that exists]
    #[arg(long, value_name = "D")]
    dir: Option<PathBuf>,
    /// Number of chats
    #[arg(long, value_name = "N", default_value_t = 100_000,
          value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    chats: u32,
    #[command(flatten)]
    archive: Archive,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    refuse_inside_a_store(arguments.dir.as_deref().unwrap_or(Path::new(place::NAME)))?;
    let dir = place::choose(arguments.dir.as_deref())?;
    let name = dir.display();
    print_line(format_args!("A support team's inbox of {}, in {name}", plural(arguments.chats.into(), "chat")))?;

    let config = arguments.archive.set(Config::default())?;
    let engine = open(&dir, config.clone().timer(Timer::Off).durability(DURABILITY))?;
    let shown = fill(&engine, arguments.chats, History::new(arguments.chats)).and_then(|filled| show(&engine, &filled));
    let (shown, closed) = timed(|| close_after(engine, shown));
    shown.map_err(|failure| with_remains(failure, &dir))?;

    let (engine, opened) = timed(|| open(&dir, config.timer(Timer::Wall)));
    let engine = engine?;
    let watched = reopened(&engine, &dir, closed, opened).and_then(|()| live::watch(&engine, VIEWER));
    let newest = watched.and_then(|()| newest(&engine));
    let newest = close_after(engine, newest)?;
    print(&ending(&dir, newest))
}

/// Shows the inbox, and how long reading it takes.
fn show(engine: &Engine, filled: &Filled) -> Result<(), Failure> {
    let per_second = (filled.commands as f64 / filled.time.as_secs_f64()) as u64;
    let (commands, time) = (plural(filled.commands, "command"), elapsed(filled.time));
    print_line(format_args!("{commands} done in {time}, {} a second\n", thousands(per_second)))?;
    let workspace = engine.workspace(WORKSPACE)?;
    print(&draw(&workspace.sidebar(VIEWER)?, workspace.clock(), Overdue::none(), Cut::ToScreen))?;
    let measured = measure::measure(&workspace, VIEWER)?;
    let (count, sidebar) = (elapsed(measured.count), elapsed(measured.sidebar));
    let of = format!("median of {} over 8 views", thousands(measured.counts as u64));
    print_line(format_args!("\n{}", paint(STRONG, "How long it takes")))?;
    row("a count", &count, &of)?;
    row("this sidebar", &sidebar, &format!("all {} numbers of it, consistent with each other", measured.numbers))
}

/// Shows how long closing, opening and the first read took.
fn reopened(engine: &Engine, dir: &Path, closed: Duration, opened: Duration) -> Result<(), Failure> {
    let (sidebar, first) = timed(|| engine.workspace(WORKSPACE)?.sidebar(VIEWER));
    sidebar?;
    let size = place::size(dir).map_or_else(|_| "its size cannot be read".to_owned(), |size| bytes(size) + " on disk");
    row("closing", &elapsed(closed), &size)?;
    row("opening", &elapsed(opened), "")?;
    row("the first sidebar", &elapsed(first), "which loads the workspace")
}

fn row(what: &str, time: &str, note: &str) -> Result<(), Failure> {
    let note = if note.is_empty() { String::new() } else { format!("  {}", paint(FAINT, note)) };
    print_line(format_args!("  {what:18}{:>9}{note}", time))
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let result = work();
    (result, began.elapsed())
}

/// The first chat in the viewer's list, or chat 1 if the list is empty.
fn newest(engine: &Engine) -> Result<u32, Failure> {
    let page = engine.workspace(WORKSPACE)?.list(&View::assigned(VIEWER).into(), None, 1)?;
    Ok(page.chats.first().map_or(1, |chat| chat.id.0))
}

/// Three commands to try next, ready to paste.
fn ending(dir: &Path, chat: u32) -> String {
    let program = program();
    let dir = quoted(&dir.to_string_lossy());
    let commands = [
        format!("{program} sidebar {dir} --manager {VIEWER}"),
        format!("{program} list {dir} tag:billing/refund:open"),
        format!("{program} show {dir} {chat}"),
    ];
    let lines = commands.map(|command| format!("  {}\n", paint(TYPED, command)));
    format!("\n{}\n{}", paint(STRONG, "Try next"), lines.concat())
}

/// A failed demo leaves files behind: the message says where.
fn with_remains(failure: Failure, dir: &Path) -> Failure {
    match failure {
        Failure::Broken(sentence) => {
            Failure::Broken(format!("{sentence}. The unfinished demo is in {}; delete it", dir.display()))
        }
        other => other,
    }
}
