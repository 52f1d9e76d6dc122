//! Writes an export as JSON Lines, which can be imported again.

use std::io;
use std::io::Write;

use super::Contents;
use super::line::{ChatLine, CustomerLine, DoneLine, EventLine, Line, MessageLine};
use super::sink::{Opening, Sink};

/// Writes one JSON object per line.
pub(crate) struct JsonLines<W> {
    out: W,
}

impl<W: Write> JsonLines<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out }
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, line)?;
        self.out.write_all(b"\n")
    }
}

impl<W: Write> Sink for JsonLines<W> {
    fn takes_customers(&self) -> bool {
        true
    }

    fn begin(&mut self, opening: Opening) -> io::Result<()> {
        self.write(&Line::InboxdbExport(opening.header))?;
        if !opening.profile_fields.is_empty() {
            self.write(&Line::ProfileFields { fields: opening.profile_fields })?;
        }
        let tags = opening.tags.into_iter().map(Line::Tag);
        let managers = opening.managers.into_iter().map(Line::Manager);
        tags.chain(managers).try_for_each(|line| self.write(&line))
    }

    fn customer(&mut self, customer: CustomerLine) -> io::Result<()> {
        self.write(&Line::Customer(customer))
    }

    fn event(&mut self, event: EventLine) -> io::Result<()> {
        self.write(&Line::Event(event))
    }

    fn chat(&mut self, chat: ChatLine, _customer_name: Option<String>) -> io::Result<()> {
        self.write(&Line::Chat(Box::new(chat)))
    }

    fn message(&mut self, message: MessageLine) -> io::Result<()> {
        self.write(&Line::Message(message))
    }

    fn end_chat(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn done(&mut self, done: DoneLine) -> io::Result<()> {
        self.write(&Line::Done(done))
    }

    fn end(&mut self, contents: &Contents) -> io::Result<()> {
        self.write(&Line::End(*contents))?;
        self.out.flush()
    }
}
