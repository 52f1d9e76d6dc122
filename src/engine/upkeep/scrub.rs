//! Scrubbing workspaces while commands go on, and repairing their indexes.

use crate::engine::{Engine, Inner};
use crate::error::Error;
use crate::model::WorkspaceId;
use crate::scrub::{RepairReport, ScrubProgress, ScrubReport, WorkspaceRepair, plan_repair, survey};
use crate::workspace::State;

/// What is told how far a scrub is.
type Watch<'w> = dyn FnMut(ScrubProgress) + 'w;

impl Engine {
    /// Recomputes every posting, length, position, deadline and unread count of every workspace from the records,
    /// compares, and says what is missing, dangling or miscounted. The records themselves are compared with the count
    /// and digest that every change has kept of each family.
    ///
    /// Commands go on meanwhile. What is compared is the workspace of one moment, so that nothing is reported that is
    /// only in motion; for that, the index is copied and checkpoints wait. It reads every record.
    ///
    /// ```
    /// # use inboxdb::{Actor, Command, CustomerId, CustomerUpdate, Engine, Envelope, WorkspaceId};
    /// # let engine = Engine::temporary()?;
    /// # let run = |command| engine.execute(Envelope::new(WorkspaceId(1), 1_000, Actor::System, command));
    /// run(Command::put_customer(CustomerId(5), CustomerUpdate::new()))?;
    /// run(Command::start_chat(CustomerId(5)))?;
    ///
    /// let report = engine.scrub()?;
    /// assert!(report.is_clean(), "{report}");
    /// assert_eq!(report.chats, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] where records cannot be read; [`Error::Unavailable`] where the store takes no writes.
    pub fn scrub(&self) -> Result<ScrubReport, Error> {
        self.scrub_watched(|_| {})
    }

    /// Does the same, and tells `watch` how far it is, which must leave the engine alone.
    ///
    /// # Errors
    ///
    /// As [`scrub`](Self::scrub).
    pub fn scrub_watched(&self, mut watch: impl FnMut(ScrubProgress)) -> Result<ScrubReport, Error> {
        let inner = self.inner()?;
        let mut report = ScrubReport::default();
        for workspace in inner.workspaces()? {
            report.absorb(inner.scrub(workspace, &mut watch)?);
        }
        Ok(report)
    }

    /// Scrubs one workspace as [`scrub_watched`](Self::scrub_watched) does all.
    ///
    /// # Errors
    ///
    /// As [`scrub`](Self::scrub).
    pub fn scrub_workspace(
        &self,
        workspace: WorkspaceId,
        mut watch: impl FnMut(ScrubProgress),
    ) -> Result<ScrubReport, Error> {
        self.inner()?.scrub(workspace, &mut watch)
    }

    /// Scrubs every workspace, and where the index does not agree with the records makes it agree, by changes that go
    /// through the journal: a crash leaves a part of them done, each whole, and the next repair does the rest.
    /// Afterwards it scrubs what it has changed again.
    ///
    /// Records that are lost stay lost: that is reported, and a backup has to be restored. A workspace with records
    /// that cannot be decoded is left as it is: a newer version may have written them. In a workspace that is repaired
    /// writers wait meanwhile. `watch` is told how far it is, and must leave the engine alone.
    ///
    /// # Errors
    ///
    /// As [`scrub`](Self::scrub); what is repaired by then stays.
    pub fn repair(&self, mut watch: impl FnMut(ScrubProgress)) -> Result<RepairReport, Error> {
        let inner = self.inner()?;
        let mut report = RepairReport::default();
        for workspace in inner.workspaces()? {
            inner.repair(workspace, &mut watch, &mut report)?;
        }
        Ok(report)
    }

    /// Repairs one workspace as [`repair`](Self::repair) does all.
    ///
    /// # Errors
    ///
    /// As [`repair`](Self::repair).
    pub fn repair_workspace(
        &self,
        workspace: WorkspaceId,
        mut watch: impl FnMut(ScrubProgress),
    ) -> Result<RepairReport, Error> {
        let mut report = RepairReport::default();
        self.inner()?.repair(workspace, &mut watch, &mut report)?;
        Ok(report)
    }
}

impl Inner {
    /// Every workspace, by id.
    pub(crate) fn workspaces(&self) -> Result<Vec<WorkspaceId>, Error> {
        let mut workspaces = self.store.workspaces()?;
        workspaces.extend(self.loaded().iter().map(|slot| slot.workspace));
        workspaces.sort_unstable();
        workspaces.dedup();
        Ok(workspaces)
    }

    fn scrub(&self, workspace: WorkspaceId, watch: &mut Watch<'_>) -> Result<ScrubReport, Error> {
        let slot = self.slot(workspace)?;
        // Afterwards hardly anything waits to be written, and there is room for what commands bring meanwhile.
        self.checkpoint()?;
        let _paused = self.checkpoints.newest();
        let moment = slot.state.read().clone();
        let survey = survey(&moment, &self.store, &mut told(&moment, watch))?;
        Ok(ScrubReport::new(&moment, &survey))
    }

    fn repair(&self, workspace: WorkspaceId, watch: &mut Watch<'_>, report: &mut RepairReport) -> Result<(), Error> {
        let before = self.scrub(workspace, watch)?;
        let of_index = before.workspaces.iter().any(|found| found.fault_count() > found.in_records);
        let after = if of_index {
            report.changes.extend(self.mend(workspace, watch)?);
            self.scrub(workspace, watch)?
        } else {
            before.clone()
        };
        report.before.absorb(before);
        report.after.absorb(after);
        Ok(())
    }

    /// Looks again with the writers locked out, and makes the index agree with the records.
    fn mend(&self, workspace: WorkspaceId, watch: &mut Watch<'_>) -> Result<Option<WorkspaceRepair>, Error> {
        self.admit(true)?;
        let slot = self.slot(workspace)?;
        let mut state = slot.state.upgradable_read();
        slot.check_free()?;
        let found = survey(&state, &self.store, &mut told(&state, watch))?;
        if found.index.is_empty() || !found.undecodable.is_empty() {
            return Ok(None);
        }
        let (changes, mended) = plan_repair(&state, &self.store, &found.index)?;
        for change in changes {
            (_, state) = self.commit_and_stay(&slot, state, change)?;
        }
        drop(state);
        self.journal.wait(self.journal.last_seq())?;
        Ok(Some(WorkspaceRepair::new(workspace, mended)))
    }
}

/// Says how far the survey of a workspace is.
fn told<'w>(state: &State, watch: &'w mut Watch<'_>) -> impl FnMut(u64) + 'w {
    let (workspace, total) = (state.workspace, state.timeline.len() as u64);
    move |done| watch(ScrubProgress { workspace, done: done.min(total), total })
}
