//! Commands combined at random: any actor, any command, existing and missing things. They find checks in the wrong
//! order.

use serde_json::{Value, json};

use crate::model::bulk::ACTIONS;
use crate::model::parse::{LATER_NAMES, NAMES};
use crate::trace::filters;
use crate::trace::generator::{Generator, Request, customer, manager, system};
use crate::trace::words;

pub fn random_command(g: &mut Generator) -> Option<Request> {
    let actor = anyone(g);
    let names = if g.rng.chance(15) { LATER_NAMES } else { NAMES };
    let name = g.rng.pick(names);
    let command = command(g, name);
    // Whole parts of the inbox should not vanish in every trace.
    let chance = match name {
        "remove_manager" | "delete_tag" | "delete_chat" => 30,
        "delete_customer" => 15,
        "delete_workspace" if actor == system() => 0,
        _ => 100,
    };
    g.rng.chance(chance).then_some((actor, command))
}

fn anyone(g: &mut Generator) -> Value {
    match g.rng.below(10) {
        0..2 => system(),
        2..6 => manager(any_manager(g)),
        6 => manager(g.no_manager()),
        _ => customer(any_customer(g)),
    }
}

fn any_manager(g: &mut Generator) -> u64 {
    let known = if g.rng.chance(80) { g.manager() } else { None };
    known.unwrap_or_else(|| g.no_manager())
}

fn any_customer(g: &mut Generator) -> u64 {
    let known = if g.rng.chance(80) { g.customer() } else { None };
    known.unwrap_or_else(|| g.no_customer())
}

fn any_chat(g: &mut Generator) -> u32 {
    let known = if g.rng.chance(75) { g.chat() } else { None };
    known.unwrap_or_else(|| g.no_chat())
}

fn any_tag(g: &mut Generator) -> String {
    let known = if g.rng.chance(75) { g.written_tag() } else { None };
    known.unwrap_or_else(|| g.no_tag())
}

fn command(g: &mut Generator, name: &str) -> Value {
    let fields = match name {
        "tick" | "delete_workspace" => return json!(name),
        "put_manager" => {
            let role = g.rng.pick(&["owner", "member"]);
            json!({"manager":any_manager(g),"name":words::name(g.rng),"role":role})
        }
        "remove_manager" => json!({"manager":any_manager(g)}),
        "set_operator" | "set_online" => json!({"manager":any_manager(g),"on":g.rng.chance(50)}),
        "put_customer" => json!({"customer":any_customer(g),"name":words::name(g.rng)}),
        "track_event" => json!({"customer":any_customer(g),"name":words::name(g.rng)}),
        "create_tag" => {
            let path = if g.rng.chance(50) { any_tag(g) } else { words::bad_path(g.rng) };
            json!({ "path": path })
        }
        "delete_tag" => json!({"path":any_tag(g)}),
        "move_tag" => {
            let to = if g.rng.chance(50) { any_tag(g) } else { words::bad_path(g.rng) };
            json!({"path":any_tag(g),"to":to})
        }
        "merge_tag" => json!({"path":any_tag(g),"into":any_tag(g)}),
        "set_clock" => json!({"at":g.w.clock.saturating_sub(g.rng.below(2_000))}),
        "follow_tag" | "unfollow_tag" => json!({"path":any_tag(g),"manager":any_manager(g)}),
        "start_chat" | "delete_customer" => json!({"customer":any_customer(g)}),
        "set_capacity" => json!({"manager":any_manager(g),"capacity":g.rng.below(4)}),
        "set_profile_fields" => json!({"fields":[{"key":words::text(g.rng),"label":"","shown":true}]}),
        "bulk" => return bulk(g),
        _ => return on_chat(g, name),
    };
    json!({ name: fields })
}

fn bulk(g: &mut Generator) -> Value {
    let name = g.rng.pick(&ACTIONS);
    let mut action = on_chat(g, name);
    for field in ["chat", "up_to"] {
        action[name].as_object_mut().expect("an object").remove(field);
    }
    let depth = g.rng.index(3);
    let leaf = if g.rng.chance(80) { filters::known_view } else { filters::unknown_view };
    let filter = filters::tree(g, depth, leaf).either_form(g.rng);
    let select = match g.rng.below(3) {
        0 => json!({ "filter": filter }),
        _ => json!({"chats":[any_chat(g), any_chat(g)]}),
    };
    json!({"bulk":{"select":select,"do":action}})
}

fn on_chat(g: &mut Generator, name: &str) -> Value {
    let mut fields = json!({"chat":any_chat(g)});
    match name {
        "send_message" => {
            fields["visibility"] = g.rng.pick(&["public", "internal"]).into();
            fields["text"] = if g.rng.chance(70) { words::text(g.rng) } else { String::new() }.into();
        }
        "assign" => fields["manager"] = any_manager(g).into(),
        "follow" | "unfollow" => {
            let managers: Vec<u64> = (0..g.rng.index(3)).map(|_| any_manager(g)).collect();
            fields["managers"] = managers.into();
        }
        "tag" | "untag" => {
            let tags: Vec<String> = (0..g.rng.index(4)).map(|_| any_tag(g)).collect();
            fields["tags"] = tags.into();
        }
        "snooze" => fields["until"] = (g.now + g.rng.below(5000)).saturating_sub(1000).into(),
        "edit_message" => {
            fields["message"] = (1 + g.rng.below(6)).into();
            fields["text"] = if g.rng.chance(70) { words::text(g.rng) } else { String::new() }.into();
        }
        "redact_message" => fields["message"] = (1 + g.rng.below(6)).into(),
        "mark_read" if g.rng.chance(50) => {
            fields["up_to"] = (1 + g.rng.below(6)).into();
        }
        "assign_recommended" => fields["online"] = g.rng.chance(50).into(),
        "set_description" => fields["text"] = words::description(g.rng).into(),
        "set_attribute" => {
            fields["key"] = g.rng.pick(&["team", "priority"]).into();
            fields["value"] = g.rng.pick(&[json!("sales"), json!("x"), json!(null)]);
        }
        _ => {}
    }
    json!({ name: fields })
}
