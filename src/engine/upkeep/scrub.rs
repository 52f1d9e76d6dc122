//! Scrubbing workspaces while commands continue, and repairing their indexes.

use super::checkpoint::Checkpointer;
use crate::engine::write::writer::Writer;
use crate::error::Error;
use crate::model::{Progress, WorkspaceId};
use crate::scrub::{RepairReport, ScrubReport, WorkspaceRepair, plan_repair, survey};
use crate::workspace::State;

/// Receives the progress of a scrub.
type Watch<'w> = dyn FnMut(Progress) + 'w;

/// Scrubs the workspaces of an engine, one at a time.
pub(in crate::engine) struct Scrubber<'e> {
    pub(in crate::engine) writer: &'e Writer,
    pub(in crate::engine) checkpointer: &'e Checkpointer,
}

impl Scrubber<'_> {
    /// Compares the index of a workspace with its records.
    pub(in crate::engine) fn scrub(&self, id: WorkspaceId, watch: &mut Watch<'_>) -> Result<ScrubReport, Error> {
        let workspace = self.writer.workspace(id)?;
        // After a checkpoint little waits to be written, which leaves room for commands during the scrub.
        self.checkpointer.checkpoint()?;
        let _paused = self.checkpointer.pause();
        let moment = workspace.read()?.clone();
        let store = self.writer.workspaces.records.store()?;
        let survey = survey(&moment, &store, &mut told(&moment, watch))?;
        Ok(ScrubReport::new(&moment, &survey))
    }

    /// Scrubs a workspace. If its index does not match the records, repairs it and scrubs again.
    pub(in crate::engine) fn repair(
        &self,
        id: WorkspaceId,
        watch: &mut Watch<'_>,
        report: &mut RepairReport,
    ) -> Result<(), Error> {
        let _held = self.writer.workspaces.records.hold()?;
        let before = self.scrub(id, watch)?;
        let of_index = before.workspaces.iter().any(|found| found.fault_count() > found.in_records);
        let after = if of_index {
            report.changes.extend(self.mend(id, watch)?);
            self.scrub(id, watch)?
        } else {
            before.clone()
        };
        report.before.absorb(before);
        report.after.absorb(after);
        Ok(())
    }

    /// Checks again with the writers locked out, and corrects the index.
    fn mend(&self, id: WorkspaceId, watch: &mut Watch<'_>) -> Result<Option<WorkspaceRepair>, Error> {
        self.writer.admission.admit(true)?;
        let workspace = self.writer.workspace(id)?;
        let mut state = workspace.upgradable()?;
        workspace.check_free()?;
        // Only now: until the lock was held, rows of this workspace could be written, and the store be replaced.
        let store = self.writer.workspaces.records.store()?;
        let found = survey(&state, &store, &mut told(&state, watch))?;
        if found.index.is_empty() || !found.undecodable.is_empty() {
            return Ok(None);
        }
        let (changes, mended) = plan_repair(&state, &store, &found.index)?;
        for change in changes {
            (_, state) = self.writer.commit_and_stay(&workspace, state, change)?;
        }
        drop(state);
        self.writer.journal.wait(self.writer.journal.last_seq())?;
        Ok(Some(WorkspaceRepair::new(id, mended)))
    }
}

/// Reports the progress of a survey.
fn told<'w>(state: &State, watch: &'w mut Watch<'_>) -> impl FnMut(u64) + 'w {
    let (workspace, total) = (state.workspace, state.timeline.len() as u64);
    move |done| watch(Progress::of(done.min(total), total).in_workspace(workspace))
}
