//! `index_consistency` against a model with a planted fault. A working fuzzer finds it within a minute.
//!
//! The model forgets one rule: `mark_read` of a **snoozed** chat clears the unread count. Detecting it takes an unread
//! message for a manager in a chat, a snooze of that chat, and `mark_read` by that manager, in this order.

use inboxdb_naive::Naive;
use serde_json::{Value, json};

use super::index_consistency::{Looks, NewSubject, compare};
use super::script::Script;

/// Runs a script in both inboxes.
pub fn run(script: &Script, new: NewSubject, looks: Looks) {
    compare(script, new, looks, apply_forgetfully);
}

fn apply_forgetfully(naive: &mut Naive, line: &[u8]) -> Value {
    let mut said: Value = serde_json::from_slice(line).unwrap();
    let chat = said["do"]["mark_read"]["chat"].clone();
    if !chat.is_null() {
        let show = json!({"show":{"workspace":said["workspace"],"chat":chat}}).to_string();
        let mut after = naive.clone();
        let answer = after.apply(line);
        let is_snoozed = after.query(&show)["status"] == "snoozed";
        if is_snoozed && answer.get("ok").is_some() {
            said["actor"] = "system".into();
            said["do"] = "tick".into();
            naive.apply(said.to_string().as_bytes());
            return answer;
        }
    }
    naive.apply(line)
}
