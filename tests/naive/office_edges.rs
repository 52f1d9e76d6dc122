//! The limits of the newer commands, met and passed by one.

use super::edges::{Edge, around, long};
use super::hand::{Hand, Said};
use serde_json::{Value, json};

pub const EDGES: &[(u64, Edge)] = &[
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

fn attribute_key(h: &mut Hand) -> Option<Said> {
    let length = around(h, 128);
    let mut fields = json!({"chat":h.chat()?,"key":long(h, length),"value":"v"});
    if h.rng.chance(40) {
        fields["value"] = Value::Null;
    }
    Some((h.staff(), json!({ "set_attribute": fields })))
}

fn attribute_value(h: &mut Hand) -> Option<Said> {
    let length = around(h, 256);
    let key = h.rng.pick(&["team", "priority"]);
    let said = json!({"chat":h.chat()?,"key":key,"value":long(h, length)});
    Some((h.staff(), json!({ "set_attribute": said })))
}

/// One chat comes to bear as many as it may; then there is one too many, and one in
/// place of another.
fn attribute_count(h: &mut Hand) -> Option<Said> {
    let fullest = h.w.chats.values().map(|chat| chat.attributes.len()).max()?;
    let id = h.chat_where(|chat| chat.attributes.len() == fullest)?;
    let key = if h.rng.chance(90) { fullest.to_string() } else { "0".to_owned() };
    Some((h.staff(), json!({"set_attribute":{"chat":id,"key":key,"value":"v"}})))
}

fn profile_fields(h: &mut Hand) -> Option<Said> {
    let fields: Vec<Value> = (0..around(h, 64)).map(|n| json!({"key":n.to_string(),"label":"","shown":true})).collect();
    Some((h.staff(), json!({"set_profile_fields":{"fields":fields}})))
}

fn profile_field_lengths(h: &mut Hand) -> Option<Said> {
    let key = if h.rng.chance(70) { 128 } else { 129 };
    let label = if h.rng.chance(70) { 256 } else { 257 };
    let field = json!({"key":long(h, key),"label":long(h, label),"shown":false});
    Some((h.staff(), json!({"set_profile_fields":{"fields":[field]}})))
}

fn bulk_chats(h: &mut Hand) -> Option<Said> {
    let one = h.chat()?;
    // The same one many times is still a long list.
    let ids = vec![one; around(h, 1024) as usize];
    let action = h.rng.pick(&[json!({"open":{}}), json!({"unassign":{}})]);
    Some((h.staff(), json!({"bulk":{"select":{"chats":ids},"do":action}})))
}

fn bulk_list(h: &mut Hand) -> Option<Said> {
    let one = h.manager_where(|m| m < 1000)?;
    let managers = vec![one; around(h, 1024) as usize];
    let action = json!({"follow":{"managers":managers}});
    Some((h.staff(), json!({"bulk":{"select":{"chats":[h.chat()?]},"do":action}})))
}

fn bulk_text(h: &mut Hand) -> Option<Said> {
    let text = "x".repeat(around(h, 65_536) as usize);
    let action = json!({"send_message":{"visibility":"internal","text":text}});
    Some((h.staff(), json!({"bulk":{"select":{"chats":[h.chat()?]},"do":action}})))
}

/// The last sign that counts, or the first that does not, stands before a name.
fn many_signs(h: &mut Hand) -> Option<Said> {
    let id = h.manager_where(|id| h.w.managers[&id].name.chars().any(char::is_alphanumeric))?;
    let name = &h.w.managers[&id].name;
    let before = around(h, 63) as usize;
    // A sign behind a letter is none.
    let text = format!("{} x@x {}@{name}", "@".repeat(before - 1), "@ ");
    let said = json!({"chat":h.chat()?,"visibility":"internal","text":text});
    Some((h.staff(), json!({ "send_message": said })))
}

fn bulk_by(h: &mut Hand, filter: Value) -> Option<Said> {
    Some((h.staff(), json!({"bulk":{"select":{"filter":filter},"do":{"unfollow":{"managers":[]}}}})))
}

fn deep_filter(h: &mut Hand) -> Option<Said> {
    let depth = around(h, 64) as usize;
    let filter = match h.rng.below(3) {
        0 => format!("{}all", "!".repeat(depth)),
        1 => format!("{}all:open{}", "(".repeat(depth), ")".repeat(depth)),
        _ => format!("{}!all{}", "!(".repeat(depth / 2), ")".repeat(depth / 2)),
    };
    bulk_by(h, filter.into())
}

fn many_views(h: &mut Hand) -> Option<Said> {
    let count = around(h, 1024) as usize;
    match h.rng.below(2) {
        0 => bulk_by(h, vec!["all"; count].join("&").into()),
        _ => bulk_by(h, json!({"or":vec!["!all"; count]})),
    }
}
