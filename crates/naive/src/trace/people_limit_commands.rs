//! The limits of the newer commands, at the limit and one past it.

use serde_json::{Value, json};

use crate::trace::generator::{Choices, Generator, Request};
use crate::trace::limit_commands::{around, long};

pub const COMMANDS: Choices = &[
    (10, attribute_key),
    (10, attribute_value),
    (14, attribute_count),
    (6, profile_fields),
    (8, profile_field_lengths),
    (8, bulk_chats),
    (6, bulk_list),
    (2, bulk_text),
    (6, many_signs),
    (6, deep_filter),
    (3, many_views),
];

fn attribute_key(g: &mut Generator) -> Option<Request> {
    let length = around(g, 128);
    let mut fields = json!({"chat":g.chat()?,"key":long(g, length),"value":"v"});
    if g.rng.chance(40) {
        fields["value"] = Value::Null;
    }
    Some((g.staff(), json!({ "set_attribute": fields })))
}

fn attribute_value(g: &mut Generator) -> Option<Request> {
    let length = around(g, 256);
    let key = g.rng.pick(&["team", "priority"]);
    let said = json!({"chat":g.chat()?,"key":key,"value":long(g, length)});
    Some((g.staff(), json!({ "set_attribute": said })))
}

/// Fills a chat to its limit of attributes, then adds one too many, or replaces one.
fn attribute_count(g: &mut Generator) -> Option<Request> {
    let fullest = g.w.chats.values().map(|chat| chat.attributes.len()).max()?;
    let id = g.chat_where(|chat| chat.attributes.len() == fullest)?;
    let key = if g.rng.chance(90) { fullest.to_string() } else { "0".to_owned() };
    Some((g.staff(), json!({"set_attribute":{"chat":id,"key":key,"value":"v"}})))
}

fn profile_fields(g: &mut Generator) -> Option<Request> {
    let fields: Vec<Value> = (0..around(g, 64)).map(|n| json!({"key":n.to_string(),"label":"","shown":true})).collect();
    Some((g.staff(), json!({"set_profile_fields":{"fields":fields}})))
}

fn profile_field_lengths(g: &mut Generator) -> Option<Request> {
    let key = if g.rng.chance(70) { 128 } else { 129 };
    let label = if g.rng.chance(70) { 256 } else { 257 };
    let field = json!({"key":long(g, key),"label":long(g, label),"shown":false});
    Some((g.staff(), json!({"set_profile_fields":{"fields":[field]}})))
}

fn bulk_chats(g: &mut Generator) -> Option<Request> {
    let one = g.chat()?;
    // A list of repeated ids is still a long list.
    let ids = vec![one; around(g, 1024) as usize];
    let action = g.rng.pick(&[json!({"open":{}}), json!({"unassign":{}})]);
    Some((g.staff(), json!({"bulk":{"select":{"chats":ids},"do":action}})))
}

fn bulk_list(g: &mut Generator) -> Option<Request> {
    let one = g.manager_where(|m| m < 1000)?;
    let managers = vec![one; around(g, 1024) as usize];
    let action = json!({"follow":{"managers":managers}});
    Some((g.staff(), json!({"bulk":{"select":{"chats":[g.chat()?]},"do":action}})))
}

fn bulk_text(g: &mut Generator) -> Option<Request> {
    let text = "x".repeat(around(g, 65_536) as usize);
    let action = json!({"send_message":{"visibility":"internal","text":text}});
    Some((g.staff(), json!({"bulk":{"select":{"chats":[g.chat()?]},"do":action}})))
}

/// Returns a name after the last `@` that counts, or after the first that does not.
fn many_signs(g: &mut Generator) -> Option<Request> {
    let id = g.manager_where(|id| g.w.managers[&id].name.chars().any(char::is_alphanumeric))?;
    let name = &g.w.managers[&id].name;
    let before = around(g, 63) as usize;
    // An `@` after a letter is not a sign.
    let text = format!("{} x@x {}@{name}", "@".repeat(before - 1), "@ ");
    let said = json!({"chat":g.chat()?,"visibility":"internal","text":text});
    Some((g.staff(), json!({ "send_message": said })))
}

fn bulk_by(g: &mut Generator, filter: Value) -> Option<Request> {
    Some((g.staff(), json!({"bulk":{"select":{"filter":filter},"do":{"unfollow":{"managers":[]}}}})))
}

fn deep_filter(g: &mut Generator) -> Option<Request> {
    let depth = around(g, 64) as usize;
    let filter = match g.rng.below(3) {
        0 => format!("{}all", "!".repeat(depth)),
        1 => format!("{}all:open{}", "(".repeat(depth), ")".repeat(depth)),
        _ => format!("{}!all{}", "!(".repeat(depth / 2), ")".repeat(depth / 2)),
    };
    bulk_by(g, filter.into())
}

fn many_views(g: &mut Generator) -> Option<Request> {
    let count = around(g, 1024) as usize;
    match g.rng.below(2) {
        0 => bulk_by(g, vec!["all"; count].join("&").into()),
        _ => bulk_by(g, json!({"or":vec!["!all"; count]})),
    }
}
