//! Cases for bulk actions.

use serde_json::{Value, json};

use crate::checks::Scene;

fn list(chats: &[u32], action: Value) -> Value {
    json!({"bulk":{"select":{"chats":chats},"do":action}})
}

fn by(filter: &str, action: Value) -> Value {
    json!({"bulk":{"select":{"filter":filter},"do":action}})
}

fn told(changed: u32, unchanged: u32, refused: &[(u32, &str)]) -> Value {
    let refused: Vec<Value> = refused.iter().map(|(chat, code)| json!({"chat":chat,"code":code})).collect();
    json!({"changed":changed,"unchanged":unchanged,"refused":refused})
}

pub fn lists_and_filters() {
    let mut s = Scene::new();
    let close = || json!({"close":{}});
    s.ok("system", json!({"close":{"chat":2}}));
    let answer = s.ok("manager 2", list(&[9, 2, 1, 2, 9, 1, 7], close()));
    assert_eq!(answer, told(1, 1, &[(9, "unknown_chat"), (7, "unknown_chat")]));
    assert_eq!(s.ok("system", list(&[], close())), told(0, 0, &[]));
    assert_eq!(s.ok("system", by("all:closed & customer:5", json!({"open":{}}))), told(1, 0, &[]));
    assert_eq!(s.ok("system", by("!all", json!({"open":{}}))), told(0, 0, &[]));
    let assign = || json!({"assign":{"manager":2}});
    assert_eq!(s.ok("system", by("unassigned", assign())), told(2, 0, &[]), "the selection is fixed at the start");
    assert_eq!(s.ok("system", by("all", assign())), told(0, 2, &[]));
    s.ok("system", json!({"snooze":{"chat":1,"until":3000}}));
    s.at = 3000;
    assert_eq!(s.ok("system", by("all:open", json!({"close":{}}))), told(1, 0, &[]), "after what was due");
    assert_eq!(s.ok("system", by("all", json!({"snooze":{"until":9000}}))), told(2, 0, &[]));
    assert_eq!(s.ok("system", by("all", json!({"snooze":{"until":9000}}))), told(0, 2, &[]));
    let note = json!({"send_message":{"visibility":"internal","text":"x"}});
    assert_eq!(s.ok("manager 3", list(&[2, 1], note)), told(2, 0, &[]));
    assert_eq!(s.ids("all"), json!([1, 2]), "in the order of the list");
    assert_eq!(s.count("following:3"), 2);
}

pub fn refused_one_by_one() {
    let mut s = Scene::new();
    for n in 1..=9 {
        s.ok("system", json!({"create_tag":{"path":format!("t{n}")}}));
    }
    s.ok("system", json!({"tag":{"chat":1,"tags":["t1","t2","t3","t4","t5","t6","t7","t8"]}}));
    s.ok("system", json!({"assign":{"chat":1,"manager":2}}));
    s.ok("system", json!({"follow":{"chat":2,"managers":[2]}}));
    let both = |action: Value| list(&[1, 2], action);
    assert_eq!(s.ok("system", both(json!({"tag":{"tags":["t9"]}}))), told(1, 0, &[(1, "too_many_tags")]));
    assert_eq!(s.ok("system", both(json!({"untag":{"tags":["t9"]}}))), told(1, 1, &[]));
    let unfollow = json!({"unfollow":{"managers":[2, 3]}});
    assert_eq!(s.ok("system", both(unfollow)), told(1, 0, &[(1, "assignee_must_follow")]));
    assert_eq!(s.ok("manager 2", both(json!({"leave":{}}))), told(1, 0, &[(2, "not_following")]));
    s.ok("system", json!({"follow":{"chat":1,"managers":[3]}}));
    s.writes("customer 5", 1, "public");
    assert_eq!(s.ok("manager 3", both(json!({"mark_read":{}}))), told(1, 1, &[]));
    assert_eq!(s.ok("system", both(json!({"unassign":{}}))), told(0, 2, &[]));
    assert_eq!(s.ok("system", both(json!({"follow":{"managers":[3]}}))), told(1, 1, &[]));
}

pub fn refused_whole() {
    let mut s = Scene::new();
    let long = vec![9; 1025];
    let text = |text: &str| json!({"send_message":{"visibility":"public","text":text}});
    for action in ["mark_read", "leave"] {
        s.no("system", by("assigned:99", json!({ action: {} })), "forbidden");
    }
    s.no("customer 5", list(&[1], text("x")), "forbidden");
    s.no("manager 9", list(&[1], text("x")), "unknown_manager");
    s.no("manager 2", by("tag:none", json!({"assign":{"manager":99}})), "unknown_tag");
    s.no("manager 2", list(&[], json!({"assign":{"manager":99}})), "unknown_manager");
    s.no("manager 2", list(&long, json!({"follow":{"managers":[99]}})), "unknown_manager");
    s.no("manager 2", list(&[], json!({"untag":{"tags":["none"]}})), "unknown_tag");
    s.no("manager 2", list(&long, json!({"snooze":{"until":1}})), "too_large");
    s.no("manager 2", list(&long, text("")), "too_large");
    s.no("manager 2", list(&[], json!({"follow":{"managers":vec![1; 1025]}})), "too_large");
    s.no("manager 2", list(&[], json!({"snooze":{"until":1000}})), "invalid_snooze");
    s.no("manager 2", list(&[], text("")), "empty_message");
    s.no("manager 2", by("all", text(&"x".repeat(65_537))), "text_too_long");
    assert_eq!(s.ok("manager 2", list(&[9; 1024], json!({"open":{}}))), told(0, 0, &[(9, "unknown_chat")]));
    for bad in [
        by("all &", json!({"open":{}})),
        by("all", json!({"favorite":{}})),
        by("all", json!({"open":{"chat":1}})),
        by("all", json!({"snooze":{"until":253_402_300_800_000u64}})),
        json!({"bulk":{"select":{"chats":[1],"filter":"all"},"do":{"open":{}}}}),
        json!({"bulk":{"select":{},"do":{"open":{}}}}),
    ] {
        s.no("manager 99", bad, "malformed");
    }
}
