//! Queries about external ids, people who left, single records and other forms of lists.

use serde_json::{Value, json};

use crate::Naive;
use crate::Rng;
use crate::model::state::Workspace;
use crate::questions::views::views;

/// External ids that nothing has.
const UNUSED: [&str; 2] = ["unused", "\u{0}"];

pub fn of_workspace(rng: &mut Rng, id: u64, w: &Workspace) -> Vec<Value> {
    let mut asked = vec![
        json!({"managers":{"workspace":id,"removed":true}}),
        json!({"managers":{"workspace":id,"removed":rng.pick(&[json!(false), json!(null)])}}),
        json!({"chats":{"workspace":id,"chats":[]}}),
    ];
    for manager in w.managers.keys().chain(w.left.keys()).copied().chain([4]) {
        asked.push(json!({"manager":{"workspace":id,"manager":manager}}));
    }
    let limit = rng.pick(&[json!(1), json!(3), json!(50), json!(null)]);
    asked.push(json!({"customers":{"workspace":id,"limit":limit}}));
    asked.extend(finds(id, w));
    asked.extend(messages(rng, id, w));
    asked.extend(lists(rng, id, w));
    for _ in 0..3 {
        let some: Vec<u32> = (0..rng.below(12)).map(|_| rng.below(u64::from(w.last_chat) + 3) as u32).collect();
        asked.push(json!({"chats":{"workspace":id,"chats":some}}));
    }
    asked
}

fn finds(id: u64, w: &Workspace) -> Vec<Value> {
    let mut asked = Vec::new();
    let mut ask = |what: &str, external: &str| asked.push(json!({"find":{"workspace":id,what:external}}));
    let managers = w.managers.values().chain(w.left.values());
    managers.filter_map(|manager| manager.external.as_deref()).for_each(|external| ask("manager", external));
    let customers = w.customers.values();
    customers.filter_map(|customer| customer.external.as_deref()).for_each(|external| ask("customer", external));
    let chats = w.chats.values();
    chats.filter_map(|chat| chat.external.as_deref()).for_each(|external| ask("chat", external));
    for what in ["manager", "customer", "chat"] {
        UNUSED.iter().for_each(|external| ask(what, external));
    }
    for (chat, record) in &w.chats {
        let externals = record.messages.iter().filter_map(|message| message.external.as_deref());
        for external in externals.chain([UNUSED[0]]) {
            asked.push(json!({"find":{"workspace":id,"chat":chat,"message":external}}));
        }
    }
    asked.push(json!({"find":{"workspace":id,"chat":w.last_chat + 1,"message":"t_1"}}));
    asked
}

fn messages(rng: &mut Rng, id: u64, w: &Workspace) -> Vec<Value> {
    let mut asked = vec![json!({"message":{"workspace":id,"chat":w.last_chat + 1,"message":1}})];
    for (chat, record) in &w.chats {
        for number in 1..=record.messages.len() as u64 + 1 {
            let message = record.messages.get(number as usize - 1);
            let is_changed = message.is_none_or(|message| message.redacted || message.edited_at.is_some());
            if is_changed || rng.chance(5) {
                asked.push(json!({"message":{"workspace":id,"chat":chat,"message":number}}));
            }
        }
    }
    asked
}

fn lists(rng: &mut Rng, id: u64, w: &Workspace) -> Vec<Value> {
    let mut asked = Vec::new();
    let views = views(rng, w);
    let mut some: Vec<String> = (0..40).map(|_| rng.pick(&views)).collect();
    some.extend(["all".to_owned(), "all:open".to_owned()]);
    for view in some {
        let limit = rng.pick(&[json!(1), json!(5), json!(9), json!(null), json!(1000)]);
        let limit = if w.chats.len() < 200 { limit } else { json!(1000) };
        let mut fields = json!({"workspace":id,"view":view,"limit":limit});
        if rng.chance(80) {
            fields["order"] = rng.pick(&[json!("oldest"), json!("oldest"), json!("newest"), json!(null)]);
        }
        if rng.chance(60) {
            fields["ids"] = rng.pick(&[json!(true), json!(true), json!(false), json!(null)]);
        }
        asked.push(json!({ "list": fields }));
    }
    asked
}

/// Queries about no workspace, and lines that are not queries.
pub fn of_all(naive: &Naive) -> Vec<Value> {
    let mut asked = vec![
        json!({"workspaces":{"workspace":1}}),
        json!({"workspaces":null}),
        json!({"list":{"workspace":1,"view":"all","order":"random"}}),
        json!({"list":{"workspace":1,"view":"all","order":true}}),
        json!({"list":{"workspace":1,"view":"all","ids":1}}),
        json!({"find":{"workspace":1}}),
        json!({"find":{"workspace":1,"customer":5}}),
        json!({"find":{"workspace":1,"customer":"a","manager":"b"}}),
        json!({"find":{"workspace":1,"message":"a"}}),
        json!({"chats":{"workspace":1}}),
        json!({"chats":{"workspace":1,"chats":vec![1; 1001]}}),
        json!({"chats":{"workspace":1,"chats":[-1]}}),
        json!({"message":{"workspace":1,"chat":1}}),
        json!({"manager":{"workspace":1}}),
        json!({"customers":{"workspace":1,"limit":0}}),
        json!({"customers":{"workspace":1,"before":null}}),
        json!({"managers":{"workspace":1,"removed":1}}),
        json!({"count":{"workspace":1,"view":"hashtag:#vip"}}),
        json!({"count":{"workspace":1,"view":"hashtag:\u{301}a"}}),
        json!({"count":{"workspace":1,"view":"hashtag:\"a b\""}}),
        json!({"count":{"workspace":1,"view":"hashtag:\"\""}}),
        json!({"count":{"workspace":1,"view":"hashtag:🎁"}}),
    ];
    // Whether a workspace is in use is plain once it holds something, and before anything was accepted in it.
    let is_plain = |w: &Workspace| !w.used || !w.managers.is_empty() || !w.customers.is_empty() || !w.tags.is_empty();
    if naive.workspaces.values().all(is_plain) {
        asked.push(json!({"workspaces":{}}));
    }
    asked
}
