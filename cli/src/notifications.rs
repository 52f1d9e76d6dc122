//! `inboxdb notifications`: the notifications of a manager.

use anstyle::Style;
use clap::Args;
use clap::builder::RangedU64ValueParser;
use inboxdb::{Cursor, ManagerId, Notification, NotificationKind, NotificationPage, limits};

use crate::failure::Failure;
use crate::inbox::Inbox;
use crate::list::Names;
use crate::people::Person;
use crate::store::Where;
use crate::terminal::{Cell, Column, FAINT, GOOD, STRONG, Table, WAITING, minute, paint};

const AFTER_HELP: &str = "\
SEQ is the number of the change behind the notification. To see only newer ones, pass the last SEQ with --since. Times
are in UTC, or in the zone of --tz.

Example:
  inboxdb notifications inbox --manager 7 --since 120";

/// Show the notifications of a manager, oldest first
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Where,
    /// Manager to show: a number, or a name that only one has
    #[arg(long, short, value_name = "M")]
    manager: Person,
    /// Only notifications of later changes
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    since: u64,
    /// Number of notifications, up to 1,000
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20,
          value_parser = RangedU64ValueParser::<usize>::new().range(1..=limits::PAGE_MAX as u64))]
    limit: usize,
    /// Continue after a cursor, printed at the end of the previous page
    #[arg(long, value_name = "CURSOR")]
    after: Option<Cursor>,
    /// Print the page as JSON, in the form of `inboxdb query`
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    arguments.place.show(|workspace| text(arguments, workspace))
}

fn text(arguments: &Arguments, workspace: &Inbox<'_>) -> Result<String, Failure> {
    let manager = arguments.manager.find(workspace)?;
    let page = workspace.notifications(manager, arguments.since, arguments.after, arguments.limit)?;
    if arguments.json {
        return Ok(serde_json::to_string(&page)? + "\n");
    }
    let mut names = Names::of(workspace)?;
    let missed = if page.missed { "\n  there were more since then; only the newest are kept\n" } else { "" };
    let title = format!("{}  manager {manager}\n{missed}", paint(STRONG, names.manager(manager)));
    if page.notifications.is_empty() {
        return Ok(format!("{title}\n  nothing\n"));
    }
    let rows = table(&page.notifications, &mut names)?.render(2);
    Ok(format!("{title}\n{rows}{}", ending(arguments, manager, &page)))
}

/// The command for the next page.
fn ending(arguments: &Arguments, manager: ManagerId, page: &NotificationPage) -> String {
    let Some(next) = page.next else { return String::new() };
    let Arguments { since, limit, .. } = arguments;
    let rest = format!("--manager {manager} --since {since} --limit {limit} --after {next}");
    arguments.place.ending(page.notifications.len(), "notifications", &rest)
}

fn table(notifications: &[Notification], names: &mut Names<'_>) -> Result<Table, Failure> {
    let columns = [
        Column::number("SEQ"),
        Column::word("WHEN"),
        Column::word("WHAT"),
        Column::number("CHAT"),
        Column::number("MESSAGE"),
        Column::text("BY", 24),
    ];
    let mut table = Table::new(columns);
    for told in notifications {
        let (style, what) = kind(told.kind);
        table.row([
            Cell::new(FAINT, told.seq.to_string()),
            Cell::plain(minute(told.at)),
            Cell::new(style, what),
            Cell::new(STRONG, told.chat.to_string()),
            Cell::plain(told.message.map(|message| message.to_string()).unwrap_or_default()),
            Cell::plain(told.by.map(|actor| names.actor(actor)).transpose()?.unwrap_or_default()),
        ]);
    }
    Ok(table)
}

fn kind(kind: NotificationKind) -> (Style, &'static str) {
    match kind {
        NotificationKind::Assigned => (GOOD, "assigned"),
        NotificationKind::SnoozeEnded => (GOOD, "snooze ended"),
        NotificationKind::Mentioned => (WAITING, "mentioned"),
        NotificationKind::Message => (Style::new(), "message"),
        _ => (Style::new(), "something new"),
    }
}
