//! Commands that nearly always succeed: each looks for a state in which it is valid. `None` if there is none.

use serde_json::json;

use crate::model::command::LATEST;
use crate::model::tags;
use crate::model::words::key;
use crate::trace::generator::{CUSTOMERS, Choice, Choices, Generator, MANAGERS, Request, customer, manager, system};
use crate::trace::words;

pub const COMMANDS: Choices = &[
    (8, start_chat),
    (14, message_of_customer),
    (9, message_of_manager),
    (2, message_of_system),
    (11, assign),
    (3, unassign),
    (13, snooze),
    (11, settle),
    (10, of_ones_own),
    (3, leave),
    (4, follow),
    (4, unfollow),
    (11, tag),
    (2, untag),
    (3, create_tag),
    (5, move_tag),
    (1, delete_tag),
    (3, follow_tag),
    (4, describe),
    (3, set_operator),
    (1, set_online),
    (2, put_manager),
    (1, remove_manager),
    (3, put_customer),
    (2, track_event),
    (1, delete_chat),
    (3, tick),
];

/// Creates what a new workspace needs first.
pub fn needed(g: &mut Generator) -> Option<Request> {
    let managers = &g.w.managers;
    if !managers.values().any(|m| m.owner) {
        let name = words::name(g.rng);
        let id = g.rng.pick(MANAGERS);
        return Some((system(), json!({"put_manager":{"manager":id,"name":name,"role":"owner"}})));
    }
    let few = [
        (managers.len() < 4, put_manager as Choice),
        (!managers.values().any(|m| m.operator), set_operator),
        (g.w.customers.len() < 3, put_customer),
        (g.w.tags.len() < 6, create_tag),
        (g.w.chats.len() < 3, start_chat),
    ];
    let (_, next) = few.into_iter().find(|(lacks, _)| *lacks)?;
    if g.rng.chance(60) { next(g) } else { None }
}

fn start_chat(g: &mut Generator) -> Option<Request> {
    let id = g.customer()?;
    let actor = if g.rng.chance(60) { customer(id) } else { g.staff() };
    Some((actor, json!({"start_chat":{"customer":id}})))
}

fn message_of_customer(g: &mut Generator) -> Option<Request> {
    // Unassigned chats and chats that are not open reveal the most.
    let id = match g.rng.below(8) {
        0..2 => g.chat_where(|chat| chat.assignee.is_none()),
        2 => g.chat_where(|chat| chat.snoozed_until.is_some()),
        _ => g.chat(),
    }?;
    let text = if g.rng.chance(15) { words::text_with_links(g.rng) } else { words::text(g.rng) };
    let said = json!({"send_message":{"chat":id,"visibility":"public","text":text}});
    Some((customer(g.w.chats[&id].customer), said))
}

fn message_of_manager(g: &mut Generator) -> Option<Request> {
    let id = g.chat()?;
    let text = if g.rng.chance(95) { words::text(g.rng) } else { String::new() };
    let text = if g.rng.chance(15) { words::text_with_links(g.rng) } else { text };
    let file = json!({"name":"a.png","url":"https://x/한.png","media_type":"image/png","bytes":u64::MAX});
    let files = match g.rng.below(6) {
        _ if text.is_empty() => json!([file]),
        0 => json!([file, file]),
        1 => json!([]),
        _ => json!(null),
    };
    let visibility = g.rng.pick(&["public", "public", "internal"]);
    let said = json!({"chat":id,"visibility":visibility,"text":text,"files":files});
    Some((manager(g.manager()?), json!({ "send_message": said })))
}

fn message_of_system(g: &mut Generator) -> Option<Request> {
    let id = g.chat_where(|chat| chat.snoozed_until.is_some()).or(g.chat())?;
    let visibility = g.rng.pick(&["public", "internal"]);
    let text = words::text(g.rng);
    Some((system(), json!({"send_message":{"chat":id,"visibility":visibility,"text":text}})))
}

fn assign(g: &mut Generator) -> Option<Request> {
    let id = g.chat()?;
    let to = g.manager()?;
    Some((g.staff(), json!({"assign":{"chat":id,"manager":to}})))
}

/// Unassigns a chat, mostly one that has an assignee.
fn unassign(g: &mut Generator) -> Option<Request> {
    let id = g.chat_where(|chat| chat.assignee.is_some()).or(g.chat())?;
    Some((g.staff(), json!({"unassign":{"chat":id}})))
}

fn settle(g: &mut Generator) -> Option<Request> {
    let id = g.chat()?;
    let what = g.rng.pick(&["open", "close", "close", "close"]);
    Some((g.staff(), json!({what:{"chat":id}})))
}

fn snooze(g: &mut Generator) -> Option<Request> {
    let id = g.chat()?;
    let pending: Vec<u64> = g.w.chats.values().filter_map(|c| c.snoozed_until).collect();
    let pending: Vec<u64> = pending.into_iter().filter(|until| *until > g.now).collect();
    let until = match (g.rng.below(12), g.rng.any(&pending)) {
        (0..3, Some(same)) => same,
        (0, None) => LATEST,
        (1, None) | (3, _) => g.now + 1,
        (4..7, _) => (g.now / 60_000 + 1 + g.rng.below(3)) * 60_000,
        (7..10, _) => g.now + 3_600_000 + g.rng.below(1 << 33),
        _ => g.now + 1 + g.rng.below(20_000),
    };
    Some((g.staff(), json!({"snooze":{"chat":id,"until":until.min(LATEST)}})))
}

/// Returns a command that only a manager can give.
fn of_ones_own(g: &mut Generator) -> Option<Request> {
    let me = g.manager()?;
    let (what, id) = match g.rng.below(8) {
        0..4 => {
            let unread = g.chat_where(|chat| chat.unread.contains_key(&me));
            ("mark_read", unread.or(g.chat())?)
        }
        4..7 => ("favorite", g.chat()?),
        _ => {
            let favorite = g.chat_where(|chat| chat.favorited_by.contains(&me));
            ("unfavorite", favorite.or(g.chat())?)
        }
    };
    Some((manager(me), json!({what:{"chat":id}})))
}

fn leave(g: &mut Generator) -> Option<Request> {
    let me = g.manager()?;
    let id = g.chat_where(|chat| chat.followers.contains(&me))?;
    Some((manager(me), json!({"leave":{"chat":id}})))
}

fn follow(g: &mut Generator) -> Option<Request> {
    let id = g.chat()?;
    let ids: Vec<u64> = (0..g.rng.index(4)).filter_map(|_| g.manager()).collect();
    Some((g.staff(), json!({"follow":{"chat":id,"managers":ids}})))
}

fn unfollow(g: &mut Generator) -> Option<Request> {
    let id = g.chat()?;
    let assignee = g.w.chats[&id].assignee;
    let ids = (0..=g.rng.index(3)).filter_map(|_| g.manager_where(|m| Some(m) != assignee));
    let ids: Vec<u64> = ids.collect();
    Some((g.staff(), json!({"unfollow":{"chat":id,"managers":ids}})))
}

fn tag(g: &mut Generator) -> Option<Request> {
    let id = g.chat()?;
    let tags = g.family()?;
    Some((g.staff(), json!({"tag":{"chat":id,"tags":tags}})))
}

fn untag(g: &mut Generator) -> Option<Request> {
    let id = g.chat_where(|chat| !chat.tags.is_empty()).or(g.chat())?;
    let borne: Vec<String> = g.w.chats[&id].tags.iter().cloned().collect();
    let tags = match g.rng.any(&borne) {
        Some(tag) if g.rng.chance(70) => vec![g.write(&tag)],
        _ => g.family()?,
    };
    Some((g.staff(), json!({"untag":{"chat":id,"tags":tags}})))
}

fn create_tag(g: &mut Generator) -> Option<Request> {
    // In a tree that is too wide, chats would rarely share tags.
    if g.w.tags.len() > 50 && g.rng.chance(80) {
        return None;
    }
    let path = match g.rng.below(20) {
        0 => words::path(g.rng, 8),
        1..13 => {
            let under = g.written_tag().filter(|tag| tags::names(tag).len() < 7);
            let name = words::path(g.rng, 1);
            under.map_or(name.clone(), |under| format!("{under}/{name}"))
        }
        _ => {
            let length = 1 + g.rng.index(3);
            words::path(g.rng, length)
        }
    };
    Some((g.staff(), json!({"create_tag":{"path":path}})))
}

fn move_tag(g: &mut Generator) -> Option<Request> {
    let from = g.tag()?;
    let path = g.write(&from);
    let name = words::tag_name(g.rng);
    let to = match g.rng.below(6) {
        // The same path in another letter case.
        0 => g.write(&from),
        // Another name below the same parent.
        1..3 => match tags::parent(&from) {
            Some(parent) => format!("{}/{name}", g.write(parent)),
            None => name,
        },
        // Below another tag, with or without a missing level.
        3..5 => {
            let under = g.written_tag().filter(|tag| !tags::within(&key(tag), &from))?;
            let between = if g.rng.chance(30) { "new/" } else { "" };
            format!("{under}/{between}{name}")
        }
        _ => words::path(g.rng, 1),
    };
    Some((g.staff(), json!({"move_tag":{"path":path,"to":to}})))
}

fn delete_tag(g: &mut Generator) -> Option<Request> {
    let tag = g.tag()?;
    let below = g.w.tags.keys().filter(|other| tags::within(other, &tag)).count();
    if g.rng.chance(if below > 5 { 85 } else { 40 }) {
        return None;
    }
    Some((g.staff(), json!({"delete_tag":{"path":g.write(&tag)}})))
}

fn follow_tag(g: &mut Generator) -> Option<Request> {
    let path = g.written_tag()?;
    let id = g.manager()?;
    let what = g.rng.pick(&["follow_tag", "follow_tag", "unfollow_tag"]);
    Some((g.staff(), json!({what:{"path":path,"manager":id}})))
}

fn describe(g: &mut Generator) -> Option<Request> {
    let id = g.chat()?;
    let text = words::description(g.rng);
    Some((g.staff(), json!({"set_description":{"chat":id,"text":text}})))
}

fn set_operator(g: &mut Generator) -> Option<Request> {
    let id = g.manager()?;
    let actor = if g.rng.chance(50) { manager(id) } else { g.boss() };
    Some((actor, json!({"set_operator":{"manager":id,"on":g.rng.chance(65)}})))
}

fn set_online(g: &mut Generator) -> Option<Request> {
    let id = g.manager()?;
    let actor = if g.rng.chance(50) { manager(id) } else { g.boss() };
    Some((actor, json!({"set_online":{"manager":id,"on":g.rng.chance(65)}})))
}

fn put_manager(g: &mut Generator) -> Option<Request> {
    let id = g.rng.pick(MANAGERS);
    let name = words::name(g.rng);
    let role = g.rng.pick(&["member", "member", "owner"]);
    Some((g.boss(), json!({"put_manager":{"manager":id,"name":name,"role":role}})))
}

fn remove_manager(g: &mut Generator) -> Option<Request> {
    // Rare, since each unassigns many chats.
    let rare = g.w.managers.len() > 3 && g.rng.chance(40);
    let id = g.manager().filter(|_| rare)?;
    Some((g.boss(), json!({"remove_manager":{"manager":id}})))
}

fn put_customer(g: &mut Generator) -> Option<Request> {
    let id = g.rng.pick(CUSTOMERS);
    let mut fields = json!({ "customer": id });
    match g.rng.below(3) {
        0 => fields["name"] = json!(null),
        1 => fields["name"] = words::name(g.rng).into(),
        _ => {}
    }
    match g.rng.below(3) {
        0 => fields["profile"] = json!(null),
        1 => fields["profile"] = words::profile(g.rng),
        _ => {}
    }
    Some((g.staff(), json!({ "put_customer": fields })))
}

fn track_event(g: &mut Generator) -> Option<Request> {
    let id = g.customer()?;
    let actor = if g.rng.chance(60) { customer(id) } else { g.staff() };
    let mut fields = json!({"customer":id,"name":words::name(g.rng),"page":null});
    if g.rng.chance(50) {
        fields["page"] = "https://shop/환불?q=1".into();
        fields["properties"] = words::profile(g.rng);
    }
    Some((actor, json!({ "track_event": fields })))
}

fn delete_chat(g: &mut Generator) -> Option<Request> {
    // The newest id is the one most likely to be reused by mistake.
    let newest = g.w.chats.keys().next_back().copied();
    let id = if g.rng.chance(25) { newest } else { g.chat() };
    let id = id.filter(|_| g.rng.chance(60))?;
    Some((g.boss(), json!({"delete_chat":{"chat":id}})))
}

fn tick(_: &mut Generator) -> Option<Request> {
    Some((system(), json!("tick")))
}
