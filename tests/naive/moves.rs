//! Commands that succeed, nearly always: each looks for a state in which it means
//! something. `None` where there is none.

use super::hand::{CUSTOMERS, Hand, MANAGERS, Said, customer, manager, system};
use super::parse::LATEST;
use super::{tags, words};
use serde_json::json;

pub type Move = fn(&mut Hand) -> Option<Said>;

pub const MOVES: &[(u64, Move)] = &[
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

/// What a young workspace lacks.
pub fn needed(h: &mut Hand) -> Option<Said> {
    let managers = &h.w.managers;
    if !managers.values().any(|m| m.owner) {
        let name = words::name(h.rng);
        let id = h.rng.pick(MANAGERS);
        return Some((system(), json!({"put_manager":{"manager":id,"name":name,"role":"owner"}})));
    }
    let few = [
        (managers.len() < 4, put_manager as Move),
        (!managers.values().any(|m| m.operator), set_operator),
        (h.w.customers.len() < 3, put_customer),
        (h.w.tags.len() < 6, create_tag),
        (h.w.chats.len() < 3, start_chat),
    ];
    let (_, next) = few.into_iter().find(|(lacks, _)| *lacks)?;
    if h.rng.chance(60) { next(h) } else { None }
}

fn start_chat(h: &mut Hand) -> Option<Said> {
    let id = h.customer()?;
    let actor = if h.rng.chance(60) { customer(id) } else { h.staff() };
    Some((actor, json!({"start_chat":{"customer":id}})))
}

fn message_of_customer(h: &mut Hand) -> Option<Said> {
    // Chats that nobody has, or that do not wait for an answer, show most.
    let id = match h.rng.below(8) {
        0..2 => h.chat_where(|chat| chat.assignee.is_none()),
        2 => h.chat_where(|chat| chat.snoozed_until.is_some()),
        _ => h.chat(),
    }?;
    let text = if h.rng.chance(15) { words::text_with_links(h.rng) } else { words::text(h.rng) };
    let said = json!({"send_message":{"chat":id,"visibility":"public","text":text}});
    Some((customer(h.w.chats[&id].customer), said))
}

fn message_of_manager(h: &mut Hand) -> Option<Said> {
    let id = h.chat()?;
    let text = if h.rng.chance(95) { words::text(h.rng) } else { String::new() };
    let text = if h.rng.chance(15) { words::text_with_links(h.rng) } else { text };
    let file = json!({"name":"a.png","url":"https://x/한.png","media_type":"image/png","bytes":u64::MAX});
    let files = match h.rng.below(6) {
        _ if text.is_empty() => json!([file]),
        0 => json!([file, file]),
        1 => json!([]),
        _ => json!(null),
    };
    let visibility = h.rng.pick(&["public", "public", "internal"]);
    let said = json!({"chat":id,"visibility":visibility,"text":text,"files":files});
    Some((manager(h.manager()?), json!({ "send_message": said })))
}

fn message_of_system(h: &mut Hand) -> Option<Said> {
    let id = h.chat_where(|chat| chat.snoozed_until.is_some()).or(h.chat())?;
    let visibility = h.rng.pick(&["public", "internal"]);
    let text = words::text(h.rng);
    Some((system(), json!({"send_message":{"chat":id,"visibility":visibility,"text":text}})))
}

fn assign(h: &mut Hand) -> Option<Said> {
    let id = h.chat()?;
    let to = h.manager()?;
    Some((h.staff(), json!({"assign":{"chat":id,"manager":to}})))
}

/// Mostly where it changes something.
fn unassign(h: &mut Hand) -> Option<Said> {
    let id = h.chat_where(|chat| chat.assignee.is_some()).or(h.chat())?;
    Some((h.staff(), json!({"unassign":{"chat":id}})))
}

fn settle(h: &mut Hand) -> Option<Said> {
    let id = h.chat()?;
    let what = h.rng.pick(&["open", "close", "close", "close"]);
    Some((h.staff(), json!({what:{"chat":id}})))
}

fn snooze(h: &mut Hand) -> Option<Said> {
    let id = h.chat()?;
    let pending: Vec<u64> = h.w.chats.values().filter_map(|c| c.snoozed_until).collect();
    let pending: Vec<u64> = pending.into_iter().filter(|until| *until > h.now).collect();
    let until = match (h.rng.below(12), h.rng.any(&pending)) {
        (0..3, Some(same)) => same,
        (0, None) => LATEST,
        (1, None) | (3, _) => h.now + 1,
        (4..7, _) => (h.now / 60_000 + 1 + h.rng.below(3)) * 60_000,
        (7..10, _) => h.now + 3_600_000 + h.rng.below(1 << 33),
        _ => h.now + 1 + h.rng.below(20_000),
    };
    Some((h.staff(), json!({"snooze":{"chat":id,"until":until.min(LATEST)}})))
}

/// What only a manager does.
fn of_ones_own(h: &mut Hand) -> Option<Said> {
    let me = h.manager()?;
    let (what, id) = match h.rng.below(8) {
        0..4 => {
            let unread = h.chat_where(|chat| chat.unread.contains_key(&me));
            ("mark_read", unread.or(h.chat())?)
        }
        4..7 => ("favorite", h.chat()?),
        _ => {
            let favorite = h.chat_where(|chat| chat.favorited_by.contains(&me));
            ("unfavorite", favorite.or(h.chat())?)
        }
    };
    Some((manager(me), json!({what:{"chat":id}})))
}

fn leave(h: &mut Hand) -> Option<Said> {
    let me = h.manager()?;
    let id = h.chat_where(|chat| chat.followers.contains(&me))?;
    Some((manager(me), json!({"leave":{"chat":id}})))
}

fn follow(h: &mut Hand) -> Option<Said> {
    let id = h.chat()?;
    let ids: Vec<u64> = (0..h.rng.index(4)).filter_map(|_| h.manager()).collect();
    Some((h.staff(), json!({"follow":{"chat":id,"managers":ids}})))
}

fn unfollow(h: &mut Hand) -> Option<Said> {
    let id = h.chat()?;
    let assignee = h.w.chats[&id].assignee;
    let ids = (0..=h.rng.index(3)).filter_map(|_| h.manager_where(|m| Some(m) != assignee));
    let ids: Vec<u64> = ids.collect();
    Some((h.staff(), json!({"unfollow":{"chat":id,"managers":ids}})))
}

fn tag(h: &mut Hand) -> Option<Said> {
    let id = h.chat()?;
    let tags = h.family()?;
    Some((h.staff(), json!({"tag":{"chat":id,"tags":tags}})))
}

fn untag(h: &mut Hand) -> Option<Said> {
    let id = h.chat_where(|chat| !chat.tags.is_empty()).or(h.chat())?;
    let borne: Vec<String> = h.w.chats[&id].tags.iter().cloned().collect();
    let tags = match h.rng.any(&borne) {
        Some(tag) if h.rng.chance(70) => vec![h.write(&tag)],
        _ => h.family()?,
    };
    Some((h.staff(), json!({"untag":{"chat":id,"tags":tags}})))
}

fn create_tag(h: &mut Hand) -> Option<Said> {
    // A tree that grows too wide makes every chat bear different tags.
    if h.w.tags.len() > 50 && h.rng.chance(80) {
        return None;
    }
    let path = match h.rng.below(20) {
        0 => words::path(h.rng, 8),
        1..13 => {
            let under = h.written_tag().filter(|tag| tags::names(tag).len() < 7);
            let name = words::path(h.rng, 1);
            under.map_or(name.clone(), |under| format!("{under}/{name}"))
        }
        _ => {
            let length = 1 + h.rng.index(3);
            words::path(h.rng, length)
        }
    };
    Some((h.staff(), json!({"create_tag":{"path":path}})))
}

fn move_tag(h: &mut Hand) -> Option<Said> {
    let from = h.tag()?;
    let path = h.write(&from);
    let name = words::tag_name(h.rng);
    let to = match h.rng.below(6) {
        // The same path, other letters.
        0 => h.write(&from),
        // Another name in the same place.
        1..3 => match tags::parent(&from) {
            Some(parent) => format!("{}/{name}", h.write(parent)),
            None => name,
        },
        // Below another tag, with or without a step that is missing.
        3..5 => {
            let under = h.written_tag().filter(|tag| !tags::within(&tag.to_lowercase(), &from))?;
            let between = if h.rng.chance(30) { "new/" } else { "" };
            format!("{under}/{between}{name}")
        }
        _ => words::path(h.rng, 1),
    };
    Some((h.staff(), json!({"move_tag":{"path":path,"to":to}})))
}

fn delete_tag(h: &mut Hand) -> Option<Said> {
    let tag = h.tag()?;
    let below = h.w.tags.keys().filter(|other| tags::within(other, &tag)).count();
    if h.rng.chance(if below > 5 { 85 } else { 40 }) {
        return None;
    }
    Some((h.staff(), json!({"delete_tag":{"path":h.write(&tag)}})))
}

fn follow_tag(h: &mut Hand) -> Option<Said> {
    let path = h.written_tag()?;
    let id = h.manager()?;
    let what = h.rng.pick(&["follow_tag", "follow_tag", "unfollow_tag"]);
    Some((h.staff(), json!({what:{"path":path,"manager":id}})))
}

fn describe(h: &mut Hand) -> Option<Said> {
    let id = h.chat()?;
    let text = words::description(h.rng);
    Some((h.staff(), json!({"set_description":{"chat":id,"text":text}})))
}

fn set_operator(h: &mut Hand) -> Option<Said> {
    let id = h.manager()?;
    let actor = if h.rng.chance(50) { manager(id) } else { h.boss() };
    Some((actor, json!({"set_operator":{"manager":id,"on":h.rng.chance(65)}})))
}

fn set_online(h: &mut Hand) -> Option<Said> {
    let id = h.manager()?;
    let actor = if h.rng.chance(50) { manager(id) } else { h.boss() };
    Some((actor, json!({"set_online":{"manager":id,"on":h.rng.chance(65)}})))
}

fn put_manager(h: &mut Hand) -> Option<Said> {
    let id = h.rng.pick(MANAGERS);
    let name = words::name(h.rng);
    let role = h.rng.pick(&["member", "member", "owner"]);
    Some((h.boss(), json!({"put_manager":{"manager":id,"name":name,"role":role}})))
}

fn remove_manager(h: &mut Hand) -> Option<Said> {
    // Each takes many chats back to nobody.
    let rare = h.w.managers.len() > 3 && h.rng.chance(40);
    let id = h.manager().filter(|_| rare)?;
    Some((h.boss(), json!({"remove_manager":{"manager":id}})))
}

fn put_customer(h: &mut Hand) -> Option<Said> {
    let id = h.rng.pick(CUSTOMERS);
    let mut fields = json!({ "customer": id });
    match h.rng.below(3) {
        0 => fields["name"] = json!(null),
        1 => fields["name"] = words::name(h.rng).into(),
        _ => {}
    }
    match h.rng.below(3) {
        0 => fields["profile"] = json!(null),
        1 => fields["profile"] = words::profile(h.rng),
        _ => {}
    }
    Some((h.staff(), json!({ "put_customer": fields })))
}

fn track_event(h: &mut Hand) -> Option<Said> {
    let id = h.customer()?;
    let actor = if h.rng.chance(60) { customer(id) } else { h.staff() };
    let mut fields = json!({"customer":id,"name":words::name(h.rng),"page":null});
    if h.rng.chance(50) {
        fields["page"] = "https://shop/환불?q=1".into();
        fields["properties"] = words::profile(h.rng);
    }
    Some((actor, json!({ "track_event": fields })))
}

fn delete_chat(h: &mut Hand) -> Option<Said> {
    // The newest id is the one that might be given again.
    let newest = h.w.chats.keys().next_back().copied();
    let id = if h.rng.chance(25) { newest } else { h.chat() };
    let id = id.filter(|_| h.rng.chance(60))?;
    Some((h.boss(), json!({"delete_chat":{"chat":id}})))
}

fn tick(_: &mut Hand) -> Option<Said> {
    Some((system(), json!("tick")))
}
