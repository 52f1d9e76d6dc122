//! Commands at a limit and one past it. The first number of each is its weight. Commands with long lines are rare.

use serde_json::{Map, Value, json};

use crate::model::command::LATEST;
use crate::model::tags;
use crate::trace::generator::{Choices, Generator, MANAGERS, Request, system};

pub const COMMANDS: Choices = &[
    (30, eight_tags),
    (30, deep_tag),
    (20, long_tag_name),
    (12, move_to_the_depth),
    (15, manager_name),
    (15, customer_name),
    (12, profile_entries),
    (12, profile_lengths),
    (8, event_lengths),
    (8, many_files),
    (6, file_fields),
    (8, long_description),
    (4, long_text),
    (6, many_managers),
    (5, many_tags),
    (10, latest_snooze),
];

/// Returns a text of this many characters, in letters of one, two, three or four bytes.
pub fn long(g: &mut Generator, characters: u64) -> String {
    g.rng.pick(&["x", "x", "é", "환", "🙏"]).repeat(characters as usize)
}

/// Returns the limit, or one past it.
pub fn around(g: &mut Generator, limit: u64) -> u64 {
    limit + u64::from(g.rng.chance(50))
}

fn eight_tags(g: &mut Generator) -> Option<Request> {
    let id = g.chat()?;
    let borne = g.w.chats[&id].tags.clone();
    let mut free: Vec<String> = g.w.tags.keys().filter(|t| !borne.contains(*t)).cloned().collect();
    let wanted = around(g, 8) as usize - borne.len();
    while free.len() > wanted {
        let one = g.rng.index(free.len());
        free.swap_remove(one);
    }
    // A tag that the chat already has does not count.
    free.extend(borne.into_iter().take(1));
    let tags: Vec<String> = free.iter().map(|tag| g.write(tag)).collect();
    Some((g.staff(), json!({"tag":{"chat":id,"tags":tags}})))
}

fn deep_tag(g: &mut Generator) -> Option<Request> {
    let under = g.written_tag()?;
    let wanted = around(g, 8) as usize;
    let missing = wanted.saturating_sub(tags::names(&under).len());
    let path = under + &"/d".repeat(missing);
    Some((g.staff(), json!({"create_tag":{"path":path}})))
}

fn long_tag_name(g: &mut Generator) -> Option<Request> {
    let length = around(g, 128);
    // The first of these doubles its characters in lower case.
    let letter = g.rng.pick(&["İ", "i\u{307}", "x", "환", "🎁"]);
    let path = letter.repeat(length as usize);
    let what = g.rng.pick(&["create_tag", "create_tag", "delete_tag"]);
    Some((g.staff(), json!({what:{"path":path}})))
}

/// Returns a move that puts the deepest tag at level 8 or 9.
fn move_to_the_depth(g: &mut Generator) -> Option<Request> {
    let from = g.tag()?;
    let depth = tags::names(&from).len();
    let subtree = g.w.tags.keys().filter(|tag| tags::within(tag, &from));
    let deepest = subtree.map(|tag| tags::names(tag).len()).max()?;
    let length = (around(g, 8) as usize).checked_sub(deepest - depth).filter(|n| *n > 0)?;
    let name = g.rng.pick(&["m", "M", "n"]);
    let to = vec![name; length.min(8)].join("/");
    Some((g.staff(), json!({"move_tag":{"path":g.write(&from),"to":to}})))
}

fn manager_name(g: &mut Generator) -> Option<Request> {
    let length = around(g, 256);
    let name = long(g, length);
    let id = g.rng.pick(MANAGERS);
    Some((system(), json!({"put_manager":{"manager":id,"name":name,"role":"owner"}})))
}

fn customer_name(g: &mut Generator) -> Option<Request> {
    let length = around(g, 256);
    let name = long(g, length);
    let id = if g.rng.chance(70) { g.customer()? } else { g.no_customer() };
    Some((g.staff(), json!({"put_customer":{"customer":id,"name":name}})))
}

fn profile_entries(g: &mut Generator) -> Option<Request> {
    let id = g.customer()?;
    let count = around(g, 64);
    let profile: Map<String, Value> = (0..count).map(|n| (n.to_string(), json!("v"))).collect();
    match g.rng.below(3) {
        0 => {
            let event = json!({"customer":id,"name":"seen","properties":profile});
            Some((g.staff(), json!({ "track_event": event })))
        }
        _ => Some((g.staff(), json!({"put_customer":{"customer":id,"profile":profile}}))),
    }
}

fn profile_lengths(g: &mut Generator) -> Option<Request> {
    let id = g.customer()?;
    let key_length = if g.rng.chance(70) { 128 } else { 129 };
    let value_length = if g.rng.chance(70) { 1024 } else { 1025 };
    let mut profile = Map::new();
    profile.insert(long(g, key_length), json!("v"));
    profile.insert("v".to_owned(), long(g, value_length).into());
    Some((g.staff(), json!({"put_customer":{"customer":id,"profile":profile}})))
}

fn event_lengths(g: &mut Generator) -> Option<Request> {
    let id = g.customer()?;
    let name_length = if g.rng.chance(70) { 256 } else { 257 };
    let page_length = if g.rng.chance(70) { 2048 } else { 2049 };
    let name = long(g, name_length);
    let page = long(g, page_length);
    Some((g.staff(), json!({"track_event":{"customer":id,"name":name,"page":page}})))
}

fn many_files(g: &mut Generator) -> Option<Request> {
    let count = around(g, 16) as usize;
    let file = json!({"name":"f","url":"u","media_type":"m","bytes":0});
    message(g, String::new(), vec![file; count])
}

fn file_fields(g: &mut Generator) -> Option<Request> {
    let mut file = json!({"name":"f","url":"u","media_type":"m","bytes":1});
    let field = g.rng.pick(&["name", "url", "media_type"]);
    let length = around(g, 2048);
    file[field] = long(g, length).into();
    message(g, "see".to_owned(), vec![file])
}

/// Texts are measured in bytes, whatever the letters.
fn long_text(g: &mut Generator) -> Option<Request> {
    let length = around(g, 65_536) as usize;
    let letter = g.rng.pick(&["x", "é", "환", "🙏"]);
    let mut text = letter.repeat(length / letter.len());
    text.push_str(&"x".repeat(length - text.len()));
    message(g, text, Vec::new())
}

fn message(g: &mut Generator, text: String, files: Vec<Value>) -> Option<Request> {
    let id = g.chat()?;
    let said = json!({"chat":id,"visibility":"public","text":text,"files":files});
    Some((g.staff(), json!({ "send_message": said })))
}

fn long_description(g: &mut Generator) -> Option<Request> {
    let id = g.chat()?;
    let length = around(g, 4096) - 5;
    let text = "#tag ".to_owned() + &long(g, length);
    Some((g.staff(), json!({"set_description":{"chat":id,"text":text}})))
}

fn many_managers(g: &mut Generator) -> Option<Request> {
    let id = g.chat()?;
    let assignee = g.w.chats[&id].assignee;
    // A list of repeated ids is still a long list.
    let one = g.manager_where(|m| Some(m) != assignee && m < 1000)?;
    let managers = vec![one; around(g, 1024) as usize];
    let what = g.rng.pick(&["follow", "unfollow"]);
    Some((g.staff(), json!({what:{"chat":id,"managers":managers}})))
}

fn many_tags(g: &mut Generator) -> Option<Request> {
    let id = g.chat_where(|chat| chat.tags.len() < 8)?;
    let one = g.written_tag().filter(|tag| tag.len() < 20)?;
    let tags = vec![one; around(g, 1024) as usize];
    let what = g.rng.pick(&["tag", "untag"]);
    Some((g.staff(), json!({what:{"chat":id,"tags":tags}})))
}

fn latest_snooze(g: &mut Generator) -> Option<Request> {
    let id = g.chat()?;
    let until = around(g, LATEST);
    Some((g.staff(), json!({"snooze":{"chat":id,"until":until}})))
}
