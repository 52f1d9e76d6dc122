//! Cases for the ids of the caller's own system.

use serde_json::{Value, json};

use crate::checks::Scene;

fn customer(fields: Value) -> Value {
    json!({ "put_customer": fields })
}

fn find(s: &Scene, what: &str, external: &str) -> Value {
    let answer = s.ask(json!({"find":{"workspace":1,what:external}}));
    answer.get(what).unwrap_or(&answer["error"]["code"]).clone()
}

pub fn people() {
    let mut s = Scene::new();
    let put = customer(json!({"external":"u_1","name":"Grace","profile":{"a":"b"}}));
    assert_eq!(s.ok("manager 2", put.clone()), json!({"customer":7}));
    assert_eq!(s.ok("manager 2", put), json!({"customer":7}), "again is an update");
    assert_eq!(s.ok("manager 2", customer(json!({"external":"u_1","name":"Ada"}))), json!({"customer":7}));
    let shown = s.ask(json!({"customer":{"workspace":1,"customer":7}}));
    assert_eq!(shown, json!({"customer":7,"name":"Ada","profile":{"a":"b"},"external":"u_1"}));
    assert_eq!(find(&s, "customer", "u_1"), 7);
    s.ok("system", customer(json!({"customer":7,"external":null})));
    assert_eq!(find(&s, "customer", "u_1"), 7, "absent or null keeps it");
    assert_eq!(s.ok("system", customer(json!({"customer":7,"external":"u_2"}))), json!({}));
    assert_eq!((find(&s, "customer", "u_1"), find(&s, "customer", "u_2")), (json!("unknown_customer"), json!(7)));
    s.no("system", customer(json!({"customer":5,"external":"u_2"})), "external_taken");
    s.no("system", customer(json!({"customer":99,"external":"u_2"})), "external_taken");
    assert_eq!(find(&s, "customer", "U_2"), "unknown_customer", "as it is written");
    // Among managers it is another one.
    let put = |fields: Value| json!({"put_manager":fields});
    let role = "member";
    assert_eq!(s.ok("system", put(json!({"external":"u_2","name":"m","role":role}))), json!({"manager":4}));
    s.no("system", put(json!({"manager":1,"external":"u_2","name":"m","role":role})), "external_taken");
    s.ok("system", put(json!({"manager":4,"external":"m_4","name":"m","role":role})));
    assert_eq!((find(&s, "manager", "m_4"), find(&s, "manager", "u_2")), (json!(4), json!("unknown_manager")));
    // It is free once its owner is deleted.
    s.ok("system", json!({"delete_customer":{"customer":7}}));
    assert_eq!(find(&s, "customer", "u_2"), "unknown_customer");
    assert_eq!(
        s.ok("system", customer(json!({"external":"u_2"}))),
        json!({"customer":8}),
        "the number is not used again"
    );
    s.no("system", customer(json!({"name":"no one"})), "malformed");
    s.no("system", put(json!({"name":"no one","role":role})), "malformed");
}

pub fn numbers() {
    let mut s = Scene::new();
    s.ok("system", customer(json!({"customer":100})));
    s.ok("system", json!({"delete_customer":{"customer":100}}));
    assert_eq!(s.ok("system", customer(json!({"external":"a"}))), json!({"customer":101}), "above all ever used");
    s.ok("system", customer(json!({"customer":50})));
    assert_eq!(s.ok("system", customer(json!({"external":"b"}))), json!({"customer":102}));
    s.no("manager 2", customer(json!({"customer":900,"name":"x".repeat(257)})), "too_large");
    assert_eq!(s.ok("system", customer(json!({"external":"c"}))), json!({"customer":103}));
    s.ok("system", customer(json!({"customer":u64::MAX - 1})));
    assert_eq!(s.ok("system", customer(json!({"external":"last"}))), json!({"customer":u64::MAX}));
    s.no("system", customer(json!({"external":"one more"})), "too_large");
    assert_eq!(s.ok("system", customer(json!({"external":"a"}))), json!({"customer":101}));
}

pub fn chats_and_messages() {
    let mut s = Scene::new();
    let start = |customer: u64, external: &str| json!({"start_chat":{"customer":customer,"external":external}});
    assert_eq!(s.ok("customer 5", start(5, "t_1")), json!({"chat":3}));
    s.writes("customer 6", 2, "public");
    s.at = 2000;
    let chat = s.chat(3);
    assert_eq!(chat["external"], "t_1");
    assert_eq!(s.chat(1).get("external"), None);
    assert_eq!(s.ok("manager 2", start(5, "t_1")), json!({"chat":3}), "the one that exists");
    assert_eq!((s.chat(3), s.ids("all")), (chat, json!([2, 3, 1])), "as it is: no activity, no follower");
    s.no("system", start(6, "t_1"), "external_taken");
    s.no("customer 6", start(5, "t_1"), "forbidden");
    s.no("system", start(99, "t_1"), "unknown_customer");
    assert_eq!(find(&s, "chat", "t_1"), 3);
    let said = |chat: u32, text: &str| json!({"send_message":{"chat":chat,"visibility":"public","text":text,"external":"m_1"}});
    assert_eq!(s.ok("customer 5", said(3, "x")), json!({"message":1}));
    s.ok("system", json!({"close":{"chat":3}}));
    s.ok("system", json!({"follow":{"chat":3,"managers":[3]}}));
    let chat = s.chat(3);
    for actor in ["customer 5", "manager 2", "system"] {
        assert_eq!(s.ok(actor, said(3, "again")), json!({"message":1}));
    }
    assert_eq!(s.chat(3), chat, "nothing is sent");
    assert_eq!(s.ok("customer 5", said(1, "x")), json!({"message":1}), "unique in its chat");
    let ask = |chat: u32, external: &str| json!({"find":{"workspace":1,"chat":chat,"message":external}});
    assert_eq!(s.ask(ask(3, "m_1")), json!({"message":1}));
    assert_eq!(s.ask(ask(2, "m_1"))["error"]["code"], "unknown_message");
    assert_eq!(s.ask(ask(9, "m_1"))["error"]["code"], "unknown_chat");
    let shown = s.ask(json!({"message":{"workspace":1,"chat":3,"message":1}}));
    assert_eq!((shown["external"].clone(), shown["text"].clone()), (json!("m_1"), json!("x")));
    s.ok("system", json!({"delete_chat":{"chat":3}}));
    assert_eq!(find(&s, "chat", "t_1"), "unknown_chat");
    assert_eq!(s.ok("system", start(6, "t_1")), json!({"chat":4}));
}

pub fn input() {
    let mut s = Scene::new();
    let forms = |external: Value| {
        [
            customer(json!({"customer":5,"external":external})),
            json!({"put_manager":{"manager":2,"external":external,"name":"m","role":"member"}}),
            json!({"start_chat":{"customer":5,"external":external}}),
            json!({"send_message":{"chat":1,"visibility":"public","text":"x","external":external}}),
        ]
    };
    for bad in [json!(""), json!("x".repeat(129)), json!("환".repeat(129)), json!(7), json!([])] {
        for command in forms(bad) {
            s.no("manager 99", command, "malformed");
        }
    }
    for good in [json!(null), json!("x".repeat(128)), json!("환".repeat(128)), json!(" "), json!("\u{0}")] {
        for command in forms(good) {
            s.ok("system", command);
        }
    }
    let bulk = |action: Value| json!({"bulk":{"select":{"filter":"all"},"do":action}});
    let said = |field: &str, value: Value| json!({"send_message":{"visibility":"public","text":"x",field:value}});
    for bad in [said("external", json!("x")), said("quiet", json!(true)), json!({"mark_read":{"up_to":1}})] {
        s.no("manager 99", bulk(bad), "malformed");
    }
}
