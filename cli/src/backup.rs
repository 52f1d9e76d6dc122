//! `inboxdb backup`: a whole store in one file.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use inboxdb::{BackupError, BackupProgress, BackupReport, Engine};

use crate::failure::Failure;
use crate::store::{Store, close_after};
use crate::terminal::{Progress, bytes, minute, plural, print, thousands};
use crate::whole_file::check;

const AFTER_HELP: &str = "\
The file is compressed. It is written under a temporary name beside its place, read back and checked, and only then
renamed. A store that another process has open cannot be backed up from here; that process can make a backup itself.

Example:
  inboxdb backup inbox monday.bak
  inboxdb verify monday.bak
  inboxdb restore monday.bak restored

Exit status: 0 the backup is complete and in place; 2 the store could not be opened, or failed, or the file could not
be written.";

/// Back up a store into a file
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: Store,
    /// File to write
    file: PathBuf,
    /// Overwrite the file if it exists
    #[arg(long)]
    force: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    check(&arguments.file, arguments.force)?;
    let engine = arguments.store.open_existing()?;
    let done = back_up(arguments, &engine);
    let report = close_after(engine, done)?;
    print(&said(&report, &arguments.file, arguments.json)?)
}

fn back_up(arguments: &Arguments, engine: &Engine) -> Result<BackupReport, Failure> {
    let progress = Progress::of_bytes(None);
    let watch = |now: BackupProgress| progress.show_done(now.bytes);
    engine.backup_to(&arguments.file, watch).map_err(failure)
}

/// The report on a backup, as text or JSON.
pub(crate) fn said(report: &BackupReport, file: &Path, json: bool) -> Result<String, Failure> {
    if json {
        return Ok(serde_json::to_string(report)? + "\n");
    }
    let mut text = format!("{}: {}, up to change {}", file.display(), bytes(report.bytes), thousands(report.seq));
    if report.clock > 0 {
        let _ = write!(text, " ({})", minute(report.clock));
    }
    let (rows, changes) = (plural(report.rows, "row"), plural(report.changes, "change"));
    Ok(text + &format!("\n{rows} and {changes}, verified\n"))
}

/// The error and its remedy.
pub(crate) fn failure(error: BackupError) -> Failure {
    let advice = match &error {
        BackupError::Target(error) => return Failure::Broken(crate::store::sentence(error)),
        BackupError::Write(_) | BackupError::Io { .. } => "; check the path, its permissions and the free disk space",
        BackupError::NotABackup(_) => "; name a file made by `inboxdb backup`",
        BackupError::Damaged { .. } => "; take another backup",
        BackupError::BeyondEnd { .. } => {
            "; add the archive that holds it, or the store's journal directory, with --archive"
        }
        BackupError::Segment { .. } => "; use another copy of it, or leave that archive out",
        BackupError::Missing { .. } => "; name a backup with --backup, or an archive with --archive",
        _ => "",
    };
    Failure::Broken(format!("{error}{advice}"))
}
