//! Commands put together blindly: any actor, any command, things that exist and
//! things that do not. They find what is judged in the wrong order.

use super::bulk::ACTIONS;
use super::hand::{Hand, Said, customer, manager, system};
use super::{algebra, words};
use serde_json::{Value, json};

const COMMANDS: &[&str] = &[
    "put_manager",
    "remove_manager",
    "set_operator",
    "set_online",
    "put_customer",
    "track_event",
    "create_tag",
    "delete_tag",
    "move_tag",
    "follow_tag",
    "unfollow_tag",
    "start_chat",
    "send_message",
    "send_message",
    "assign",
    "unassign",
    "leave",
    "open",
    "close",
    "mark_read",
    "favorite",
    "unfavorite",
    "delete_chat",
    "follow",
    "unfollow",
    "tag",
    "untag",
    "snooze",
    "set_description",
    "set_attribute",
    "set_capacity",
    "set_profile_fields",
    "delete_customer",
    "delete_workspace",
    "assign_recommended",
    "bulk",
    "bulk",
    "tick",
];

pub fn wild(h: &mut Hand) -> Option<Said> {
    let actor = anyone(h);
    let name = h.rng.pick(COMMANDS);
    let command = command(h, name);
    // Whole branches of the inbox should not vanish in every trace.
    let chance = match name {
        "remove_manager" | "delete_tag" | "delete_chat" => 30,
        "delete_customer" => 15,
        "delete_workspace" if actor == system() => 0,
        _ => 100,
    };
    h.rng.chance(chance).then_some((actor, command))
}

fn anyone(h: &mut Hand) -> Value {
    match h.rng.below(10) {
        0..2 => system(),
        2..6 => manager(any_manager(h)),
        6 => manager(h.no_manager()),
        _ => customer(any_customer(h)),
    }
}

fn any_manager(h: &mut Hand) -> u64 {
    let known = if h.rng.chance(80) { h.manager() } else { None };
    known.unwrap_or_else(|| h.no_manager())
}

fn any_customer(h: &mut Hand) -> u64 {
    let known = if h.rng.chance(80) { h.customer() } else { None };
    known.unwrap_or_else(|| h.no_customer())
}

fn any_chat(h: &mut Hand) -> u32 {
    let known = if h.rng.chance(75) { h.chat() } else { None };
    known.unwrap_or_else(|| h.no_chat())
}

fn any_tag(h: &mut Hand) -> String {
    let known = if h.rng.chance(75) { h.written_tag() } else { None };
    known.unwrap_or_else(|| h.no_tag())
}

fn command(h: &mut Hand, name: &str) -> Value {
    let fields = match name {
        "tick" | "delete_workspace" => return json!(name),
        "put_manager" => {
            let role = h.rng.pick(&["owner", "member"]);
            json!({"manager":any_manager(h),"name":words::name(h.rng),"role":role})
        }
        "remove_manager" => json!({"manager":any_manager(h)}),
        "set_operator" | "set_online" => json!({"manager":any_manager(h),"on":h.rng.chance(50)}),
        "put_customer" => json!({"customer":any_customer(h),"name":words::name(h.rng)}),
        "track_event" => json!({"customer":any_customer(h),"name":words::name(h.rng)}),
        "create_tag" => {
            let path = if h.rng.chance(50) { any_tag(h) } else { words::bad_path(h.rng) };
            json!({ "path": path })
        }
        "delete_tag" => json!({"path":any_tag(h)}),
        "move_tag" => {
            let to = if h.rng.chance(50) { any_tag(h) } else { words::bad_path(h.rng) };
            json!({"path":any_tag(h),"to":to})
        }
        "follow_tag" | "unfollow_tag" => json!({"path":any_tag(h),"manager":any_manager(h)}),
        "start_chat" | "delete_customer" => json!({"customer":any_customer(h)}),
        "set_capacity" => json!({"manager":any_manager(h),"capacity":h.rng.below(4)}),
        "set_profile_fields" => json!({"fields":[{"key":words::text(h.rng),"label":"","shown":true}]}),
        "bulk" => return bulk(h),
        _ => return on_chat(h, name),
    };
    json!({ name: fields })
}

fn bulk(h: &mut Hand) -> Value {
    let name = h.rng.pick(&ACTIONS);
    let mut action = on_chat(h, name);
    action[name].as_object_mut().expect("an object").remove("chat");
    let depth = h.rng.index(3);
    let leaf = if h.rng.chance(80) { algebra::known_view } else { algebra::unknown_view };
    let filter = algebra::tree(h, depth, leaf).either_form(h.rng);
    let select = match h.rng.below(3) {
        0 => json!({ "filter": filter }),
        _ => json!({"chats":[any_chat(h), any_chat(h)]}),
    };
    json!({"bulk":{"select":select,"do":action}})
}

fn on_chat(h: &mut Hand, name: &str) -> Value {
    let mut fields = json!({"chat":any_chat(h)});
    match name {
        "send_message" => {
            fields["visibility"] = h.rng.pick(&["public", "internal"]).into();
            fields["text"] = if h.rng.chance(70) { words::text(h.rng) } else { String::new() }.into();
        }
        "assign" => fields["manager"] = any_manager(h).into(),
        "follow" | "unfollow" => {
            let managers: Vec<u64> = (0..h.rng.index(3)).map(|_| any_manager(h)).collect();
            fields["managers"] = managers.into();
        }
        "tag" | "untag" => {
            let tags: Vec<String> = (0..h.rng.index(4)).map(|_| any_tag(h)).collect();
            fields["tags"] = tags.into();
        }
        "snooze" => fields["until"] = (h.now + h.rng.below(5000)).saturating_sub(1000).into(),
        "set_description" => fields["text"] = words::description(h.rng).into(),
        "set_attribute" => {
            fields["key"] = h.rng.pick(&["team", "priority"]).into();
            fields["value"] = h.rng.pick(&[json!("sales"), json!("x"), json!(null)]);
        }
        _ => {}
    }
    json!({ name: fields })
}
