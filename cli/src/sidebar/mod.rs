//! `inboxdb sidebar`: every number in a manager's inbox.

mod draw;
mod overdue;
mod tree;

use clap::Args;
use inboxdb::Sidebar;

use crate::failure::Failure;
use crate::inbox::Inbox;
use crate::people::Person;
use crate::store::Where;

pub(crate) use draw::{Cut, draw};
pub(crate) use overdue::Overdue;

const AFTER_HELP: &str = "\
Snoozes are overdue if they have ended by the clock of this computer: the next command reopens their chats.

Example:
  inboxdb sidebar inbox --workspace 1 --manager ada";

/// Show the numbers of a manager's inbox
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Where,
    /// Manager whose inbox to show: a number, or a name that only one has
    #[arg(long, short, value_name = "M")]
    manager: Person,
    /// Print the sidebar as JSON, in the form of `inboxdb query`
    #[arg(long)]
    json: bool,
}

/// How many numbers a sidebar has: four of three statuses, three of the manager's own, and one for each line below.
pub(crate) fn numbers_in(sidebar: &Sidebar) -> usize {
    4 * 3 + 3 + sidebar.operators.len() + sidebar.others.len() + sidebar.tags.len()
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    arguments.place.show(|workspace| text(arguments, workspace))
}

fn text(arguments: &Arguments, workspace: &Inbox<'_>) -> Result<String, Failure> {
    let sidebar = workspace.sidebar(arguments.manager.find(workspace)?)?;
    if arguments.json {
        return Ok(serde_json::to_string(&sidebar)? + "\n");
    }
    Ok(draw(&sidebar, workspace.clock(), Overdue::of(workspace, &sidebar)?, Cut::Nothing))
}
