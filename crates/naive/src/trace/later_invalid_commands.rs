//! Refusals of the commands on messages, clocks and external ids, and malformed versions of them.

use serde_json::{Value, json};

use crate::Rng;
use crate::model::command::LATEST;
use crate::model::tags;
use crate::trace::generator::{Choices, Generator, Request, customer, manager, system};

pub const COMMANDS: Choices = &[
    (6, unknown_message),
    (8, forbidden_of_others),
    (4, forbidden_to_manager),
    (4, not_following),
    (4, empty_or_long),
    (6, invalid_merge),
    (3, unknown_merge),
    (4, forbidden_to_system),
    (3, nobody_online),
    (4, who_left),
];

fn unknown_message(g: &mut Generator) -> Option<Request> {
    let id = g.chat()?;
    let past = g.w.chats[&id].messages.len() as u32 + 1 + g.rng.below(2) as u32;
    let redacted = (1..past).find(|number| g.w.message(id, *number).is_some_and(|message| message.redacted));
    let said = match g.rng.below(5) {
        0 => json!({"redact_message":{"chat":id,"message":past}}),
        1 => return Some((manager(g.manager()?), json!({"mark_read":{"chat":id,"up_to":past}}))),
        2 => json!({"edit_message":{"chat":id,"message":past,"text":""}}),
        _ => {
            let message = redacted?;
            return Some((
                g.author_or_boss(id, message),
                json!({"edit_message":{"chat":id,"message":message,"text":"x"}}),
            ));
        }
    };
    Some((g.staff(), said))
}

/// Edits or redacts what somebody else wrote.
fn forbidden_of_others(g: &mut Generator) -> Option<Request> {
    let id = g.chat_where(|chat| !chat.messages.is_empty())?;
    let message = g.message(id)?;
    let actor = match g.rng.below(3) {
        0 => customer(g.w.chats[&id].customer),
        1 => manager(g.member()?),
        _ => manager(g.manager()?),
    };
    let said = match g.rng.below(2) {
        0 => json!({"redact_message":{"chat":id,"message":message}}),
        _ => json!({"edit_message":{"chat":id,"message":message,"text":"not mine"}}),
    };
    Some((actor, said))
}

fn forbidden_to_manager(g: &mut Generator) -> Option<Request> {
    let actor = if g.rng.chance(70) { manager(g.manager()?) } else { customer(g.customer()?) };
    let at = g.now;
    Some((actor, json!({"set_clock":{"at":at}})))
}

fn not_following(g: &mut Generator) -> Option<Request> {
    let me = g.manager()?;
    let w = g.w;
    let id = g.chat_where(|chat| !w.is_recipient(chat, me))?;
    Some((manager(me), json!({"mark_unread":{"chat":id}})))
}

fn empty_or_long(g: &mut Generator) -> Option<Request> {
    let id = g.chat_where(|chat| !chat.messages.is_empty())?;
    let message = g.message(id)?;
    let text = if g.rng.chance(90) { String::new() } else { "x".repeat(65_536 + g.rng.index(2)) };
    Some((system(), json!({"edit_message":{"chat":id,"message":message,"text":text}})))
}

/// Merges a tag with itself, with one above or below it, or too deep.
fn invalid_merge(g: &mut Generator) -> Option<Request> {
    let (one, other) = (g.tag()?, g.tag()?);
    let kin: Vec<String> = g.w.tags.keys().filter(|tag| tags::within(tag, &one)).cloned().collect();
    let deep = g.w.tags.keys().max_by_key(|tag| tags::names(tag).len())?.clone();
    let (path, into) = match g.rng.below(4) {
        0 => (one.clone(), one),
        1 => (one, g.rng.any(&kin)?),
        2 => (g.rng.any(&kin)?, one),
        _ => (tags::parent(&deep).unwrap_or(&deep).to_owned(), other),
    };
    Some((g.staff(), json!({"merge_tag":{"path":g.write(&path),"into":g.write(&into)}})))
}

fn unknown_merge(g: &mut Generator) -> Option<Request> {
    let (known, missing, other) = (g.written_tag()?, g.no_tag(), g.no_tag());
    let (path, into) = match g.rng.below(3) {
        0 => (known, missing),
        1 => (missing, known),
        _ => (missing, other),
    };
    Some((g.staff(), json!({"merge_tag":{"path":path,"into":into}})))
}

fn forbidden_to_system(g: &mut Generator) -> Option<Request> {
    let id = if g.rng.chance(50) { g.chat()? } else { g.no_chat() };
    let said = g.rng.pick(&[json!({"mark_unread":{"chat":id}}), json!({"mark_read":{"chat":id,"up_to":1}})]);
    Some((system(), said))
}

/// Sends those who are online home, one by one, then asks for one of them.
fn nobody_online(g: &mut Generator) -> Option<Request> {
    match g.manager_where(|id| g.w.managers[&id].online) {
        Some(id) => Some((manager(id), json!({"set_online":{"manager":id,"on":false}}))),
        None => Some((g.staff(), json!({"assign_recommended":{"chat":g.chat()?,"online":true}}))),
    }
}

fn who_left(g: &mut Generator) -> Option<Request> {
    let gone: Vec<u64> = g.w.left.keys().copied().collect();
    let id = g.rng.any(&gone)?;
    let chat = g.chat()?;
    Some(match g.rng.below(4) {
        0 => (manager(id), json!({"open":{"chat":chat}})),
        1 => (g.boss(), json!({"set_online":{"manager":id,"on":true}})),
        2 => (g.boss(), json!({"remove_manager":{"manager":id}})),
        _ => (g.staff(), json!({"assign":{"chat":chat,"manager":id}})),
    })
}

/// Returns a malformed command.
pub fn malformed_command(rng: &mut Rng) -> Value {
    let open = json!({"open":{"chat":1}});
    let all = |steps: Value| json!({ "all": steps });
    let bulk = |action: Value| json!({"bulk":{"select":{"chats":[1]},"do":action}});
    let long = "환".repeat(129);
    rng.pick(&[
        all(json!([])),
        all(json!(vec![open.clone(); 65])),
        all(open.clone()),
        all(json!(["tick"])),
        all(json!([open, "delete_workspace"])),
        all(json!([{"set_clock":{"at":1}}])),
        all(json!([{"all":[open]}])),
        all(json!([bulk(json!({"open":{}}))])),
        all(json!([open, {"close":{}}])),
        all(json!([{"as":"system"}])),
        all(json!([{"as":"anyone","do":open}])),
        all(json!([{"as":"system","do":open,"at":1}])),
        all(json!([{"as":"system","do":"tick"}])),
        bulk(json!({"mark_read":{"up_to":1}})),
        bulk(json!({"send_message":{"visibility":"public","text":"x","quiet":true}})),
        bulk(json!({"send_message":{"visibility":"public","text":"x","external":"x"}})),
        json!({"start_chat":{"customer":5,"external":""}}),
        json!({"start_chat":{"customer":5,"external":long}}),
        json!({"start_chat":{"external":"x"}}),
        json!({"put_customer":{"customer":5,"external":7}}),
        json!({"put_customer":{"external":long}}),
        json!({"put_manager":{"external":"","name":"x","role":"owner"}}),
        json!({"put_manager":{"external":"x","role":"owner"}}),
        json!({"send_message":{"chat":1,"visibility":"public","text":"x","external":""}}),
        json!({"send_message":{"chat":1,"visibility":"public","text":"x","quiet":1}}),
        json!({"mark_read":{"chat":1,"up_to":0}}),
        json!({"mark_read":{"chat":1,"up_to":"1"}}),
        json!({"mark_unread":{"chat":1,"up_to":1}}),
        json!({"edit_message":{"chat":1,"message":1}}),
        json!({"edit_message":{"chat":1,"text":"x"}}),
        json!({"edit_message":{"chat":1,"message":1,"text":null}}),
        json!({"redact_message":{"chat":1}}),
        json!({"redact_message":{"chat":1,"message":-1}}),
        json!({"merge_tag":{"path":"a"}}),
        json!({"merge_tag":{"path":"a","to":"b"}}),
        json!({"assign_recommended":{"chat":1,"online":"yes"}}),
        json!("set_clock"),
        json!({"set_clock":{}}),
        json!({"set_clock":{"at":LATEST + 1}}),
        json!({"set_clock":{"at":-1}}),
    ])
}

/// Returns a malformed condition.
pub fn malformed_condition(rng: &mut Rng) -> Value {
    rng.pick(&[
        json!({}),
        json!([]),
        json!({"chat":"1"}),
        json!({"chat":1,"status":"done"}),
        json!({"chat":1,"messages":-1}),
        json!({"chat":1,"assignee":"me"}),
        json!({"chat":1,"tags":["a"]}),
        json!({"status":"open"}),
    ])
}
