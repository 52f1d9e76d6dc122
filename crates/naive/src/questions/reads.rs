//! Queries about the details of a chat, a customer or a manager.

use serde_json::{Value, json};

use crate::Rng;
use crate::model::command::LATEST;
use crate::model::state::Workspace;

fn limit(rng: &mut Rng) -> Value {
    rng.pick(&[json!(1), json!(2), json!(3), json!(7), json!(50), json!(1000), json!(null)])
}

fn with_visibility(rng: &mut Rng, mut fields: Value) -> Value {
    let visibility = rng.pick(&[json!("public"), json!("internal"), json!(null)]);
    if !visibility.is_null() || rng.chance(50) {
        fields["visibility"] = visibility;
    }
    fields
}

pub fn reads_of_chat(rng: &mut Rng, id: u64, w: &Workspace, chat: u32) -> Vec<Value> {
    let fields = |rng: &mut Rng| json!({"workspace":id,"chat":chat,"limit":limit(rng)});
    let mut asked = vec![json!({"recommend":fields(rng)})];
    let shown = w.chats.get(&chat);
    if shown.is_none() && rng.chance(70) {
        return asked;
    }
    for what in ["messages", "files", "links"] {
        let fields = fields(rng);
        asked.push(json!({what:with_visibility(rng, fields)}));
    }
    for what in ["events_before_chat", "earlier_chats"] {
        let mut fields = fields(rng);
        if w.chats.len() >= 200 {
            fields["limit"] = json!(200);
        }
        asked.push(json!({ what: fields }));
    }
    asked
}

pub fn of_customers(rng: &mut Rng, id: u64, w: &Workspace) -> Vec<Value> {
    let mut asked = Vec::new();
    for customer in w.customers.keys().copied().chain([4]) {
        let few = w.customers.get(&customer).is_none_or(|customer| customer.events.len() < 200);
        let limit = if few { limit(rng) } else { json!(100) };
        asked.push(json!({"events":{"workspace":id,"customer":customer,"limit":limit}}));
    }
    asked
}

pub fn of_managers(rng: &mut Rng, id: u64, w: &Workspace) -> Vec<Value> {
    let mut asked = Vec::new();
    for manager in w.managers.keys().copied().chain([4]) {
        // Limits the pages to a few, not hundreds.
        let few = w.notices_of(manager).len() / 6 + 1;
        let limit = rng.pick(&[json!(few.min(1000)), json!(50), json!(1000), json!(null)]);
        let mut fields = json!({"workspace":id,"manager":manager,"limit":limit});
        if rng.chance(50) {
            fields["since"] = rng.pick(&[json!(0), json!(null)]);
        }
        asked.push(json!({ "notifications": fields }));
    }
    asked
}

pub fn malformed_reads() -> Vec<Value> {
    vec![
        json!({"count":{"workspace":1,"view":null}}),
        json!({"count":{"workspace":1,"view":{}}}),
        json!({"count":{"workspace":1,"view":["all"]}}),
        json!({"messages":{"workspace":1,"chat":1,"visibility":"secret"}}),
        json!({"messages":{"workspace":1,"chat":1,"visibility":true}}),
        json!({"files":{"workspace":1,"chat":1,"visibility":""}}),
        json!({"files":{"workspace":1,"chat":1,"limit":0}}),
        json!({"links":{"workspace":1,"limit":5}}),
        json!({"links":{"workspace":1,"chat":1,"limit":1001}}),
        json!({"events":{"workspace":1,"customer":5,"limit":0}}),
        json!({"events":{"workspace":1,"chat":1}}),
        json!({"events_before_chat":{"workspace":1,"chat":1,"limit":LATEST}}),
        json!({"events_before_chat":{"workspace":1,"chat":-1}}),
        json!({"earlier_chats":{"workspace":1,"chat":1,"visibility":"public"}}),
        json!({"earlier_chats":{"workspace":1,"chat":1,"before":7}}),
        json!({"profile_fields":{}}),
        json!({"profile_fields":{"workspace":1,"limit":5}}),
        json!({"recommend":{"workspace":1,"chat":1,"limit":0}}),
        json!({"recommend":{"workspace":1,"chat":1,"limit":1001}}),
        json!({"recommend":{"workspace":1,"chat":1,"before":null,"visibility":"public"}}),
        json!({"notifications":{"workspace":1}}),
        json!({"notifications":{"workspace":1,"manager":1,"since":-1}}),
        json!({"notifications":{"workspace":1,"manager":1,"since":"0"}}),
        json!({"notifications":{"workspace":1,"manager":1,"limit":0}}),
        json!({"notifications":{"workspace":1,"manager":1,"after":7}}),
    ]
}
