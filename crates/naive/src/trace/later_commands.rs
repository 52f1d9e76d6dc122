//! Commands that nearly always succeed: on messages and what is unread, merged tags, people who return, clocks.

use serde_json::{Value, json};

use crate::model::command::LATEST;
use crate::model::tags;
use crate::trace::generator::{Choices, Generator, MANAGERS, Request, customer, manager, system};
use crate::trace::words;

pub const COMMANDS: Choices = &[
    (8, quiet_message),
    (8, mark_unread),
    (10, read_up_to),
    (8, edit_message),
    (5, redact_message),
    (6, merge_tag),
    (3, create_kin),
    (5, assign_online),
    (4, leave_for_good),
    (6, return_or_join),
    (8, note_with_endings),
    (4, describe),
    (3, set_clock),
    (4, set_online),
];

fn quiet_message(g: &mut Generator) -> Option<Request> {
    let id = g.chat_where(|chat| chat.snoozed_until.is_some()).or(g.chat())?;
    let text = words::text(g.rng);
    let said = json!({"chat":id,"visibility":"public","text":text,"quiet":true});
    let actor = match g.rng.below(3) {
        0 => customer(g.w.chats[&id].customer),
        1 => manager(g.manager()?),
        _ => system(),
    };
    Some((actor, json!({ "send_message": said })))
}

fn mark_unread(g: &mut Generator) -> Option<Request> {
    let me = g.manager()?;
    let w = g.w;
    let id = g.chat_where(|chat| w.is_recipient(chat, me))?;
    Some((manager(me), json!({"mark_unread":{"chat":id}})))
}

fn read_up_to(g: &mut Generator) -> Option<Request> {
    let me = g.manager()?;
    let id = g.chat_where(|chat| chat.unread.get(&me).is_some_and(|count| *count > 1)).or(g.chat())?;
    let up_to = g.message(id)?;
    Some((manager(me), json!({"mark_read":{"chat":id,"up_to":up_to}})))
}

fn edit_message(g: &mut Generator) -> Option<Request> {
    let id = g.chat_where(|chat| !chat.messages.is_empty())?;
    let number = g.message(id)?;
    let message = g.w.message(id, number).filter(|message| !message.redacted)?;
    let text = match g.rng.below(6) {
        0 => message.text.clone(),
        1 => words::text_with_links(g.rng),
        2 if !message.files.is_empty() => String::new(),
        _ => words::text(g.rng),
    };
    let author = g.author_or_boss(id, number);
    let actor = if g.rng.chance(80) { author } else { system() };
    Some((actor, json!({"edit_message":{"chat":id,"message":number,"text":text}})))
}

fn redact_message(g: &mut Generator) -> Option<Request> {
    let id = g.chat_where(|chat| !chat.messages.is_empty())?;
    let number = g.message(id)?;
    Some((g.author_or_boss(id, number), json!({"redact_message":{"chat":id,"message":number}})))
}

/// Merges a tag into another one, which often has tags of the same names below it.
fn merge_tag(g: &mut Generator) -> Option<Request> {
    let (from, into) = (g.tag()?, g.tag()?);
    let below = g.w.tags.keys().filter(|tag| tags::within(tag, &from)).count();
    let apart = !tags::within(&from, &into) && !tags::within(&into, &from);
    if !apart || (below > 4 && g.rng.chance(80)) {
        return None;
    }
    Some((g.staff(), json!({"merge_tag":{"path":g.write(&from),"into":g.write(&into)}})))
}

/// Creates a tag below one tag with the name of a tag below another, so that there is something to merge.
fn create_kin(g: &mut Generator) -> Option<Request> {
    let (one, under) = (g.written_tag()?, g.written_tag()?);
    let (_, name) = one.rsplit_once('/')?;
    let path = format!("{under}/{name}");
    (tags::names(&path).len() <= 8).then(|| (g.staff(), json!({"create_tag":{"path":path}})))
}

fn assign_online(g: &mut Generator) -> Option<Request> {
    let id = g.chat()?;
    let online = g.rng.pick(&[json!(true), json!(true), json!(true), json!(false), json!(null)]);
    Some((g.staff(), json!({"assign_recommended":{"chat":id,"online":online}})))
}

fn set_online(g: &mut Generator) -> Option<Request> {
    let id = g.manager()?;
    Some((manager(id), json!({"set_online":{"manager":id,"on":g.rng.chance(30)}})))
}

fn leave_for_good(g: &mut Generator) -> Option<Request> {
    let id = g.manager().filter(|_| g.w.managers.len() > 4)?;
    Some((g.boss(), json!({"remove_manager":{"manager":id}})))
}

fn return_or_join(g: &mut Generator) -> Option<Request> {
    let gone: Vec<u64> = g.w.left.keys().copied().collect();
    let back = g.rng.any(&gone).filter(|_| g.rng.chance(70));
    let id = back.unwrap_or_else(|| g.rng.pick(MANAGERS));
    let name = if g.rng.chance(60) { words::name_of_the_east(g.rng) } else { words::name(g.rng) };
    let role = g.rng.pick(&["member", "member", "owner"]);
    Some((g.boss(), json!({"put_manager":{"manager":id,"name":name,"role":role}})))
}

/// Returns a message that names managers with and without endings, after letters of several scripts.
fn note_with_endings(g: &mut Generator) -> Option<Request> {
    let id = g.chat()?;
    let names: Vec<String> = g.w.managers.values().chain(g.w.left.values()).map(|m| m.name.clone()).collect();
    let names: Vec<String> = names.into_iter().filter(|name| name.len() < 40).collect();
    let mut text = String::new();
    for _ in 0..1 + g.rng.below(4) {
        let name = g.rng.any(&names)?;
        let name = if g.rng.chance(30) { words::respelled(g.rng, &name) } else { words::recase(g.rng, &name) };
        text.push_str(g.rng.pick(&["", " ", " ", "환", "見", "_", "x", "é", "\u{301}"]));
        text.push('@');
        text.push_str(&name);
        text.push_str(g.rng.pick(words::ENDINGS));
    }
    let said = json!({"chat":id,"visibility":"internal","text":text});
    Some((g.staff(), json!({ "send_message": said })))
}

fn describe(g: &mut Generator) -> Option<Request> {
    let id = g.chat()?;
    let text = words::marked_description(g.rng);
    Some((g.staff(), json!({"set_description":{"chat":id,"text":text}})))
}

/// Sets the clock back or ahead, often to a deadline or next to it.
fn set_clock(g: &mut Generator) -> Option<Request> {
    let clock = g.w.clock;
    let deadlines: Vec<u64> = g.w.chats.values().filter_map(|chat| chat.snoozed_until).collect();
    let at = match (g.rng.below(10), g.rng.any(&deadlines)) {
        (0..3, Some(deadline)) => deadline - 1 + g.rng.below(3),
        (3..6, _) => clock.saturating_sub(g.rng.below(200_000)),
        (6, _) => clock.saturating_sub(g.rng.below(200_000_000)),
        (7, _) => clock + g.rng.below(100_000_000),
        (8, _) => clock,
        _ => clock + g.rng.below(200_000),
    };
    Some((system(), json!({"set_clock":{"at":at.min(LATEST)}})))
}

/// Returns a random condition on a chat: mostly one that holds.
pub fn condition(g: &mut Generator) -> Option<Value> {
    let id = if g.rng.chance(92) { g.chat()? } else { g.no_chat().max(1) };
    let mut fields = json!({"chat":id});
    let Some(chat) = g.w.chats.get(&id) else { return Some(fields) };
    if g.rng.chance(50) {
        let messages = chat.messages.len() as u64;
        fields["messages"] = if g.rng.chance(85) { messages } else { messages + g.rng.below(3) }.into();
    }
    if g.rng.chance(50) {
        let other = g.rng.pick(&["open", "snoozed", "closed"]);
        fields["status"] = if g.rng.chance(85) { chat.status.word() } else { other }.into();
    }
    if g.rng.chance(50) {
        let other = if g.rng.chance(50) { g.manager() } else { None };
        fields["assignee"] = if g.rng.chance(85) { json!(chat.assignee) } else { json!(other) };
    }
    if g.rng.chance(10) {
        fields["messages"] = Value::Null;
    }
    Some(fields)
}
