//! `inboxdb compact`: rewriting a store, so that nothing that was deleted is left in its files.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use inboxdb::{CompactError, CompactReport, Config, Engine};

use crate::failure::Failure;
use crate::store::{self, Archive};
use crate::terminal::{Cell, Column, Progress, Table, WAITING, bytes, clean, paint, plural, print};

const AFTER_HELP: &str = "\
Deleting frees room within the files, and leaves the bytes there until they are written over. This copies what is there
into a new state store, reads that back and compares, puts it in the place of the old one, and begins the journal anew.
Afterwards no file of the store holds a byte of what was deleted before. It is safe to stop: the store is as it was, or
as it shall be, and the next opening removes what is left over; run it again to be sure.

It needs room for a second state store meanwhile. State stores take room in steps of 8 MiB, and more than they need while
they are filled: one that has hardly changed since may grow a little.

Files are removed, not overwritten: what the disk keeps of a removed file is not for this to say. State stores that were
damaged and set aside are left alone, and so are the newest backup and the archive; they are named where there are any.
A store that keeps the journal since the last backup needs a new one afterwards.

Example:
  inboxdb compact inbox

Exit status: 0 it is done; 2 the store could not be opened, or it failed: the store is whole.";

/// Remove every trace of what was deleted, and give its room back
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The store's directory; nobody may have it open
    dir: PathBuf,
    #[command(flatten)]
    archive: Archive,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let progress = Progress::of_parts();
    let done = Engine::compact(&arguments.dir, arguments.archive.set(Config::default()), |now| {
        progress.show(now.done, now.total)
    });
    drop(progress);
    let report = done.map_err(|error| Failure::Broken(sentence(&error)))?;
    print(&if arguments.json { serde_json::to_string(&report)? + "\n" } else { text(&report) })
}

fn sentence(error: &CompactError) -> String {
    match error {
        CompactError::Open(error) => store::sentence(error),
        _ => format!("{error}; nothing is lost: see to the disk and the room on it, and run it again"),
    }
}

/// What it has done, and where bytes may be left.
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
        text.push_str("Remove what you do not need any more.\n");
    }
    text
}
