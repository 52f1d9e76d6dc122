//! Lines that were sent before and come again.

use serde_json::Value;

use crate::Naive;
use crate::Rng;
use crate::model::command::{Actor, LATEST};
use crate::model::parse::command_line;

const DAY_MS: u64 = 86_400_000;

/// A line with an id.
#[derive(Clone)]
struct Sent {
    workspace: u64,
    envelope: Value,
    key: (Actor, String),
    /// When it was done, if it was.
    done_at: Option<u64>,
}

/// The lines sent with an id so far.
#[derive(Default)]
pub struct Retries(Vec<Sent>);

impl Retries {
    /// Notes a line that was just applied to the inbox.
    pub fn note(&mut self, naive: &Naive, envelope: &Value) {
        let Some(line) = command_line(envelope.to_string().as_bytes()) else { return };
        if envelope["do"] == "delete_workspace" {
            // What the deletion has made the workspace forget can be done again.
            let theirs = self.0.iter_mut().filter(|sent| sent.workspace == line.workspace);
            theirs.for_each(|sent| sent.done_at = None);
        }
        let Some(id) = line.id else { return };
        let key = (line.actor, id);
        let done = naive.workspaces.get(&line.workspace).and_then(|workspace| workspace.ids.get(&key));
        let done_at = done.map(|done| done.at);
        let mut known = self.0.iter_mut().filter(|sent| sent.workspace == line.workspace && sent.key == key);
        match known.next() {
            Some(sent) => sent.done_at = done_at.or(sent.done_at),
            None => self.0.push(Sent { workspace: line.workspace, envelope: envelope.clone(), key, done_at }),
        }
    }

    /// Returns an earlier line of a workspace, mostly a recent one.
    ///
    /// An id that was forgotten for its age, and would be young again by a clock that was set back, is left alone.
    pub fn again(&self, rng: &mut Rng, naive: &Naive, workspace: u64) -> Option<Value> {
        let w = naive.workspaces.get(&workspace)?;
        let is_clear = |sent: &Sent| {
            let forgotten = !w.ids.contains_key(&sent.key);
            let young = sent.done_at.is_some_and(|at| w.clock <= at + DAY_MS);
            sent.workspace == workspace && !(forgotten && young)
        };
        let lines: Vec<&Sent> = self.0.iter().filter(|sent| is_clear(sent)).collect();
        let from = if rng.chance(60) { lines.len().saturating_sub(10) } else { 0 };
        rng.any(&lines[from..]).map(|sent| sent.envelope.clone())
    }
}

/// Dates a line later, sometimes by days.
pub fn later(rng: &mut Rng, envelope: &mut Value) {
    let at = envelope["at"].as_u64().unwrap_or_default();
    let ahead = if rng.chance(90) { rng.below(100_000) } else { rng.below(2 * DAY_MS) };
    envelope["at"] = (at + ahead).min(LATEST).into();
}
