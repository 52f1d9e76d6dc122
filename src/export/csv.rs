//! Writes an export as CSV: one row per message.

use std::collections::BTreeMap;
use std::io;
use std::io::Write;
use std::sync::Arc;

use super::Contents;
use super::cell::{defused, list, moment};
use super::excel::{BYTE_ORDER_MARK, kept_as_written};
use super::line::{ChatLine, CustomerLine, DoneLine, EventLine, MessageLine};
use super::reference::{Author, Reference};
use super::sink::{Opening, Sink};
use crate::model::{CustomerId, ManagerId, Visibility};

/// The column headings. A new field gets no column by itself: programs and people rely on the columns.
const COLUMNS: [&str; CHAT_COLUMNS + MESSAGE_COLUMNS] = [
    "chat",
    "status",
    "customer",
    "customer_name",
    "assignee",
    "assignee_name",
    "followers",
    "tags",
    "description",
    "attributes",
    "created_at",
    "last_activity_at",
    "snoozed_until",
    "message",
    "sent_at",
    "author",
    "author_name",
    "visibility",
    "text",
    "files",
];
const CHAT_COLUMNS: usize = 13;
const MESSAGE_COLUMNS: usize = 7;

/// Writes rows that join a chat with one of its messages.
pub(crate) struct Csv<W: Write> {
    out: ::csv::Writer<W>,
    for_excel: bool,
    manager_names: BTreeMap<ManagerId, Arc<str>>,
    chat: Option<Current>,
}

/// The chat whose rows are being written.
struct Current {
    cells: [String; CHAT_COLUMNS],
    customer: (Reference<CustomerId>, String),
    has_rows: bool,
}

impl<W: Write> Csv<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out: ::csv::Writer::from_writer(out), for_excel: false, manager_names: BTreeMap::new(), chat: None }
    }

    /// For Excel: begins with a byte order mark, and numbers that Excel would change are texts.
    pub(crate) fn for_excel(mut out: W) -> io::Result<Self> {
        out.write_all(BYTE_ORDER_MARK.as_bytes())?;
        Ok(Self { for_excel: true, ..Self::new(out) })
    }

    fn row(&mut self, chat: &[String; CHAT_COLUMNS], message: &[String; MESSAGE_COLUMNS]) -> io::Result<()> {
        let cells = chat.iter().chain(message);
        let written = match self.for_excel {
            true => self.out.write_record(cells.map(|cell| kept_as_written(cell).into_owned())),
            false => self.out.write_record(cells),
        };
        written.map_err(io_error)
    }

    fn manager_name(&self, manager: &Reference<ManagerId>) -> &str {
        let name = manager.number().and_then(|manager| self.manager_names.get(&manager));
        name.map_or("", |name| name)
    }

    fn cells_of_chat(&self, chat: &ChatLine, customer_name: &str) -> [String; CHAT_COLUMNS] {
        let attributes = chat.attributes.iter().map(|(key, value)| format!("{key}={value}"));
        [
            optional(chat.id),
            chat.status.to_string(),
            chat.customer.to_string(),
            defused(customer_name),
            optional(chat.assignee.as_ref()),
            defused(chat.assignee.as_ref().map_or("", |assignee| self.manager_name(assignee))),
            list(&chat.followers),
            defused(&list(&chat.tags)),
            defused(chat.description.as_deref().unwrap_or_default()),
            defused(&list(attributes)),
            moment(chat.created_at),
            moment(chat.last_activity_at),
            chat.snoozed_until.map(moment).unwrap_or_default(),
        ]
    }

    fn cells_of_message(
        &self,
        message: &MessageLine,
        customer: &(Reference<CustomerId>, String),
    ) -> [String; MESSAGE_COLUMNS] {
        let MessageLine {
            chat: _,
            message: number,
            at,
            author,
            visibility: seen_by,
            text,
            files,
            external: _,
            edited_at: _,
            redacted: _,
        } = message;
        let (author, author_name) = match author {
            Author::System => ("system".to_owned(), ""),
            Author::Manager(manager) => (format!("manager {manager}"), self.manager_name(manager)),
            Author::Customer(author) => {
                (format!("customer {author}"), if *author == customer.0 { customer.1.as_str() } else { "" })
            }
        };
        let files = files.iter().map(|file| format!("{} ({})", file.name, file.url));
        [
            optional(*number),
            moment(*at),
            author,
            defused(author_name),
            visibility(*seen_by).to_owned(),
            defused(text),
            defused(&list(files)),
        ]
    }
}

fn visibility(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Internal => "internal",
    }
}

fn optional(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// Writing a row can only fail in the output.
fn io_error(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

impl<W: Write> Sink for Csv<W> {
    fn takes_customers(&self) -> bool {
        false
    }

    fn begin(&mut self, opening: Opening) -> io::Result<()> {
        let managers = opening.managers.into_iter();
        self.manager_names = managers.filter_map(|manager| Some((manager.manager?, manager.name))).collect();
        self.out.write_record(COLUMNS).map_err(io_error)
    }

    fn customer(&mut self, _customer: CustomerLine) -> io::Result<()> {
        Ok(())
    }

    fn event(&mut self, _event: EventLine) -> io::Result<()> {
        Ok(())
    }

    fn chat(&mut self, chat: ChatLine, customer_name: Option<String>) -> io::Result<()> {
        let customer_name = customer_name.unwrap_or_default();
        let cells = self.cells_of_chat(&chat, &customer_name);
        self.chat = Some(Current { cells, customer: (chat.customer, customer_name), has_rows: false });
        Ok(())
    }

    fn message(&mut self, message: MessageLine) -> io::Result<()> {
        let Some(mut chat) = self.chat.take() else { return Ok(()) };
        let cells = self.cells_of_message(&message, &chat.customer);
        self.row(&chat.cells, &cells)?;
        chat.has_rows = true;
        self.chat = Some(chat);
        Ok(())
    }

    fn end_chat(&mut self) -> io::Result<()> {
        match self.chat.take() {
            Some(chat) if !chat.has_rows => self.row(&chat.cells, &Default::default()),
            _ => Ok(()),
        }
    }

    fn done(&mut self, _done: DoneLine) -> io::Result<()> {
        Ok(())
    }

    fn end(&mut self, _contents: &Contents) -> io::Result<()> {
        self.out.flush()
    }
}
