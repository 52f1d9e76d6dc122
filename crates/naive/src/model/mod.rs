//! The model: records in maps and vectors. Every answer is computed from them on request.

mod admit;
mod batch;
pub(crate) mod bulk;
mod chats;
pub(crate) mod command;
mod fields;
pub(crate) mod filter;
pub(crate) mod ids;
pub(crate) mod indexes;
mod messages;
mod named;
pub(crate) mod notices;
pub(crate) mod parse;
mod people;
mod queries;
mod question;
mod reads;
mod recommend;
mod rules;
pub(crate) mod state;
pub(crate) mod tags;
mod verify;
pub(crate) mod view;
pub(crate) mod words;

use std::collections::BTreeMap;

use question::Question;
use rules::Refusal;
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

    /// Executes one line of commands. Returns `{"ok":{…}}` or `{"error":{"code":"…"}}`. An error also has `at`, if it is
    /// of a command in a batch, and `actual`, if a condition failed.
    pub fn apply(&mut self, line: &[u8]) -> Value {
        let Some(envelope) = parse::command_line(line) else {
            return error("malformed");
        };
        // A command that is refused in step 1 leaves no workspace behind.
        let untouched = Workspace::default();
        let workspace = self.workspaces.get(&envelope.workspace).unwrap_or(&untouched);
        let answer = match workspace.admit(&envelope) {
            Ok(None) => self.workspaces.entry(envelope.workspace).or_default().carry_out(&envelope),
            Ok(Some(answer)) => Ok(answer),
            Err(refusal) => Err(refusal),
        };
        answer.map_or_else(Refusal::show, |answer| json!({ "ok": answer }))
    }

    /// Answers one line of queries. Cursors are the model's own. There is no journal, so sidebars and notifications
    /// have no `seq`, and `since` counts as zero. The reasons of a recommendation have only their points.
    pub fn query(&self, line: &str) -> Value {
        // A workspace without commands is empty.
        let untouched = Workspace::default();
        match question::query_line(line) {
            None => error("malformed"),
            Some(Question::Workspaces) => {
                let used = self.workspaces.iter().filter(|(_, workspace)| workspace.used);
                json!({ "workspaces": used.map(|(id, _)| *id).collect::<Vec<u64>>() })
            }
            Some(Question::About(id, query)) => {
                let workspace = self.workspaces.get(&id).unwrap_or(&untouched);
                queries::answer(id, workspace, query).unwrap_or_else(error)
            }
        }
    }

    /// Whether the id of a line is remembered, so that it is answered or refused for it.
    pub fn remembers(&self, line: &[u8]) -> bool {
        let remembered = |envelope: command::Envelope| {
            let workspace = self.workspaces.get(&envelope.workspace)?;
            Some(workspace.ids.contains_key(&(envelope.actor, envelope.id?)))
        };
        parse::command_line(line).and_then(remembered).unwrap_or(false)
    }

    /// Checks the invariants that hold between commands. Panics if one is broken.
    pub fn verify(&self) {
        for workspace in self.workspaces.values() {
            workspace.verify();
        }
    }

    /// The state after `line` was refused: in step 1 nothing has changed, in step 2 the clock has moved. Used to check
    /// that refusals and queries change nothing.
    pub fn after_refusal(&self, line: &[u8]) -> Self {
        let mut copy = self.clone();
        if let Some(envelope) = parse::command_line(line) {
            let mut workspace = copy.workspaces.get(&envelope.workspace).cloned().unwrap_or_default();
            if workspace.admit(&envelope).is_ok() {
                workspace.used = true;
                workspace.pass_time_before(&envelope);
                workspace.forget_old_ids();
                copy.workspaces.insert(envelope.workspace, workspace);
            }
        }
        copy
    }
}

fn error(code: Code) -> Value {
    Refusal::from(code).show()
}
