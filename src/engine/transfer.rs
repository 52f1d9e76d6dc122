//! The methods of [`Engine`] that export and import data.

use std::io::{BufRead, Write};

use super::Engine;
use super::read::export::export;
use super::write::import::import;
use crate::export::{ExportError, ExportFormat, ExportReport, ImportError, ImportReport};
use crate::model::{Actor, Progress, WorkspaceId};
use crate::view::Filter;

impl Engine {
    /// Writes the chats of a filter with their messages, tags, people and times: a data download. Only an owner or the
    /// system may do this.
    ///
    /// The set of chats, the people and the tags are fixed when the export starts, which takes 4 bytes per chat. Chats
    /// are then read one at a time while commands continue. Each chat is complete and shows its state at one moment
    /// during the export. Chats deleted meanwhile are left out, and so are new ones. Managers and tags added meanwhile
    /// are removed from the chats. Otherwise memory use is bounded, whatever the number of chats and messages. `watch`
    /// is called after every chat.
    ///
    /// The clock of the workspace does not move. Notifications and running bulk actions are not part of an export.
    ///
    /// ```
    /// # use inboxdb::{Actor, Engine, ExportFormat};
    /// # let engine = Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// inbox.as_system().put_customer(5, "Grace")?;
    /// inbox.as_customer(5).start_chat()?;
    ///
    /// let all = "all".parse()?;
    /// let mut out = Vec::new();
    /// let report = engine.export(1, Actor::System, &all, ExportFormat::JsonLines, &mut out, |_| {})?;
    /// assert_eq!(report.contents.chats, 1);
    ///
    /// let other = Engine::temporary()?;
    /// let report = other.import(1, out.as_slice(), |_| {})?;
    /// assert_eq!(report.contents.customers, 1);
    /// assert_eq!(other.workspace(1)?.count(&all)?, 1);
    /// # engine.close()?;
    /// # other.close()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ExportError::Refused`], before anything is written, if the actor may not export or the filter names something
    /// unknown. The other variants if reading or writing fails on the way.
    pub fn export(
        &self,
        workspace: impl Into<WorkspaceId>,
        actor: impl Into<Actor>,
        filter: &Filter,
        format: ExportFormat,
        out: impl Write,
        watch: impl FnMut(Progress),
    ) -> Result<ExportReport, ExportError> {
        let workspace = workspace.into();
        let actor = actor.into();
        export(&self.workspace(workspace)?, actor, filter, format, out, watch)
    }

    /// Recreates an exported inbox from its JSON Lines, in a workspace without people, tags or chats. The workspace may
    /// have been used before, and its id may differ from the exported one.
    ///
    /// A file whose managers, customers and chats all have external ids may also be imported into a workspace that is
    /// not empty, and again: what exists stays as it is, and what is missing is created. See `docs/EXPORT.md`.
    ///
    /// Afterwards every read returns what it returned in the original workspace, except for notifications and the
    /// numbers of changes (`seq`). Chats keep their ids, and new ids continue after the higher of the two workspaces.
    /// The clock becomes the later of the two, or that of the export if the clock was ever set there. Snoozes due by then end with the next command or tick.
    ///
    /// The input is read as a stream, and all of it is checked as if it came from commands. An import into an empty
    /// workspace is all or nothing: on an error, what was imported so far is deleted again. Only if the process is
    /// killed does a part remain, which `delete_workspace` clears, or another import of a file with external ids
    /// completes. Into a workspace that is not empty, what came before an error stays, and the next import of the file
    /// goes on there. During the import, commands in the workspace return
    /// [`Error::Unavailable`](crate::Error::Unavailable), and readers see a part of the data. `watch` is called after
    /// every change.
    ///
    /// # Errors
    ///
    /// [`ImportError`], with the line number if there is one.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// use inboxdb::{Actor, Engine, ExportFormat};
    ///
    /// let mut lines = Vec::new();
    /// engine.export(1, Actor::System, &"all".parse()?, ExportFormat::JsonLines, &mut lines, |_| {})?;
    ///
    /// let other = Engine::temporary()?;
    /// let report = other.import(3, &lines[..], |_| {})?;
    /// assert_eq!(report.contents.chats, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn import(
        &self,
        workspace: impl Into<WorkspaceId>,
        input: impl BufRead,
        watch: impl FnMut(Progress),
    ) -> Result<ImportReport, ImportError> {
        let workspace = workspace.into();
        import(&self.shared.writer, workspace, input, watch)
    }
}
