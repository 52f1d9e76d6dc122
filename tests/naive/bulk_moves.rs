//! Actions on many chats: by a list, with strangers and the same ones twice, and by a
//! filter that selects some, none or all.

use super::algebra::{self, Tree};
use super::hand::{Hand, Said, manager};
use super::moves::Move;
use super::{office_moves, words};
use serde_json::{Value, json};

pub const MOVES: &[(u64, Move)] = &[
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

/// Which chats are meant.
pub fn select(h: &mut Hand) -> Value {
    match h.rng.below(20) {
        0..11 => json!({ "chats": chats(h) }),
        11..17 => {
            // Rather few than many: an action on all leaves no differences.
            let depth = h.rng.index(3);
            let inner = algebra::tree(h, depth, algebra::known_view);
            let narrow = Tree::And(vec![Tree::View(narrow_view(h)), inner]);
            json!({"filter":narrow.either_form(h.rng)})
        }
        17 => {
            let none = ["all & !all", "!all", "custom:team=nobody", "hashtag:nobody_wrote_this", "!(!all|all)"];
            json!({"filter":h.rng.pick(&none)})
        }
        18 => json!({"filter":h.rng.pick(&[json!({"or":[]}), json!({"not":"all"}), json!({"not":{"and":[]}})])}),
        _ if h.rng.chance(60) => json!({"filter":algebra::good_text(h)}),
        _ => json!({"filter":h.rng.pick(&[json!("all"), json!({"and":[]}), json!("all:open|!all:open")])}),
    }
}

fn narrow_view(h: &mut Hand) -> String {
    match (h.rng.below(3), h.customer(), h.manager()) {
        (0, Some(customer), _) => format!("customer:{customer}"),
        (1, _, Some(manager)) => format!("assigned:{manager}"),
        _ => algebra::known_view(h),
    }
}

fn chats(h: &mut Hand) -> Vec<u32> {
    let mut ids: Vec<u32> = (0..h.rng.below(7)).filter_map(|_| h.chat()).collect();
    if h.rng.chance(20) {
        let place = h.rng.index(ids.len() + 1);
        ids.insert(place, h.no_chat());
    }
    if h.rng.chance(15) {
        let again = h.rng.any(&ids);
        ids.extend(again);
    }
    ids
}

pub fn bulk(h: &mut Hand, actor: Value, action: Value) -> Said {
    let select = select(h);
    (actor, json!({"bulk":{"select":select,"do":action}}))
}

fn staff(h: &mut Hand, action: Value) -> Option<Said> {
    let actor = h.staff();
    Some(bulk(h, actor, action))
}

fn assign(h: &mut Hand) -> Option<Said> {
    let to = h.manager()?;
    staff(h, json!({"assign":{"manager":to}}))
}

fn unassign(h: &mut Hand) -> Option<Said> {
    staff(h, json!({"unassign":{}}))
}

fn managers(h: &mut Hand) -> Vec<u64> {
    (0..h.rng.index(4)).filter_map(|_| h.manager()).collect()
}

fn follow(h: &mut Hand) -> Option<Said> {
    let ids = managers(h);
    staff(h, json!({"follow":{"managers":ids}}))
}

fn unfollow(h: &mut Hand) -> Option<Said> {
    let ids = managers(h);
    staff(h, json!({"unfollow":{"managers":ids}}))
}

fn tag(h: &mut Hand) -> Option<Said> {
    // Many at once, so that some chats have no room for them.
    let mut tags = h.family()?;
    for _ in 0..h.rng.below(4) {
        tags.extend(h.family()?);
    }
    staff(h, json!({"tag":{"tags":tags}}))
}

fn untag(h: &mut Hand) -> Option<Said> {
    let tags = h.family()?;
    staff(h, json!({"untag":{"tags":tags}}))
}

fn send_message(h: &mut Hand) -> Option<Said> {
    let visibility = h.rng.pick(&["public", "internal", "internal"]);
    let text = if h.rng.chance(50) { words::text(h.rng) } else { office_moves::mentions(h) };
    let mut fields = json!({"visibility":visibility,"text":text});
    if h.rng.chance(20) {
        fields["files"] = json!([{"name":"a","url":"https://x/a","media_type":"m","bytes":7}]);
    }
    staff(h, json!({ "send_message": fields }))
}

fn settle(h: &mut Hand) -> Option<Said> {
    let what = h.rng.pick(&["open", "close"]);
    staff(h, json!({ what: {} }))
}

fn snooze(h: &mut Hand) -> Option<Said> {
    let until = h.now + 1 + h.rng.below(200_000);
    staff(h, json!({"snooze":{"until":until.min(super::parse::LATEST)}})).filter(|_| until > h.now)
}

fn mark_read(h: &mut Hand) -> Option<Said> {
    let me = h.manager()?;
    Some(bulk(h, manager(me), json!({"mark_read":{}})))
}

fn leave(h: &mut Hand) -> Option<Said> {
    let me = h.manager()?;
    Some(bulk(h, manager(me), json!({"leave":{}})))
}
