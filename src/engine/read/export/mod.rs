//! Taking the data of a workspace out.

mod moment;
mod source;

use std::io::{BufWriter, Write};

use roaring::RoaringTreemap;

use crate::engine::{Engine, Workspace};
use crate::error::{Code, Error, Refusal};
use crate::export::line::{CustomerLine, EventLine, MessageLine};
use crate::export::{Contents, Csv, ExportError, ExportFormat, ExportProgress, ExportReport, JsonLines, Sink};
use crate::model::{Actor, ChatId, CustomerId, MessageId, Role, WorkspaceId};
use crate::view::{Filter, ViewKind};

use moment::Moment;
use source::Source;

/// So many bytes of a chat's messages, or of a customer's events, are held back until all are read: one that is
/// deleted meanwhile is then left out.
const HELD_BYTES_MAX: usize = 8 << 20;
/// What each of them takes beside its texts.
const HELD_BYTES_EACH: usize = 200;

impl Engine {
    /// Writes the chats of a filter with their messages, tags, people and times: a data download. Only an owner, or
    /// the system, may have it.
    ///
    /// Which chats there are, the people and the tags are of the moment when it begins; that takes 4 bytes a chat.
    /// Chats are then read one at a time, while commands go on. Each chat is whole and as it was at some moment
    /// since; chats deleted meanwhile are left out, new ones are not in it, and managers and tags that came meanwhile
    /// are taken out of the chats. Beside that, memory is bounded, whatever the number of chats and messages.
    /// `watch` is told how far it is after every chat.
    ///
    /// The clock of the workspace stays where it is. Notifications and bulk actions under way are no part of an
    /// export.
    ///
    /// ```
    /// # use inboxdb::{Actor, Command, CustomerId, Engine, Envelope, ExportFormat, WorkspaceId};
    /// # let engine = Engine::temporary()?;
    /// # let run = |command| engine.execute(Envelope::new(WorkspaceId(1), 1_000, Actor::System, command));
    /// run(Command::put_customer(CustomerId(5), "Grace"))?;
    /// run(Command::start_chat(CustomerId(5)))?;
    ///
    /// let (workspace, all) = (WorkspaceId(1), "all".parse()?);
    /// let mut out = Vec::new();
    /// let report = engine.export(workspace, Actor::System, &all, ExportFormat::JsonLines, &mut out, |_| {})?;
    /// assert_eq!(report.contents.chats, 1);
    ///
    /// let other = Engine::temporary()?;
    /// let report = other.import(workspace, out.as_slice(), |_| {})?;
    /// assert_eq!(report.contents.customers, 1);
    /// assert_eq!(other.workspace(workspace)?.count(&all)?, 1);
    /// # engine.close()?;
    /// # other.close()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ExportError::Refused`], before anything is written, where the actor may not have it or something named is
    /// unknown; the others where reading or writing fails on the way.
    pub fn export(
        &self,
        workspace: WorkspaceId,
        actor: Actor,
        filter: &Filter,
        format: ExportFormat,
        out: impl Write,
        watch: impl FnMut(ExportProgress),
    ) -> Result<ExportReport, ExportError> {
        let inner = self.inner()?;
        let source = Source { inner, slot: inner.slot(workspace)? };
        check_actor(&source, actor)?;
        let handle = Workspace::new(inner, source.slot.clone());
        let (moment, chats) = handle.with_all(filter, |state, chats| (Moment::of(state), chats))?;
        let out = BufWriter::new(out);
        let sink: Box<dyn Sink + '_> = match format {
            ExportFormat::Csv => Box::new(Csv::new(out)),
            ExportFormat::JsonLines => Box::new(JsonLines::new(out)),
        };
        let mut run = Run { source, moment, chats, sink, report: ExportReport::default(), watch };
        run.all(is_everything(filter))?;
        Ok(run.report)
    }
}

/// Whether a filter stands for all chats of a workspace, so that all its customers belong to them.
fn is_everything(filter: &Filter) -> bool {
    *filter == Filter::from(ViewKind::All)
}

fn check_actor(source: &Source<'_>, actor: Actor) -> Result<(), Error> {
    let forbidden = |why: String| Err(Refusal::new(Code::Forbidden, why).into());
    match actor {
        Actor::System => Ok(()),
        Actor::Manager(manager) => {
            let role = source.slot.state.read().managers.get(&manager).map(|record| record.role);
            match role.ok_or_else(|| Refusal::unknown_manager(manager))? {
                Role::Owner => Ok(()),
                Role::Member => forbidden(format!("manager {manager} is not an owner, and only owners export")),
            }
        }
        Actor::Customer(customer) => match source.customer(customer)? {
            None => Err(Refusal::unknown_customer(customer).into()),
            Some(_) => forbidden("only owners and the system export".to_owned()),
        },
    }
}

/// An export on its way.
struct Run<'e, 'w, F> {
    source: Source<'e>,
    moment: Moment,
    chats: Vec<ChatId>,
    sink: Box<dyn Sink + 'w>,
    report: ExportReport,
    watch: F,
}

impl<F: FnMut(ExportProgress)> Run<'_, '_, F> {
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
            (self.watch)(ExportProgress { done, total });
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

    /// A customer with their events, unless they are gone.
    fn customer(&mut self, id: CustomerId) -> Result<(), ExportError> {
        let Some(record) = self.source.customer(id)? else { return Ok(()) };
        let mut numbers = 1..=record.events;
        let (mut held, mut bytes) = (Vec::new(), 0);
        while bytes < HELD_BYTES_MAX
            && let Some(number) = numbers.next()
        {
            let Some(event) = self.source.event(id, number)? else { return Ok(()) };
            bytes += event.weight() + HELD_BYTES_EACH;
            held.push(EventLine::new(id, number, &event));
        }
        self.sink.customer(CustomerLine::new(id, &record))?;
        held.into_iter().try_for_each(|event| self.sink.event(event))?;
        for number in numbers {
            let event = self.source.event(id, number)?;
            let event = event.ok_or_else(|| ExportError::Deleted(format!("customer {id}")))?;
            self.sink.event(EventLine::new(id, number, &event))?;
        }
        self.report.contents.customers += 1;
        self.report.contents.events += u64::from(record.events);
        Ok(())
    }

    /// A chat with its messages; says whether it was still there.
    fn chat(&mut self, id: ChatId) -> Result<bool, ExportError> {
        let Some(record) = self.source.chat(id)? else { return Ok(false) };
        let mut numbers = (1..=record.messages).map(MessageId);
        let (mut held, mut bytes) = (Vec::new(), 0);
        while bytes < HELD_BYTES_MAX
            && let Some(number) = numbers.next()
        {
            let Some(message) = self.source.message(id, number)? else { return Ok(false) };
            bytes += message.weight() + HELD_BYTES_EACH;
            held.push(MessageLine::new(id, number, &message));
        }
        let customer_name = match self.sink.takes_customers() {
            true => None,
            false => self.source.customer(record.customer)?.and_then(|customer| customer.name.clone()),
        };
        self.sink.chat(self.moment.chat(id, &record), customer_name)?;
        held.into_iter().try_for_each(|message| self.sink.message(message))?;
        for number in numbers {
            let message = self.source.message(id, number)?;
            let message = message.ok_or_else(|| ExportError::Deleted(format!("chat {id}")))?;
            self.sink.message(MessageLine::new(id, number, &message))?;
        }
        self.sink.end_chat()?;
        self.report.contents.chats += 1;
        self.report.contents.messages += u64::from(record.messages);
        Ok(true)
    }
}
