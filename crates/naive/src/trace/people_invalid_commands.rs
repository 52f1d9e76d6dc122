//! Refusals of the newer commands, including bulk actions, and malformed versions of them.

use serde_json::{Value, json};

use crate::Rng;
use crate::model::command::LATEST;
use crate::trace::bulk_commands::{bulk, select};
use crate::trace::filters;
use crate::trace::generator::{Choices, Generator, Request, customer, manager, system};

pub const COMMANDS: Choices = &[
    (6, unknown),
    (7, forbidden),
    (7, nobody_available),
    (6, bulk_unknown_in_action),
    (6, bulk_unknown_in_filter),
    (5, bulk_wrong_for_all),
    (5, bulk_refused_for_each),
    (5, bulk_forbidden),
    (4, bulk_no_filter),
    (3, bulk_order),
];

fn unknown(g: &mut Generator) -> Option<Request> {
    let said = match g.rng.below(5) {
        0 => json!({"set_attribute":{"chat":g.no_chat(),"key":"x".repeat(129),"value":"v"}}),
        1 => json!({"assign_recommended":{"chat":g.no_chat()}}),
        2 => return Some((g.boss(), json!({"set_capacity":{"manager":g.no_manager(),"capacity":1}}))),
        3 => return Some((g.boss(), json!({"delete_customer":{"customer":g.no_customer()}}))),
        _ => return Some((manager(g.no_manager()), json!("delete_workspace"))),
    };
    Some((g.staff(), said))
}

fn forbidden(g: &mut Generator) -> Option<Request> {
    if g.rng.chance(50) {
        let me = g.member()?;
        let said = match g.rng.below(4) {
            0 => json!({"set_capacity":{"manager":g.manager_where(|m| m != me)?,"capacity":1}}),
            1 => json!({"set_capacity":{"manager":g.no_manager()}}),
            2 => json!({"delete_customer":{"customer":g.customer()?}}),
            _ => json!("delete_workspace"),
        };
        return Some((manager(me), said));
    }
    let me = g.customer()?;
    let said = match g.rng.below(6) {
        0 => json!({"set_attribute":{"chat":g.chat()?,"key":"k","value":"v"}}),
        1 => json!({"set_capacity":{"manager":g.manager()?}}),
        2 => json!({"set_profile_fields":{"fields":[]}}),
        3 => json!({"delete_customer":{"customer":me}}),
        4 => json!({"assign_recommended":{"chat":g.no_chat()}}),
        _ => json!("delete_workspace"),
    };
    Some((customer(me), said))
}

/// Requests a recommendation when all managers are full. If one has room, takes that room first.
fn nobody_available(g: &mut Generator) -> Option<Request> {
    let open = |me: u64| g.w.chats.values().filter(|c| c.assignee == Some(me) && c.snoozed_until.is_none()).count();
    let roomy = g.w.managers.iter().find(|(id, m)| m.capacity.is_none_or(|most| most as usize > open(**id)));
    match roomy {
        Some((id, _)) => Some((g.boss(), json!({"set_capacity":{"manager":id,"capacity":0}}))),
        None => Some((g.staff(), json!({"assign_recommended":{"chat":g.chat()?}}))),
    }
}

fn bulk_unknown_in_action(g: &mut Generator) -> Option<Request> {
    let action = match g.rng.below(5) {
        0 => json!({"assign":{"manager":g.no_manager()}}),
        1 => json!({"follow":{"managers":[g.manager()?, g.no_manager()]}}),
        2 => json!({"unfollow":{"managers":[g.no_manager()]}}),
        3 => json!({"tag":{"tags":[g.written_tag()?, g.no_tag()]}}),
        _ => json!({"untag":{"tags":[g.no_tag()]}}),
    };
    let actor = g.staff();
    Some(bulk(g, actor, action))
}

fn bulk_unknown_in_filter(g: &mut Generator) -> Option<Request> {
    let depth = g.rng.index(2);
    let parts = vec![
        filters::tree(g, 1, filters::known_view),
        filters::tree(g, depth, filters::unknown_view),
        filters::tree(g, 1, filters::unknown_view),
    ];
    let tree = if g.rng.chance(50) { filters::Tree::Or(parts) } else { filters::Tree::And(parts) };
    let action = match g.rng.below(3) {
        // The filter is checked first.
        0 => json!({"assign":{"manager":g.no_manager()}}),
        1 => json!({"snooze":{"until":0}}),
        _ => json!({"close":{}}),
    };
    let select = json!({"filter":tree.either_form(g.rng)});
    Some((g.staff(), json!({"bulk":{"select":select,"do":action}})))
}

fn bulk_wrong_for_all(g: &mut Generator) -> Option<Request> {
    let action = match g.rng.below(5) {
        0 => json!({"snooze":{"until":g.now}}),
        1 => json!({"snooze":{"until":g.rng.below(g.now + 1)}}),
        2 => json!({"send_message":{"visibility":"public","text":""}}),
        3 => json!({"send_message":{"visibility":"internal","text":"","files":[]}}),
        _ => {
            let file = json!({"name":"x".repeat(2049),"url":"u","media_type":"m","bytes":1});
            json!({"send_message":{"visibility":"public","text":"x","files":[file]}})
        }
    };
    let actor = g.staff();
    Some(bulk(g, actor, action))
}

fn bulk_refused_for_each(g: &mut Generator) -> Option<Request> {
    let ids: Vec<u32> = (0..4).filter_map(|_| g.chat()).collect();
    let assignees: Vec<u64> = ids.iter().filter_map(|id| g.w.chats[id].assignee).collect();
    let (actor, action) = match g.rng.below(3) {
        0 => (g.staff(), json!({"unfollow":{"managers":assignees}})),
        1 => {
            let tags: Vec<&String> = g.w.tags.keys().take(7).collect();
            let action = json!({"tag":{"tags":tags}});
            (g.staff(), action)
        }
        _ => (manager(g.manager()?), json!({"leave":{}})),
    };
    let ids = [ids, vec![g.no_chat(), g.no_chat()]].concat();
    let select = json!({ "chats": ids });
    Some((actor, json!({"bulk":{"select":select,"do":action}})))
}

fn bulk_forbidden(g: &mut Generator) -> Option<Request> {
    let (actor, action) = match g.rng.below(3) {
        0 => (customer(g.customer()?), json!({"send_message":{"visibility":"public","text":"x"}})),
        1 => (customer(g.customer()?), json!({"mark_read":{}})),
        _ => (system(), g.rng.pick(&[json!({"mark_read":{}}), json!({"leave":{}})])),
    };
    Some(bulk(g, actor, action))
}

fn bulk_no_filter(g: &mut Generator) -> Option<Request> {
    let good = filters::good_text(g);
    let bad = filters::no_filter(g.rng, &good);
    Some((g.staff(), json!({"bulk":{"select":{"filter":bad},"do":{"open":{}}}})))
}

/// Combines two faults. Existence is checked before list lengths, and those before a time in the past.
fn bulk_order(g: &mut Generator) -> Option<Request> {
    let long = json!({"chats":vec![g.no_chat(); 1025]});
    let (select, action) = match g.rng.below(4) {
        0 => (long, json!({"assign":{"manager":g.no_manager()}})),
        1 => (long, json!({"snooze":{"until":0}})),
        2 => (long, json!({"send_message":{"visibility":"public","text":""}})),
        _ => (select(g), json!({"follow":{"managers":vec![g.no_manager(); 1025]}})),
    };
    Some((g.staff(), json!({"bulk":{"select":select,"do":action}})))
}

/// Returns a malformed command.
pub fn malformed_command(rng: &mut Rng) -> Value {
    let all = json!({"chats":[1]});
    let with = |action: Value| json!({"bulk":{"select":all,"do":action}});
    let field = json!({"key":"k","label":"l","shown":true});
    rng.pick(&[
        json!({"set_attribute":{"chat":1,"key":"","value":"v"}}),
        json!({"set_attribute":{"chat":1,"key":""}}),
        json!({"set_attribute":{"chat":1,"value":"v"}}),
        json!({"set_attribute":{"chat":1,"key":"k","value":7}}),
        json!({"set_attribute":{"chat":1,"key":null,"value":"v"}}),
        json!({"set_capacity":{"manager":1,"capacity":-1}}),
        json!({"set_capacity":{"manager":1,"capacity":u64::from(u32::MAX) + 1}}),
        json!({"set_capacity":{"manager":1,"capacity":"3"}}),
        json!({"set_capacity":{"capacity":3}}),
        json!({"set_profile_fields":{}}),
        json!({"set_profile_fields":{"fields":null}}),
        json!({"set_profile_fields":{"fields":[field, field]}}),
        json!({"set_profile_fields":{"fields":[{"key":"","label":"l","shown":true}]}}),
        json!({"set_profile_fields":{"fields":[{"key":"k","label":"l"}]}}),
        json!({"set_profile_fields":{"fields":[{"key":"k","shown":true}]}}),
        json!({"set_profile_fields":{"fields":[{"key":"k","label":"l","shown":1}]}}),
        json!({"set_profile_fields":{"fields":[{"key":"k","label":"l","shown":true,"more":1}]}}),
        json!({"delete_customer":{}}),
        json!({"delete_customer":{"customer":-1}}),
        json!("Delete_workspace"),
        json!({"assign_recommended":{}}),
        json!({"assign_recommended":{"chat":1,"manager":1}}),
        json!({"bulk":{"do":{"open":{}}}}),
        json!({"bulk":{"select":all}}),
        json!({"bulk":{"select":{},"do":{"open":{}}}}),
        json!({"bulk":{"select":{"chats":[1],"filter":"all"},"do":{"open":{}}}}),
        json!({"bulk":{"select":{"chats":[-1]},"do":{"open":{}}}}),
        json!({"bulk":{"select":{"chats":[u64::from(u32::MAX) + 1]},"do":{"open":{}}}}),
        json!({"bulk":{"select":{"chats":1},"do":{"open":{}}}}),
        json!({"bulk":{"select":{"filter":null},"do":{"open":{}}}}),
        json!({"bulk":{"select":{"view":"all"},"do":{"open":{}}}}),
        with(json!({})),
        with(json!({"open":{},"close":{}})),
        with(json!({"open":{"chat":1}})),
        with(json!({"assign":{}})),
        with(json!({"favorite":{}})),
        with(json!({"delete_chat":{}})),
        with(json!({"bulk":{"select":all,"do":{"open":{}}}})),
        with(json!({"tag":{"tags":"a"}})),
        with(json!({"tag":{}})),
        with(json!({"snooze":{"until":LATEST + 1}})),
        with(json!({"snooze":{}})),
        with(json!({"send_message":{"visibility":"secret","text":"x"}})),
        with(json!({"send_message":{"visibility":"public"}})),
        with(json!({"set_description":{"text":"x"}})),
    ])
}
