//! Commands at a limit and one step past it. The first number of each is its
//! weight: what makes long lines comes rarely.

use super::hand::{Hand, MANAGERS, Said, system};
use super::parse::LATEST;
use super::tags;
use serde_json::{Map, Value, json};

pub type Edge = fn(&mut Hand) -> Option<Said>;

pub const EDGES: &[(u64, Edge)] = &[
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

/// A text of so many characters, in one, two, three or four bytes each.
pub fn long(h: &mut Hand, characters: u64) -> String {
    h.rng.pick(&["x", "x", "é", "환", "🙏"]).repeat(characters as usize)
}

/// The limit, or one past it.
pub fn around(h: &mut Hand, limit: u64) -> u64 {
    limit + u64::from(h.rng.chance(50))
}

fn eight_tags(h: &mut Hand) -> Option<Said> {
    let id = h.chat()?;
    let borne = h.w.chats[&id].tags.clone();
    let mut free: Vec<String> = h.w.tags.keys().filter(|t| !borne.contains(*t)).cloned().collect();
    let wanted = around(h, 8) as usize - borne.len();
    while free.len() > wanted {
        let one = h.rng.index(free.len());
        free.swap_remove(one);
    }
    // One that the chat bears already does not count.
    free.extend(borne.into_iter().take(1));
    let tags: Vec<String> = free.iter().map(|tag| h.write(tag)).collect();
    Some((h.staff(), json!({"tag":{"chat":id,"tags":tags}})))
}

fn deep_tag(h: &mut Hand) -> Option<Said> {
    let under = h.written_tag()?;
    let wanted = around(h, 8) as usize;
    let missing = wanted.saturating_sub(tags::names(&under).len());
    let path = under + &"/d".repeat(missing);
    Some((h.staff(), json!({"create_tag":{"path":path}})))
}

fn long_tag_name(h: &mut Hand) -> Option<Said> {
    let length = around(h, 128);
    // In lower case the first of these grows to twice as many characters.
    let letter = h.rng.pick(&["İ", "i\u{307}", "x", "환", "🎁"]);
    let path = letter.repeat(length as usize);
    let what = h.rng.pick(&["create_tag", "create_tag", "delete_tag"]);
    Some((h.staff(), json!({what:{"path":path}})))
}

/// A move after which the deepest tag is the 8th or 9th.
fn move_to_the_depth(h: &mut Hand) -> Option<Said> {
    let from = h.tag()?;
    let depth = tags::names(&from).len();
    let subtree = h.w.tags.keys().filter(|tag| tags::within(tag, &from));
    let deepest = subtree.map(|tag| tags::names(tag).len()).max()?;
    let length = (around(h, 8) as usize).checked_sub(deepest - depth).filter(|n| *n > 0)?;
    let name = h.rng.pick(&["m", "M", "n"]);
    let to = vec![name; length.min(8)].join("/");
    Some((h.staff(), json!({"move_tag":{"path":h.write(&from),"to":to}})))
}

fn manager_name(h: &mut Hand) -> Option<Said> {
    let length = around(h, 256);
    let name = long(h, length);
    let id = h.rng.pick(MANAGERS);
    Some((system(), json!({"put_manager":{"manager":id,"name":name,"role":"owner"}})))
}

fn customer_name(h: &mut Hand) -> Option<Said> {
    let length = around(h, 256);
    let name = long(h, length);
    let id = if h.rng.chance(70) { h.customer()? } else { h.no_customer() };
    Some((h.staff(), json!({"put_customer":{"customer":id,"name":name}})))
}

fn profile_entries(h: &mut Hand) -> Option<Said> {
    let id = h.customer()?;
    let count = around(h, 64);
    let profile: Map<String, Value> = (0..count).map(|n| (n.to_string(), json!("v"))).collect();
    match h.rng.below(3) {
        0 => {
            let event = json!({"customer":id,"name":"seen","properties":profile});
            Some((h.staff(), json!({ "track_event": event })))
        }
        _ => Some((h.staff(), json!({"put_customer":{"customer":id,"profile":profile}}))),
    }
}

fn profile_lengths(h: &mut Hand) -> Option<Said> {
    let id = h.customer()?;
    let key_length = if h.rng.chance(70) { 128 } else { 129 };
    let value_length = if h.rng.chance(70) { 1024 } else { 1025 };
    let mut profile = Map::new();
    profile.insert(long(h, key_length), json!("v"));
    profile.insert("v".to_owned(), long(h, value_length).into());
    Some((h.staff(), json!({"put_customer":{"customer":id,"profile":profile}})))
}

fn event_lengths(h: &mut Hand) -> Option<Said> {
    let id = h.customer()?;
    let name_length = if h.rng.chance(70) { 256 } else { 257 };
    let page_length = if h.rng.chance(70) { 2048 } else { 2049 };
    let name = long(h, name_length);
    let page = long(h, page_length);
    Some((h.staff(), json!({"track_event":{"customer":id,"name":name,"page":page}})))
}

fn many_files(h: &mut Hand) -> Option<Said> {
    let count = around(h, 16) as usize;
    let file = json!({"name":"f","url":"u","media_type":"m","bytes":0});
    message(h, String::new(), vec![file; count])
}

fn file_fields(h: &mut Hand) -> Option<Said> {
    let mut file = json!({"name":"f","url":"u","media_type":"m","bytes":1});
    let field = h.rng.pick(&["name", "url", "media_type"]);
    let length = around(h, 2048);
    file[field] = long(h, length).into();
    message(h, "see".to_owned(), vec![file])
}

/// Texts are measured in bytes, whatever the letters.
fn long_text(h: &mut Hand) -> Option<Said> {
    let length = around(h, 65_536) as usize;
    let letter = h.rng.pick(&["x", "é", "환", "🙏"]);
    let mut text = letter.repeat(length / letter.len());
    text.push_str(&"x".repeat(length - text.len()));
    message(h, text, Vec::new())
}

fn message(h: &mut Hand, text: String, files: Vec<Value>) -> Option<Said> {
    let id = h.chat()?;
    let said = json!({"chat":id,"visibility":"public","text":text,"files":files});
    Some((h.staff(), json!({ "send_message": said })))
}

fn long_description(h: &mut Hand) -> Option<Said> {
    let id = h.chat()?;
    let length = around(h, 4096) - 5;
    let text = "#tag ".to_owned() + &long(h, length);
    Some((h.staff(), json!({"set_description":{"chat":id,"text":text}})))
}

fn many_managers(h: &mut Hand) -> Option<Said> {
    let id = h.chat()?;
    let assignee = h.w.chats[&id].assignee;
    // The same one many times is still a long list.
    let one = h.manager_where(|m| Some(m) != assignee && m < 1000)?;
    let managers = vec![one; around(h, 1024) as usize];
    let what = h.rng.pick(&["follow", "unfollow"]);
    Some((h.staff(), json!({what:{"chat":id,"managers":managers}})))
}

fn many_tags(h: &mut Hand) -> Option<Said> {
    let id = h.chat_where(|chat| chat.tags.len() < 8)?;
    let one = h.written_tag().filter(|tag| tag.len() < 20)?;
    let tags = vec![one; around(h, 1024) as usize];
    let what = h.rng.pick(&["tag", "untag"]);
    Some((h.staff(), json!({what:{"chat":id,"tags":tags}})))
}

fn latest_snooze(h: &mut Hand) -> Option<Said> {
    let id = h.chat()?;
    let until = around(h, LATEST);
    Some((h.staff(), json!({"snooze":{"chat":id,"until":until}})))
}
