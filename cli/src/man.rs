//! `inboxdb man`: the manual pages.

use clap::{Args, Command};
use clap_mangen::Man;

use crate::failure::Failure;
use crate::terminal::print_raw;

const AFTER_HELP: &str = "\
Example:
  inboxdb man > inboxdb.1
  inboxdb man list | man -l -";

/// Print a manual page
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Subcommand to print the page of, such as `list` or `bulk close`; the whole program if omitted
    #[arg(value_name = "SUBCOMMAND")]
    path: Vec<String>,
}

/// Runs the subcommand. `command` is the whole program.
pub(crate) fn run(arguments: &Arguments, mut command: Command) -> Result<(), Failure> {
    command.build();
    let mut found = &command;
    for name in &arguments.path {
        found = found.find_subcommand(name).ok_or_else(|| unknown(found, name))?;
    }
    let mut page = Vec::new();
    let source = format!("inboxdb {}", command.get_version().unwrap_or_default());
    let rendered = Man::new(found.clone()).source(source).manual("inboxdb").render(&mut page);
    rendered.map_err(|error| Failure::Broken(format!("cannot write the page: {error}; run it again")))?;
    print_raw(&page)
}

fn unknown(command: &Command, name: &str) -> Failure {
    let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    let known = if names.is_empty() { "it has no subcommands".to_owned() } else { names.join(", ") };
    Failure::Refused(format!("{} has no subcommand {name}: {known}", command.get_bin_name().unwrap_or("inboxdb")))
}
