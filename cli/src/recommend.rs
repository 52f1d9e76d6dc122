//! `inboxdb recommend`: which managers should get a chat, and why.

use clap::Args;
use clap::builder::RangedU64ValueParser;
use inboxdb::{ChatId, Recommendation, limits};

use crate::failure::Failure;
use crate::inbox::Inbox;
use crate::store::Where;
use crate::terminal::{Cell, Column, FAINT, GOOD, STRONG, Table, WAITING, minute, paint, thousands};

const AFTER_HELP: &str = "\
A manager gets points for followed tags, for being online, for operator mode and for free capacity. Managers at their
capacity come last. OPEN does not count the chat itself. Times are in UTC, or in the zone of --tz.

Example:
  inboxdb recommend inbox 7 --limit 3";

/// Show which managers should get a chat, best first, and why
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Where,
    /// Chat to assign
    chat: u32,
    /// Number of managers, up to 1,000
    #[arg(long, short = 'n', value_name = "N", default_value_t = 10,
          value_parser = RangedU64ValueParser::<usize>::new().range(1..=limits::PAGE_MAX as u64))]
    limit: usize,
    /// Print the managers as JSON, in the form of `inboxdb query`
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    arguments.place.show(|workspace| text(arguments, workspace))
}

fn text(arguments: &Arguments, workspace: &Inbox<'_>) -> Result<String, Failure> {
    let managers = workspace.recommend(ChatId(arguments.chat), arguments.limit)?;
    if arguments.json {
        return Ok(format!("{{\"managers\":{}}}\n", serde_json::to_string(&managers)?));
    }
    let title = paint(STRONG, format_args!("Who should have chat {}", arguments.chat));
    if managers.is_empty() {
        return Ok(format!("{title}\n\n  the workspace has no managers\n"));
    }
    Ok(format!("{title}\n\n{}", table(&managers).render(2)))
}

/// A row per reason. The first one of a manager also holds the other columns.
fn table(managers: &[Recommendation]) -> Table {
    let columns = [
        Column::number("MANAGER"),
        Column::text("NAME", 24),
        Column::number("POINTS"),
        Column::number("OPEN"),
        Column::word("LAST ASSIGNED"),
        Column::number("WHY"),
        Column::text("", 76),
    ];
    let mut table = Table::new(columns);
    for manager in managers {
        let mut about = about(manager);
        for reason in &manager.reasons {
            let why = [Cell::new(FAINT, reason.points.to_string()), Cell::new(FAINT, &reason.reason)];
            table.row(about.into_iter().chain(why).collect::<Vec<_>>());
            about = [""; 5].map(Cell::plain);
        }
    }
    table
}

fn about(manager: &Recommendation) -> [Cell; 5] {
    let open = match manager.capacity {
        Some(capacity) => format!("{} of {}", thousands(manager.open), thousands(capacity.into())),
        None => thousands(manager.open),
    };
    let last_assigned_at = manager.last_assigned_at.map(minute);
    [
        Cell::new(STRONG, manager.manager.to_string()),
        Cell::plain(&manager.name),
        Cell::new(GOOD, manager.points.to_string()),
        if manager.full { Cell::new(WAITING, format!("{open}, full")) } else { Cell::plain(open) },
        last_assigned_at.map_or_else(|| Cell::new(FAINT, "never"), Cell::plain),
    ]
}
