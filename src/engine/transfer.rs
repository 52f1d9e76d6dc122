//! The methods of [`Engine`] that take data out and bring it in.

use std::io::{BufRead, Write};

use super::Engine;
use super::read::export::export;
use super::write::import::import;
use crate::export::{ExportError, ExportFormat, ExportReport, ImportError, ImportReport};
use crate::model::{Actor, Progress, WorkspaceId};
use crate::view::Filter;

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
    /// run(Command::PutCustomer { customer: CustomerId(5), name: Some("Grace".into()), profile: None })?;
    /// run(Command::StartChat { customer: CustomerId(5) })?;
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
        watch: impl FnMut(Progress),
    ) -> Result<ExportReport, ExportError> {
        export(&self.workspace(workspace)?, actor, filter, format, out, watch)
    }

    /// Makes the inbox of an export again, from its JSON Lines, in a workspace that holds nothing: neither people nor
    /// tags nor chats. It may have been used before, and its number need not be that of the export.
    ///
    /// Afterwards every read answers as it would have where the export comes from, but for notifications and what
    /// belongs to the changes themselves (`seq`). Chats keep their ids, and ids go on where either workspace was; the
    /// clock becomes the later of the two, and snoozes that are due by then end with the next command or tick.
    ///
    /// The input is read as a stream, and everything in it is checked as if it had been asked for by commands. An
    /// import happens whole or not at all: on an error, what was brought so far is deleted with the workspace. Only
    /// where the process is killed in between is a part left, which `delete_workspace` clears. While it goes on,
    /// commands in the workspace are [`Error::Unavailable`], and readers see a part. `watch` is told how far it is
    /// after every change.
    ///
    /// # Errors
    ///
    /// [`ImportError`], with the number of the line where there is one.
    pub fn import(
        &self,
        workspace: WorkspaceId,
        input: impl BufRead,
        watch: impl FnMut(Progress),
    ) -> Result<ImportReport, ImportError> {
        import(&self.shared.writer, workspace, input, watch)
    }
}
