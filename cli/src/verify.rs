//! `inboxdb verify`: checks a backup.

use std::path::PathBuf;

use clap::Args;
use inboxdb::verify_backup;

use crate::backup::{of_file, said};
use crate::failure::Failure;
use crate::terminal::{Progress, print};

const AFTER_HELP: &str = "\
It reads the whole file and makes every check that a restore makes before writing.

Example:
  inboxdb verify monday.bak

Exit status: 0 the backup is complete; 2 it is damaged, or could not be read.";

/// Check that a backup is complete and undamaged
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Backup to check
    file: PathBuf,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let progress = Progress::of_bytes(Some(0));
    let report = verify_backup(&arguments.file, |now| progress.show(now)).map_err(|error| of_file(&error))?;
    drop(progress);
    print(&said(&report, &arguments.file, arguments.json)?)
}
