//! The questions that compare two inboxes: every view, list and record there is.

use super::parse::LATEST;
use super::state::{Status, Workspace};
use super::{Naive, Rng, view, words};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A workspace that no trace touches.
const UNTOUCHED: u64 = 4_242;

/// Lines of queries: all of them, or a sample of some sixty. A page's `next` is for
/// the caller to follow.
pub fn queries(naive: &Naive, seed: u64, full: bool) -> Vec<String> {
    let mut rng = Rng::new(seed);
    let empty = Workspace::default();
    let mut groups: [Vec<Value>; 5] = Default::default();
    let touched = naive.workspaces.iter().map(|(id, workspace)| (*id, workspace));
    for (id, workspace) in touched.chain([(UNTOUCHED, &empty)]) {
        let views = views(&mut rng, workspace);
        for text in &views {
            groups[0].push(json!({"count":{"workspace":id,"view":text}}));
            groups[1].push(list(&mut rng, id, text));
        }
        groups[2].extend(of_chats(&mut rng, id, workspace));
        groups[3].extend(of_the_rest(id, workspace));
        // The order of the whole timeline, which nothing else shows so soon.
        groups[4].push(json!({"list":{"workspace":id,"view":"all","limit":1000}}));
    }
    groups[3].extend(malformed());
    let sizes = [22, 14, 12, 10, 3];
    for (group, size) in groups.iter_mut().zip(sizes) {
        while !full && group.len() > size {
            let one = rng.index(group.len());
            group.swap_remove(one);
        }
    }
    groups.concat().iter().map(Value::to_string).collect()
}

fn list(rng: &mut Rng, id: u64, view: &str) -> Value {
    let limit = rng.pick(&[json!(5), json!(9), json!(20), json!(null), json!(1000)]);
    match rng.below(3) {
        0 => json!({"list":{"workspace":id,"view":view,"limit":limit}}),
        _ => json!({"list":{"workspace":id,"view":view,"limit":limit,"before":null}}),
    }
}

/// Every view of a workspace, with every status and without.
fn views(rng: &mut Rng, w: &Workspace) -> Vec<String> {
    let mut views = vec!["all".to_owned(), "unassigned".to_owned()];
    let managers = w.managers.keys().copied().chain([4, 8]);
    for manager in managers {
        for word in ["assigned", "following", "sessions", "unread", "favorites"] {
            views.push(format!("{word}:{manager}"));
        }
    }
    let customers = w.customers.keys().copied().chain([4, 8]);
    views.extend(customers.map(|customer| format!("customer:{customer}")));
    for tag in w.tags.keys() {
        let shown = w.shown(tag);
        let written = words::recase(rng, &shown);
        let quoted = view::needs_quotes(&written) || rng.chance(20);
        let argument = if quoted { Value::from(written).to_string() } else { written };
        views.push(format!("tag:{argument}"));
    }
    let unknown = ["tag:none", "tag:a//b", "tag:v1.2", "tag:two words", "tag:\"no&ne\"", "tag:/"];
    views.extend(unknown.map(str::to_owned));
    let written: BTreeSet<String> = w.chats.values().flat_map(|chat| chat.hashtags()).collect();
    views.extend(written.iter().map(|word| format!("hashtag:{word}")));
    views.extend(written.iter().map(|word| format!("hashtag:{}", word.to_lowercase())));
    views.push("hashtag:nobody_wrote_this".to_owned());
    let mut all = views.clone();
    for status in Status::ALL {
        all.extend(views.iter().map(|view| format!("{view}:{}", status.word())));
    }
    all.extend(NO_VIEWS.iter().map(|view| (*view).to_owned()));
    all
}

const NO_VIEWS: &[&str] = &[
    "",
    "open",
    ":open",
    "al",
    "All",
    "all:",
    "all:Open",
    "all:open:open",
    "all:7",
    "unassigned:7",
    "assigned",
    "assigned:",
    "assigned:+7",
    "assigned: 7",
    "assigned:7 ",
    "assigned:-1",
    "assigned:x",
    "assigned:18446744073709551616",
    "assigned:7:closed:open",
    "following:٧",
    "tag",
    "tag:",
    "tag:open",
    "tag::open",
    "tag:a:b",
    "tag:a&b",
    "tag:a|b",
    "tag:!",
    "tag:(a",
    "tag:a)",
    "tag:a\"",
    "tag:\"a",
    "tag:\"a\"b\"",
    "tag:\"a\"x",
    "tag:\"a\" ",
    "tag:\"a\":opened",
    "hashtag:",
    "hashtag:open",
    "hashtag:a b",
    "hashtag:#vip",
    "hashtag:a-b",
    "hashtag:a/b",
    "customer:",
    "customer:1.0",
    "customer:5:open:5",
    "following",
    "tag:\"\\x\"",
];

fn of_chats(rng: &mut Rng, id: u64, w: &Workspace) -> Vec<Value> {
    let mut asked = Vec::new();
    for chat in (0..=w.last_chat + 1).chain([u32::MAX]) {
        asked.push(json!({"show":{"workspace":id,"chat":chat}}));
        let limit = rng.pick(&[json!(2), json!(7), json!(50), json!(null)]);
        asked.push(json!({"messages":{"workspace":id,"chat":chat,"limit":limit}}));
    }
    asked
}

fn of_the_rest(id: u64, w: &Workspace) -> Vec<Value> {
    let mut asked = vec![json!({"managers":{"workspace":id}}), json!({"tags":{"workspace":id}})];
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
