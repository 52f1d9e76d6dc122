//! Exporting the data of a workspace.

mod moment;
mod source;

use std::io::{BufWriter, Write};

use roaring::RoaringTreemap;

use super::Workspace;
use crate::error::{Code, Error, Refusal};
use crate::export::line::{CustomerLine, EventLine, MessageLine};
use crate::export::{Contents, Csv, ExportError, ExportFormat, ExportReport, JsonLines, Sink};
use crate::model::{Actor, ChatId, CustomerId, MessageId, Progress, Role};
use crate::view::{Filter, ViewKind};

use moment::Moment;
use source::Source;

/// Up to this many bytes of a chat's messages, or of a customer's events, are held back until all are read, so that one
/// deleted meanwhile can be left out.
const HELD_BYTES_MAX: usize = 8 << 20;
/// Counted for each of them on top of its text.
const HELD_BYTES_EACH: usize = 200;

/// Writes the chats of a filter with everything that belongs to them.
pub(in crate::engine) fn export(
    workspace: &Workspace,
    actor: Actor,
    filter: &Filter,
    format: ExportFormat,
    out: impl Write,
    watch: impl FnMut(Progress),
) -> Result<ExportReport, ExportError> {
    let source = Source::new(workspace);
    check_actor(&source, actor)?;
    let (moment, chats) = workspace.with_all(filter, |state, chats| (Moment::of(state), chats))?;
    let out = BufWriter::new(out);
    let sink: Box<dyn Sink + '_> = match format {
        ExportFormat::Csv => Box::new(Csv::new(out)),
        ExportFormat::ExcelCsv => Box::new(Csv::for_excel(out)?),
        ExportFormat::JsonLines => Box::new(JsonLines::new(out)),
    };
    let mut run = Run { source, moment, chats, sink, report: ExportReport::default(), watch };
    run.all(is_everything(filter))?;
    Ok(run.report)
}

/// Whether a filter covers all chats of a workspace, so that all its customers are exported.
fn is_everything(filter: &Filter) -> bool {
    *filter == Filter::from(ViewKind::All)
}

fn check_actor(source: &Source<'_>, actor: Actor) -> Result<(), Error> {
    let forbidden = |why: String| Err(Refusal::new(Code::Forbidden, why).into());
    match actor {
        Actor::System => Ok(()),
        Actor::Manager(manager) => {
            let role = source.state()?.managers.get(&manager).map(|record| record.role);
            match role.ok_or_else(|| Refusal::unknown_manager(manager))? {
                Role::Owner => Ok(()),
                Role::Member => forbidden(format!("manager {manager} is not an owner, and only owners export")),
            }
        }
        Actor::Customer(customer) => match source.records().customer(customer)? {
            None => Err(Refusal::unknown_customer(customer).into()),
            Some(_) => forbidden("only owners and the system export".to_owned()),
        },
    }
}

/// A running export.
struct Run<'e, 'w, F> {
    source: Source<'e>,
    moment: Moment,
    chats: Vec<ChatId>,
    sink: Box<dyn Sink + 'w>,
    report: ExportReport,
    watch: F,
}

impl<F: FnMut(Progress)> Run<'_, '_, F> {
    fn all(&mut self, everything: bool) -> Result<(), ExportError> {
        self.opening()?;
        if self.sink.takes_customers() {
            let customers = match everything {
                true => self.source.all_customers()?,
                false => self.source.customers_of(&self.chats)?,
            };
            self.customers(&customers)?;
        }
        let chats = std::mem::take(&mut self.chats);
        let total = chats.len() as u64;
        for (chat, done) in chats.into_iter().zip(1..) {
            if !self.chat(chat)? {
                self.report.left_out += 1;
            }
            (self.watch)(Progress::of(done, total));
        }
        Ok(self.sink.end(&self.report.contents)?)
    }

    fn opening(&mut self) -> Result<(), ExportError> {
        let opening = self.moment.opening();
        if self.sink.takes_customers() {
            let Contents { managers, tags, .. } = &mut self.report.contents;
            (*managers, *tags) = (opening.managers.len() as u64, opening.tags.len() as u64);
        }
        Ok(self.sink.begin(opening)?)
    }

    fn customers(&mut self, customers: &RoaringTreemap) -> Result<(), ExportError> {
        customers.iter().map(CustomerId).try_for_each(|customer| self.customer(customer))
    }

    /// Writes a customer with their events, if they still exist.
    fn customer(&mut self, id: CustomerId) -> Result<(), ExportError> {
        let Some(record) = self.source.records().customer(id)? else { return Ok(()) };
        let mut numbers = 1..=record.events;
        let (mut held, mut bytes) = (Vec::new(), 0);
        while bytes < HELD_BYTES_MAX
            && let Some(number) = numbers.next()
        {
            let Some(event) = self.source.records().event(id, number)? else { return Ok(()) };
            bytes += event.weight() + HELD_BYTES_EACH;
            held.push(EventLine::new(id, number, &event));
        }
        self.sink.customer(CustomerLine::new(id, &record))?;
        held.into_iter().try_for_each(|event| self.sink.event(event))?;
        for number in numbers {
            let event = self.source.records().event(id, number)?;
            let event = event.ok_or_else(|| ExportError::Deleted(format!("customer {id}")))?;
            self.sink.event(EventLine::new(id, number, &event))?;
        }
        self.report.contents.customers += 1;
        self.report.contents.events += u64::from(record.events);
        Ok(())
    }

    /// Writes a chat with its messages. Returns whether it still existed.
    fn chat(&mut self, id: ChatId) -> Result<bool, ExportError> {
        let Some(record) = self.source.records().chat(id)? else { return Ok(false) };
        let mut numbers = (1..=record.messages).map(MessageId);
        let (mut held, mut bytes) = (Vec::new(), 0);
        while bytes < HELD_BYTES_MAX
            && let Some(number) = numbers.next()
        {
            let Some(message) = self.source.records().message(id, number)? else { return Ok(false) };
            bytes += message.weight() + HELD_BYTES_EACH;
            held.push(MessageLine::new(id, number, &message));
        }
        let customer_name = match self.sink.takes_customers() {
            true => None,
            false => self.source.records().customer(record.customer)?.and_then(|customer| customer.name.clone()),
        };
        self.sink.chat(self.moment.chat(id, &record), customer_name)?;
        held.into_iter().try_for_each(|message| self.sink.message(message))?;
        for number in numbers {
            let message = self.source.records().message(id, number)?;
            let message = message.ok_or_else(|| ExportError::Deleted(format!("chat {id}")))?;
            self.sink.message(MessageLine::new(id, number, &message))?;
        }
        self.sink.end_chat()?;
        self.report.contents.chats += 1;
        self.report.contents.messages += u64::from(record.messages);
        Ok(true)
    }
}
