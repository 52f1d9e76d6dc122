//! `inboxdb sidebar`: every number in a manager's inbox.

mod draw;
mod tree;

use clap::Args;
use inboxdb::{ManagerId, Workspace};

use crate::failure::Failure;
use crate::store::Where;

pub(crate) use draw::{Cut, draw};

const AFTER_HELP: &str = "\
Example:
  inboxdb sidebar inbox --workspace 1 --manager 7";

/// Show the numbers of a manager's inbox
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Where,
    /// Manager whose inbox to show
    #[arg(long, short, value_name = "M")]
    manager: u64,
    /// Print the sidebar as JSON, in the form of `inboxdb query`
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    arguments.place.show(|workspace| text(arguments, workspace))
}

fn text(arguments: &Arguments, workspace: &Workspace) -> Result<String, Failure> {
    let sidebar = workspace.sidebar(ManagerId(arguments.manager))?;
    if arguments.json {
        return Ok(serde_json::to_string(&sidebar)? + "\n");
    }
    Ok(draw(&sidebar, workspace.clock(), Cut::Nothing))
}
