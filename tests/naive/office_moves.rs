//! Commands that succeed, nearly always: attributes, capacities, recommendations,
//! profile fields, and the deletion of a great deal.

use super::algebra;
use super::hand::{Hand, Said, manager, system};
use super::moves::Move;
use super::words;
use serde_json::{Value, json};

pub const MOVES: &[(u64, Move)] = &[
    (30, set_attribute),
    (6, remove_attribute),
    (20, set_capacity),
    (30, assign_recommended),
    (5, set_profile_fields),
    (20, note_with_mentions),
    (2, delete_customer),
];

const KEYS: [&str; 10] = ["team", "team", "team", "priority", "priority", "Team", " ", "우선", "a\"b", "nul\u{0}"];

fn set_attribute(h: &mut Hand) -> Option<Said> {
    let id = h.chat()?;
    let key = h.rng.pick(&KEYS);
    let value = match key {
        "team" => algebra::team(h.rng),
        "priority" => h.rng.pick(&["", "low", "high", "환"]).to_owned(),
        _ => words::text(h.rng),
    };
    Some((h.staff(), json!({"set_attribute":{"chat":id,"key":key,"value":value}})))
}

fn remove_attribute(h: &mut Hand) -> Option<Said> {
    let id = h.chat_where(|chat| !chat.attributes.is_empty()).or(h.chat())?;
    let keys: Vec<String> = h.w.chats[&id].attributes.keys().cloned().collect();
    let key = h.rng.any(&keys).unwrap_or_else(|| "team".to_owned());
    let mut fields = json!({"chat":id,"key":key});
    if h.rng.chance(50) {
        fields["value"] = Value::Null;
    }
    Some((h.staff(), json!({ "set_attribute": fields })))
}

/// There are times in which nearly everybody is full.
fn set_capacity(h: &mut Hand) -> Option<Said> {
    let busy = (h.w.last_position / 64).is_multiple_of(3);
    let id = h.manager()?;
    let capacity = match h.rng.below(10) {
        0..7 if busy => json!(h.rng.below(2)),
        0..2 => json!(null),
        2 => json!(u32::MAX),
        3 => json!(21),
        _ => json!(h.rng.below(6)),
    };
    let mut fields = json!({"manager":id,"capacity":capacity});
    if capacity.is_null() && h.rng.chance(50) {
        fields = json!({ "manager": id });
    }
    let actor = if h.rng.chance(50) { manager(id) } else { h.boss() };
    Some((actor, json!({ "set_capacity": fields })))
}

fn assign_recommended(h: &mut Hand) -> Option<Said> {
    let unassigned = h.chat_where(|chat| chat.assignee.is_none());
    let id = unassigned.filter(|_| h.rng.chance(60)).or(h.chat())?;
    Some((h.staff(), json!({"assign_recommended":{"chat":id}})))
}

fn set_profile_fields(h: &mut Hand) -> Option<Said> {
    let mut keys = vec!["plan", "도시", "lang", "Plan", " ", "\u{0}"];
    let mut fields = Vec::new();
    for _ in 0..h.rng.below(5) {
        let one = h.rng.index(keys.len());
        fields.push(json!({"key":keys.swap_remove(one),"label":words::name(h.rng),"shown":h.rng.chance(50)}));
    }
    Some((h.staff(), json!({"set_profile_fields":{"fields":fields}})))
}

/// An internal message that names managers, in other letters, with and without a word
/// that goes on behind the name.
fn note_with_mentions(h: &mut Hand) -> Option<Said> {
    let id = h.chat()?;
    let text = mentions(h);
    let visibility = if h.rng.chance(85) { "internal" } else { "public" };
    let said = json!({"chat":id,"visibility":visibility,"text":text});
    let actor = if h.rng.chance(85) { manager(h.manager()?) } else { system() };
    Some((actor, json!({ "send_message": said })))
}

pub fn mentions(h: &mut Hand) -> String {
    let names: Vec<String> = h.w.managers.values().map(|m| m.name.clone()).collect();
    let names: Vec<String> = names.into_iter().filter(|name| name.len() < 40).collect();
    let mut text = String::new();
    for _ in 0..1 + h.rng.below(4) {
        let name = h.rng.any(&names).unwrap_or_default();
        text.push_str(h.rng.pick(&["", "", " ", "hello ", "(", "@", "x", "_", "환", ". ", "\n"]));
        text.push('@');
        text.push_str(&other_letters(h, &name));
        text.push_str(h.rng.pick(&["", "", " ", ",", "!", "a", "_", "2", " Lee", "@", ": see", "환"]));
    }
    text
}

fn other_letters(h: &mut Hand, name: &str) -> String {
    let other = match h.rng.below(3) {
        0 => name.to_uppercase(),
        1 => name.to_lowercase(),
        _ => name.to_owned(),
    };
    if other.to_lowercase() == name.to_lowercase() { other } else { name.to_owned() }
}

fn delete_customer(h: &mut Hand) -> Option<Said> {
    // Few enough chats that the inbox stays full.
    let id = h.customer()?;
    let chats = h.w.chats.values().filter(|chat| chat.customer == id).count();
    let rare = h.w.customers.len() > 3 && chats * 3 < h.w.chats.len();
    rare.then(|| (h.boss(), json!({"delete_customer":{"customer":id}})))
}

/// Rare as the end of the world.
pub fn delete_workspace(h: &mut Hand) -> Option<Said> {
    (h.w.chats.len() > 8).then(|| (system(), json!("delete_workspace")))
}
