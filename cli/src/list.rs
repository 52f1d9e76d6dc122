//! `inboxdb list`: a page of a view or filter.

use std::collections::HashMap;
use std::sync::Arc;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use inboxdb::{Actor, Chat, ChatPage, Cursor, CustomerId, Filter, ManagerId, ViewError, ViewKind, Workspace, limits};

use crate::failure::Failure;
use crate::store::Where;
use crate::terminal::{
    Cell, Column, FAINT, STRONG, Table, WAITING, clean, minute, of_status, paint, plural, point_at, quoted, thousands,
    wrap,
};

const AFTER_HELP: &str = "\
Views are joined by & (and), | (or), ! (not) and parentheses.

Times are in UTC. UNREAD is how many messages the manager whom the view names has not read; where it names none or
several, the most that any manager has not.

Example:
  inboxdb list inbox tag:billing:open --limit 20
  inboxdb list inbox 'all:open & (tag:billing | hashtag:vip) & !assigned:7'";

/// List the chats of a view, or of several joined, newest activity first
#[derive(Args)]
#[command(after_help = format!("{}\n{AFTER_HELP}", what_a_view_is()))]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Where,
    /// Which chats, such as `assigned:7:open`
    #[arg(value_parser = read_filter)]
    view: Filter,
    /// How many chats, up to 1,000
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20,
          value_parser = RangedU64ValueParser::<usize>::new().range(1..=limits::PAGE_MAX as u64))]
    limit: usize,
    /// Go on below a cursor, which the page before ended with
    #[arg(long, value_name = "CURSOR")]
    before: Option<Cursor>,
    /// Print the page as JSON, as `inboxdb query` answers it
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    arguments.place.show(|workspace| text(arguments, workspace))
}

fn text(arguments: &Arguments, workspace: &Workspace<'_>) -> Result<String, Failure> {
    let page = workspace.list(&arguments.view, arguments.before, arguments.limit)?;
    if arguments.json {
        return Ok(serde_json::to_string(&page)? + "\n");
    }
    let count = workspace.count(&arguments.view)?;
    let heading = format!("{}  {}\n", paint(STRONG, clean(&arguments.view.to_string())), plural(count, "chat"));
    if page.chats.is_empty() {
        return Ok(heading);
    }
    let rows = table(&page.chats, reader(&arguments.view), &mut Names::of(workspace))?.render(2);
    Ok(format!("{heading}\n{rows}{}", ending(arguments, &page)))
}

/// How to see the rest.
fn ending(arguments: &Arguments, page: &ChatPage) -> String {
    let Some(next) = page.next else { return String::new() };
    let view = quoted(&arguments.view.to_string());
    arguments.place.ending(page.chats.len(), "list", &format!("{view} --limit {} --before {next}", arguments.limit))
}

/// Reads the argument, or shows where it goes wrong.
pub(crate) fn read_filter(text: &str) -> Result<Filter, String> {
    text.parse().map_err(|error: ViewError| format!("{}\n\n{}", error.reason(), point_at(text, error.at())))
}

/// The kinds of views, as help texts name them.
pub(crate) fn what_a_view_is() -> String {
    let kinds = match ViewKind::EXAMPLES {
        [kinds @ .., last] => format!("{} or {last}", kinds.join(", ")),
        [] => String::new(),
    };
    wrap(&format!("A view is {kinds}, and may end in :open, :snoozed or :closed."), 112).join("\n")
}

/// The one manager whom a filter names: what is unread is theirs.
fn reader(filter: &Filter) -> Option<ManagerId> {
    let mut managers = filter.views().filter_map(|view| view.kind.manager());
    let first = managers.next();
    first.filter(|first| managers.all(|manager| manager == *first))
}

/// The chats of a page, and of each what the reader, or whoever has most, has not read.
pub(crate) fn table(chats: &[Chat], reader: Option<ManagerId>, names: &mut Names<'_>) -> Result<Table, Failure> {
    let columns = [
        Column::number("CHAT"),
        Column::text("STATUS", 8),
        Column::text("CUSTOMER", 18),
        Column::text("ASSIGNEE", 16),
        Column::text("LAST ACTIVITY", 16),
        Column::number("UNREAD"),
        Column::text("TAGS", 40),
    ];
    let mut table = Table::new(columns);
    for chat in chats {
        let unread = match reader {
            Some(manager) => chat.unread.get(&manager),
            None => chat.unread.values().max(),
        };
        let unread = unread.map(|count| thousands(*count));
        table.row([
            Cell::new(STRONG, chat.id.to_string()),
            Cell::new(of_status(chat.status), chat.status.name()),
            Cell::plain(names.customer(chat.customer)?),
            chat.assignee.map_or_else(|| Cell::new(FAINT, "-"), |manager| Cell::plain(names.manager(manager))),
            Cell::plain(minute(chat.last_activity_at)),
            Cell::new(WAITING, unread.unwrap_or_default()),
            Cell::new(FAINT, chat.tags.join(" ")),
        ]);
    }
    Ok(table)
}

/// The names of the people of a workspace.
pub(crate) struct Names<'w> {
    workspace: &'w Workspace<'w>,
    managers: HashMap<ManagerId, Arc<str>>,
    customers: HashMap<CustomerId, String>,
}

impl<'w> Names<'w> {
    /// Managers at once, as they are few, and customers when asked for.
    pub(crate) fn of(workspace: &'w Workspace<'w>) -> Self {
        let managers = workspace.managers().into_iter().map(|manager| (manager.manager, manager.name)).collect();
        Self { workspace, managers, customers: HashMap::new() }
    }

    /// A manager's name; one who was removed since has none.
    pub(crate) fn manager(&self, manager: ManagerId) -> String {
        self.managers.get(&manager).map_or_else(|| format!("manager {manager}"), |name| clean(name))
    }

    /// The name of whoever did something.
    pub(crate) fn actor(&mut self, actor: Actor) -> Result<String, Failure> {
        match actor {
            Actor::System => Ok("system".to_owned()),
            Actor::Manager(manager) => Ok(self.manager(manager)),
            Actor::Customer(customer) => self.customer(customer),
            other => Ok(other.to_string()),
        }
    }

    /// A customer's name, or what to call one without.
    pub(crate) fn customer(&mut self, customer: CustomerId) -> Result<String, Failure> {
        if let Some(name) = self.customers.get(&customer) {
            return Ok(name.clone());
        }
        let name = self.workspace.customer(customer)?.name;
        let name = name.map_or_else(|| format!("customer {customer}"), |name| clean(&name));
        self.customers.insert(customer, name.clone());
        Ok(name)
    }
}
