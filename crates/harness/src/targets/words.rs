//! Builds the commands of a script from a name and four bytes.

use serde_json::{Value, json};

use inboxdb_naive::ACTIONS;

/// Every command. Those that matter most to the index are repeated.
pub const COMMANDS: [&str; 64] = [
    "tick",
    "set_clock",
    "put_manager",
    "remove_manager",
    "set_operator",
    "set_operator",
    "set_online",
    "set_capacity",
    "put_customer",
    "delete_customer",
    "set_profile_fields",
    "track_event",
    "create_tag",
    "delete_tag",
    "move_tag",
    "move_tag",
    "merge_tag",
    "follow_tag",
    "unfollow_tag",
    "start_chat",
    "start_chat",
    "send_message",
    "send_message",
    "send_message",
    "send_message",
    "send_message",
    "edit_message",
    "redact_message",
    "assign",
    "assign",
    "assign_recommended",
    "unassign",
    "unassign",
    "leave",
    "follow",
    "follow",
    "unfollow",
    "tag",
    "tag",
    "tag",
    "untag",
    "open",
    "open",
    "snooze",
    "snooze",
    "snooze",
    "snooze",
    "close",
    "close",
    "set_description",
    "set_description",
    "set_attribute",
    "mark_read",
    "mark_read",
    "mark_read",
    "mark_unread",
    "favorite",
    "favorite",
    "unfavorite",
    "delete_chat",
    "delete_workspace",
    "bulk",
    "bulk",
    "bulk",
];

/// Commands that cannot be part of a batch.
pub const ALONE: [&str; 4] = ["tick", "set_clock", "delete_workspace", "bulk"];

/// The last two are invalid.
const TAGS: [&str; 8] = ["a", "a/b", "A/b/c", "d", "d/e", "q&a", "a//b", "no such"];

const TEXTS: [&str; 8] =
    ["hello", "", "@1 see https://example.com/a", "#vip and #Late", "#vip @2 @3", "한글 #결제", "red", "blue"];

/// Selections of chats for bulk actions and queries.
const FILTERS: [&str; 16] = [
    "all",
    "all:open",
    "unassigned:open",
    "assigned:1",
    "following:2:closed",
    "sessions:3",
    "unread:1 | unread:2",
    "tag:a:open & !tag:d",
    "hashtag:vip",
    "customer:1 | favorites:2",
    "custom:team=red & !all:snoozed",
    "!(tag:\"q&a\" | custom:team=blue)",
    "custom:words=hello",
    "unread:3 & !unassigned",
    "favorites:1:open",
    "tag:no & all",
];

/// The duration of a snooze in ms. The last two are refused.
const SNOOZES_MS: [i64; 8] = [1, 10, 10, 1_000, 60_000, 1 << 33, 0, -1];

/// How far a clock is set back or ahead in ms. Together they are far less than a day.
const CLOCKS_MS: [i64; 8] = [0, -1, -10, -1_000, -60_000, 10, 1_000, 60_000];

/// Ids in the caller's own system. They differ by letters, case and normal form. The last one is invalid.
const EXTERNALS: [Option<&str>; 8] =
    [None, None, Some("u1"), Some("u2"), Some("U1"), Some("é"), Some("e\u{301}"), Some("")];

/// The newest message that a manager has read.
const UP_TO: [Option<u8>; 8] = [None, None, None, Some(1), Some(1), Some(2), Some(3), Some(0)];

/// Returns an element of a list.
fn pick<T: Copy>(from: &[T], byte: u8) -> T {
    from[usize::from(byte) % from.len()]
}

/// Returns a manager. The last one does not exist at first.
fn manager(byte: u8) -> u8 {
    1 + byte % 4
}

/// Returns a customer. The third does not exist at first; 0 is the one that the batch has put.
pub fn customer(byte: u8) -> u8 {
    pick(&[1, 2, 3, 1, 2, 3, 1, 0], byte)
}

/// Returns one of the first chats, mostly one of the two created at the start; 0 is the one that the batch has started.
fn chat(byte: u8) -> u8 {
    pick(&[1, 2, 1, 2, 3, 4, 0, 5], byte)
}

fn message(byte: u8) -> u8 {
    pick(&[1, 1, 2, 3], byte)
}

/// Returns up to three elements, one bit each.
fn some<T>(byte: u8, name: impl Fn(u8) -> T) -> Vec<T> {
    (0..3).filter(|bit| byte >> bit & 1 == 1).map(|bit| name((byte >> 3).wrapping_add(bit))).collect()
}

/// Returns the command with this name.
pub fn command(name: &str, operands: [u8; 4], at: u64) -> Value {
    let [first, second, third, fourth] = operands;
    let fields = match name {
        "tick" | "delete_workspace" => return json!(name),
        "bulk" => return bulk([first, second, third], at),
        "set_clock" => json!({"at":at.saturating_add_signed(pick(&CLOCKS_MS, first))}),
        "put_manager" => {
            let number = number(manager(first), fourth);
            json!({"manager":number,"name":pick(&TEXTS, third),"role":role(second),"external":external(fourth)})
        }
        "remove_manager" => json!({"manager":manager(first)}),
        "set_operator" | "set_online" => json!({"manager":manager(first),"on":second % 2 == 1}),
        "set_capacity" => json!({"manager":manager(first),"capacity":pick(&[None, Some(0), Some(1), Some(2)], second)}),
        "put_customer" => {
            let number = number(customer(first), fourth);
            json!({"customer":number,"profile":{"plan":pick(&TEXTS, second)},"external":external(fourth)})
        }
        "delete_customer" => json!({"customer":customer(first)}),
        "start_chat" => json!({"customer":customer(first),"external":external(fourth)}),
        "set_profile_fields" => profile_fields(first),
        "track_event" => json!({"customer":customer(first),"name":pick(&TEXTS, second)}),
        "create_tag" | "delete_tag" => json!({"path":pick(&TAGS, first)}),
        "move_tag" => json!({"path":pick(&TAGS, first),"to":pick(&TAGS, second)}),
        "merge_tag" => json!({"path":pick(&TAGS, first),"into":pick(&TAGS, second)}),
        "follow_tag" | "unfollow_tag" => json!({"path":pick(&TAGS, first),"manager":manager(second)}),
        _ => {
            let mut fields = on_chat(name, [second, third], at);
            fields["chat"] = chat(first).into();
            add_what_bulks_lack(name, [second, third, fourth], &mut fields);
            fields
        }
    };
    json!({ name: fields })
}

fn external(byte: u8) -> Option<&'static str> {
    pick(&EXTERNALS, byte)
}

/// Returns the number of a person, or none where the external id is to say who it is.
fn number(number: u8, byte: u8) -> Option<u8> {
    (external(byte).is_none() || byte & 8 == 0).then_some(number)
}

/// Adds the fields that only a command on one chat can have.
fn add_what_bulks_lack(name: &str, [first, second, third]: [u8; 3], fields: &mut Value) {
    match name {
        "send_message" => {
            fields["external"] = external(third).into();
            fields["quiet"] = pick(&[None, None, Some(true), Some(false)], third >> 3).into();
        }
        "edit_message" | "redact_message" => fields["message"] = message(first).into(),
        "mark_read" => fields["up_to"] = pick(&UP_TO, first).into(),
        "assign_recommended" => fields["online"] = pick(&[None, Some(true), Some(false)], first).into(),
        _ => {}
    }
    if name == "edit_message" {
        fields["text"] = pick(&TEXTS, second).into();
    }
}

/// Returns a condition on a chat, mostly of several fields.
pub fn condition(about: u8, byte: u8) -> Value {
    let mut fields = json!({"chat":chat(about)});
    if byte & 1 == 0 {
        fields["messages"] = pick(&[0, 1, 2, 3], byte >> 3).into();
    }
    if byte & 2 == 0 {
        fields["status"] = pick(&["open", "snoozed", "open", "closed"], byte >> 4).into();
    }
    if byte & 4 == 0 {
        fields["assignee"] = pick(&[None, Some(1), None, Some(2)], byte >> 6).into();
    }
    fields
}

fn role(byte: u8) -> &'static str {
    pick(&["member", "owner"], byte)
}

fn profile_fields(byte: u8) -> Value {
    let keys = some(byte, |byte| pick(&["plan", "city", "age"], byte));
    let fields: Vec<Value> = keys.iter().map(|key| json!({"key":key,"label":"L","shown":byte < 128})).collect();
    json!({ "fields": fields })
}

/// Returns the fields of a command on one chat, without the chat.
fn on_chat(name: &str, [first, second]: [u8; 2], at: u64) -> Value {
    match name {
        "assign" => json!({"manager":manager(first)}),
        "follow" | "unfollow" => json!({"managers":some(first, manager)}),
        "tag" | "untag" => json!({"tags":some(first, |byte| pick(&TAGS, byte))}),
        "send_message" => json!({"visibility":pick(&["public", "internal"], second),"text":pick(&TEXTS, first)}),
        "snooze" => json!({"until":at.saturating_add_signed(pick(&SNOOZES_MS, first))}),
        "set_description" => json!({"text":pick(&TEXTS, first)}),
        "set_attribute" => {
            json!({"key":pick(&["team", "level"], second),"value":pick(&[Some("red"), Some("blue"), None], first)})
        }
        _ => json!({}),
    }
}

/// Builds a bulk action. The first byte selects the chats, the second the action, the third the action's operands.
fn bulk([first, second, third]: [u8; 3], at: u64) -> Value {
    let select = match first {
        0..128 => json!({"filter":pick(&FILTERS, first)}),
        _ => json!({"chats":some(first, chat)}),
    };
    let name = pick(&ACTIONS, second);
    json!({"bulk":{"select":select,"do":{name:on_chat(name, [third, second / 12], at)}}})
}
