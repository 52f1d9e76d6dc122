//! Cases for commands that happen together or not at all.

use serde_json::{Value, json};

use crate::checks::Scene;

fn all(steps: Value) -> Value {
    json!({ "all": steps })
}

fn refused(s: &mut Scene, actor: &str, steps: Value, code: &str, at: u64) {
    let answer = s.say(actor, all(steps.clone()));
    assert_eq!(answer, json!({"error":{"code":code,"at":at}}), "{steps}");
}

fn said(chat: u32, text: &str) -> Value {
    json!({"send_message":{"chat":chat,"visibility":"public","text":text}})
}

pub fn together_or_not_at_all() {
    let mut s = Scene::new();
    s.ok("system", json!({"snooze":{"chat":2,"until":1500}}));
    s.at = 2000;
    let steps = json!([{"create_tag":{"path":"a"}},{"tag":{"chat":1,"tags":["a"]}},{"close":{"chat":1}}]);
    assert_eq!(s.ok("manager 1", all(steps)), json!({"all":[{},{},{}]}));
    assert_eq!(s.ids("tag:a:closed"), json!([1]));
    assert_eq!(s.ids("all"), json!([2, 1]), "what is due fires before all of it");
    s.at = 3000;
    let steps =
        json!([said(1, "x"), {"assign":{"chat":1,"manager":2}}, {"unfollow":{"chat":1,"managers":[2]}}, said(9, "")]);
    refused(&mut s, "manager 1", steps, "assignee_must_follow", 2);
    assert_eq!(s.chat(1)["messages"], 0);
    assert_eq!(s.naive.workspaces[&1].clock, 3000);
    refused(&mut s, "manager 1", json!([{"delete_chat":{"chat":1}}, {"open":{"chat":1}}]), "unknown_chat", 1);
    // Each is judged on the result of those before it.
    let steps = json!([{"assign":{"chat":1,"manager":2}}, said(1, "x"), {"unassign":{"chat":1}}, {"leave":{"chat":1}}]);
    assert_eq!(s.ok("manager 2", all(steps)), json!({"all":[{},{"message":1},{},{}]}));
    assert_eq!(s.chat(1)["followers"], json!([]));
    let steps = json!([{"remove_manager":{"manager":1}}, {"close":{"chat":1}}]);
    refused(&mut s, "manager 1", steps, "unknown_manager", 1);
    // What is no longer received is forgotten after every command.
    s.ok("system", json!({"follow":{"chat":2,"managers":[3]}}));
    s.writes("customer 6", 2, "public");
    let steps = json!([{"unfollow":{"chat":2,"managers":[3]}}, {"follow":{"chat":2,"managers":[3]}}]);
    s.ok("system", all(steps));
    assert_eq!(s.chat(2)["unread"], json!({}));
}

pub fn what_zero_stands_for() {
    let mut s = Scene::new();
    let steps = json!([
        {"put_customer":{"external":"u_1","name":"Grace"}},
        {"start_chat":{"customer":0,"external":"t_1"}},
        {"as":{"customer":0},"do":said(0, "hello")},
        {"start_chat":{"customer":6}},
        {"close":{"chat":0}},
        {"track_event":{"customer":0,"name":"seen"}},
    ]);
    let told = json!({"all":[{"customer":7},{"chat":3},{"message":1},{"chat":4},{},{}]});
    assert_eq!(s.ok("system", all(steps.clone())), told);
    assert_eq!((s.chat(3)["customer"].clone(), s.chat(4)["status"].clone()), (json!(7), json!("closed")));
    // Again, 0 stands for what was found.
    let told = json!({"all":[{"customer":7},{"chat":3},{"message":2},{"chat":5},{},{}]});
    assert_eq!(s.ok("system", all(steps)), told);
    let steps = json!([{"put_customer":{"customer":6}}, {"start_chat":{"customer":0}}]);
    assert_eq!(s.ok("manager 2", all(steps)), json!({"all":[{},{"chat":6}]}));
    refused(&mut s, "system", json!([{"open":{"chat":0}}]), "unknown_chat", 0);
    refused(&mut s, "system", json!([{"start_chat":{"customer":0}}]), "unknown_customer", 0);
    let steps = json!([{"put_customer":{"customer":5}}, {"open":{"chat":0}}]);
    refused(&mut s, "system", steps, "unknown_chat", 1);
    let steps = json!([{"start_chat":{"customer":5}}, {"delete_chat":{"chat":0}}, said(0, "x")]);
    refused(&mut s, "system", steps, "unknown_chat", 2);
    // Outside of a batch, 0 is a number like any other.
    s.ok("system", json!({"put_customer":{"customer":0}}));
    refused(&mut s, "system", json!([{"start_chat":{"customer":0}}]), "unknown_customer", 0);
    assert_eq!(s.ok("customer 0", json!({"start_chat":{"customer":0}})), json!({"chat":7}));
    s.no("system", all(json!([{"put_customer":{"customer":0}}])), "malformed");
    s.no("system", json!({"open":{"chat":0}}), "unknown_chat");
}

pub fn for_others() {
    let mut s = Scene::new();
    let steps = json!([
        {"as":{"customer":5},"do":said(1, "x")},
        {"as":{"manager":2},"do":said(1, "y")},
        {"as":"system","do":said(1, "z")},
    ]);
    s.ok("system", all(steps.clone()));
    let page = s.ask(json!({"messages":{"workspace":1,"chat":1}}));
    assert_eq!(page["messages"][2]["author"], json!({"customer":5}));
    assert_eq!(page["messages"][1]["author"], json!({"manager":2}));
    let before = s.now();
    s.at = 2000;
    refused(&mut s, "manager 1", steps, "forbidden", 0);
    let own = json!([{"open":{"chat":1}}, {"as":{"manager":1},"do":{"open":{"chat":1}}}]);
    refused(&mut s, "manager 1", own, "forbidden", 1);
    refused(&mut s, "system", json!([{"as":{"manager":9},"do":{"open":{"chat":1}}}]), "unknown_manager", 0);
    refused(&mut s, "system", json!([{"as":{"customer":5},"do":{"close":{"chat":1}}}]), "forbidden", 0);
    refused(&mut s, "system", json!([{"as":{"customer":5},"do":said(2, "x")}]), "forbidden", 0);
    refused(&mut s, "system", json!([{"as":{"customer":0},"do":said(1, "x")}]), "unknown_customer", 0);
    let put = json!({"put_manager":{"manager":9,"name":"m","role":"owner"}});
    refused(&mut s, "system", json!([put, {"as":{"manager":9},"do":{"open":{"chat":1}}}]), "unknown_manager", 1);
    assert_eq!(s.naive, before, "all of that is step 1");
    // Whose chat it is, is asked again once there is one.
    let steps = json!([{"start_chat":{"customer":6}}, {"as":{"customer":5},"do":said(0, "x")}]);
    refused(&mut s, "system", steps, "forbidden", 1);
    assert_eq!(s.naive.workspaces[&1].clock, 2000);
}

pub fn step_one() {
    let mut s = Scene::new();
    let before = s.now();
    s.at = 2000;
    let steps = json!([{"open":{"chat":99}}, {"delete_chat":{"chat":1}}, {"open":{"chat":98}}]);
    refused(&mut s, "manager 2", steps, "forbidden", 1);
    refused(&mut s, "customer 5", json!([said(1, "x"), said(2, "x")]), "forbidden", 1);
    let answer = s.say("manager 99", all(json!([{"open":{"chat":99}}])));
    assert_eq!(answer, json!({"error":{"code":"unknown_manager"}}), "the envelope's actor is of no command");
    let more = json!({"if":{"chat":1}});
    let answer = s.say_with("customer 5", all(json!([{"close":{"chat":1}}])), more);
    assert_eq!(answer, json!({"error":{"code":"forbidden"}}));
    assert_eq!(s.naive, before);
    assert_eq!(
        s.ok("customer 5", all(json!([{"start_chat":{"customer":5}}, said(0, "x")])))["all"][1],
        json!({"message":1})
    );
}

pub fn input() {
    let mut s = Scene::new();
    let open = json!({"open":{"chat":1}});
    let whole = |text: &str, count: usize| Value::from(vec![said(1, text); count]);
    s.ok("system", all(json!(vec![open.clone(); 64])));
    s.ok("system", all(whole(&"x".repeat(60_000), 8)));
    for bad in [
        json!([]),
        json!(vec![open.clone(); 65]),
        whole(&"x".repeat(60_000), 9),
        json!({}),
        json!([null]),
        json!([{}]),
        json!(["tick"]),
        json!(["delete_workspace"]),
        json!([{"set_clock":{"at":1}}]),
        json!([{"bulk":{"select":{"chats":[1]},"do":{"open":{}}}}]),
        json!([{"all":[open]}]),
        json!([open, {"close":{"chat":-1}}]),
        json!([{"as":"system"}]),
        json!([{"as":"anyone","do":open}]),
        json!([{"as":"system","do":open,"id":"x"}]),
        json!([{"as":"system","do":{"as":"system","do":open}}]),
        json!([{"do":open}]),
    ] {
        s.no("manager 99", all(bad), "malformed");
    }
}
