//! `inboxdb backup`: a whole store in one file.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use inboxdb::{BackupError, BackupFileError, BackupReport, Engine, RecoveryError, Timestamp};

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
    engine.backup_to(&arguments.file, |now| progress.show(now)).map_err(failure)
}

/// The report on a backup, as text or JSON.
pub(crate) fn said(report: &BackupReport, file: &Path, json: bool) -> Result<String, Failure> {
    if json {
        return Ok(serde_json::to_string(report)? + "\n");
    }
    let mut text = format!("{}: {}, up to change {}", file.display(), bytes(report.bytes), thousands(report.seq));
    if report.clock > Timestamp::EPOCH {
        let _ = write!(text, " ({})", minute(report.clock));
    }
    let (rows, changes) = (plural(report.rows, "row"), plural(report.changes, "change"));
    Ok(text + &format!("\n{rows} and {changes}, verified\n"))
}

/// The error and its remedy.
fn failure(error: BackupError) -> Failure {
    match error {
        BackupError::File(error) => of_file(&error),
        BackupError::Write(_) | BackupError::Io { .. } => Failure::Broken(format!("{error}{CHECK_PATH}")),
        _ => Failure::Broken(error.to_string()),
    }
}

const CHECK_PATH: &str = "; check the path, its permissions and the free disk space";

/// The failure of a backup that cannot be read, and its remedy.
pub(crate) fn of_file(error: &BackupFileError) -> Failure {
    let advice = match error {
        BackupFileError::Io { .. } => CHECK_PATH,
        BackupFileError::NotABackup(_) => "; name a file made by `inboxdb backup`",
        BackupFileError::Damaged { .. } => "; take another backup",
        _ => "",
    };
    Failure::Broken(format!("{error}{advice}"))
}

/// The failure of a restore or a rebuild, and its remedy.
pub(crate) fn of_recovery(error: &RecoveryError) -> Failure {
    let advice = match error {
        RecoveryError::File(error) => return of_file(error),
        RecoveryError::Target(error) => return Failure::Broken(crate::store::sentence(error)),
        RecoveryError::Io { .. } => CHECK_PATH,
        RecoveryError::Segment { .. } => "; use another copy of it, or leave that archive out",
        _ => "",
    };
    Failure::Broken(format!("{error}{advice}"))
}
