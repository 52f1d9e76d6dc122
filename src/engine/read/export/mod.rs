//! Exporting the data of a workspace.

mod moment;
mod source;

use std::io::{BufWriter, Write};
use std::sync::Arc;

use roaring::RoaringTreemap;

use super::Workspace;
use crate::error::{Code, Error, Refusal};
use crate::export::line::{CustomerLine, DoneLine, EventLine, MessageLine};
use crate::export::{Contents, Csv, ExportError, ExportFormat, ExportReport, JsonLines, Sink};
use crate::model::{Actor, ChatId, CustomerId, MessageId, Progress, Role};
use crate::record::{ChatRecord, RememberedRecord};
use crate::view::{Filter, ViewKind};
use crate::workspace::State;

use moment::Moment;
use source::Source;

/// Up to this many bytes of a chat's messages, or of a customer's events, are held back until all are read, so that one
/// deleted meanwhile can be left out.
const HELD_BYTES_MAX: usize = 8 << 20;
/// Counted for each of them on top of its text.
const HELD_BYTES_EACH: usize = 200;
/// So few chats with new activity are read at one moment, which holds up writers a little.
const CHATS_AT_ONCE: usize = 256;
/// After so many rounds, chats with new activity are read at one moment however many they are.
const ROUNDS_MAX: usize = 8;

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
    let everything = is_everything(filter);
    let done = |state: &State| match everything && format == ExportFormat::JsonLines {
        true => {
            let all = state.remembered.of_callers().filter(|(_, record)| !record.is_expired(state.meta.clock));
            all.map(|(_, record)| Arc::clone(record)).collect()
        }
        false => Vec::new(),
    };
    let (moment, chats, done) = workspace.with_all(filter, |state, chats| (Moment::of(state), chats, done(state)))?;
    let out = BufWriter::new(out);
    let sink: Box<dyn Sink + '_> = match format {
        ExportFormat::Csv => Box::new(Csv::new(out)),
        ExportFormat::ExcelCsv => Box::new(Csv::for_excel(out)?),
        ExportFormat::JsonLines => Box::new(JsonLines::new(out)),
    };
    let mut run = Run { source, moment, chats, done, sink, report: ExportReport::default(), watch };
    run.all(everything)?;
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
    /// The ids of commands that were done when the export began.
    done: Vec<Arc<RememberedRecord>>,
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
        self.chats()?;
        for record in std::mem::take(&mut self.done) {
            self.sink.done(DoneLine::new(&record))?;
            self.report.contents.done += 1;
        }
        Ok(self.sink.end(&self.report.contents)?)
    }

    /// Writes the chats in the order of their activity. Those with activity since the export began come last, in the
    /// order of that, which an import requires.
    fn chats(&mut self) -> Result<(), ExportError> {
        let mut chats = std::mem::take(&mut self.chats);
        let (total, mut before) = (chats.len() as u64, self.moment.next_position());
        let mut done = 0;
        for _ in 0..ROUNDS_MAX {
            let mut later = Vec::new();
            for chat in chats {
                let record = self.source.records().chat(chat)?;
                match record {
                    Some(record) if record.position >= before => later.push(chat),
                    record => self.next_chat(chat, record, &mut done, total)?,
                }
            }
            if later.len() <= CHATS_AT_ONCE {
                chats = later;
                break;
            }
            (chats, before) = self.source.in_order(later)?;
        }
        for (chat, record) in self.source.at_one_moment(chats)? {
            self.next_chat(chat, record, &mut done, total)?;
        }
        Ok(())
    }

    /// Writes a chat, unless it is gone.
    fn next_chat(
        &mut self,
        id: ChatId,
        record: Option<Arc<ChatRecord>>,
        done: &mut u64,
        total: u64,
    ) -> Result<(), ExportError> {
        let written = match record {
            Some(record) => self.chat(id, &record)?,
            None => false,
        };
        self.report.left_out += u64::from(!written);
        *done += 1;
        (self.watch)(Progress::of(*done, total));
        Ok(())
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
    fn chat(&mut self, id: ChatId, record: &ChatRecord) -> Result<bool, ExportError> {
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
        self.sink.chat(self.moment.chat(id, record), customer_name)?;
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
