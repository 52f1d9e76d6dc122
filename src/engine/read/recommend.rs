//! Recommending managers for a chat.

use super::Workspace;
use super::paging::check_limit;
use crate::error::{Error, Refusal};
use crate::model::{ChatId, Reason, Recommendation, Timestamp};
use crate::record::{ChatRecord, RecordKey};
use crate::rules::{Candidate, PlanInput, Preloaded, open_chats, ranking, reasons};
use crate::workspace::State;

impl Workspace {
    /// Returns the recommended managers for a chat, best first, with the reasons: 1 to 1,000 of them, as a snapshot.
    /// The first one who is not full is the one that `assign_recommended` would assign.
    ///
    /// The score is the sum of
    /// * for each tag of the chat, by the nearest tag on its path that the manager follows: 8 for the tag itself, 4 for
    ///   its parent, 2 for the one above that, 1 for any higher;
    /// * 16 for being online, and 8 for operator mode;
    /// * 8 × (capacity − open chats) / capacity, rounded down, at least 0. Managers without a capacity count with
    ///   [`CAPACITY_DEFAULT`](crate::limits::CAPACITY_DEFAULT). The chat itself is not counted.
    ///
    /// Managers who have reached their capacity come last. Ties go to the manager who became the assignee of a chat
    /// least recently, or never did, then to the lower id.
    ///
    /// Every manager is ranked by the tags of the chat, at most 8: the cost grows with managers times tags, not with
    /// the chats.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the limit is out of range or the chat does not exist.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// inbox.as_manager(7).set_online(true)?;
    /// let managers = inbox.recommend(chat, 3)?;
    /// assert_eq!(managers.first().map(|recommended| recommended.manager), Some(7.into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn recommend(&self, chat: impl Into<ChatId>, limit: usize) -> Result<Vec<Recommendation>, Error> {
        let chat = chat.into();
        check_limit(limit)?;
        // Warm the cache without the lock; holding it below then finds it in memory.
        self.chat_record(chat)?;
        let state = self.state()?;
        let mut preloaded = Preloaded::default();
        self.records().preload(&state, &[RecordKey::Chat(chat)], &mut preloaded)?;
        let record = PlanInput { state: &state, preloaded: &preloaded }.chat(chat);
        let record = record.ok_or_else(|| Refusal::unknown_chat(chat))?;
        let open = |manager| open_chats(&state, chat, manager);
        let ranking = ranking(&state.managers, &state.tags, &record, open);
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
