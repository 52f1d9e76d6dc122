//! `inboxdb restore`: a store from a backup, as of then or later.

use std::path::PathBuf;

use clap::Args;
use inboxdb::{Restore, RestoreError, RestoreReport, Until};

use crate::backup::of_recovery;
use crate::failure::Failure;
use crate::output::refuse_inside_a_store;
use crate::terminal::{Progress, TYPED, clean, paint, plural, print, program, quoted, report, thousands};

const AFTER_HELP: &str = "\
The whole backup and all changes to replay are checked before anything is written.

With --archive, the changes after the backup are replayed: all of them, or up to --until. Give the directories that
--archive of `apply` and other subcommands has filled, and the store's own `journal` directory, which has the newest
changes. A time includes all changes before the first later one, in any workspace.

Examples:
  inboxdb restore monday.bak restored
  inboxdb restore monday.bak restored --archive kept --archive inbox/journal
  inboxdb restore monday.bak restored --archive kept --until 2026-03-01T12:00:00Z

Exit status: 0 the store is restored; 2 the backup or an archive is damaged or incomplete, or the store could not be
written, and there is none.";

/// Restore a store from a backup
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Backup to restore
    file: PathBuf,
    /// Directory for the store, new or empty; INBOXDB_DIR of the environment if left out
    dir: PathBuf,
    /// Directory with changes made after the backup; may be repeated
    #[arg(long = "archive", value_name = "D")]
    archives: Vec<PathBuf>,
    /// Last change, such as 12345, or time, such as 2026-03-01T12:00:00Z
    #[arg(long, value_name = "SEQ|TIME")]
    until: Option<Until>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    refuse_inside_a_store(&arguments.dir)?;
    let restore = arguments.archives.iter().fold(Restore::from(&arguments.file), Restore::archive);
    let restore = arguments.until.into_iter().fold(restore, Restore::until);
    let progress = Progress::of_bytes(Some(0));
    let restored = restore.run(&arguments.dir, |now| progress.show(now)).map_err(failure)?;
    drop(progress);
    match arguments.json {
        true => print(&(serde_json::to_string(&restored)? + "\n")),
        false => report(&text(arguments, &restored)),
    }
}

fn failure(error: RestoreError) -> Failure {
    let advice = match &error {
        RestoreError::Recovery(error) => return of_recovery(error),
        RestoreError::BeyondEnd { .. } => {
            "; add the archive that holds it, or the store's journal directory, with --archive"
        }
        _ => "",
    };
    Failure::Broken(format!("{error}{advice}"))
}

fn text(arguments: &Arguments, report: &RestoreReport) -> String {
    let dir = arguments.dir.to_string_lossy();
    let replayed = match report.replayed {
        0 => "nothing replayed".to_owned(),
        replayed => format!("{} replayed", plural(replayed, "change")),
    };
    let scrub = paint(TYPED, clean(&format!("{} scrub {}", program(), quoted(&dir))));
    format!(
        "{}: the store as it was after change {}, {replayed}\nTo check it: {scrub}\n",
        clean(&dir),
        thousands(report.seq)
    )
}
