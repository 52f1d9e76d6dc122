//! `inboxdb backup`: all that a store holds, in one file.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use inboxdb::{BackupError, BackupProgress, BackupReport, Engine, Timestamp};

use crate::failure::Failure;
use crate::store::{Store, close_after};
use crate::terminal::{Progress, bytes, minute, plural, print, thousands};

const AFTER_HELP: &str = "\
The file is compressed and checked: it is written beside its place, read back, and only then put there. A store that
another process has open cannot be backed up from here: a program that links the crate does that while it runs.

Example:
  inboxdb backup inbox monday.bak
  inboxdb verify monday.bak
  inboxdb restore monday.bak restored

Exit status: 0 the backup is whole and in its place; 2 the store could not be opened, or failed, or the file could not
be written.";

/// Back up a store into a file
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: Store,
    /// Where to write it
    file: PathBuf,
    /// Replace the file if it is there already
    #[arg(long)]
    force: bool,
    /// Print what the backup holds as JSON
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

fn check(file: &Path, force: bool) -> Result<(), Failure> {
    let file_name = file.display();
    if file.is_dir() {
        return Err(Failure::Broken(format!("{file_name} is a directory; name a file in it")));
    }
    if file.exists() && !force {
        return Err(Failure::Broken(format!("{file_name} is there already; name another file, or say --force")));
    }
    Ok(())
}

fn back_up(arguments: &Arguments, engine: &Engine) -> Result<BackupReport, Failure> {
    let progress = Progress::of_bytes(None);
    let watch = |now: BackupProgress| progress.show_done(now.bytes);
    engine.backup_to(&arguments.file, watch).map_err(failure)
}

/// What a backup holds, for people or as JSON.
pub(crate) fn said(report: &BackupReport, file: &Path, json: bool) -> Result<String, Failure> {
    if json {
        return Ok(serde_json::to_string(report)? + "\n");
    }
    let mut text = format!("{}: {}, up to change {}", file.display(), bytes(report.bytes), thousands(report.seq));
    if report.clock > Timestamp::EPOCH {
        let _ = write!(text, " ({})", minute(report.clock));
    }
    let (rows, changes) = (plural(report.rows, "row"), plural(report.changes, "change"));
    Ok(text + &format!("\n{rows} and {changes}, all of them as they were written\n"))
}

/// What went wrong, with what to do.
pub(crate) fn failure(error: BackupError) -> Failure {
    let advice = match &error {
        BackupError::Target(error) => return Failure::Broken(crate::store::sentence(error)),
        BackupError::Write(_) | BackupError::Io { .. } => "; check the path and the room on the disk",
        BackupError::NotABackup(_) => "; name a file that `inboxdb backup` has made",
        BackupError::Damaged { .. } => "; take another backup",
        BackupError::BeyondEnd { .. } => "; add the archive that holds it with --archive, or the store's own journal",
        BackupError::Segment { .. } => "; take another copy of it, or leave that archive out",
        BackupError::Missing { .. } => "; name a backup with --backup, or an archive with --archive",
        _ => "",
    };
    Failure::Broken(format!("{error}{advice}"))
}
