//! Bringing the data of an export into an empty workspace, by changes of a few hundred chats.

use std::io::BufRead;

use crate::config::Timer;
use crate::engine::write::execute::AHEAD_OF_WALL_MAX;
use crate::engine::{Engine, Inner};
use crate::error::Error;
use crate::export::{ImportError, ImportProgress, ImportReport, Lines, parse_line};
use crate::loaded::LoadedWorkspace;
use crate::model::limits::TIME_MAX_MS;
use crate::model::{Timestamp, WorkspaceId};
use crate::record::{Family, Setting};
use crate::rules::{Importer, plan_import, plan_undo};
use crate::workspace::State;

impl Engine {
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
        watch: impl FnMut(ImportProgress),
    ) -> Result<ImportReport, ImportError> {
        let inner = self.inner()?;
        let slot = inner.slot(workspace)?;
        inner.register_indexes(&slot)?;
        let reserved = Reserved::new(inner, &slot)?;
        let mut run = Run { inner, slot: &slot, importer: begin(inner, &slot)?, seq: None };
        let done = run.all(Lines::new(input), watch).map_err(|why| run.undo(why));
        drop(reserved);
        done?;
        let seq = run.seq.unwrap_or_else(|| inner.journal.last_seq());
        inner.settle(seq)?;
        Ok(ImportReport { contents: run.importer.contents(), seq })
    }
}

/// A workspace from which commands are kept out.
struct Reserved<'e> {
    inner: &'e Inner,
    slot: &'e LoadedWorkspace,
}

impl<'e> Reserved<'e> {
    fn new(inner: &'e Inner, slot: &'e LoadedWorkspace) -> Result<Self, ImportError> {
        if slot.reserve() {
            return Ok(Self { inner, slot });
        }
        Err(ImportError::NotEmpty(format!("workspace {} is being imported into already", slot.workspace)))
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        self.slot.release();
        // Snoozes that were imported had better not end before the import did.
        self.inner.tell_timer(self.slot, &self.slot.state.read());
    }
}

/// Begins an import, where the workspace holds nothing.
fn begin(inner: &Inner, slot: &LoadedWorkspace) -> Result<Importer, ImportError> {
    // A command that got in before takes effect before this.
    let state = slot.state.upgradable_read();
    if let Some(what) = first_thing(&state) {
        let workspace = slot.workspace;
        return Err(ImportError::NotEmpty(format!("workspace {workspace} has {what}; import into an empty one")));
    }
    let latest_ms = match inner.config.timer {
        Timer::Wall => (Timestamp::now() + AHEAD_OF_WALL_MAX).min(Timestamp::MAX).as_millis(),
        Timer::Manual | Timer::Off => TIME_MAX_MS,
    };
    Ok(Importer::new(&state, latest_ms))
}

/// Something that the workspace holds. Custom indexes may be there.
fn first_thing(state: &State) -> Option<&'static str> {
    let records = Family::ALL.into_iter().filter(|family| *family != Family::Settings);
    let found = records.into_iter().find(|family| state.meta.totals[family.index()].count > 0).map(Family::name);
    let is_index = |setting: &Setting| matches!(setting, Setting::Index(_));
    let has_settings = || state.settings.values().any(|setting| !is_index(setting));
    found.or_else(|| has_settings().then_some("settings"))
}

/// An import on its way.
struct Run<'e> {
    inner: &'e Inner,
    slot: &'e LoadedWorkspace,
    importer: Importer,
    /// The newest of its changes.
    seq: Option<u64>,
}

impl Run<'_> {
    fn all<R: BufRead>(
        &mut self,
        mut lines: Lines<R>,
        mut watch: impl FnMut(ImportProgress),
    ) -> Result<(), ImportError> {
        loop {
            let line = lines.progress().lines + 1;
            let at_line = |reason: String| ImportError::Line { line, reason };
            let Some(bytes) = lines.next()? else { break };
            let parsed = parse_line(bytes, line == 1).map_err(at_line)?;
            self.importer.take(parsed, bytes.len()).map_err(|fault| at_line(fault.0))?;
            if self.importer.is_full() {
                self.commit(0)?;
                watch(lines.progress());
            }
        }
        let line = lines.progress().lines + 1;
        self.importer.end().map_err(|fault| ImportError::Line { line, reason: fault.0 })?;
        self.commit(self.importer.clock())?;
        watch(lines.progress());
        Ok(())
    }

    /// Puts what was taken since the last time, as one change, which brings the clock to `now` at least.
    fn commit(&mut self, now: u64) -> Result<(), Error> {
        self.inner.admit(false)?;
        let mut piece = self.importer.take_piece();
        let state = self.slot.state.upgradable_read();
        if let Some(change) = plan_import(&state, &mut piece, now)? {
            self.seq = Some(self.inner.commit(self.slot, state, change)?);
        }
        self.importer.go_on(piece);
        self.inner.bound_queue()
    }

    /// Deletes what was put so far; answers with what is to be told.
    fn undo(&mut self, why: ImportError) -> ImportError {
        match self.seq.map(|_| self.delete()) {
            None | Some(Ok(())) => why,
            Some(Err(undo)) => ImportError::Remains { why: Box::new(why), undo },
        }
    }

    fn delete(&self) -> Result<(), Error> {
        self.inner.admit(true)?;
        let state = self.slot.state.upgradable_read();
        if let Some(change) = plan_undo(&state)? {
            let seq = self.inner.commit(self.slot, state, change)?;
            self.inner.settle(seq)?;
        }
        Ok(())
    }
}
