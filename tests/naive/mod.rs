//! A second implementation of the inbox, written from the design text alone and
//! kept as plain as possible: vectors and ordered maps, every number counted by
//! filtering, tags held by their path. It shares no code and no idea with the
//! engine, so where the two agree, both are likely right.
//!
//! * [`Naive::apply`] takes a line of commands, [`Naive::query`] a line of queries.
//! * [`trace()`] makes a guided random list of command lines from a seed.
//! * [`limits()`] is one list of commands that meets every limit and passes it.
//! * [`wide()`] is one list of commands, each of which touches very many chats.
//! * [`queries()`] makes the questions that compare two inboxes completely.
//! * [`checks::ALL`] are hand-written cases that hold the model itself to the text.
//!
//! It knows two indexes of the host: `team`, with the value of the attribute of that name,
//! and `words`, with the words of the description.
// Each test binary uses a part of it.
#![allow(dead_code, unused_imports, unreachable_pub, missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod algebra;
mod ask;
mod ask_reads;
mod ask_views;
mod bulk;
mod bulk_checks;
mod bulk_moves;
mod chat_checks;
mod chats;
pub mod checks;
mod edges;
mod faults;
mod fields;
mod filter;
mod filter_checks;
mod gate_checks;
mod hand;
mod indexes;
mod limits;
mod moves;
mod notices;
mod office_checks;
mod office_edges;
mod office_faults;
mod office_moves;
mod parse;
mod people;
mod queries;
mod question;
mod read_checks;
mod reads;
mod recommend;
mod rng;
mod rules;
mod state;
mod tag_checks;
mod tags;
mod trace;
mod view;
mod wide;
mod wild;
mod words;

pub use ask::queries;
pub use bulk::ACTIONS;
pub use limits::limits;
pub use rng::Rng;
pub use trace::trace;
pub use wide::wide;

use serde_json::{Value, json};
use state::Workspace;
use std::collections::BTreeMap;

/// Why something was refused: one of the codes of the contract.
type Code = &'static str;

/// All workspaces, in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Naive {
    workspaces: BTreeMap<u64, Workspace>,
}

impl Naive {
    pub fn new() -> Self {
        Self::default()
    }

    /// Does one line of commands: `{"ok":{…}}` or `{"error":{"code":"…"}}`.
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

    /// Answers one line of queries. A cursor is the model's own. There is no journal, so
    /// sidebars and notifications come without `seq`, and `since` is taken for zero. Of
    /// the reasons of a recommendation there are the points alone.
    pub fn query(&self, line: &str) -> Value {
        // A workspace that nobody has touched is an empty one.
        let nobody = Workspace::default();
        match question::query_line(line) {
            None => error("malformed"),
            Some((id, question)) => {
                let workspace = self.workspaces.get(&id).unwrap_or(&nobody);
                queries::answer(id, workspace, question).unwrap_or_else(error)
            }
        }
    }

    /// What must hold between commands, whatever they were. Panics if it does not.
    pub fn verify(&self) {
        for workspace in self.workspaces.values() {
            workspace.verify();
        }
    }

    /// The state that would be left if `line` were refused: time passes, nothing
    /// else. For checking that refusals and queries change nothing.
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
