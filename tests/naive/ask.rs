//! The questions that compare two inboxes: every view, list and record there is.

use super::ask_reads::{malformed_reads, of_customers, of_managers, reads_of_chat};
use super::ask_views::{filters, views};
use super::parse::LATEST;
use super::state::Workspace;
use super::{Naive, Rng};
use serde_json::{Value, json};

/// A workspace that no trace touches.
const UNTOUCHED: u64 = 4_242;

/// Lines of queries: all of them, or a sample of some hundred. A page's `next` is for
/// the caller to follow.
pub fn queries(naive: &Naive, seed: u64, full: bool) -> Vec<String> {
    let mut rng = Rng::new(seed);
    let empty = Workspace::default();
    let mut groups: [Vec<Value>; 7] = Default::default();
    let touched = naive.workspaces.iter().map(|(id, workspace)| (*id, workspace));
    for (id, workspace) in touched.chain([(UNTOUCHED, &empty)]) {
        let views = views(&mut rng, workspace);
        for view in &views {
            groups[0].push(json!({"count":{"workspace":id,"view":view}}));
            groups[1].push(list(&mut rng, id, &view.as_str().into()));
        }
        for filter in filters(&mut rng, workspace) {
            groups[5].push(json!({"count":{"workspace":id,"view":filter}}));
            groups[5].push(list(&mut rng, id, &filter));
        }
        groups[6].extend(of_customers(&mut rng, id, workspace));
        groups[6].extend(of_managers(&mut rng, id, workspace));
        groups[2].extend(of_chats(&mut rng, id, workspace));
        groups[3].extend(of_the_rest(id, workspace));
        // The order of the whole timeline, which nothing else shows so soon.
        groups[4].push(json!({"list":{"workspace":id,"view":"all","limit":1000}}));
    }
    groups[3].extend(malformed());
    groups[6].extend(malformed_reads());
    let sizes = [22, 14, 22, 10, 3, 24, 14];
    for (group, size) in groups.iter_mut().zip(sizes) {
        while !full && group.len() > size {
            let one = rng.index(group.len());
            group.swap_remove(one);
        }
    }
    groups.concat().iter().map(Value::to_string).collect()
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
        // Where there are very many, some have to do.
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

/// Lines that are no query.
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
