//! `inboxdb list`: a page of chats.

use std::collections::HashMap;
use std::sync::Arc;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use inboxdb::{Actor, Chat, ChatPage, Cursor, CustomerId, Filter, ManagerId, Timestamp, limits};

use crate::failure::Failure;
use crate::inbox::Inbox;
use crate::named_filter::{NamedFilter, what_a_view_is};
use crate::store::Where;
use crate::terminal::{
    Cell, Column, FAINT, STRONG, Table, WAITING, clean, minute, of_status, paint, plural, quoted, thousands,
};

const AFTER_HELP: &str = "\
Views are joined by & (and), | (or), ! (not) and parentheses.

Times are in UTC, or in the zone of --tz. UNREAD counts the unread messages of the manager in the view. If the view has no manager or several,
it is the highest count of any manager. A snoozed chat is overdue if its snooze has ended by the clock of this
computer: the next command reopens it.

Example:
  inboxdb list inbox tag:billing:open --limit 20
  inboxdb list inbox 'all:open & (tag:billing | hashtag:vip) & !assigned:7'";

/// List the chats of a view or a filter, newest activity first
#[derive(Args)]
#[command(after_help = format!("{}\n{AFTER_HELP}", what_a_view_is()))]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Where,
    /// Chats to list, such as `assigned:7:open`
    view: NamedFilter,
    /// Number of chats, up to 1,000
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20,
          value_parser = RangedU64ValueParser::<usize>::new().range(1..=limits::PAGE_MAX as u64))]
    limit: usize,
    /// Show the chats after a cursor, printed at the end of the previous page
    #[arg(long, value_name = "CURSOR")]
    before: Option<Cursor>,
    /// Print the page as JSON, in the form of `inboxdb query`
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    arguments.place.show(|workspace| text(arguments, workspace))
}

fn text(arguments: &Arguments, workspace: &Inbox<'_>) -> Result<String, Failure> {
    let view = arguments.view.find(workspace)?;
    let page = workspace.list(&view, arguments.before, arguments.limit)?;
    if arguments.json {
        return Ok(serde_json::to_string(&page)? + "\n");
    }
    let count = workspace.count(&view)?;
    let heading = format!("{}  {}\n", paint(STRONG, clean(&view.to_string())), plural(count, "chat"));
    if page.chats.is_empty() {
        return Ok(heading);
    }
    let rows = table(&page.chats, reader(&view), &mut Names::of(workspace)?)?.render(2);
    Ok(format!("{heading}\n{rows}{}", ending(arguments, &view, &page)))
}

/// The command for the next page.
fn ending(arguments: &Arguments, view: &Filter, page: &ChatPage) -> String {
    let Some(next) = page.next else { return String::new() };
    let view = quoted(&view.to_string());
    arguments.place.ending(page.chats.len(), "list", &format!("{view} --limit {} --before {next}", arguments.limit))
}

/// The only manager in a filter, if there is exactly one: UNREAD is theirs.
fn reader(filter: &Filter) -> Option<ManagerId> {
    let mut managers = filter.views().filter_map(|view| view.kind.manager());
    let first = managers.next();
    first.filter(|first| managers.all(|manager| manager == *first))
}

/// A row per chat. Without a `reader`, UNREAD is the highest count of any manager.
pub(crate) fn table(chats: &[Chat], reader: Option<ManagerId>, names: &mut Names<'_>) -> Result<Table, Failure> {
    let columns = [
        Column::number("CHAT"),
        Column::word("STATUS"),
        Column::text("CUSTOMER", 18),
        Column::text("ASSIGNEE", 16),
        Column::word("LAST ACTIVITY"),
        Column::number("UNREAD"),
        Column::text("TAGS", 40),
    ];
    let mut table = Table::new(columns);
    let now = Timestamp::now();
    for chat in chats {
        let unread = match reader {
            Some(manager) => chat.unread.get(&manager),
            None => chat.unread.values().max(),
        };
        let unread = unread.map(|count| thousands(*count));
        table.row([
            Cell::new(STRONG, chat.id.to_string()),
            status(chat, now),
            Cell::plain(names.customer(chat.customer)?),
            chat.assignee.map_or_else(|| Cell::new(FAINT, "-"), |manager| Cell::plain(names.manager(manager))),
            Cell::plain(minute(chat.last_activity_at)),
            Cell::new(WAITING, unread.unwrap_or_default()),
            Cell::new(FAINT, chat.tags.join(" ")),
        ]);
    }
    Ok(table)
}

/// The status, or that the snooze has ended by the wall clock: the chat waits for the next command to reopen it. A
/// longer mark would not leave 80 columns enough for the rest.
fn status(chat: &Chat, now: Timestamp) -> Cell {
    match chat.snoozed_until.is_some_and(|until| until <= now) {
        true => Cell::new(WAITING, "overdue"),
        false => Cell::new(of_status(chat.status), chat.status.name()),
    }
}

/// The names of the people of a workspace.
pub(crate) struct Names<'w> {
    workspace: &'w Inbox<'w>,
    managers: HashMap<ManagerId, Arc<str>>,
    customers: HashMap<CustomerId, String>,
}

impl<'w> Names<'w> {
    /// Loads all managers, as they are few. Customers are looked up when needed.
    pub(crate) fn of(workspace: &'w Inbox<'w>) -> Result<Self, Failure> {
        let managers = workspace.all_managers()?.into_iter().map(|manager| (manager.manager, manager.name)).collect();
        Ok(Self { workspace, managers, customers: HashMap::new() })
    }

    /// A manager's name, or the id of a removed one.
    pub(crate) fn manager(&self, manager: ManagerId) -> String {
        self.managers.get(&manager).map_or_else(|| format!("manager {manager}"), |name| clean(name))
    }

    /// The name of an actor.
    pub(crate) fn actor(&mut self, actor: Actor) -> Result<String, Failure> {
        match actor {
            Actor::System => Ok("system".to_owned()),
            Actor::Manager(manager) => Ok(self.manager(manager)),
            Actor::Customer(customer) => self.customer(customer),
            other => Ok(other.to_string()),
        }
    }

    /// A customer's name, or the id of one without a name.
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
