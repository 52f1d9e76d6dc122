//! Commands of a client that does not know which of them were done, and sends them again.

use serde_json::Value;

use crate::Naive;
use crate::trace::trace;

/// How far a clock may be moved by one command, so that no id is forgotten for some hundred commands.
const STEP_MS: u64 = 100_000;

/// Returns lines that are all accepted, each with an id of its own. The lines from any of the last 500 on may be sent
/// again, in order: that changes nothing. It is refused only where the actor may not do it any more.
pub fn retryable(seed: u64, commands: usize) -> Vec<Vec<u8>> {
    let mut naive = Naive::new();
    let mut lines = Vec::new();
    for (number, line) in trace(seed, commands * 2).into_iter().enumerate() {
        let Ok(mut envelope @ Value::Object(_)) = serde_json::from_slice(&line) else { continue };
        // A deleted workspace forgets its ids, and the command line does not know the index of words.
        if envelope["do"] == "delete_workspace" || envelope.to_string().contains("custom:words") {
            continue;
        }
        slow_down(&naive, &mut envelope);
        envelope["id"] = format!("n{number}").into();
        let accepted = envelope.to_string().into_bytes();
        if naive.apply(&accepted).get("ok").is_some() {
            lines.push(accepted);
            continue;
        }
        // A refusal may have moved the clock, and might be none when it is sent again.
        envelope["actor"] = "system".into();
        envelope["do"] = "tick".into();
        envelope["if"] = Value::Null;
        let tick = envelope.to_string().into_bytes();
        if naive.apply(&tick).get("ok").is_some() {
            lines.push(tick);
        }
    }
    lines.truncate(commands);
    lines
}

/// Keeps the clock from leaving ids behind.
fn slow_down(naive: &Naive, envelope: &mut Value) {
    let id = envelope["workspace"].as_u64();
    let Some(workspace) = id.and_then(|id| naive.workspaces.get(&id)) else { return };
    let (earliest, latest) = (workspace.clock.saturating_sub(STEP_MS), workspace.clock.saturating_add(STEP_MS));
    if let Some(at) = envelope["at"].as_u64() {
        envelope["at"] = at.min(latest).into();
    }
    if let Some(at) = envelope["do"]["set_clock"]["at"].as_u64() {
        envelope["do"]["set_clock"]["at"] = at.clamp(earliest, latest).into();
    }
}
