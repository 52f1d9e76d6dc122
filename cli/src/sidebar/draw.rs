//! A sidebar as text.

use inboxdb::{Sidebar, SidebarManager, SidebarManagers, StatusCounts, Timestamp};

use super::Overdue;
use super::tree::{Line, lines};
use crate::terminal::{
    Cell, Column, FAINT, GOOD, STRONG, Table, WAITING, beside_or_below, clean, minute_in_zone, paint, plural, thousands,
};

/// How much of a long sidebar is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Everything.
    Nothing,
    /// Only the busiest managers, and the busiest children of each tag, to fit a screen.
    ToScreen,
}

impl Cut {
    fn managers_max(self) -> usize {
        if self == Cut::ToScreen { 6 } else { usize::MAX }
    }

    fn children_max(self) -> Option<usize> {
        (self == Cut::ToScreen).then_some(3)
    }
}

const NAME_COLUMNS: u16 = 40;

/// The text of a sidebar; `clock` is the time of its workspace.
pub(crate) fn draw(sidebar: &Sidebar, clock: Timestamp, overdue: Overdue, cut: Cut) -> String {
    let parts = [
        heading(sidebar, clock),
        statuses(sidebar, overdue),
        own(sidebar),
        managers("Operators", &sidebar.operators, cut),
        managers("Others", &sidebar.others, cut),
        tags(sidebar, cut),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

fn heading(sidebar: &Sidebar, clock: Timestamp) -> String {
    let operator = sidebar.operators.iter().find(|manager| manager.manager == sidebar.manager);
    let found = operator.or_else(|| sidebar.others.iter().find(|manager| manager.manager == sidebar.manager));
    let name = found.map_or_else(|| format!("manager {}", sidebar.manager), |manager| clean(manager.name));
    let kind = if operator.is_some() { "operator" } else { "manager" };
    let (manager, workspace) = (sidebar.manager, sidebar.workspace);
    let rest = format!("{kind} {manager} of workspace {workspace}, at {}", minute_in_zone(clock));
    beside_or_below(&(paint(STRONG, name) + " "), &paint(FAINT, rest)) + "\n"
}

/// The numbers by status. Snoozes that are overdue get a column if there are any.
fn statuses(sidebar: &Sidebar, overdue: Overdue) -> String {
    let rows = [
        ("Me", sidebar.me, overdue.me),
        ("Unassigned", sidebar.unassigned, overdue.unassigned),
        ("All", sidebar.all, overdue.all),
        ("My sessions", sidebar.my_sessions, overdue.my_sessions),
    ];
    let with_overdue = overdue.all > 0;
    let mut columns = vec![Column::text("", NAME_COLUMNS), Column::number("open"), Column::number("snoozed")];
    columns.extend(with_overdue.then(|| Column::number("overdue")));
    columns.push(Column::number("closed"));
    let mut table = Table::new(columns);
    for (name, StatusCounts { open, snoozed, closed }, overdue) in rows {
        let mut cells =
            vec![Cell::plain(name), Cell::new(GOOD, thousands(open)), Cell::new(WAITING, thousands(snoozed))];
        cells.extend(with_overdue.then(|| Cell::new(WAITING, thousands(overdue))));
        cells.push(Cell::new(FAINT, thousands(closed)));
        table.row(cells);
    }
    table.render(2)
}

fn own(sidebar: &Sidebar) -> String {
    let mut table = Table::new([Column::text("", NAME_COLUMNS), Column::text("", NAME_COLUMNS)]);
    let unread = sidebar.unread;
    let unread = format!("{} in {}", plural(unread.messages, "message"), plural(unread.chats, "chat"));
    table.row([Cell::plain("Unread     "), Cell::plain(unread)]);
    table.row([Cell::plain("Favorites"), Cell::plain(plural(sidebar.favorites, "chat"))]);
    table.render(2)
}

/// Managers with their open chats: all of them by id, or the busiest first.
fn managers(title: &str, managers: &SidebarManagers, cut: Cut) -> String {
    if managers.is_empty() {
        return String::new();
    }
    let mut shown: Vec<SidebarManager<'_>> = managers.iter().collect();
    if cut == Cut::ToScreen {
        shown.sort_by_key(|manager| (std::cmp::Reverse(manager.open), manager.manager));
        shown.truncate(cut.managers_max());
    }
    let mut table = Table::new([Column::number(""), Column::text("", NAME_COLUMNS), Column::number("")]);
    for manager in &shown {
        let id = Cell::new(FAINT, manager.manager.to_string());
        table.row([id, Cell::plain(manager.name), Cell::new(GOOD, thousands(manager.open))]);
    }
    let more = match managers.len() - shown.len() {
        0 => String::new(),
        more => format!("  {}\n", paint(FAINT, format_args!("… and {more} more"))),
    };
    format!("{}  {}\n{}{more}", paint(STRONG, title), paint(FAINT, "open"), table.render(2))
}

fn tags(sidebar: &Sidebar, cut: Cut) -> String {
    if sidebar.tags.is_empty() {
        return String::new();
    }
    let mut table = Table::new([Column::text("", NAME_COLUMNS), Column::number("")]);
    for line in lines(&sidebar.tags, cut.children_max()) {
        let (depth, name, open) = match line {
            Line::Tag { depth, name, open } => (depth, Cell::plain(indented(depth, name)), thousands(open)),
            Line::More { depth, tags } => {
                (depth, Cell::new(FAINT, indented(depth, &format!("… and {tags} more"))), String::new())
            }
        };
        let style = if depth == 0 { GOOD } else { GOOD.dimmed() };
        table.row([name, Cell::new(style, open)]);
    }
    let note = "open, each chat once in a tag and in all above it";
    format!("{}  {}\n{}", paint(STRONG, "Tags"), paint(FAINT, note), table.render(2))
}

fn indented(depth: usize, name: &str) -> String {
    format!("{}{name}", "  ".repeat(depth))
}
