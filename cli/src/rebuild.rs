//! `inboxdb rebuild`: a new state store in place of a damaged one.

use std::path::PathBuf;

use clap::Args;
use inboxdb::{Rebuild, RebuildError, RebuildReport};

use crate::backup::of_recovery;
use crate::failure::Failure;
use crate::terminal::{Progress, clean, plural, print, report, thousands};

const AFTER_HELP: &str = "\
The state store is rebuilt from the newest backup that the store knows of, or the given one, and the later changes in
the journal and the archives. Without a backup, all changes are needed. Opening a store with a damaged state store does
the same by itself if it can. The old state store is kept as `quarantine-…`.

A damaged journal is not repaired.

Example:
  inboxdb rebuild inbox --backup monday.bak --archive kept

Exit status: 0 the state store is rebuilt; 2 something is missing or damaged, or the store is in use, and nothing was
changed.";

/// Rebuild a damaged state store
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Directory of the store; INBOXDB_DIR of the environment if left out
    dir: PathBuf,
    /// Backup of the store
    #[arg(long, value_name = "FILE")]
    backup: Option<PathBuf>,
    /// Directory with changes that the journal no longer has; may be repeated
    #[arg(long = "archive", value_name = "D")]
    archives: Vec<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let rebuild = arguments.archives.iter().fold(Rebuild::of(&arguments.dir), Rebuild::archive);
    let rebuild = arguments.backup.iter().fold(rebuild, Rebuild::backup);
    let progress = Progress::of_bytes(Some(0));
    let rebuilt = rebuild.run(|now| progress.show(now)).map_err(failure)?;
    drop(progress);
    match arguments.json {
        true => print(&(serde_json::to_string(&rebuilt)? + "\n")),
        false => report(&text(&rebuilt)),
    }
}

fn failure(error: RebuildError) -> Failure {
    let advice = match &error {
        RebuildError::Recovery(error) => return of_recovery(error),
        RebuildError::Missing { .. } => "; name a backup with --backup, or an archive with --archive",
        _ => "",
    };
    Failure::Broken(format!("{error}{advice}"))
}

fn text(report: &RebuildReport) -> String {
    let changes = plural(report.replayed, "change");
    let of = match &report.backup {
        Some(backup) => format!("{} and {changes} since", clean(&backup.to_string_lossy())),
        None => changes,
    };
    let old = clean(&report.quarantine.to_string_lossy()).to_string();
    format!("The state store is rebuilt up to change {}, from {of}\nThe old one is in {old}\n", thousands(report.seq))
}
