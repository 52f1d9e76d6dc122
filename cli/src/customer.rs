//! `inboxdb customer`: the profile, events and chats of a customer.

use clap::Args;
use clap::builder::RangedU64ValueParser;
use inboxdb::{ChatPage, Cursor, Customer, CustomerId, Event, EventPage, Filter, ProfileField, View, limits};

use crate::failure::Failure;
use crate::inbox::Inbox;
use crate::list::{Names, table};
use crate::store::Where;
use crate::terminal::{Cell, Column, FAINT, STRONG, TEXT_COLUMNS, Table, clean, minute, paint};

const AFTER_HELP: &str = "\
The profile shows the fields of the workspace in their order, then the entries without a field. Times are in UTC, or in the zone of --tz.

Example:
  inboxdb customer inbox 5 --limit 20";

/// Show a customer's profile, newest events and chats
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Where,
    /// Customer to show
    customer: u64,
    /// Number of events, and of chats, up to 1,000
    #[arg(long, short = 'n', value_name = "N", default_value_t = 10,
          value_parser = RangedU64ValueParser::<usize>::new().range(1..=limits::PAGE_MAX as u64))]
    limit: usize,
    /// Show the events after a cursor, printed at the end of the previous page
    #[arg(long, value_name = "CURSOR")]
    before: Option<Cursor>,
    /// Print `{"customer":…,"fields":[…],"events":{…},"chats":{…}}` as JSON: the four answers of `inboxdb query`
    #[arg(long)]
    json: bool,
}

/// All that is shown of a customer.
struct Shown {
    customer: Customer,
    fields: Vec<ProfileField>,
    events: EventPage,
    chats: ChatPage,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    arguments.place.show(|workspace| text(arguments, workspace))
}

fn text(arguments: &Arguments, workspace: &Inbox<'_>) -> Result<String, Failure> {
    let id = CustomerId(arguments.customer);
    let their_chats = Filter::from(View::customer(id));
    let shown = Shown {
        customer: workspace.customer(id)?,
        fields: workspace.profile_fields()?,
        events: workspace.events(id, arguments.before, arguments.limit)?,
        chats: workspace.list(&their_chats, None, arguments.limit)?,
    };
    if arguments.json {
        return json(&shown);
    }
    let title = match &shown.customer.name {
        Some(name) => format!("{}  customer {id}\n", paint(STRONG, clean(name))),
        None => paint(STRONG, format_args!("Customer {id}")) + "\n",
    };
    let profile = profile(&shown.customer, &shown.fields).map(|table| table.render(2));
    let sections =
        [profile.unwrap_or_default(), events(arguments, &shown.events), chats(arguments, &shown, workspace)?];
    let sections = sections.into_iter().filter(|section| !section.is_empty()).map(|section| format!("\n{section}"));
    Ok(title + &sections.collect::<String>())
}

/// The answers in one object. Formatted by hand to keep the order of the fields.
fn json(shown: &Shown) -> Result<String, Failure> {
    let customer = serde_json::to_string(&shown.customer)?;
    let fields = serde_json::to_string(&shown.fields)?;
    let events = serde_json::to_string(&shown.events)?;
    let chats = serde_json::to_string(&shown.chats)?;
    Ok(format!("{{\"customer\":{customer},\"fields\":{fields},\"events\":{events},\"chats\":{chats}}}\n"))
}

/// The shown fields in their order, also empty ones, then the entries without a field. `None` if there are neither.
fn profile(customer: &Customer, fields: &[ProfileField]) -> Option<Table> {
    let entry = |key: &str| customer.profile.get(key).map(String::as_str);
    let with_field = fields.iter().filter(|field| field.shown).map(|field| (&field.label, entry(&field.key)));
    let has_field = |key: &String| fields.iter().any(|field| field.key == *key);
    let others = customer.profile.iter().filter(|(key, _)| !has_field(key));
    let mut rows = with_field.chain(others.map(|(key, value)| (key, Some(value.as_str())))).peekable();
    rows.peek()?;
    let mut table = Table::new([Column::text("", 30), Column::text("", TEXT_COLUMNS)]);
    for (label, value) in rows {
        let value = value.filter(|value| !value.is_empty()).unwrap_or("-");
        table.row([Cell::new(FAINT, label), Cell::lines(value)]);
    }
    Some(table)
}

fn events(arguments: &Arguments, page: &EventPage) -> String {
    if page.events.is_empty() {
        return String::new();
    }
    let columns = [
        Column::number("EVENT"),
        Column::word("WHEN"),
        Column::text("WHAT", 24),
        Column::text("PAGE", 40),
        Column::text("DETAILS", 40),
    ];
    let mut table = Table::new(columns);
    for Event { event, at, name, page, properties, .. } in &page.events {
        let details = properties.iter().map(|(key, value)| format!("{key}: {value}")).collect::<Vec<_>>();
        table.row([
            Cell::new(STRONG, event.to_string()),
            Cell::plain(minute(*at)),
            Cell::plain(name),
            Cell::plain(page.as_deref().unwrap_or_default()),
            Cell::new(FAINT, details.join(", ")),
        ]);
    }
    let ending = page.next.map(|next| {
        let rest = format!("{} --limit {} --before {next}", arguments.customer, arguments.limit);
        arguments.place.ending(page.events.len(), "customer", &rest)
    });
    table.render(2) + &ending.unwrap_or_default()
}

fn chats(arguments: &Arguments, shown: &Shown, workspace: &Inbox<'_>) -> Result<String, Failure> {
    let page = &shown.chats;
    if page.chats.is_empty() {
        return Ok(String::new());
    }
    let ending = page.next.map(|next| {
        let rest = format!("customer:{} --limit {} --before {next}", arguments.customer, arguments.limit);
        arguments.place.ending(page.chats.len(), "list", &rest)
    });
    Ok(table(&page.chats, None, &mut Names::of(workspace)?)?.render(2) + &ending.unwrap_or_default())
}
