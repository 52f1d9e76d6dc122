//! Ids of commands: what was done under them is remembered, and not done again.

use serde_json::Value;

use crate::model::command::{Do, Envelope};
use crate::model::rules::Refusal;
use crate::model::state::Workspace;

/// How long an id is remembered: the clock may be so far past its command.
const KEPT_MS: u64 = 86_400_000;
/// How many ids a workspace remembers.
pub const IDS_MAX: usize = 1_048_576;
/// How long an id is remembered in any case.
const KEPT_AT_LEAST_MS: u64 = 600_000;

/// A command that was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    pub command: Do,
    pub answer: Value,
    /// When it was done. `set_clock` is done at the moment that it sets.
    pub at: u64,
    pub order: u64,
}

/// Returns when a command is done that takes effect at `now`.
pub fn moment(command: &Do, now: u64) -> u64 {
    match command {
        Do::SetClock { at } => *at,
        _ => now,
    }
}

impl Workspace {
    /// Returns the answer of the same command, if it was done under the same id.
    pub fn done_before(&self, envelope: &Envelope) -> Result<Option<Value>, Refusal> {
        let Some(id) = &envelope.id else { return Ok(None) };
        match self.ids.get(&(envelope.actor, id.clone())) {
            Some(done) if done.command == envelope.command => Ok(Some(done.answer.clone())),
            Some(_) => Err("id_reused".into()),
            None if self.has_room_for_id(moment(&envelope.command, envelope.at.max(self.clock))) => Ok(None),
            None => Err("unavailable".into()),
        }
    }

    fn has_room_for_id(&self, now: u64) -> bool {
        if self.ids.len() < IDS_MAX {
            return true;
        }
        let oldest = self.ids.values().map(|done| done.at).min();
        oldest.is_none_or(|at| now >= at + KEPT_AT_LEAST_MS)
    }

    pub fn remember(&mut self, envelope: &Envelope, answer: &Value, at: u64) {
        let Some(id) = &envelope.id else { return };
        let order = self.next_order();
        let done = Done { command: envelope.command.clone(), answer: answer.clone(), at, order };
        self.ids.insert((envelope.actor, id.clone()), done);
        if self.ids.len() > IDS_MAX {
            let oldest = self.ids.iter().min_by_key(|(_, done)| (done.at, done.order));
            let oldest = oldest.map(|(key, _)| key.clone()).expect("there are many");
            self.ids.remove(&oldest);
        }
    }

    /// Forgets the ids that the clock has left behind, for good: it may be set back.
    pub fn forget_old_ids(&mut self) {
        let clock = self.clock;
        self.ids.retain(|_, done| clock <= done.at + KEPT_MS);
    }
}
