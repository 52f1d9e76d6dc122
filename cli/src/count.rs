//! `inboxdb count`: how many chats a view or a filter has.

use clap::Args;

use crate::failure::Failure;
use crate::inbox::Inbox;
use crate::named_filter::{NamedFilter, what_a_view_is};
use crate::store::Where;

const AFTER_HELP: &str = "\
Views are joined by & (and), | (or), ! (not) and parentheses.

Example:
  inboxdb count inbox tag:billing:open
  inboxdb count inbox 'assigned:ada:open & !tag:vip'";

/// Count the chats of a view or a filter
#[derive(Args)]
#[command(after_help = format!("{}\n{AFTER_HELP}", what_a_view_is()))]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Where,
    /// Chats to count, such as `assigned:7:open`
    view: NamedFilter,
    /// Print the count as JSON, in the form of `inboxdb query`
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    arguments.place.show(|workspace| text(arguments, workspace))
}

/// The number alone, without separators: what reads it is often a program.
fn text(arguments: &Arguments, workspace: &Inbox<'_>) -> Result<String, Failure> {
    let count = workspace.count(&arguments.view.find(workspace)?)?;
    Ok(if arguments.json { format!("{{\"count\":{count}}}\n") } else { format!("{count}\n") })
}
