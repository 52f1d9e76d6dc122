//! The queries that compare two inboxes: every view, list and record.

mod later;
mod reads;
mod views;

use reads::{malformed_reads, of_customers, of_managers, reads_of_chat};
use serde_json::{Value, json};
use views::{filters, views};

use crate::Naive;
use crate::Rng;
use crate::model::command::LATEST;
use crate::model::state::Workspace;

/// A workspace that no trace uses.
const UNTOUCHED: u64 = 4_242;

/// Lines of queries: all of them, or a sample of about a hundred. The caller follows the `next` of each page.
pub fn queries(naive: &Naive, seed: u64, full: bool) -> Vec<String> {
    let mut rng = Rng::new(seed);
    let mut questions = Questions::of_all(naive, &mut rng);
    if !full {
        questions.sample(&mut rng);
    }
    questions.lines()
}

/// Queries by kind, so that a sample has some of every kind.
#[derive(Default)]
struct Questions {
    counts: Vec<Value>,
    lists: Vec<Value>,
    filters: Vec<Value>,
    chats: Vec<Value>,
    /// Activity of customers and notifications of managers.
    people: Vec<Value>,
    /// Sidebars, profiles, tags, and lines that are not queries.
    records: Vec<Value>,
    /// The order of all chats of a workspace. No other query compares it as directly.
    timelines: Vec<Value>,
    /// What is found by external ids, removed managers, and other forms of lists.
    later: Vec<Value>,
}

impl Questions {
    /// Returns all queries about all workspaces, and about one without commands.
    fn of_all(naive: &Naive, rng: &mut Rng) -> Self {
        let empty = Workspace::default();
        let mut questions = Self::default();
        let touched = naive.workspaces.iter().map(|(id, workspace)| (*id, workspace));
        for (id, workspace) in touched.chain([(UNTOUCHED, &empty)]) {
            questions.ask_workspace(rng, id, workspace);
            questions.later.extend(later::of_workspace(rng, id, workspace));
        }
        questions.records.extend(malformed());
        questions.people.extend(malformed_reads());
        questions.later.extend(later::of_all(naive));
        questions
    }

    fn ask_workspace(&mut self, rng: &mut Rng, id: u64, workspace: &Workspace) {
        for view in views(rng, workspace) {
            self.counts.push(json!({"count":{"workspace":id,"view":view}}));
            self.lists.push(list(rng, id, &view.into()));
        }
        for filter in filters(rng, workspace) {
            self.filters.push(json!({"count":{"workspace":id,"view":filter}}));
            self.filters.push(list(rng, id, &filter));
        }
        self.people.extend(of_customers(rng, id, workspace));
        self.people.extend(of_managers(rng, id, workspace));
        self.chats.extend(of_chats(rng, id, workspace));
        self.records.extend(of_the_rest(id, workspace));
        self.timelines.push(json!({"list":{"workspace":id,"view":"all","limit":1000}}));
    }

    /// Keeps a few of each kind.
    fn sample(&mut self, rng: &mut Rng) {
        keep(rng, &mut self.counts, 22);
        keep(rng, &mut self.lists, 14);
        keep(rng, &mut self.filters, 24);
        keep(rng, &mut self.chats, 22);
        keep(rng, &mut self.people, 14);
        keep(rng, &mut self.records, 10);
        keep(rng, &mut self.timelines, 3);
        keep(rng, &mut self.later, 24);
    }

    fn lines(self) -> Vec<String> {
        let Self { counts, lists, filters, chats, people, records, timelines, later } = self;
        let kinds = [counts, lists, filters, chats, people, records, timelines, later];
        kinds.iter().flatten().map(Value::to_string).collect()
    }
}

/// Keeps a random `count` of the queries.
fn keep(rng: &mut Rng, questions: &mut Vec<Value>, count: usize) {
    while questions.len() > count {
        let one = rng.index(questions.len());
        questions.swap_remove(one);
    }
}

fn list(rng: &mut Rng, id: u64, view: &Value) -> Value {
    let limit = rng.pick(&[json!(5), json!(9), json!(20), json!(null), json!(1000)]);
    match rng.below(3) {
        0 => json!({"list":{"workspace":id,"view":view,"limit":limit}}),
        _ => json!({"list":{"workspace":id,"view":view,"limit":limit,"before":null}}),
    }
}

fn of_chats(rng: &mut Rng, id: u64, w: &Workspace) -> Vec<Value> {
    let mut asked = Vec::new();
    for chat in (0..=w.last_chat + 1).chain([u32::MAX]) {
        asked.push(json!({"show":{"workspace":id,"chat":chat}}));
        let limit = rng.pick(&[json!(2), json!(7), json!(50), json!(null)]);
        asked.push(json!({"messages":{"workspace":id,"chat":chat,"limit":limit}}));
        // In a workspace with very many chats, a sample of them is enough.
        if w.chats.len() < 200 || rng.chance(10) {
            asked.extend(reads_of_chat(rng, id, w, chat));
        }
    }
    asked
}

fn of_the_rest(id: u64, w: &Workspace) -> Vec<Value> {
    let whole = ["managers", "tags", "profile_fields"];
    let mut asked: Vec<Value> = whole.iter().map(|what| json!({*what:{"workspace":id}})).collect();
    for customer in w.customers.keys().copied().chain([4]) {
        asked.push(json!({"customer":{"workspace":id,"customer":customer}}));
    }
    for manager in w.managers.keys().copied().chain([4]) {
        asked.push(json!({"sidebar":{"workspace":id,"manager":manager}}));
    }
    asked
}

/// Lines that are not queries.
fn malformed() -> Vec<Value> {
    vec![
        json!(null),
        json!("managers"),
        json!({}),
        json!({"count":{"workspace":1}}),
        json!({"count":{"workspace":1,"view":7}}),
        json!({"count":{"workspace":-1,"view":"all"}}),
        json!({"count":{"workspace":1,"view":"all","limit":5}}),
        json!({"counts":{"workspace":1,"view":"all"}}),
        json!({"count":{"workspace":1,"view":"all"},"tags":{"workspace":1}}),
        json!({"list":{"workspace":1,"view":"all","limit":0}}),
        json!({"list":{"workspace":1,"view":"all","limit":1001}}),
        json!({"list":{"workspace":1,"view":"assigned:4","limit":0}}),
        json!({"list":{"workspace":1,"view":"all","limit":"5"}}),
        json!({"list":{"workspace":1,"view":"all","before":true}}),
        json!({"show":{"workspace":1,"chat":u64::from(u32::MAX) + 1}}),
        json!({"show":{"workspace":1}}),
        json!({"messages":{"workspace":1,"chat":1,"limit":0}}),
        json!({"messages":{"workspace":1,"chat":1,"limit":LATEST}}),
        json!({"customer":{"workspace":1,"customer":null}}),
        json!({"sidebar":{"manager":1}}),
        json!({"managers":{"workspace":1,"role":"owner"}}),
        json!({"managers":null}),
    ]
}
