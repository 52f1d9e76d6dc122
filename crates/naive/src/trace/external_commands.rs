//! Commands with ids of the caller's own system: new ones, ones that exist, and ones that are taken.

use serde_json::{Value, json};

use crate::trace::generator::{Choices, Generator, Request, customer, manager};
use crate::trace::words;

pub const COMMANDS: Choices = &[
    (10, put_customer),
    (4, put_numbered_customer),
    (5, put_manager),
    (3, put_numbered_manager),
    (10, start_chat),
    (14, send_message),
];

/// Few, so that they meet; some differ only in letter case or spelling.
const EXTERNALS: [&str; 10] = ["u_1", "u_2", "u_3", "U_1", "환불", "환불\u{0}", " ", "é", "e\u{301}", "t_1"];

fn external(g: &mut Generator) -> String {
    match g.rng.below(40) {
        0 => "x".repeat(128),
        1 => words::decomposed("환불"),
        _ => g.rng.pick(&EXTERNALS).to_owned(),
    }
}

fn customer_fields(g: &mut Generator, fields: &mut Value) {
    if g.rng.chance(50) {
        fields["name"] = words::name(g.rng).into();
    }
    if g.rng.chance(30) {
        fields["profile"] = words::profile(g.rng);
    }
}

fn put_customer(g: &mut Generator) -> Option<Request> {
    let mut fields = json!({"external":external(g)});
    customer_fields(g, &mut fields);
    Some((g.staff(), json!({ "put_customer": fields })))
}

/// Gives a customer an external id, another one, or one that is taken.
fn put_numbered_customer(g: &mut Generator) -> Option<Request> {
    let id = if g.rng.chance(80) { g.customer()? } else { g.no_customer() };
    let mut fields = json!({"customer":id,"external":external(g)});
    customer_fields(g, &mut fields);
    Some((g.staff(), json!({ "put_customer": fields })))
}

fn person(g: &mut Generator) -> Value {
    let name = if g.rng.chance(60) { words::name_of_the_east(g.rng) } else { words::name(g.rng) };
    let role = g.rng.pick(&["member", "member", "owner"]);
    json!({"external":external(g),"name":name,"role":role})
}

fn put_manager(g: &mut Generator) -> Option<Request> {
    let fields = person(g);
    Some((g.boss(), json!({ "put_manager": fields })))
}

fn put_numbered_manager(g: &mut Generator) -> Option<Request> {
    let mut fields = person(g);
    let gone: Vec<u64> = g.w.left.keys().copied().collect();
    let id = if g.rng.chance(50) { g.rng.any(&gone) } else { None };
    fields["manager"] = id.or(g.manager())?.into();
    Some((g.boss(), json!({ "put_manager": fields })))
}

fn start_chat(g: &mut Generator) -> Option<Request> {
    let id = g.customer()?;
    let theirs: Vec<String> =
        g.w.chats.values().filter(|c| c.customer == id).filter_map(|c| c.external.clone()).collect();
    let external = match g.rng.any(&theirs) {
        Some(external) if g.rng.chance(50) => external,
        _ => external(g),
    };
    let actor = if g.rng.chance(60) { customer(id) } else { g.staff() };
    Some((actor, json!({"start_chat":{"customer":id,"external":external}})))
}

fn send_message(g: &mut Generator) -> Option<Request> {
    let id = g.chat()?;
    let visibility = g.rng.pick(&["public", "public", "internal"]);
    let text = words::text(g.rng);
    let mut fields = json!({"chat":id,"visibility":visibility,"text":text,"external":external(g)});
    let actor = match visibility {
        "public" if g.rng.chance(50) => customer(g.w.chats[&id].customer),
        _ => manager(g.manager()?),
    };
    if g.rng.chance(20) {
        fields["quiet"] = g.rng.chance(70).into();
    }
    Some((actor, json!({ "send_message": fields })))
}
