//! Importing an export into an empty workspace, in changes of a few hundred chats.

use std::io::BufRead;

use super::indexing::register_indexes;
use super::writer::Writer;
use crate::config::Timer;
use crate::engine::write::execute::AHEAD_OF_WALL_MAX;
use crate::error::Error;
use crate::export::{ImportError, ImportReport, Lines, parse_line};
use crate::loaded::WorkspaceRef;
use crate::model::limits::TIME_MAX_MS;
use crate::model::{Progress, Timestamp, WorkspaceId};
use crate::record::{Family, Setting};
use crate::rules::{Importer, plan_import, plan_undo};
use crate::workspace::State;

/// Imports the lines of an export into an empty workspace, all or nothing.
pub(in crate::engine) fn import(
    writer: &Writer,
    workspace: WorkspaceId,
    input: impl BufRead,
    watch: impl FnMut(Progress),
) -> Result<ImportReport, ImportError> {
    let workspace = writer.workspace(workspace)?;
    let reserved = Reserved::new(writer, &workspace)?;
    let importer = begin(writer, &workspace)?;
    let mut run = Run { writer, workspace: &workspace, importer, seq: None };
    let done = run.all(Lines::new(input), watch).map_err(|why| run.undo(why));
    drop(reserved);
    done?;
    let seq = run.seq.unwrap_or_else(|| writer.journal.last_seq());
    writer.settle(seq)?;
    Ok(ImportReport { contents: run.importer.contents(), seq })
}

/// A workspace that is closed to commands.
struct Reserved<'e> {
    writer: &'e Writer,
    workspace: &'e WorkspaceRef,
}

impl<'e> Reserved<'e> {
    fn new(writer: &'e Writer, workspace: &'e WorkspaceRef) -> Result<Self, ImportError> {
        if workspace.reserve() {
            return Ok(Self { writer, workspace });
        }
        Err(ImportError::NotEmpty(format!("workspace {} is being imported into already", workspace.workspace)))
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        self.workspace.release();
        // Imported snoozes must not end before the import does.
        self.writer.tell_timer(self.workspace, &self.workspace.read_as_it_is());
    }
}

/// Starts an import if the workspace is empty.
fn begin(writer: &Writer, workspace: &WorkspaceRef) -> Result<Importer, ImportError> {
    // A command that got in earlier takes effect first.
    let state = workspace.upgradable()?;
    if let Some(what) = first_thing(&state) {
        let workspace = workspace.workspace;
        return Err(ImportError::NotEmpty(format!("workspace {workspace} has {what}; import into an empty one")));
    }
    let latest_ms = match writer.clock {
        Timer::Wall => (Timestamp::now() + AHEAD_OF_WALL_MAX).min(Timestamp::MAX).as_millis(),
        Timer::Manual | Timer::Off => TIME_MAX_MS,
    };
    Ok(Importer::new(&state, latest_ms))
}

/// Returns something that the workspace holds. Custom indexes are allowed.
fn first_thing(state: &State) -> Option<&'static str> {
    let records = Family::ALL.into_iter().filter(|family| *family != Family::Settings);
    let found = records.into_iter().find(|family| state.meta.totals[family.index()].count > 0).map(Family::name);
    let is_index = |setting: &Setting| matches!(setting, Setting::Index(_));
    let has_settings = || state.settings.values().any(|setting| !is_index(setting));
    found.or_else(|| has_settings().then_some("settings"))
}

/// A running import.
struct Run<'e> {
    writer: &'e Writer,
    workspace: &'e WorkspaceRef,
    importer: Importer,
    /// The newest of its changes.
    seq: Option<u64>,
}

impl Run<'_> {
    fn all<R: BufRead>(&mut self, mut lines: Lines<R>, mut watch: impl FnMut(Progress)) -> Result<(), ImportError> {
        loop {
            let line = lines.next_number();
            let at_line = |reason: String| ImportError::Line { line, reason };
            let Some(bytes) = lines.next()? else { break };
            let parsed = parse_line(bytes, line == 1).map_err(at_line)?;
            self.importer.take(parsed, bytes.len()).map_err(|fault| at_line(fault.0))?;
            if self.importer.is_full() {
                self.commit(0)?;
                watch(Progress::so_far(lines.bytes()));
            }
        }
        let line = lines.next_number();
        self.importer.end().map_err(|fault| ImportError::Line { line, reason: fault.0 })?;
        self.commit(self.importer.clock())?;
        watch(Progress::so_far(lines.bytes()));
        Ok(())
    }

    /// Commits what was read since the last commit, as one change that brings the clock to at least `now`.
    fn commit(&mut self, now: u64) -> Result<(), Error> {
        self.writer.admission.admit(false)?;
        register_indexes(self.writer, self.workspace)?;
        let mut piece = self.importer.take_piece();
        let externals = piece.external_keys();
        let planned = self.writer.change(
            self.workspace,
            |_| externals.clone(),
            |input| Ok((plan_import(input, &mut piece, now)?, ())),
        );
        self.seq = planned?.0.or(self.seq);
        self.importer.go_on(piece);
        self.writer.bound_queue()
    }

    /// Deletes what was imported so far. Returns the error to report.
    fn undo(&mut self, why: ImportError) -> ImportError {
        match self.seq.map(|_| self.delete()) {
            None | Some(Ok(())) => why,
            Some(Err(undo)) => ImportError::Remains { why: Box::new(why), undo },
        }
    }

    fn delete(&self) -> Result<(), Error> {
        self.writer.admission.admit(true)?;
        let planned = self.writer.change(self.workspace, |_| Vec::new(), |input| Ok((plan_undo(input.state)?, ())));
        planned?.0.map_or(Ok(()), |seq| self.writer.settle(seq))
    }
}
