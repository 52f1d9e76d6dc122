//! Importing the lines of an export, or of a file that names things by external id, in changes of a few hundred chats.

use std::io::BufRead;

use super::indexing::register_indexes;
use super::sweeping::lock_to_edit_tags;
use super::writer::Writer;
use crate::config::Timer;
use crate::engine::write::execute::AHEAD_OF_WALL_MAX;
use crate::error::Error;
use crate::export::{ImportError, ImportReport, Line, Lines, parse_line};
use crate::loaded::WorkspaceRef;
use crate::model::limits::TIME_MAX_MS;
use crate::model::{Progress, Timestamp, WorkspaceId};
use crate::record::{Family, Setting};
use crate::rules::{Importer, LineFault, PlanInput};
use crate::workspace::State;

/// Imports lines into a workspace. Into an empty one, all or nothing. Into another one, what is missing is created.
pub(in crate::engine) fn import(
    writer: &Writer,
    workspace: WorkspaceId,
    input: impl BufRead,
    watch: impl FnMut(Progress),
) -> Result<ImportReport, ImportError> {
    writer.following.check_alone()?;
    let workspace = writer.workspace(workspace)?;
    let reserved = Reserved::new(writer, &workspace)?;
    let (importer, occupied) = begin(writer, &workspace)?;
    let mut run = Run { writer, workspace: &workspace, importer, occupied, seq: None };
    let done = run.all(Lines::new(input), watch).map_err(|why| run.undo(why));
    if run.seq.is_some() {
        writer.begin_epoch();
    }
    drop(reserved);
    done?;
    let seq = run.seq.unwrap_or_else(|| writer.journal.last_seq());
    writer.settle(seq)?;
    Ok(ImportReport { contents: run.importer.contents(), created: run.importer.created(), seq })
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
        self.writer.feed.wake_all();
        // Imported snoozes must not end before the import does.
        self.writer.tell_timer(self.workspace, &self.workspace.read_as_it_is());
    }
}

/// Starts an import. Returns what the workspace holds, too, unless it is empty.
fn begin(writer: &Writer, workspace: &WorkspaceRef) -> Result<(Importer, Option<&'static str>), ImportError> {
    // A command that got in earlier takes effect first.
    let state = lock_to_edit_tags(writer, workspace)?;
    let latest_ms = match writer.clock {
        Timer::Wall => (Timestamp::now() + AHEAD_OF_WALL_MAX).min(Timestamp::MAX).as_millis(),
        Timer::Manual | Timer::Off => TIME_MAX_MS,
    };
    let occupied = first_thing(&state);
    Ok((Importer::new(&state, latest_ms, occupied.is_none()), occupied))
}

/// Returns something that the workspace holds. Custom indexes, ids of commands and traces of what is gone do not count.
fn first_thing(state: &State) -> Option<&'static str> {
    let counts = |family: &Family| !matches!(family, Family::Settings | Family::Remembered);
    let records = Family::ALL.into_iter().filter(counts);
    let found = records.into_iter().find(|family| state.meta.totals[family.index()].count > 0).map(Family::name);
    let counts = |setting: &Setting| !matches!(setting, Setting::Index(_) | Setting::Import(_) | Setting::MergedTag(_));
    let has_settings = || state.settings.values().any(|setting| counts(setting));
    found.or_else(|| has_settings().then_some("settings"))
}

/// A running import.
struct Run<'e> {
    writer: &'e Writer,
    workspace: &'e WorkspaceRef,
    importer: Importer,
    /// Something that was there before.
    occupied: Option<&'static str>,
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
            self.check_named(&parsed, line)?;
            self.importer.take(parsed, line, bytes.len()).map_err(|fault| at_line(fault.0))?;
            if self.importer.is_full() {
                self.commit(false)?;
                watch(Progress::so_far(lines.bytes()));
            }
        }
        let line = lines.next_number();
        self.importer.end().map_err(|fault| ImportError::Line { line, reason: fault.0 })?;
        self.commit(true)?;
        watch(Progress::so_far(lines.bytes()));
        Ok(())
    }

    /// Refuses a line without external id where there is something already.
    fn check_named(&self, parsed: &Line, line: u64) -> Result<(), ImportError> {
        match (self.occupied, parsed.without_external()) {
            (Some(occupied), Some(named)) => Err(ImportError::NotEmpty(format!(
                "workspace {} has {occupied}, and line {line}, {named}, has no `external`: import into an empty \
                 workspace, or give each manager, customer and chat an external id",
                self.workspace.workspace
            ))),
            _ => Ok(()),
        }
    }

    /// Commits what was read since the last commit, as one change.
    fn commit(&mut self, is_last: bool) -> Result<(), ImportError> {
        self.writer.admission.admit(false)?;
        register_indexes(self.writer, self.workspace)?;
        let piece = self.importer.take_piece(is_last);
        let importer = &self.importer;
        let planned =
            self.writer.change(self.workspace, |_| importer.needs(&piece), |input| importer.plan(input, &piece));
        let (seq, placed) = planned?;
        let placed = placed.map_err(|LineFault { line, fault }| ImportError::Line { line, reason: fault.0 })?;
        self.seq = seq.or(self.seq);
        self.importer.go_on(placed);
        Ok(self.writer.bound_queue()?)
    }

    /// Deletes what was imported so far, if the workspace was empty. Returns the error to report.
    fn undo(&mut self, why: ImportError) -> ImportError {
        if self.seq.is_none() {
            return why;
        }
        if self.occupied.is_some() {
            return ImportError::Partly(Box::new(why));
        }
        match self.delete() {
            Ok(()) => why,
            Err(undo) => ImportError::Remains { why: Box::new(why), undo },
        }
    }

    fn delete(&self) -> Result<(), Error> {
        self.writer.admission.admit(true)?;
        let undo = |input: PlanInput<'_>| Ok((self.importer.plan_undo(input.state)?, ()));
        let planned = self.writer.change(self.workspace, |_| Vec::new(), undo);
        planned?.0.map_or(Ok(()), |seq| self.writer.settle(seq))
    }
}
