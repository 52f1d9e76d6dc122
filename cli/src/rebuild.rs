//! `inboxdb rebuild`: a damaged state store made again.

use std::path::PathBuf;

use clap::Args;
use inboxdb::{Rebuild, RebuildReport};

use crate::backup::failure;
use crate::failure::Failure;
use crate::terminal::{Progress, clean, plural, print, thousands};

const AFTER_HELP: &str = "\
The state store in the directory is made again from the newest backup that the store knows of, or the one that is named,
and from the changes since in the journal and the archives; or from the changes alone, where all are there. Opening a
store with a damaged state store does the same by itself, where it can. The old one is kept as `quarantine-…`.

A damaged journal is not repaired.

Example:
  inboxdb rebuild inbox --backup monday.bak --archive kept

Exit status: 0 the state store is made again; 2 something is missing or damaged, or the store is in use, and nothing has
changed.";

/// Make a damaged state store again
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The store's directory
    dir: PathBuf,
    /// A backup of the store
    #[arg(long, value_name = "FILE")]
    backup: Option<PathBuf>,
    /// A directory with changes that the journal no longer has; may be repeated
    #[arg(long = "archive", value_name = "D")]
    archives: Vec<PathBuf>,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let rebuild = arguments.archives.iter().fold(Rebuild::of(&arguments.dir), Rebuild::archive);
    let rebuild = arguments.backup.iter().fold(rebuild, Rebuild::backup);
    let progress = Progress::of_bytes(Some(0));
    let report = rebuild.run(|done, total| progress.show(done, total)).map_err(failure)?;
    drop(progress);
    let text = if arguments.json { serde_json::to_string(&report)? + "\n" } else { text(&report) };
    print(&text)
}

fn text(report: &RebuildReport) -> String {
    let changes = plural(report.replayed, "change");
    let of = match &report.backup {
        Some(backup) => format!("{} and {changes} since", clean(&backup.to_string_lossy())),
        None => changes,
    };
    let old = clean(&report.quarantine.to_string_lossy()).to_string();
    format!("The state store is made again up to change {}, of {of}\nThe old one is in {old}\n", thousands(report.seq))
}
