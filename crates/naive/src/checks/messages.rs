//! Cases for quiet, edited and redacted messages, and for what is unread.

use serde_json::{Value, json};

use crate::checks::Scene;

fn message(s: &Scene, number: u64) -> Value {
    s.ask(json!({"message":{"workspace":1,"chat":1,"message":number}}))
}

pub fn quiet() {
    let mut s = Scene::new();
    s.ok("system", json!({"follow":{"chat":1,"managers":[3]}}));
    let said = |quiet: Value| json!({"send_message":{"chat":1,"visibility":"public","text":"x","quiet":quiet}});
    for (n, actor) in (1..).zip(["manager 2", "customer 5"]) {
        s.ok("system", json!({"snooze":{"chat":1,"until":9000}}));
        s.at += 10;
        s.ok(actor, said(json!(true)));
        let chat = s.chat(1);
        assert_eq!((&chat["status"], &chat["snoozed_until"]), (&json!("snoozed"), &json!(9000)));
        assert_eq!(chat["unread"]["3"], n, "unread as usual");
        assert_eq!(chat["last_activity_at"], s.at, "and activity");
    }
    assert_eq!(s.chat(1)["followers"], json!([2, 3]));
    let told = s.ask(json!({"notifications":{"workspace":1,"manager":3}}));
    assert_eq!(told["notifications"].as_array().unwrap().len(), 2);
    for quiet in [json!(false), json!(null)] {
        s.ok("system", json!({"close":{"chat":1}}));
        s.ok("manager 2", said(quiet));
        assert_eq!(s.chat(1)["status"], "open");
    }
    s.no("manager 99", said(json!("yes")), "malformed");
}

pub fn up_to() {
    let mut s = Scene::new();
    s.ok("system", json!({"follow":{"chat":1,"managers":[2]}}));
    for _ in 0..5 {
        s.writes("customer 5", 1, "public");
    }
    let read = |up_to: Value| json!({"mark_read":{"chat":1,"up_to":up_to}});
    for (up_to, left) in [(1, 4), (2, 3), (1, 3), (4, 1)] {
        s.ok("manager 2", read(json!(up_to)));
        assert_eq!(s.chat(1)["unread"], json!({"2":left}), "up to {up_to}");
    }
    s.no("manager 2", read(json!(6)), "unknown_message");
    s.no("manager 99", read(json!(0)), "malformed");
    s.no("manager 2", json!({"mark_read":{"chat":9,"up_to":6}}), "unknown_chat");
    s.ok("manager 2", read(json!(5)));
    assert_eq!(s.chat(1)["unread"], json!({}));
    s.ok("manager 2", read(json!(1)));
    assert_eq!(s.chat(1)["unread"], json!({}), "it raises nothing");
    s.writes("customer 5", 1, "public");
    s.ok("manager 2", read(json!(null)));
    assert_eq!(s.count("unread:2"), 0);
}

pub fn marked_unread() {
    let mut s = Scene::new();
    let mark = || json!({"mark_unread":{"chat":1}});
    s.no("manager 2", mark(), "not_following");
    s.no("system", mark(), "forbidden");
    s.no("customer 5", mark(), "forbidden");
    s.no("manager 2", json!({"mark_unread":{"chat":9}}), "unknown_chat");
    s.ok("manager 2", json!({"set_operator":{"manager":2,"on":true}}));
    s.ok("manager 2", mark());
    s.ok("manager 2", mark());
    assert_eq!(s.chat(1)["unread"], json!({"2":1}), "an operator of an unassigned chat is a recipient");
    assert_eq!(s.ids("unread:2"), json!([1]));
    s.ok("system", json!({"assign":{"chat":1,"manager":3}}));
    assert_eq!(s.chat(1)["unread"], json!({}));
    s.no("manager 2", mark(), "not_following");
    s.writes("customer 5", 1, "public");
    s.writes("customer 5", 1, "public");
    s.ok("manager 3", mark());
    assert_eq!(s.chat(1)["unread"], json!({"3":2}), "only zero is raised");
    assert_eq!(s.ids("all"), json!([1, 2]));
}

pub fn edited() {
    let mut s = Scene::new();
    let file = json!({"name":"f","url":"u","media_type":"m","bytes":1});
    s.ok("system", json!({"follow":{"chat":1,"managers":[3]}}));
    s.writes("manager 2", 1, "public");
    s.ok("customer 5", json!({"send_message":{"chat":1,"visibility":"public","text":"y","files":[file]}}));
    s.ok("system", json!({"close":{"chat":1}}));
    s.ok("manager 3", json!({"mark_read":{"chat":1}}));
    let before = s.chat(1);
    let edit = |message: u64, text: &str| json!({"edit_message":{"chat":1,"message":message,"text":text}});
    s.at = 2000;
    s.no("manager 1", edit(1, "no"), "forbidden");
    s.no("customer 5", edit(2, "no"), "forbidden");
    s.no("manager 2", edit(2, "no"), "forbidden");
    s.ok("manager 2", edit(1, "x"));
    assert_eq!(message(&s, 1).get("edited_at"), None, "the same text changes nothing");
    s.ok("manager 2", edit(1, "see http://a.example"));
    assert_eq!((&message(&s, 1)["text"], &message(&s, 1)["edited_at"]), (&json!("see http://a.example"), &json!(2000)));
    s.ok("system", edit(2, ""));
    assert_eq!((&message(&s, 2)["text"], &message(&s, 2)["at"]), (&json!(""), &json!(1000)));
    assert_eq!(s.chat(1), before, "no activity, nothing unread, no status");
    let links = s.ask(json!({"links":{"workspace":1,"chat":1}}));
    assert_eq!(links["links"][0]["url"], "http://a.example");
    let told = s.ask(json!({"notifications":{"workspace":1,"manager":3}}));
    assert_eq!(told["notifications"].as_array().unwrap().len(), 2, "no notice");
    s.no("manager 2", edit(1, ""), "empty_message");
    s.no("manager 2", edit(1, &"x".repeat(65_537)), "text_too_long");
    s.no("system", edit(3, &"x".repeat(65_537)), "unknown_message");
    s.no("system", json!({"edit_message":{"chat":9,"message":1,"text":""}}), "unknown_chat");
    s.ok("system", json!({"redact_message":{"chat":1,"message":1}}));
    s.no("manager 2", edit(1, "again"), "unknown_message");
    s.no("manager 1", edit(1, "again"), "forbidden");
}

pub fn redacted() {
    let mut s = Scene::new();
    let file = json!({"name":"f","url":"u","media_type":"m","bytes":1});
    let said = json!({"chat":1,"visibility":"public","text":"http://a.example","files":[file],"external":"m_1"});
    s.ok("customer 5", json!({ "send_message": said }));
    s.writes("manager 2", 1, "internal");
    let before = s.chat(1);
    let redact = |message: u64| json!({"redact_message":{"chat":1,"message":message}});
    s.at = 2000;
    s.no("manager 2", redact(1), "forbidden");
    s.no("customer 5", redact(1), "forbidden");
    s.no("manager 3", redact(2), "forbidden");
    s.no("manager 1", redact(3), "unknown_message");
    s.no("manager 2", redact(3), "unknown_message");
    s.ok("manager 2", redact(2));
    s.ok("manager 1", redact(1));
    let expected = json!({"message":1,"at":1000,"author":{"customer":5},"visibility":"public","text":"","files":[],
        "redacted":true,"external":"m_1"});
    assert_eq!(message(&s, 1), expected);
    let all = s.now();
    s.ok("system", redact(1));
    let mut again = s.now();
    again.workspaces.get_mut(&1).unwrap().last_order = all.workspaces[&1].last_order;
    assert_eq!(again, all, "twice changes nothing");
    for what in ["files", "links"] {
        assert_eq!(s.ask(json!({what:{"workspace":1,"chat":1}}))[what], json!([]));
    }
    assert_eq!(s.chat(1), before);
    assert_eq!(s.ok("customer 5", json!({ "send_message": said })), json!({"message":1}), "its external id stays");
}
