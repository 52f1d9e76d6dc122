//! `inboxdb verify`: is a backup whole?

use std::path::PathBuf;

use clap::Args;
use inboxdb::verify_backup;

use crate::backup::{failure, said};
use crate::failure::Failure;
use crate::terminal::{Progress, print};

const AFTER_HELP: &str = "\
It reads the whole file and checks everything that a restore checks before it writes anything.

Example:
  inboxdb verify monday.bak

Exit status: 0 the backup is whole; 2 it is damaged, or could not be read.";

/// Check that a backup is whole
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The backup
    file: PathBuf,
    /// Print what the backup holds as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let progress = Progress::of_bytes(Some(0));
    let report = verify_backup(&arguments.file, |done, total| progress.show(done, total)).map_err(failure)?;
    drop(progress);
    print(&said(&report, &arguments.file, arguments.json)?)
}
