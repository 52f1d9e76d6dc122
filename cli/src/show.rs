//! `inboxdb show`: one chat and its newest messages.

use std::fmt::Write;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use inboxdb::{Actor, Chat, ChatId, File, Message, MessagePage, Visibility, limits};

use crate::failure::Failure;
use crate::inbox::Inbox;
use crate::list::Names;
use crate::store::Where;
use crate::terminal::{
    Cell, Column, FAINT, GOOD, STRONG, TEXT_COLUMNS, Table, WAITING, bytes, clean, minute, minute_in_zone, of_status,
    paint, paragraph, plural, thousands,
};

const AFTER_HELP: &str = "\
Times are in UTC, or in the zone of --tz.

Example:
  inboxdb show inbox 7 --messages 20";

/// Show a chat and its newest messages
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Where,
    /// Chat to show
    chat: u32,
    /// Number of messages, up to 1,000
    #[arg(long, short = 'n', value_name = "N", default_value_t = 10,
          value_parser = RangedU64ValueParser::<usize>::new().range(0..=limits::PAGE_MAX as u64))]
    messages: usize,
    /// Only public messages, as the customer sees them
    #[arg(long)]
    public: bool,
    /// Print `{"chat":…,"messages":[…],"next":…}`, newest message first, as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    arguments.place.show(|workspace| text(arguments, workspace))
}

fn text(arguments: &Arguments, workspace: &Inbox<'_>) -> Result<String, Failure> {
    let chat = workspace.chat(ChatId(arguments.chat))?;
    let page = match arguments.messages {
        0 => MessagePage::default(),
        limit => workspace.messages(chat.id, arguments.public.then_some(Visibility::Public), limit)?,
    };
    if arguments.json {
        return json(&chat, &page);
    }
    let mut names = Names::of(workspace)?;
    let mut text = facts(&chat, &mut names)?;
    if let Some(earlier) = earlier(arguments, &chat, &page) {
        let _ = writeln!(text, "\n  {}", paint(FAINT, format_args!("… {earlier}")));
    }
    for message in page.messages.iter().rev() {
        text += &show_message(message, &mut names)?;
    }
    Ok(text)
}

/// A note on older messages. The number of public ones is not known.
fn earlier(arguments: &Arguments, chat: &Chat, page: &MessagePage) -> Option<String> {
    if arguments.public {
        return page.next.map(|_| "earlier public messages".to_owned());
    }
    let earlier = chat.messages.saturating_sub(page.messages.len() as u64);
    (earlier > 0).then(|| plural(earlier, "earlier message"))
}

/// The answers to `show` and `messages` in one object. Formatted by hand to keep the order of the fields.
fn json(chat: &Chat, page: &MessagePage) -> Result<String, Failure> {
    let chat = serde_json::to_string(chat)?;
    let messages = serde_json::to_string(&page.messages)?;
    let next = serde_json::to_string(&page.next)?;
    Ok(format!("{{\"chat\":{chat},\"messages\":{messages},\"next\":{next}}}\n"))
}

/// The chat without its messages.
fn facts(chat: &Chat, names: &mut Names<'_>) -> Result<String, Failure> {
    let customer = format!("{} ({})", names.customer(chat.customer)?, chat.customer);
    let status = paint(of_status(chat.status), chat.status.name());
    let until = chat.snoozed_until.map(|until| format!(" until {}", minute_in_zone(until))).unwrap_or_default();
    let managers = |ids: &[_]| ids.iter().map(|id| names.manager(*id)).collect::<Vec<_>>().join(", ");
    let unread = chat.unread.iter().map(|(id, count)| format!("{} {}", names.manager(*id), thousands(*count)));
    let unread = unread.collect::<Vec<_>>().join(", ");
    let assignee = chat.assignee.map(|id| format!("{} ({id})", names.manager(id)));
    let attributes = chat.attributes.iter().map(|(key, value)| clean(&format!("{key}: {value}")));
    let attributes = attributes.collect::<Vec<_>>().join("\n");
    let (followers, favorites) = (managers(&chat.followers), managers(&chat.favorited_by));
    let rows = [
        ("customer", customer),
        ("assignee", assignee.unwrap_or_else(|| "-".to_owned())),
        ("followers", followers),
        ("tags", chat.tags.join(", ")),
        ("description", chat.description.clone().unwrap_or_default()),
        ("attributes", attributes),
        ("unread by", unread),
        ("favorite of", favorites),
        ("created", minute(chat.created_at)),
        ("last activity", minute(chat.last_activity_at)),
        ("messages", thousands(chat.messages)),
    ];
    let mut table = Table::new([Column::word(""), Column::text("", TEXT_COLUMNS)]);
    for (name, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
        table.row([Cell::new(FAINT, name), Cell::lines(&value)]);
    }
    let title = paint(STRONG, format_args!("Chat {}", chat.id));
    Ok(format!("{title}  {status}{until}\n\n{}", table.render(2)))
}

/// A message: time and author, and the text below.
fn show_message(message: &Message, names: &mut Names<'_>) -> Result<String, Failure> {
    let author = match message.author {
        Actor::System => paint(FAINT, "system"),
        Actor::Manager(manager) => paint(GOOD, names.manager(manager)),
        Actor::Customer(customer) => paint(STRONG, names.customer(customer)?),
        other => paint(FAINT, other),
    };
    let internal = match message.visibility {
        Visibility::Public => String::new(),
        other => paint(WAITING, format_args!("  {other}")),
    };
    let mut text = format!("\n  {}  {author}{internal}\n", paint(FAINT, minute(message.at)));
    for line in paragraph(&message.text, 4) {
        let _ = writeln!(text, "    {line}");
    }
    for File { name, url, media_type, bytes: size, .. } in &message.files {
        let about = format!("{}, {}, {}", clean(media_type), bytes(*size), clean(url));
        let _ = writeln!(text, "    [{}] {}", clean(name), paint(FAINT, about));
    }
    Ok(text)
}
