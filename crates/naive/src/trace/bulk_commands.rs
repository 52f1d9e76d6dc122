//! Bulk actions: on a list, also with unknown and repeated chats, and on a filter that selects some, none or all.

use serde_json::{Value, json};

use crate::trace::filters::{self, Tree};
use crate::trace::generator::{Choices, Generator, Request, manager};
use crate::trace::people_commands;
use crate::trace::words;

pub const COMMANDS: Choices = &[
    (4, assign),
    (3, unassign),
    (4, follow),
    (4, unfollow),
    (6, tag),
    (3, untag),
    (4, send_message),
    (3, settle),
    (4, snooze),
    (4, mark_read),
    (3, leave),
];

/// Returns a random selection of chats.
pub fn select(g: &mut Generator) -> Value {
    match g.rng.below(20) {
        0..11 => json!({ "chats": chats(g) }),
        11..17 => {
            // Prefers small selections: an action on all chats makes them all alike.
            let depth = g.rng.index(3);
            let inner = filters::tree(g, depth, filters::known_view);
            let narrow = Tree::And(vec![Tree::View(narrow_view(g)), inner]);
            json!({"filter":narrow.either_form(g.rng)})
        }
        17 => {
            let none = ["all & !all", "!all", "custom:team=unknown", "hashtag:unused_word", "!(!all|all)"];
            json!({"filter":g.rng.pick(&none)})
        }
        18 => json!({"filter":g.rng.pick(&[json!({"or":[]}), json!({"not":"all"}), json!({"not":{"and":[]}})])}),
        _ if g.rng.chance(60) => json!({"filter":filters::good_text(g)}),
        _ => json!({"filter":g.rng.pick(&[json!("all"), json!({"and":[]}), json!("all:open|!all:open")])}),
    }
}

fn narrow_view(g: &mut Generator) -> String {
    match (g.rng.below(3), g.customer(), g.manager()) {
        (0, Some(customer), _) => format!("customer:{customer}"),
        (1, _, Some(manager)) => format!("assigned:{manager}"),
        _ => filters::known_view(g),
    }
}

fn chats(g: &mut Generator) -> Vec<u32> {
    let mut ids: Vec<u32> = (0..g.rng.below(7)).filter_map(|_| g.chat()).collect();
    if g.rng.chance(20) {
        let place = g.rng.index(ids.len() + 1);
        ids.insert(place, g.no_chat());
    }
    if g.rng.chance(15) {
        let again = g.rng.any(&ids);
        ids.extend(again);
    }
    ids
}

pub fn bulk(g: &mut Generator, actor: Value, action: Value) -> Request {
    let select = select(g);
    (actor, json!({"bulk":{"select":select,"do":action}}))
}

fn staff(g: &mut Generator, action: Value) -> Option<Request> {
    let actor = g.staff();
    Some(bulk(g, actor, action))
}

fn assign(g: &mut Generator) -> Option<Request> {
    let to = g.manager()?;
    staff(g, json!({"assign":{"manager":to}}))
}

fn unassign(g: &mut Generator) -> Option<Request> {
    staff(g, json!({"unassign":{}}))
}

fn managers(g: &mut Generator) -> Vec<u64> {
    (0..g.rng.index(4)).filter_map(|_| g.manager()).collect()
}

fn follow(g: &mut Generator) -> Option<Request> {
    let ids = managers(g);
    staff(g, json!({"follow":{"managers":ids}}))
}

fn unfollow(g: &mut Generator) -> Option<Request> {
    let ids = managers(g);
    staff(g, json!({"unfollow":{"managers":ids}}))
}

fn tag(g: &mut Generator) -> Option<Request> {
    // Several tags at once, so that some chats exceed their limit.
    let mut tags = g.family()?;
    for _ in 0..g.rng.below(4) {
        tags.extend(g.family()?);
    }
    staff(g, json!({"tag":{"tags":tags}}))
}

fn untag(g: &mut Generator) -> Option<Request> {
    let tags = g.family()?;
    staff(g, json!({"untag":{"tags":tags}}))
}

fn send_message(g: &mut Generator) -> Option<Request> {
    let visibility = g.rng.pick(&["public", "internal", "internal"]);
    let text = if g.rng.chance(50) { words::text(g.rng) } else { people_commands::mentions(g) };
    let mut fields = json!({"visibility":visibility,"text":text});
    if g.rng.chance(20) {
        fields["files"] = json!([{"name":"a","url":"https://x/a","media_type":"m","bytes":7}]);
    }
    staff(g, json!({ "send_message": fields }))
}

fn settle(g: &mut Generator) -> Option<Request> {
    let what = g.rng.pick(&["open", "close"]);
    staff(g, json!({ what: {} }))
}

fn snooze(g: &mut Generator) -> Option<Request> {
    let until = g.now + 1 + g.rng.below(200_000);
    staff(g, json!({"snooze":{"until":until.min(crate::model::command::LATEST)}})).filter(|_| until > g.now)
}

fn mark_read(g: &mut Generator) -> Option<Request> {
    let me = g.manager()?;
    Some(bulk(g, manager(me), json!({"mark_read":{}})))
}

fn leave(g: &mut Generator) -> Option<Request> {
    let me = g.manager()?;
    Some(bulk(g, manager(me), json!({"leave":{}})))
}
