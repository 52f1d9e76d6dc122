//! Commands that nearly always succeed: attributes, capacities, recommendations, profile fields, and large deletions.

use serde_json::{Value, json};

use crate::trace::filters;
use crate::trace::generator::{Choices, Generator, Request, manager, system};
use crate::trace::words;

pub const COMMANDS: Choices = &[
    (30, set_attribute),
    (6, remove_attribute),
    (20, set_capacity),
    (30, assign_recommended),
    (5, set_profile_fields),
    (20, note_with_mentions),
    (2, delete_customer),
];

const KEYS: [&str; 10] = ["team", "team", "team", "priority", "priority", "Team", " ", "우선", "a\"b", "nul\u{0}"];

fn set_attribute(g: &mut Generator) -> Option<Request> {
    let id = g.chat()?;
    let key = g.rng.pick(&KEYS);
    let value = match key {
        "team" => filters::team(g.rng),
        "priority" => g.rng.pick(&["", "low", "high", "환"]).to_owned(),
        _ => words::text(g.rng),
    };
    Some((g.staff(), json!({"set_attribute":{"chat":id,"key":key,"value":value}})))
}

fn remove_attribute(g: &mut Generator) -> Option<Request> {
    let id = g.chat_where(|chat| !chat.attributes.is_empty()).or(g.chat())?;
    let keys: Vec<String> = g.w.chats[&id].attributes.keys().cloned().collect();
    let key = g.rng.any(&keys).unwrap_or_else(|| "team".to_owned());
    let mut fields = json!({"chat":id,"key":key});
    if g.rng.chance(50) {
        fields["value"] = Value::Null;
    }
    Some((g.staff(), json!({ "set_attribute": fields })))
}

/// Sometimes nearly all managers are at capacity.
fn set_capacity(g: &mut Generator) -> Option<Request> {
    let busy = (g.w.last_position / 64).is_multiple_of(3);
    let id = g.manager()?;
    let capacity = match g.rng.below(10) {
        0..7 if busy => json!(g.rng.below(2)),
        0..2 => json!(null),
        2 => json!(u32::MAX),
        3 => json!(21),
        _ => json!(g.rng.below(6)),
    };
    let mut fields = json!({"manager":id,"capacity":capacity});
    if capacity.is_null() && g.rng.chance(50) {
        fields = json!({ "manager": id });
    }
    let actor = if g.rng.chance(50) { manager(id) } else { g.boss() };
    Some((actor, json!({ "set_capacity": fields })))
}

fn assign_recommended(g: &mut Generator) -> Option<Request> {
    let unassigned = g.chat_where(|chat| chat.assignee.is_none());
    let id = unassigned.filter(|_| g.rng.chance(60)).or(g.chat())?;
    Some((g.staff(), json!({"assign_recommended":{"chat":id}})))
}

fn set_profile_fields(g: &mut Generator) -> Option<Request> {
    let mut keys = vec!["plan", "도시", "lang", "Plan", " ", "\u{0}"];
    let mut fields = Vec::new();
    for _ in 0..g.rng.below(5) {
        let one = g.rng.index(keys.len());
        fields.push(json!({"key":keys.swap_remove(one),"label":words::name(g.rng),"shown":g.rng.chance(50)}));
    }
    Some((g.staff(), json!({"set_profile_fields":{"fields":fields}})))
}

/// Returns an internal message that names managers, in other letter cases, with and without a word right after the
/// name.
fn note_with_mentions(g: &mut Generator) -> Option<Request> {
    let id = g.chat()?;
    let text = mentions(g);
    let visibility = if g.rng.chance(85) { "internal" } else { "public" };
    let said = json!({"chat":id,"visibility":visibility,"text":text});
    let actor = if g.rng.chance(85) { manager(g.manager()?) } else { system() };
    Some((actor, json!({ "send_message": said })))
}

pub fn mentions(g: &mut Generator) -> String {
    let names: Vec<String> = g.w.managers.values().map(|m| m.name.clone()).collect();
    let names: Vec<String> = names.into_iter().filter(|name| name.len() < 40).collect();
    let mut text = String::new();
    for _ in 0..1 + g.rng.below(4) {
        let name = g.rng.any(&names).unwrap_or_default();
        text.push_str(g.rng.pick(&["", "", " ", "hello ", "(", "@", "x", "_", "환", ". ", "\n"]));
        text.push('@');
        text.push_str(&other_letters(g, &name));
        text.push_str(g.rng.pick(&["", "", " ", ",", "!", "a", "_", "2", " Lee", "@", ": see", "환"]));
    }
    text
}

fn other_letters(g: &mut Generator, name: &str) -> String {
    let other = match g.rng.below(3) {
        0 => name.to_uppercase(),
        1 => name.to_lowercase(),
        _ => name.to_owned(),
    };
    if other.to_lowercase() == name.to_lowercase() { other } else { name.to_owned() }
}

fn delete_customer(g: &mut Generator) -> Option<Request> {
    // Only customers with few chats, so that the inbox stays full.
    let id = g.customer()?;
    let chats = g.w.chats.values().filter(|chat| chat.customer == id).count();
    let rare = g.w.customers.len() > 3 && chats * 3 < g.w.chats.len();
    rare.then(|| (g.boss(), json!({"delete_customer":{"customer":id}})))
}

/// Deletes the workspace. Very rare, since that empties it.
pub fn delete_workspace(g: &mut Generator) -> Option<Request> {
    (g.w.chats.len() > 8).then(|| (system(), json!("delete_workspace")))
}
