//! Who should have a chat, and why.

use super::Workspace;
use super::paging::check_limit;
use crate::error::{Error, Refusal};
use crate::model::{ChatId, Reason, Recommendation, Timestamp};
use crate::record::{ChatRecord, RecordKey};
use crate::rules::{Candidate, PlanInput, Preloaded, ranking, reasons};
use crate::workspace::State;

impl Workspace {
    /// The managers who should have a chat, best first, with the reasons: 1 to 1,000 of them, all of one moment. The
    /// first who is not full is the one whom `assign_recommended` would assign.
    ///
    /// Points are the sum of
    ///
    /// * for each tag of the chat, by the nearest tag that the manager follows among it and those above it: 8 for the
    ///   tag itself, 4 for its parent, 2 for the one above that, 1 for any higher;
    /// * 16 for being online, and 8 for operator mode;
    /// * 8 × (capacity − open chats) / capacity, rounded down, at least 0; without a capacity of their own they are
    ///   reckoned with [`CAPACITY_DEFAULT`](crate::limits::CAPACITY_DEFAULT). The chat itself is not counted.
    ///
    /// Whoever has a capacity and no room below it comes after all others. Of equal points, first comes who became the
    /// assignee of a chat longest ago, or never; then the lower id.
    ///
    /// It ranks every manager by the tags of the chat, at most 8: its cost grows with the managers times those tags,
    /// not with the chats.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] where the limit is out of range or there is no such chat.
    pub fn recommend(&self, chat: ChatId, limit: usize) -> Result<Vec<Recommendation>, Error> {
        check_limit(limit)?;
        // Read without the lock first, so that pinning it finds it in memory.
        self.chat_record(chat)?;
        let state = self.state();
        let mut preloaded = Preloaded::default();
        self.records().preload(&state, &[RecordKey::Chat(chat)], &mut preloaded)?;
        let record = PlanInput { state: &state, preloaded: &preloaded }.chat(chat);
        let record = record.ok_or_else(|| Refusal::unknown_chat(chat))?;
        let ranking = ranking(&state, chat, &record);
        Ok(ranking.iter().take(limit).map(|candidate| show(&state, &record, candidate)).collect())
    }
}

fn show(state: &State, chat: &ChatRecord, candidate: &Candidate) -> Recommendation {
    let reasons = reasons(state, chat, candidate).into_iter();
    Recommendation {
        manager: candidate.manager,
        name: state.managers.get(&candidate.manager).map_or_else(|| "".into(), |manager| manager.name.clone()),
        points: candidate.points,
        full: candidate.full,
        open: candidate.open,
        capacity: candidate.capacity,
        last_assigned_at: candidate.last_assigned_at.map(Timestamp::from_millis),
        reasons: reasons.map(|(points, reason)| Reason { points, reason }).collect(),
    }
}
