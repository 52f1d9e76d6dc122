//! `inboxdb backup`: a whole store in one file.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use inboxdb::{BackupError, BackupFileError, BackupReport, Engine, RecoveryError, Timestamp};

use crate::failure::Failure;
use crate::output::Place;
use crate::store::{Store, close_after};
use crate::terminal::{Progress, bytes, clean, minute, plural, print, report, thousands};

const AFTER_HELP: &str = "\
The file is compressed. It is written under a temporary name beside its place, read back and checked, and only then
renamed. A store that another process has open cannot be backed up from here; that process can make a backup itself. A running
server does so in place of DIR by its URL, with a token for the whole store in INBOXDB_TOKEN, and without FILE: it writes into the
directory that `serve --backups` names, under the time, and keeps the newest two there. For a node of a cluster such a backup
counts as its newest.

Example:
  inboxdb backup inbox monday.bak
  inboxdb verify monday.bak
  inboxdb restore monday.bak restored
  inboxdb backup http://127.0.0.1:7878

Exit status: 0 the backup is complete and in place; 2 the store could not be opened, or failed, or the file could not
be written.";

/// Back up a store into a file
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: Store,
    /// File to write; none if a server makes the backup
    file: Option<PathBuf>,
    /// Replace the file if it exists; never anything but a file
    #[arg(long)]
    force: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (made, file) = match (arguments.store.remote()?, &arguments.file) {
        (Some(remote), None) => {
            let made = remote.back_up()?;
            let file = made["file"].as_str().unwrap_or_default().into();
            if arguments.json {
                return print(&(made.to_string() + "\n"));
            }
            (serde_json::from_value(made)?, file)
        }
        (Some(_), Some(_)) => {
            let sentence = "a server writes backups into its own directory (`serve --backups`); leave FILE out";
            return Err(Failure::Broken(sentence.to_owned()));
        }
        (None, None) => return Err(Failure::Broken("name the FILE to write".to_owned())),
        (None, Some(given)) => {
            let file = Place::of(given, arguments.force)?.file()?;
            let engine = arguments.store.open_existing()?;
            let done = back_up(&file, &engine);
            (close_after(engine, done)?, given.clone())
        }
    };
    let said = said(&made, &file, arguments.json)?;
    if arguments.json { print(&said) } else { report(&said) }
}

fn back_up(file: &Path, engine: &Engine) -> Result<BackupReport, Failure> {
    let progress = Progress::of_bytes(None);
    engine.backup_to(file, |now| progress.show(now)).map_err(failure)
}

/// The report on a backup, as text or JSON.
pub(crate) fn said(made: &BackupReport, file: &Path, json: bool) -> Result<String, Failure> {
    if json {
        return Ok(serde_json::to_string(made)? + "\n");
    }
    let mut text =
        format!("{}: {}, up to change {}", clean(&file.to_string_lossy()), bytes(made.bytes), thousands(made.seq));
    if made.clock > Timestamp::EPOCH {
        let _ = write!(text, " ({})", minute(made.clock));
    }
    let (rows, changes) = (plural(made.rows, "row"), plural(made.changes, "change"));
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
