//! `inboxdb completions`: what shells need to complete arguments.

use clap::{Args, Command};
use clap_complete::{Shell, generate};

use crate::failure::Failure;
use crate::terminal::print_raw;

const AFTER_HELP: &str = "\
Example:
  inboxdb completions bash > ~/.local/share/bash-completion/completions/inboxdb
  inboxdb completions zsh > ~/.zfunc/_inboxdb
  inboxdb completions fish > ~/.config/fish/completions/inboxdb.fish";

/// Print a script that completes arguments in a shell
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Shell to print it for
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs the subcommand. `command` is the whole program.
pub(crate) fn run(arguments: &Arguments, mut command: Command) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut command, "inboxdb", &mut script);
    print_raw(&script)
}
