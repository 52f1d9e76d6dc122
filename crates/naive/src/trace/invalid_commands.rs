//! Commands that are refused, each for a different reason, and lines that are not commands.

use serde_json::{Value, json};

use crate::Rng;
use crate::model::command::LATEST;
use crate::model::tags;
use crate::trace::generator::{Choices, Generator, Request, customer, manager, system};
use crate::trace::later_invalid_commands;
use crate::trace::people_invalid_commands;
use crate::trace::words;

pub const COMMANDS: Choices = &[
    (6, unknown_actor),
    (5, unknown_manager),
    (4, unknown_customer),
    (5, unknown_chat),
    (6, unknown_tag),
    (6, tag_exists),
    (6, invalid_tag),
    (4, too_many_tags),
    (6, invalid_snooze),
    (6, assignee_must_follow),
    (6, not_following),
    (5, empty_message),
    (8, forbidden_to_customer),
    (8, forbidden_to_manager),
    (4, forbidden_to_system),
];

fn unknown_actor(g: &mut Generator) -> Option<Request> {
    let actor = if g.rng.chance(50) { manager(g.no_manager()) } else { customer(g.no_customer()) };
    // The unknown actor is refused before the command is looked at.
    let said = match g.rng.below(3) {
        0 => json!("tick"),
        1 => json!({"open":{"chat":g.no_chat()}}),
        _ => json!({"create_tag":{"path":words::bad_path(g.rng)}}),
    };
    Some((actor, said))
}

fn unknown_manager(g: &mut Generator) -> Option<Request> {
    let missing = g.no_manager();
    let id = g.chat()?;
    let said = match g.rng.below(7) {
        0 => json!({"assign":{"chat":id,"manager":missing}}),
        1 => json!({"follow":{"chat":id,"managers":[g.manager()?, missing]}}),
        2 => json!({"unfollow":{"chat":id,"managers":[missing]}}),
        3 => json!({"follow_tag":{"path":g.written_tag()?,"manager":missing}}),
        4 => json!({"unfollow_tag":{"path":g.written_tag()?,"manager":missing}}),
        5 => {
            return Some((g.boss(), json!({"set_operator":{"manager":missing,"on":false}})));
        }
        _ => return Some((g.boss(), json!({"remove_manager":{"manager":missing}}))),
    };
    Some((g.staff(), said))
}

fn unknown_customer(g: &mut Generator) -> Option<Request> {
    let missing = g.no_customer();
    let said = match g.rng.below(2) {
        0 => json!({"start_chat":{"customer":missing}}),
        _ => json!({"track_event":{"customer":missing,"name":"x".repeat(257)}}),
    };
    Some((g.staff(), said))
}

fn unknown_chat(g: &mut Generator) -> Option<Request> {
    let id = g.no_chat();
    let said = match g.rng.below(7) {
        0 => json!({"snooze":{"chat":id,"until":0}}),
        1 => json!({"assign":{"chat":id,"manager":g.no_manager()}}),
        2 => json!({"tag":{"chat":id,"tags":[g.no_tag()]}}),
        3 => json!({"send_message":{"chat":id,"visibility":"public","text":""}}),
        4 => json!({"set_description":{"chat":id,"text":"#x"}}),
        5 => return Some((manager(g.manager()?), json!({"leave":{"chat":id}}))),
        _ => {
            let said = json!({"send_message":{"chat":id,"visibility":"public","text":"x"}});
            return Some((customer(g.customer()?), said));
        }
    };
    Some((g.staff(), said))
}

fn unknown_tag(g: &mut Generator) -> Option<Request> {
    let nothing = g.no_tag();
    let said = match g.rng.below(6) {
        0 => json!({"tag":{"chat":g.chat()?,"tags":[g.written_tag()?, nothing]}}),
        1 => json!({"untag":{"chat":g.chat()?,"tags":[nothing]}}),
        2 => json!({"delete_tag":{"path":nothing}}),
        3 => json!({"move_tag":{"path":nothing,"to":words::bad_path(g.rng)}}),
        4 => json!({"follow_tag":{"path":nothing,"manager":g.no_manager()}}),
        _ => json!({"unfollow_tag":{"path":nothing,"manager":g.manager()?}}),
    };
    Some((g.staff(), said))
}

fn tag_exists(g: &mut Generator) -> Option<Request> {
    let from = g.tag()?;
    let to = g.tag().filter(|to| !tags::within(to, &from))?;
    Some((g.staff(), json!({"move_tag":{"path":g.write(&from),"to":g.write(&to)}})))
}

fn invalid_tag(g: &mut Generator) -> Option<Request> {
    let from = g.tag()?;
    let path = g.write(&from);
    let said = match g.rng.below(3) {
        0 => json!({"create_tag":{"path":words::bad_path(g.rng)}}),
        1 => json!({"move_tag":{"path":path,"to":words::bad_path(g.rng)}}),
        _ => {
            let below: Vec<String> =
                g.w.tags.keys().filter(|tag| **tag != from && tags::within(tag, &from)).cloned().collect();
            let free = format!("{path}/{}", words::tag_name(g.rng));
            let to = match g.rng.any(&below) {
                Some(tag) if g.rng.chance(50) => g.write(&tag),
                _ => free,
            };
            json!({"move_tag":{"path":path,"to":to}})
        }
    };
    Some((g.staff(), said))
}

fn too_many_tags(g: &mut Generator) -> Option<Request> {
    let id = g.chat()?;
    let tags: Vec<String> = g.w.tags.keys().take(12).cloned().collect();
    Some((g.staff(), json!({"tag":{"chat":id,"tags":tags}})))
}

fn invalid_snooze(g: &mut Generator) -> Option<Request> {
    let id = g.chat()?;
    let until = match g.rng.below(3) {
        0 => g.now,
        1 => g.now.saturating_sub(1),
        _ => g.rng.below(g.now.max(1)),
    };
    Some((g.staff(), json!({"snooze":{"chat":id,"until":until}})))
}

fn assignee_must_follow(g: &mut Generator) -> Option<Request> {
    let id = g.chat_where(|chat| chat.assignee.is_some())?;
    let mut managers: Vec<u64> = g.w.chats[&id].followers.iter().copied().collect();
    managers.extend(g.w.chats[&id].assignee);
    Some((g.staff(), json!({"unfollow":{"chat":id,"managers":managers}})))
}

fn not_following(g: &mut Generator) -> Option<Request> {
    let me = g.manager()?;
    let id = g.chat_where(|chat| !chat.followers.contains(&me))?;
    Some((manager(me), json!({"leave":{"chat":id}})))
}

fn empty_message(g: &mut Generator) -> Option<Request> {
    let id = g.chat()?;
    let files = g.rng.pick(&[json!([]), json!(null)]);
    let said = json!({"chat":id,"visibility":"public","text":"","files":files});
    let own = customer(g.w.chats[&id].customer);
    let actor = if g.rng.chance(50) { own } else { g.staff() };
    Some((actor, json!({ "send_message": said })))
}

fn forbidden_to_customer(g: &mut Generator) -> Option<Request> {
    let me = g.customer()?;
    let id = g.chat_where(|chat| chat.customer == me)?;
    let others = g.chat_where(|chat| chat.customer != me);
    let said = match g.rng.below(8) {
        0 => json!({"send_message":{"chat":g.no_chat(),"visibility":"internal","text":"x"}}),
        1 => json!({"send_message":{"chat":id,"visibility":"internal","text":""}}),
        2..4 => json!({"send_message":{"chat":others?,"visibility":"public","text":""}}),
        4 => json!({"start_chat":{"customer":g.no_customer()}}),
        5 => json!({"put_customer":{"customer":me,"name":"me"}}),
        6 => json!({"close":{"chat":g.no_chat()}}),
        _ => json!({"track_event":{"customer":g.no_customer(),"name":"seen"}}),
    };
    Some((customer(me), said))
}

fn forbidden_to_manager(g: &mut Generator) -> Option<Request> {
    let me = g.member()?;
    let said = match g.rng.below(7) {
        0 => json!({"put_manager":{"manager":me,"name":"me","role":"owner"}}),
        1 => json!({"remove_manager":{"manager":me}}),
        2 => json!({"remove_manager":{"manager":g.no_manager()}}),
        3 => json!({"set_operator":{"manager":g.manager_where(|m| m != me)?,"on":true}}),
        4 => json!({"set_online":{"manager":g.no_manager(),"on":true}}),
        5 => json!({"delete_chat":{"chat":g.no_chat()}}),
        _ => json!("tick"),
    };
    Some((manager(me), said))
}

fn forbidden_to_system(g: &mut Generator) -> Option<Request> {
    let what = g.rng.pick(&["mark_read", "favorite", "unfavorite", "leave"]);
    let id = if g.rng.chance(50) { g.chat()? } else { g.no_chat() };
    Some((system(), json!({what:{"chat":id}})))
}

/// Corrupts a valid line so that it is refused as a whole.
pub fn malformed(rng: &mut Rng, good: &Value) -> Vec<u8> {
    let mut line = good.clone();
    let bytes = good.to_string().into_bytes();
    if rng.chance(30) {
        match rng.below(6) {
            0 => line["if"] = later_invalid_commands::malformed_condition(rng),
            _ => line["do"] = later_invalid_commands::malformed_command(rng),
        }
        return line.to_string().into_bytes();
    }
    match rng.below(24) {
        0 => return Vec::new(),
        1 => return b" \t ".to_vec(),
        2 => return bytes[..rng.index(bytes.len())].to_vec(),
        3 => return [bytes.as_slice(), b"}"].concat(),
        4 => return invalid_utf8(rng, bytes),
        5 => {
            return rng.pick(&["null", "7", "[]", "{}", "\"tick\"", "tick", "nul", "[1,2,3,4]"]).into();
        }
        6 => line["extra"] = json!(null),
        7 => line["id"] = rng.pick(&[json!("x".repeat(65)), json!("환".repeat(22)), json!(7)]),
        8 => line["at"] = (LATEST + 1 + rng.below(1000)).into(),
        9 => line["at"] = rng.pick(&[json!(-1), json!("1"), json!(null), json!(u64::MAX), json!(1.5)]),
        10 => line["workspace"] = rng.pick(&[json!(-1), json!("1"), json!(null), json!([1])]),
        11 => line["actor"] = rng.pick(&[json!("anonymous"), json!("manager"), json!(null), json!({})]),
        12 => line["actor"] = rng.pick(&[json!({"manager":-1}), json!({"robot":1}), json!({"customer":"5"})]),
        13 => line["actor"] = json!({"manager":1,"customer":5}),
        14 => line["do"] = rng.pick(&[json!(null), json!("open"), json!({}), json!("Tick"), json!(["tick"])]),
        15 => line["do"] = json!({"dance":{"chat":1}}),
        16 => line["do"] = json!({"open":{"chat":1},"close":{"chat":1}}),
        17 => {
            let field = rng.pick(&["workspace", "at", "actor", "do"]);
            line.as_object_mut().expect("an object").remove(field);
        }
        18 => {
            return text_of(good).replacen("\"at\":", "\"at\":99999999999999999999", 1).into_bytes();
        }
        19 => {
            return text_of(good).replacen("\"workspace\":", "\"Workspace\":", 1).into_bytes();
        }
        20..22 => line["do"] = people_invalid_commands::malformed_command(rng),
        _ => line["do"] = malformed_command(rng),
    }
    line.to_string().into_bytes()
}

fn text_of(good: &Value) -> String {
    good.to_string()
}

fn invalid_utf8(rng: &mut Rng, mut bytes: Vec<u8>) -> Vec<u8> {
    let bad: &[u8] = rng.pick(&[&b"\xff"[..], b"\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf5\x80\x80\x80"]);
    let place = rng.index(bytes.len() + 1);
    bytes.splice(place..place, bad.iter().copied());
    bytes
}

fn malformed_command(rng: &mut Rng) -> Value {
    let file = json!({"name":"f","url":"u","media_type":"m"});
    let more = json!({"name":"f","url":"u","media_type":"m","bytes":1,"more":1});
    let less = json!({"name":"f","url":"u","media_type":"m","bytes":-1});
    rng.pick(&[
        json!({"open":{"chat":1,"why":"x"}}),
        json!({"open":{}}),
        json!({"open":{"chat":u64::from(u32::MAX) + 1}}),
        json!({"open":{"chat":-1}}),
        json!({"open":{"chat":"1"}}),
        json!({"snooze":{"chat":1,"until":LATEST + 1}}),
        json!({"snooze":{"chat":1,"until":null}}),
        json!({"put_manager":{"manager":1,"name":"x","role":"admin"}}),
        json!({"put_manager":{"manager":1,"name":null,"role":"owner"}}),
        json!({"put_manager":{"manager":1,"name":"x"}}),
        json!({"set_operator":{"manager":1,"on":1}}),
        json!({"set_operator":{"manager":1}}),
        json!({"put_customer":{"name":"x"}}),
        json!({"put_customer":{"customer":5,"profile":{"age":7}}}),
        json!({"put_customer":{"customer":5,"profile":["a"]}}),
        json!({"put_customer":{"customer":5,"name":7}}),
        json!({"send_message":{"chat":1,"visibility":"secret","text":"x"}}),
        json!({"send_message":{"chat":1,"visibility":"public"}}),
        json!({"send_message":{"chat":1,"visibility":"public","text":null,"files":[]}}),
        json!({"send_message":{"chat":1,"visibility":"public","text":"x","files":[file]}}),
        json!({"send_message":{"chat":1,"visibility":"public","text":"x","files":{}}}),
        json!({"send_message":{"chat":1,"visibility":"public","text":"x","files":[null]}}),
        json!({"send_message":{"chat":1,"visibility":"public","text":"x","files":[more]}}),
        json!({"send_message":{"chat":1,"visibility":"public","text":"x","files":[less]}}),
        json!({"put_customer":{"customer":5,"profile":{"a":null}}}),
        json!({"follow":{"chat":1,"managers":1}}),
        json!({"follow":{"chat":1,"managers":[1,null]}}),
        json!({"follow":{"chat":1}}),
        json!({"tag":{"chat":1,"tags":"a"}}),
        json!({"tag":{"chat":1,"tags":[1]}}),
        json!({"create_tag":{"path":1}}),
        json!({"move_tag":{"path":"a"}}),
        json!({"track_event":{"customer":5,"page":"x"}}),
    ])
}
