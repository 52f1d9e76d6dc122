//! Refusals of the newer commands, bulk actions among them, and forms of them that are
//! no command.

use super::Rng;
use super::algebra;
use super::bulk_moves::{bulk, select};
use super::faults::Fault;
use super::hand::{Hand, Said, customer, manager, system};
use super::parse::LATEST;
use serde_json::{Value, json};

pub const FAULTS: &[(u64, Fault)] = &[
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

fn unknown(h: &mut Hand) -> Option<Said> {
    let said = match h.rng.below(5) {
        0 => json!({"set_attribute":{"chat":h.no_chat(),"key":"x".repeat(129),"value":"v"}}),
        1 => json!({"assign_recommended":{"chat":h.no_chat()}}),
        2 => return Some((h.boss(), json!({"set_capacity":{"manager":h.no_manager(),"capacity":1}}))),
        3 => return Some((h.boss(), json!({"delete_customer":{"customer":h.no_customer()}}))),
        _ => return Some((manager(h.no_manager()), json!("delete_workspace"))),
    };
    Some((h.staff(), said))
}

fn forbidden(h: &mut Hand) -> Option<Said> {
    if h.rng.chance(50) {
        let me = h.member()?;
        let said = match h.rng.below(4) {
            0 => json!({"set_capacity":{"manager":h.manager_where(|m| m != me)?,"capacity":1}}),
            1 => json!({"set_capacity":{"manager":h.no_manager()}}),
            2 => json!({"delete_customer":{"customer":h.customer()?}}),
            _ => json!("delete_workspace"),
        };
        return Some((manager(me), said));
    }
    let me = h.customer()?;
    let said = match h.rng.below(6) {
        0 => json!({"set_attribute":{"chat":h.chat()?,"key":"k","value":"v"}}),
        1 => json!({"set_capacity":{"manager":h.manager()?}}),
        2 => json!({"set_profile_fields":{"fields":[]}}),
        3 => json!({"delete_customer":{"customer":me}}),
        4 => json!({"assign_recommended":{"chat":h.no_chat()}}),
        _ => json!("delete_workspace"),
    };
    Some((customer(me), said))
}

/// Where somebody has room, they first lose it.
fn nobody_available(h: &mut Hand) -> Option<Said> {
    let open = |me: u64| h.w.chats.values().filter(|c| c.assignee == Some(me) && c.snoozed_until.is_none()).count();
    let roomy = h.w.managers.iter().find(|(id, m)| m.capacity.is_none_or(|most| most as usize > open(**id)));
    match roomy {
        Some((id, _)) => Some((h.boss(), json!({"set_capacity":{"manager":id,"capacity":0}}))),
        None => Some((h.staff(), json!({"assign_recommended":{"chat":h.chat()?}}))),
    }
}

fn bulk_unknown_in_action(h: &mut Hand) -> Option<Said> {
    let action = match h.rng.below(5) {
        0 => json!({"assign":{"manager":h.no_manager()}}),
        1 => json!({"follow":{"managers":[h.manager()?, h.no_manager()]}}),
        2 => json!({"unfollow":{"managers":[h.no_manager()]}}),
        3 => json!({"tag":{"tags":[h.written_tag()?, h.no_tag()]}}),
        _ => json!({"untag":{"tags":[h.no_tag()]}}),
    };
    let actor = h.staff();
    Some(bulk(h, actor, action))
}

fn bulk_unknown_in_filter(h: &mut Hand) -> Option<Said> {
    let depth = h.rng.index(2);
    let parts = vec![
        algebra::tree(h, 1, algebra::known_view),
        algebra::tree(h, depth, algebra::unknown_view),
        algebra::tree(h, 1, algebra::unknown_view),
    ];
    let tree = if h.rng.chance(50) { algebra::Tree::Or(parts) } else { algebra::Tree::And(parts) };
    let action = match h.rng.below(3) {
        // The filter is looked at first.
        0 => json!({"assign":{"manager":h.no_manager()}}),
        1 => json!({"snooze":{"until":0}}),
        _ => json!({"close":{}}),
    };
    let select = json!({"filter":tree.either_form(h.rng)});
    Some((h.staff(), json!({"bulk":{"select":select,"do":action}})))
}

fn bulk_wrong_for_all(h: &mut Hand) -> Option<Said> {
    let action = match h.rng.below(5) {
        0 => json!({"snooze":{"until":h.now}}),
        1 => json!({"snooze":{"until":h.rng.below(h.now + 1)}}),
        2 => json!({"send_message":{"visibility":"public","text":""}}),
        3 => json!({"send_message":{"visibility":"internal","text":"","files":[]}}),
        _ => {
            let file = json!({"name":"x".repeat(2049),"url":"u","media_type":"m","bytes":1});
            json!({"send_message":{"visibility":"public","text":"x","files":[file]}})
        }
    };
    let actor = h.staff();
    Some(bulk(h, actor, action))
}

fn bulk_refused_for_each(h: &mut Hand) -> Option<Said> {
    let ids: Vec<u32> = (0..4).filter_map(|_| h.chat()).collect();
    let assignees: Vec<u64> = ids.iter().filter_map(|id| h.w.chats[id].assignee).collect();
    let (actor, action) = match h.rng.below(3) {
        0 => (h.staff(), json!({"unfollow":{"managers":assignees}})),
        1 => {
            let tags: Vec<&String> = h.w.tags.keys().take(7).collect();
            let action = json!({"tag":{"tags":tags}});
            (h.staff(), action)
        }
        _ => (manager(h.manager()?), json!({"leave":{}})),
    };
    let ids = [ids, vec![h.no_chat(), h.no_chat()]].concat();
    let select = json!({ "chats": ids });
    Some((actor, json!({"bulk":{"select":select,"do":action}})))
}

fn bulk_forbidden(h: &mut Hand) -> Option<Said> {
    let (actor, action) = match h.rng.below(3) {
        0 => (customer(h.customer()?), json!({"send_message":{"visibility":"public","text":"x"}})),
        1 => (customer(h.customer()?), json!({"mark_read":{}})),
        _ => (system(), h.rng.pick(&[json!({"mark_read":{}}), json!({"leave":{}})])),
    };
    Some(bulk(h, actor, action))
}

fn bulk_no_filter(h: &mut Hand) -> Option<Said> {
    let good = algebra::good_text(h);
    let bad = algebra::no_filter(h.rng, &good);
    Some((h.staff(), json!({"bulk":{"select":{"filter":bad},"do":{"open":{}}}})))
}

/// Two things are wrong at once: what exists comes before lists that are too long, and
/// these before a moment that is past.
fn bulk_order(h: &mut Hand) -> Option<Said> {
    let long = json!({"chats":vec![h.no_chat(); 1025]});
    let (select, action) = match h.rng.below(4) {
        0 => (long, json!({"assign":{"manager":h.no_manager()}})),
        1 => (long, json!({"snooze":{"until":0}})),
        2 => (long, json!({"send_message":{"visibility":"public","text":""}})),
        _ => (select(h), json!({"follow":{"managers":vec![h.no_manager(); 1025]}})),
    };
    Some((h.staff(), json!({"bulk":{"select":select,"do":action}})))
}

/// Commands that are none, in their form.
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
