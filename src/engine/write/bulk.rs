//! Bulk actions over many chats, piece by piece, so that other commands go on in between.

use std::sync::Arc;

use crate::command::{BulkReport, Envelope, Reply};
use crate::engine::Inner;
use crate::engine::write::execute::Judged;
use crate::error::Error;
use crate::loaded::LoadedWorkspace;
use crate::model::ChatId;
use crate::query::{BulkProgress, BulkUnderWay};
use crate::record::{BulkRecord, RecordKey, SettingId};
use crate::rules::{PlanInput, Preloaded, next_piece, plan_piece};
use crate::workspace::State;

/// What doing a piece came to.
struct Done {
    /// Its change.
    seq: u64,
    /// Whether there are more.
    goes_on: bool,
}

impl Inner {
    /// Judges and applies a command, a bulk action to its end; the caller waits for its durability.
    pub(crate) fn submit_watched(
        &self,
        envelope: &Envelope,
        watch: &mut dyn FnMut(BulkProgress),
    ) -> Result<Judged, Error> {
        let mut judged = self.begin(envelope)?;
        if let (Ok(Reply::Bulk(report)), Some(id)) = (&mut judged.answer, judged.begun_bulk) {
            let slot = self.slot(envelope.workspace)?;
            judged.seq = self.finish_bulk(&slot, id, report, watch)?;
        }
        Ok(judged)
    }

    /// The same, unwatched.
    pub(crate) fn submit(&self, envelope: &Envelope) -> Result<Judged, Error> {
        self.submit_watched(envelope, &mut |_| {})
    }

    /// Does what is left of a bulk action; answers with the seq of its last change.
    fn finish_bulk(
        &self,
        slot: &LoadedWorkspace,
        id: SettingId,
        report: &mut BulkReport,
        watch: &mut dyn FnMut(BulkProgress),
    ) -> Result<u64, Error> {
        loop {
            // The host may do anything meanwhile: no lock is held.
            let progress = progress_of(&slot.state.read(), id);
            progress.into_iter().for_each(&mut *watch);
            let done = self.do_piece(slot, id, report);
            let Done { seq, goes_on } = done.map_err(|error| interrupted(&slot.state.read(), id, error))?;
            if !goes_on {
                let done = report.changed + report.unchanged + report.refused.len() as u64;
                watch(BulkProgress { done, total: done });
                return Ok(seq);
            }
        }
    }

    /// Does the next chats of a bulk action, as one change.
    fn do_piece(&self, slot: &LoadedWorkspace, id: SettingId, report: &mut BulkReport) -> Result<Done, Error> {
        self.admit(false)?;
        self.register_indexes(slot)?;
        let chats = next_piece(&slot.state.read(), id);
        self.warm_chats(slot, &chats)?;
        let state = slot.state.upgradable_read();
        let pinned = self.pin_chats(slot, &state, &chats)?;
        let piece = plan_piece(PlanInput { state: &state, pinned: &pinned }, id, &chats)?;
        let seq = match piece.change {
            Some(change) => self.commit(slot, state, change)?,
            None => self.journal.last_seq(),
        };
        self.bound_queue()?;
        report.add(piece.report);
        Ok(Done { seq, goes_on: piece.goes_on })
    }

    /// Reads chats into the cache, before the lock is taken under which they are pinned.
    pub(crate) fn warm_chats(&self, slot: &LoadedWorkspace, chats: &[ChatId]) -> Result<(), Error> {
        chats.iter().try_for_each(|chat| slot.read(&self.store, &self.cache, RecordKey::Chat(*chat)).map(drop))
    }

    pub(crate) fn pin_chats(
        &self,
        slot: &LoadedWorkspace,
        state: &State,
        chats: &[ChatId],
    ) -> Result<Preloaded, Error> {
        let mut pinned = Preloaded::default();
        for chat in chats {
            slot.pin(state, &self.store, &self.cache, RecordKey::Chat(*chat), &mut pinned)?;
        }
        Ok(pinned)
    }

    /// Finishes the bulk actions that a crash, or a full disk, has interrupted. Those that cannot be finished now
    /// wait for the next opening.
    pub(crate) fn resume_bulks(&self) -> Result<(), Error> {
        for workspace in self.store.workspaces_with_bulks()? {
            let slot: Arc<LoadedWorkspace> = self.slot(workspace)?;
            let ids: Vec<SettingId> = slot.state.read().bulks().map(|(id, _)| id).collect();
            for id in ids {
                let seq = self.finish_bulk(&slot, id, &mut BulkReport::default(), &mut |_| {})?;
                self.settle(seq)?;
                tracing::info!(%workspace, "an interrupted bulk action is finished");
            }
        }
        Ok(())
    }
}

/// The bulk actions of a workspace that are under way, oldest first.
pub(crate) fn unfinished(state: &State) -> Vec<BulkUnderWay> {
    let show = |record: &BulkRecord| BulkUnderWay {
        actor: record.actor,
        action: record.action.clone(),
        progress: progress(record),
    };
    state.bulks().map(|(_, record)| show(record)).collect()
}

fn progress(record: &BulkRecord) -> BulkProgress {
    BulkProgress { done: record.done.into(), total: record.total.into() }
}

fn progress_of(state: &State, id: SettingId) -> Option<BulkProgress> {
    state.bulks().find(|(found, _)| *found == id).map(|(_, record)| progress(record))
}

fn interrupted(state: &State, id: SettingId, error: Error) -> Error {
    let Some(BulkProgress { done, total }) = progress_of(state, id) else { return error };
    Error::Unavailable(format!(
        "{}; the bulk action has done {done} of {total} chats, and goes on when the store is opened again",
        error.reason()
    ))
}
