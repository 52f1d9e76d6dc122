//! `inboxdb sidebar`: every number that a manager's inbox shows.

mod draw;
mod tree;

use clap::Args;
use inboxdb::{Engine, ManagerId};

use crate::failure::Failure;
use crate::store::{Where, close_after};
use crate::terminal::print;

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
    /// Whose inbox
    #[arg(long, short, value_name = "M")]
    manager: u64,
    /// Print it as JSON, as `inboxdb query` answers it
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let engine = arguments.place.open()?;
    let shown = text(arguments, &engine).and_then(|text| print(&text));
    close_after(engine, shown)
}

fn text(arguments: &Arguments, engine: &Engine) -> Result<String, Failure> {
    let workspace = engine.workspace(arguments.place.workspace())?;
    let sidebar = workspace.sidebar(ManagerId(arguments.manager))?;
    if arguments.json {
        return Ok(serde_json::to_string(&sidebar)? + "\n");
    }
    Ok(draw(&sidebar, workspace.clock(), Cut::Nothing))
}
