//! Builds the commands of a script from a name and three bytes.

use serde_json::{Value, json};

use inboxdb_naive::ACTIONS;

/// Every command. Those that matter most to the index are repeated.
pub const COMMANDS: [&str; 64] = [
    "tick",
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
    "follow_tag",
    "unfollow_tag",
    "start_chat",
    "start_chat",
    "send_message",
    "send_message",
    "send_message",
    "send_message",
    "send_message",
    "send_message",
    "assign",
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
    "mark_read",
    "favorite",
    "favorite",
    "unfavorite",
    "delete_chat",
    "delete_workspace",
    "bulk",
    "bulk",
    "bulk",
    "bulk",
    "bulk",
];

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

/// Returns an element of a list.
fn pick<T: Copy>(from: &[T], byte: u8) -> T {
    from[usize::from(byte) % from.len()]
}

/// Returns a manager. The last one does not exist at first.
fn manager(byte: u8) -> u8 {
    1 + byte % 4
}

/// Returns a customer. The last one does not exist at first.
pub fn customer(byte: u8) -> u8 {
    1 + byte % 3
}

/// Returns one of the first chats, mostly one of the two created at the start.
fn chat(byte: u8) -> u8 {
    pick(&[1, 2, 1, 2, 3, 4, 1, 5], byte)
}

/// Returns up to three elements, one bit each.
fn some<T>(byte: u8, name: impl Fn(u8) -> T) -> Vec<T> {
    (0..3).filter(|bit| byte >> bit & 1 == 1).map(|bit| name((byte >> 3).wrapping_add(bit))).collect()
}

/// Returns the command with this name.
pub fn command(name: &str, operands: [u8; 3], at: u64) -> Value {
    let [first, second, third] = operands;
    let fields = match name {
        "tick" | "delete_workspace" => return json!(name),
        "bulk" => return bulk(operands, at),
        "put_manager" => json!({"manager":manager(first),"name":pick(&TEXTS, third),"role":role(second)}),
        "remove_manager" => json!({"manager":manager(first)}),
        "set_operator" | "set_online" => json!({"manager":manager(first),"on":second % 2 == 1}),
        "set_capacity" => json!({"manager":manager(first),"capacity":pick(&[None, Some(0), Some(1), Some(2)], second)}),
        "put_customer" => json!({"customer":customer(first),"profile":{"plan":pick(&TEXTS, second)}}),
        "delete_customer" | "start_chat" => json!({"customer":customer(first)}),
        "set_profile_fields" => profile_fields(first),
        "track_event" => json!({"customer":customer(first),"name":pick(&TEXTS, second)}),
        "create_tag" | "delete_tag" => json!({"path":pick(&TAGS, first)}),
        "move_tag" => json!({"path":pick(&TAGS, first),"to":pick(&TAGS, second)}),
        "follow_tag" | "unfollow_tag" => json!({"path":pick(&TAGS, first),"manager":manager(second)}),
        _ => {
            let mut fields = on_chat(name, [second, third], at);
            fields["chat"] = chat(first).into();
            fields
        }
    };
    json!({ name: fields })
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
