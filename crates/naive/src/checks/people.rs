//! Cases for attributes, capacities, profile fields, recommendations and large deletions.

use serde_json::{Value, json};

use crate::checks::Scene;

pub fn attributes() {
    let mut s = Scene::new();
    let set = |key: &str, value: Value| json!({"set_attribute":{"chat":1,"key":key,"value":value}});
    assert_eq!(s.chat(1).get("attributes"), None);
    s.ok("manager 2", set("b", json!("1")));
    s.ok("system", set("B", json!("")));
    s.ok("system", set("none", json!(null)));
    assert_eq!(s.chat(1)["attributes"], json!({"B":"","b":"1"}), "an empty value is one");
    assert_eq!(s.ids("all"), json!([2, 1]), "not activity");
    s.ok("system", set("B", json!(null)));
    s.ok("system", json!({"set_attribute":{"chat":1,"key":"b"}}));
    assert_eq!(s.chat(1).get("attributes"), None);
    s.no("manager 99", set("", json!("v")), "malformed");
    s.no("customer 5", set("k", json!("v")), "forbidden");
    let long = json!({"set_attribute":{"chat":9,"key":"x".repeat(129),"value":"v"}});
    s.no("system", long, "unknown_chat");
    s.ok("system", set(&"환".repeat(128), json!("환".repeat(256))));
    s.no("system", set(&"x".repeat(129), json!(null)), "too_large");
    s.no("system", set("k", json!("x".repeat(257))), "too_large");
    for n in 1..32 {
        s.ok("system", set(&n.to_string(), json!("v")));
    }
    s.no("system", set("32", json!("v")), "too_large");
    s.ok("system", set("31", json!("w")));
    s.ok("system", set("not there", json!(null)));
}

pub fn profile_fields() {
    let mut s = Scene::new();
    let set = |fields: Value| json!({"set_profile_fields":{"fields":fields}});
    let field = |key: &str, label: &str| json!({"key":key,"label":label,"shown":true});
    let ask = json!({"profile_fields":{"workspace":1}});
    assert_eq!(s.ask(ask.clone()), json!({"fields":[]}));
    let fields = json!([field("plan", "Plan"), field("city", ""), field("Plan", "")]);
    s.ok("manager 2", set(fields.clone()));
    assert_eq!(s.ask(ask.clone()), json!({ "fields": fields }), "in the order given");
    s.no("customer 5", set(json!([])), "forbidden");
    s.no("manager 99", set(json!([field("", "")])), "malformed");
    s.no("manager 99", set(json!([field("a", ""), field("a", "b")])), "malformed");
    let many = |n: usize| -> Value { (0..n).map(|n| field(&n.to_string(), "")).collect() };
    s.no("system", set(many(65)), "too_large");
    s.no("system", set(json!([field(&"x".repeat(129), "")])), "too_large");
    s.no("system", set(json!([field("k", &"x".repeat(257))])), "too_large");
    s.ok("system", set(many(64)));
    s.ok("system", set(json!([])));
    assert_eq!(s.ask(ask), json!({"fields":[]}));
}

fn ranked(s: &Scene, chat: u32) -> Vec<(u64, u64)> {
    let answer = s.ask(json!({"recommend":{"workspace":1,"chat":chat}}));
    let managers = answer["managers"].as_array().unwrap().iter();
    managers.map(|one| (one["manager"].as_u64().unwrap(), one["points"].as_u64().unwrap())).collect()
}

pub fn recommendation() {
    let mut s = Scene::new();
    assert_eq!(ranked(&s, 1), [(1, 8), (2, 8), (3, 8)], "room alone, by id");
    s.ok("system", json!({"create_tag":{"path":"a/b/c/d/e"}}));
    s.ok("system", json!({"create_tag":{"path":"x"}}));
    s.ok("system", json!({"tag":{"chat":1,"tags":["a/b/c/d", "x"]}}));
    for (path, points) in [("a", 1), ("a/b", 2), ("a/b/c", 4), ("a/b/c/d", 8), ("a/b/c/d/e", 8), ("x", 16)] {
        s.ok("system", json!({"follow_tag":{"path":path,"manager":2}}));
        assert_eq!(ranked(&s, 1)[0], (2, points + 8), "the nearest followed tag counts: {path}");
    }
    s.ok("manager 3", json!({"set_online":{"manager":3,"on":true}}));
    s.ok("manager 3", json!({"set_operator":{"manager":3,"on":true}}));
    assert_eq!(ranked(&s, 1), [(3, 32), (2, 24), (1, 8)]);
    s.ok("manager 3", json!({"set_capacity":{"manager":3,"capacity":3}}));
    s.at = 2000;
    s.ok("system", json!({"assign":{"chat":2,"manager":3}}));
    let first = s.ask(json!({"recommend":{"workspace":1,"chat":1,"limit":1}}));
    let reasons = json!([{"points":16},{"points":8},{"points":5}]);
    let expected = json!({"manager":3,"name":"m","points":29,"full":false,"open":1,"capacity":3,
        "last_assigned_at":2000,"reasons":reasons});
    assert_eq!(first, json!({"managers":[expected]}));
    assert_eq!(ranked(&s, 2)[0], (3, 32), "the chat itself takes no room");
    s.ok("manager 3", json!({"set_capacity":{"manager":3,"capacity":1}}));
    assert_eq!(ranked(&s, 1), [(2, 24), (1, 8), (3, 24)], "full managers come last");
    s.ok("system", json!({"close":{"chat":2}}));
    assert_eq!(ranked(&s, 1)[0], (3, 32));
    let none = s.ask(json!({"recommend":{"workspace":1,"chat":9}}));
    assert_eq!(none, json!({"error":{"code":"unknown_chat"}}));
}

pub fn assigning_the_recommended() {
    let mut s = Scene::new();
    let command = |chat: u32| json!({"assign_recommended":{"chat":chat}});
    s.no("customer 5", command(9), "forbidden");
    s.no("system", command(9), "unknown_chat");
    s.ok("manager 1", json!({"set_capacity":{"manager":2,"capacity":0}}));
    assert_eq!(s.ok("manager 2", command(1)), json!({"manager":1}));
    assert_eq!(s.chat(1)["followers"], json!([1]));
    s.at = 2000;
    assert_eq!(s.ok("manager 2", command(1)), json!({"manager":3}), "never assigned comes first");
    s.at = 3000;
    s.ok("system", json!({"assign":{"chat":1,"manager":3}}));
    let two = s.ask(json!({"recommend":{"workspace":1,"chat":2}}));
    assert_eq!(two["managers"][0]["manager"], 1, "more room");
    assert_eq!(two["managers"][1]["last_assigned_at"], 2000, "assigned already");
    assert_eq!(two["managers"][2]["capacity"], 0);
    for manager in [1, 3] {
        s.ok("system", json!({"set_capacity":{"manager":manager,"capacity":0}}));
    }
    s.no("manager 2", command(2), "nobody_available");
    s.ok("manager 3", json!({"set_capacity":{"manager":3}}));
    let shown = s.ask(json!({"managers":{"workspace":1}}));
    assert_eq!(shown["managers"][0]["capacity"], 0);
    assert_eq!(shown["managers"][2].get("capacity"), None);
    s.ok("system", json!({"put_manager":{"manager":1,"name":"new","role":"owner"}}));
    assert_eq!(s.ask(json!({"managers":{"workspace":1}}))["managers"][0]["capacity"], 0);
    s.no("manager 2", json!({"set_capacity":{"manager":9}}), "forbidden");
    s.no("manager 1", json!({"set_capacity":{"manager":9}}), "unknown_manager");
    s.no("customer 5", json!({"set_capacity":{"manager":2}}), "forbidden");
    s.no("manager 2", json!({"set_capacity":{"manager":2,"capacity":4_294_967_296u64}}), "malformed");
}

pub fn deletion() {
    let mut s = Scene::new();
    s.ok("customer 5", json!({"start_chat":{"customer":5}}));
    s.ok("customer 5", json!({"track_event":{"customer":5,"name":"seen"}}));
    s.no("manager 2", json!({"delete_customer":{"customer":5}}), "forbidden");
    s.no("customer 5", json!({"delete_customer":{"customer":5}}), "forbidden");
    s.no("manager 1", json!({"delete_customer":{"customer":9}}), "unknown_customer");
    s.ok("manager 1", json!({"delete_customer":{"customer":5}}));
    assert_eq!(s.ids("all"), json!([2]));
    assert_eq!(s.count("customer:5"), "unknown_customer");
    s.no("customer 5", json!({"start_chat":{"customer":5}}), "unknown_customer");
    s.ok("system", json!({"put_customer":{"customer":5}}));
    s.ok("system", json!({"track_event":{"customer":5,"name":"again"}}));
    let events = s.ask(json!({"events":{"workspace":1,"customer":5}}));
    assert_eq!(events["events"][0]["event"], 1);
    assert_eq!(events["events"].as_array().unwrap().len(), 1);

    s.ok("system", json!({"create_tag":{"path":"a"}}));
    s.at = 5000;
    for actor in ["manager 1", "customer 5"] {
        s.no(actor, json!("delete_workspace"), "forbidden");
    }
    s.no("manager 9", json!("delete_workspace"), "unknown_manager");
    s.ok("system", json!("delete_workspace"));
    for (what, left) in [("managers", "managers"), ("tags", "tags"), ("profile_fields", "fields")] {
        assert_eq!(s.ask(json!({what:{"workspace":1}}))[left], json!([]));
    }
    assert_eq!((s.count("all"), s.count("customer:6")), (json!(0), json!("unknown_customer")));
    s.at = 0;
    s.ok("system", json!({"put_customer":{"customer":6}}));
    assert_eq!(s.ok("customer 6", json!({"start_chat":{"customer":6}})), json!({"chat":4}));
    assert_eq!(s.chat(4)["created_at"], 0, "the clock starts again");
}
