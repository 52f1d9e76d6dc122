//! The order of lines in an export, and how many there are of each kind.

use std::fmt;

use super::Fault;
use crate::export::line::{EventLine, MessageLine};
use crate::export::{Contents, Line, Reference};
use crate::rules::limit;

const CUSTOMER: &str = "customer";
const CHAT: &str = "chat";

/// The position in an export.
#[derive(Default)]
pub(super) struct Sequence {
    section: Section,
    /// The events or messages that follow the current customer or chat.
    list: Option<List>,
    contents: Contents,
}

/// The sections of an export, in order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    #[default]
    Start,
    Header,
    ProfileFields,
    Tags,
    Managers,
    Customers,
    Chats,
    Done,
    End,
}

/// The events of a customer or the messages of a chat: `taken` out of `count` so far.
struct List {
    of: Owner,
    taken: u32,
    count: u32,
}

/// A customer or chat, by what its line says of it.
struct Owner {
    what: &'static str,
    number: Option<u64>,
    external: Option<String>,
}

impl Owner {
    fn is<T: Copy + Into<u64>>(&self, reference: &Reference<T>) -> bool {
        match reference {
            Reference::Number(number) => self.number == Some((*number).into()),
            Reference::External { external } => self.external.as_ref() == Some(external),
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, number, external } = self;
        match (number, external) {
            (Some(number), _) => write!(f, "{what} {number}"),
            (None, Some(external)) => write!(f, "{what} {}", limit::shown(external)),
            (None, None) => f.write_str(what),
        }
    }
}

impl Sequence {
    /// Accepts a line, or fails if it is out of place.
    pub(super) fn take(&mut self, line: &Line) -> Result<(), Fault> {
        match line {
            Line::Event(EventLine { customer, event, .. }) => {
                self.next_of_list("event", CUSTOMER, customer, *event)?;
                self.contents.events += 1;
            }
            Line::Message(MessageLine { chat, message, .. }) => {
                let chat = match chat {
                    Reference::Number(chat) => Reference::Number(u64::from(chat.0)),
                    Reference::External { external } => Reference::External { external: external.clone() },
                };
                self.next_of_list("message", CHAT, &chat, message.map(|message| message.0))?;
                self.contents.messages += 1;
            }
            line => {
                self.check_complete()?;
                self.enter(section_of(line))?;
                self.count(line)?;
            }
        }
        Ok(())
    }

    /// Enters a section, or fails if sections are out of order.
    fn enter(&mut self, section: Section) -> Result<(), Fault> {
        let only_once = matches!(section, Section::Header | Section::ProfileFields | Section::End);
        let in_order = section > self.section || (section == self.section && !only_once);
        if self.section == Section::Start && section != Section::Header {
            return Err("an export begins with `inboxdb_export`".into());
        }
        if !in_order {
            return Err("a line like this comes earlier in an export".into());
        }
        self.section = section;
        Ok(())
    }

    fn count(&mut self, line: &Line) -> Result<(), Fault> {
        let contents = &mut self.contents;
        self.list = match line {
            Line::Customer(customer) => {
                contents.customers += 1;
                let (number, external) = (customer.customer.map(u64::from), customer.external.clone());
                Some(List { of: Owner { what: CUSTOMER, number, external }, taken: 0, count: customer.events })
            }
            Line::Chat(chat) => {
                contents.chats += 1;
                let (number, external) = (chat.id.map(|id| id.0.into()), chat.external.clone());
                Some(List { of: Owner { what: CHAT, number, external }, taken: 0, count: chat.messages })
            }
            Line::End(said) if said != contents => {
                return Err(format!("it says that there are {}, but there are {}", words(said), words(contents)).into());
            }
            line => {
                contents.tags += u64::from(matches!(line, Line::Tag(_)));
                contents.managers += u64::from(matches!(line, Line::Manager(_)));
                contents.done += u64::from(matches!(line, Line::Done(_)));
                None
            }
        };
        Ok(())
    }

    /// Accepts the next message of the current chat, or the next event of the current customer.
    fn next_of_list<T: Copy + Into<u64> + fmt::Display>(
        &mut self,
        what: &str,
        owner: &'static str,
        of: &Reference<T>,
        number: Option<u32>,
    ) -> Result<(), Fault> {
        match &mut self.list {
            Some(list)
                if list.of.what == owner
                    && list.of.is(of)
                    && list.taken < list.count
                    && number.is_none_or(|number| number == list.taken + 1) =>
            {
                list.taken += 1;
                Ok(())
            }
            _ => {
                let number = number.map(|number| format!(" {number}")).unwrap_or_default();
                let of = match of {
                    Reference::Number(of) => of.to_string(),
                    Reference::External { external } => limit::shown(external),
                };
                let order = "they follow their chat or customer, numbered from 1, as many as it declares";
                Err(format!("{what}{number} of {owner} {of} does not belong here: {order}").into())
            }
        }
    }

    /// Fails if the current chat or customer lacks messages or events.
    fn check_complete(&self) -> Result<(), Fault> {
        match &self.list {
            Some(List { of, taken, count }) if taken < count => {
                let what = if of.what == CHAT { "messages" } else { "events" };
                Err(format!("{of} has {count} {what}, and only {taken} came before this").into())
            }
            _ => Ok(()),
        }
    }

    /// Fails if the input ended early.
    pub(super) fn end(&self) -> Result<(), Fault> {
        if self.section == Section::End {
            return Ok(());
        }
        Err("the export is cut off: it lacks the last line, which begins with `{\"end\":`".into())
    }

    /// Returns whether the current chat or customer has more messages or events to come.
    pub(super) fn is_within(&self) -> bool {
        self.list.as_ref().is_some_and(|list| list.taken < list.count)
    }

    /// Returns how many messages or events of the current chat or customer have come.
    pub(super) fn taken(&self) -> u32 {
        self.list.as_ref().map_or(0, |list| list.taken)
    }

    /// Returns whether the tags and everything before them have come.
    pub(super) fn is_past_tags(&self) -> bool {
        self.section > Section::Tags
    }

    pub(super) fn contents(&self) -> Contents {
        self.contents
    }
}

fn section_of(line: &Line) -> Section {
    match line {
        Line::InboxdbExport(_) => Section::Header,
        Line::ProfileFields { .. } => Section::ProfileFields,
        Line::Tag(_) => Section::Tags,
        Line::Manager(_) => Section::Managers,
        Line::Customer(_) | Line::Event(_) => Section::Customers,
        Line::Chat(_) | Line::Message(_) => Section::Chats,
        Line::Done(_) => Section::Done,
        Line::End(_) => Section::End,
    }
}

fn words(contents: &Contents) -> String {
    let Contents { managers, tags, customers, events, chats, messages, done } = contents;
    let done = if *done > 0 { format!(", and {done} ids of commands") } else { String::new() };
    format!(
        "{managers} managers, {tags} tags, {customers} customers, {events} events, {chats} chats and {messages} \
         messages{done}"
    )
}
