//! The model: records in maps and vectors. Every answer is computed from them on request.

pub(crate) mod bulk;
mod chats;
mod fields;
pub(crate) mod filter;
pub(crate) mod indexes;
mod notices;
pub(crate) mod parse;
mod people;
mod queries;
mod question;
mod reads;
mod recommend;
mod rules;
pub(crate) mod state;
pub(crate) mod tags;
pub(crate) mod view;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use state::Workspace;

/// The reason for a refusal: one of the documented codes.
pub(crate) type Code = &'static str;

/// All workspaces, in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Naive {
    pub(crate) workspaces: BTreeMap<u64, Workspace>,
}

impl Naive {
    /// Creates an inbox without workspaces.
    pub fn new() -> Self {
        Self::default()
    }

    /// Executes one line of commands. Returns `{"ok":{…}}` or `{"error":{"code":"…"}}`.
    pub fn apply(&mut self, line: &[u8]) -> Value {
        let Some(envelope) = parse::command_line(line) else {
            return error("malformed");
        };
        let workspace = self.workspaces.entry(envelope.workspace).or_default();
        match workspace.carry_out(envelope) {
            Ok(answer) => json!({ "ok": answer }),
            Err(code) => error(code),
        }
    }

    /// Answers one line of queries. Cursors are the model's own. There is no journal, so sidebars and notifications
    /// have no `seq`, and `since` counts as zero. The reasons of a recommendation have only their points.
    pub fn query(&self, line: &str) -> Value {
        // A workspace without commands is empty.
        let untouched = Workspace::default();
        match question::query_line(line) {
            None => error("malformed"),
            Some((id, question)) => {
                let workspace = self.workspaces.get(&id).unwrap_or(&untouched);
                queries::answer(id, workspace, question).unwrap_or_else(error)
            }
        }
    }

    /// Checks the invariants that hold between commands. Panics if one is broken.
    pub fn verify(&self) {
        for workspace in self.workspaces.values() {
            workspace.verify();
        }
    }

    /// The state after `line` was refused: the clock has moved, and nothing else changed. Used to check that refusals
    /// and queries change nothing.
    pub fn after_refusal(&self, line: &[u8]) -> Self {
        let mut copy = self.clone();
        if let Some(envelope) = parse::command_line(line) {
            let workspace = copy.workspaces.entry(envelope.workspace).or_default();
            workspace.pass_time(envelope.at);
        }
        copy
    }
}

fn error(code: Code) -> Value {
    json!({ "error": { "code": code } })
}
