//! `inboxdb compact`: rewrites a store, so that no deleted data is left in its files.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use inboxdb::{CompactError, CompactReport, Config, Engine};

use crate::confirm::Confirmed;
use crate::failure::Failure;
use crate::output::refuse_inside_a_store;
use crate::store::{self, Archive};
use crate::terminal::{Cell, Column, Progress, Table, WAITING, bytes, clean, paint, plural, print, report};

const AFTER_HELP: &str = "\
A delete frees space inside the files, but the old bytes stay until they are overwritten. This command copies the live
data into a new state store, reads it back and compares, replaces the old state store, and starts a new journal.
Afterwards no file of the store holds a byte of what was deleted. It is safe to interrupt: the store is either the old
one or the new one, and the next opening removes the leftovers. Then run it again.

It needs free disk space for a second state store. A state store grows in steps of 8 MiB and takes extra space while it
is filled, so a store with few deletes may grow a little.

Files are removed, not overwritten: what the disk keeps of a removed file is out of reach here. Damaged state stores
that were set aside, the newest backup and the archive are not touched; the report names those that exist. A store that
keeps its journal until the next backup needs a new backup afterwards.

It asks first. Without a terminal to ask at it does nothing unless --yes is given.

Example:
  inboxdb compact inbox

Exit status: 0 done; 1 the question was answered with no; 2 the store could not be opened, or compacting failed and the
store is unharmed, or there was no terminal to ask at.";

/// Remove every trace of deleted data and free its disk space
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Directory of the store, which must not be open elsewhere; INBOXDB_DIR of the environment if left out
    dir: PathBuf,
    #[command(flatten)]
    archive: Archive,
    #[command(flatten)]
    confirmed: Confirmed,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    refuse_inside_a_store(&arguments.dir)?;
    let config = arguments.archive.set(Config::default())?;
    let dir = clean(&arguments.dir.to_string_lossy());
    let question = format!("What was deleted will be gone for good, and so will the past states of {dir}. Compact it?");
    arguments.confirmed.ask(&question)?;
    let progress = Progress::of_parts();
    let done = Engine::compact(&arguments.dir, config, |now| progress.show(now));
    drop(progress);
    let compacted = done.map_err(|error| Failure::Broken(sentence(&error)))?;
    match arguments.json {
        true => print(&(serde_json::to_string(&compacted)? + "\n")),
        // Files that may still hold what was deleted are more than a success.
        false if compacted.remaining.is_empty() => report(&text(&compacted)),
        false => print(&text(&compacted)),
    }
}

fn sentence(error: &CompactError) -> String {
    match error {
        CompactError::Open(error) => store::sentence(error),
        _ => format!("{error}; nothing is lost: check the disk and its free space, and run it again"),
    }
}

/// What was done, and where deleted bytes may still be.
fn text(report: &CompactReport) -> String {
    let mut table = Table::new([Column::word("FILES"), Column::number("BEFORE"), Column::number("NOW")]);
    let (before, after) = (report.before, report.after);
    for (name, before, after) in
        [("state store", before.state, after.state), ("journal", before.journal, after.journal)]
    {
        table.row([Cell::plain(name), Cell::plain(bytes(before)), Cell::plain(bytes(after))]);
    }
    let mut text = table.render(2);
    let segments = plural(report.segments_dropped as u64, "segment");
    let _ = writeln!(text, "\n{} copied and compared, {segments} of the journal dropped", plural(report.rows, "row"));
    if !report.remaining.is_empty() {
        let _ = writeln!(text, "\n{}", paint(WAITING, "What was deleted may still be in:"));
        for path in &report.remaining {
            let _ = writeln!(text, "  {}", clean(&path.to_string_lossy()));
        }
        text.push_str("Remove what you no longer need.\n");
    }
    text
}
