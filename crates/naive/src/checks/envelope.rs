//! Cases for the `id` and the `if` of an envelope.

use serde_json::{Value, json};

use crate::checks::Scene;
use crate::model::command::{Actor, Do};
use crate::model::ids::{Done, IDS_MAX};

const DAY: u64 = 86_400_000;

fn said(text: &str) -> Value {
    json!({"send_message":{"chat":1,"visibility":"public","text":text}})
}

fn id(id: &str) -> Value {
    json!({ "id": id })
}

pub fn retries() {
    let mut s = Scene::new();
    let first = s.say_with("customer 5", said("where is my parcel?"), id("webhook-4711"));
    assert_eq!(first, json!({"ok":{"message":1}}));
    s.ok("manager 1", json!({"snooze":{"chat":2,"until":2000}}));
    let before = s.now();
    s.at = 5000;
    assert_eq!(s.say_with("customer 5", said("where is my parcel?"), id("webhook-4711")), first);
    assert_eq!(s.naive, before, "a retry changes nothing, not even the clock");
    let reused = json!({"error":{"code":"id_reused"}});
    assert_eq!(s.say_with("customer 5", said("other"), id("webhook-4711")), reused);
    assert_eq!(s.naive, before);
    let other = json!({"start_chat":{"customer":5}});
    assert_eq!(s.say_with("customer 5", other, id("webhook-4711")), reused);
    // The ids of each actor are their own.
    assert_eq!(s.say_with("manager 1", said("x"), id("webhook-4711")), json!({"ok":{"message":2}}));
    assert_eq!(s.say_with("system", said("x"), id("webhook-4711")), json!({"ok":{"message":3}}));
    assert_eq!(s.say_with("customer 5", said("where is my parcel?"), id("webhook-4711")), first);
    // Step 1 comes first: who may not do it any more is not answered.
    s.ok("system", json!({"delete_customer":{"customer":5}}));
    let gone = s.say_with("customer 5", said("where is my parcel?"), id("webhook-4711"));
    assert_eq!(gone["error"]["code"], "unknown_customer");
    assert_eq!(s.say_with("manager 1", said("x"), id("webhook-4711")), json!({"ok":{"message":2}}), "no such chat now");
}

pub fn what_is_remembered() {
    let mut s = Scene::new();
    let open = |chat: u32| json!({"open":{"chat":chat}});
    assert_eq!(s.say_with("system", open(9), id("a"))["error"]["code"], "unknown_chat");
    assert_eq!(s.say_with("system", json!({"tick":{}}), id("a"))["error"]["code"], "malformed");
    assert_eq!(s.say_with("manager 2", json!("tick"), id("a"))["error"]["code"], "forbidden");
    assert_eq!(s.say_with("system", open(1), id("a")), json!({"ok":{}}), "a refusal is not remembered");
    assert_eq!(s.say_with("system", open(2), id("a"))["error"]["code"], "id_reused", "but what changes nothing is");
    assert_eq!(s.say_with("system", json!("tick"), id("b")), json!({"ok":{}}));
    assert_eq!(s.say_with("system", open(2), id("b"))["error"]["code"], "id_reused");
    let put = json!({"put_customer":{"external":"x"}});
    assert_eq!(s.say_with("system", put.clone(), id("c")), json!({"ok":{"customer":7}}));
    s.ok("system", json!({"delete_customer":{"customer":7}}));
    assert_eq!(s.say_with("system", put.clone(), id("c")), json!({"ok":{"customer":7}}), "not done again");
    let bulk = json!({"bulk":{"select":{"filter":"all"},"do":{"close":{}}}});
    let told = json!({"ok":{"changed":2,"unchanged":0,"refused":[]}});
    assert_eq!(s.say_with("manager 1", bulk.clone(), id("d")), told);
    assert_eq!(s.say_with("manager 1", bulk, id("d")), told);
    let all = json!({"all":[{"start_chat":{"customer":6}},{"open":{"chat":0}}]});
    let told = json!({"ok":{"all":[{"chat":3},{}]}});
    assert_eq!(s.say_with("manager 1", all.clone(), id("e")), told);
    assert_eq!(s.say_with("manager 1", all, id("e")), told);
    assert_eq!(s.count("all"), 3);
    // Other ids, other workspaces.
    assert_eq!(s.say_with("system", put.clone(), id("")), json!({"ok":{"customer":8}}));
    let elsewhere = json!({"id":"c","workspace":2});
    assert_eq!(s.say_with("system", put, elsewhere), json!({"ok":{"customer":1}}));
}

pub fn how_long() {
    let mut s = Scene::new();
    let say = |s: &mut Scene, at: u64| {
        s.at = at;
        s.say_with("customer 5", said("x"), id("a"))["ok"]["message"].clone()
    };
    assert_eq!(say(&mut s, 2000), 1);
    s.at = 2000 + DAY;
    s.ok("system", json!("tick"));
    // The clock before the command decides.
    assert_eq!(say(&mut s, 9000 + DAY), 1);
    s.at = 2001 + DAY;
    s.ok("system", json!("tick"));
    assert_eq!(say(&mut s, 0), 2);
    // A clock that is set back keeps an id for longer.
    s.ok("system", json!({"set_clock":{"at":0}}));
    assert_eq!(say(&mut s, 2 * DAY), 2);
    s.at = 2 * DAY;
    s.ok("system", json!("tick"));
    assert_eq!(say(&mut s, 2 * DAY), 2);
    s.ok("system", json!({"set_clock":{"at":2002 + 2 * DAY}}));
    assert_eq!(say(&mut s, 0), 3);
    // One whose time was over does not come back.
    s.at = 2003 + 3 * DAY;
    s.ok("system", json!("tick"));
    s.ok("system", json!({"set_clock":{"at":2002 + 2 * DAY}}));
    assert_eq!(say(&mut s, 0), 4);
    // A clock is set at the time that it is set to.
    let set = json!({"set_clock":{"at":50}});
    assert_eq!(s.say_with("system", set.clone(), id("set")), json!({"ok":{}}));
    s.at = 50 + DAY;
    s.ok("system", json!("tick"));
    assert_eq!(s.say_with("system", set.clone(), id("set")), json!({"ok":{}}));
    assert_eq!(s.naive.workspaces[&1].clock, 50 + DAY);
    s.at = 51 + DAY;
    s.ok("system", json!("tick"));
    s.say_with("system", set, id("set"));
    assert_eq!(s.naive.workspaces[&1].clock, 50);
    // A deleted workspace remembers only how it was deleted.
    s.at = 3 * DAY;
    s.say_with("system", json!("delete_workspace"), id("gone"));
    assert_eq!(s.naive.workspaces[&1].ids.len(), 1);
    s.at = 1;
    s.ok("system", json!({"put_customer":{"customer":5}}));
    assert_eq!(s.say_with("system", json!("delete_workspace"), id("gone")), json!({"ok":{}}));
    assert_eq!(s.count("customer:5"), 0, "not deleted again");
}

/// The newest million is remembered, and at least the last ten minutes.
pub fn how_many() {
    let mut s = Scene::new();
    s.at = 1_000_000;
    s.ok("system", json!("tick"));
    let ids = &mut s.naive.workspaces.get_mut(&1).unwrap().ids;
    for n in 0..IDS_MAX as u64 {
        let done = Done { command: Do::Tick, answer: json!({}), at: 1_000_000 + n, order: 0 };
        ids.insert((Actor::System, n.to_string()), done);
    }
    let mut say = |actor: &str, at: u64, id: &str| {
        let line = json!({"workspace":1,"at":at,"id":id,"actor":actor,"do":"tick"});
        s.naive.apply(line.to_string().as_bytes())
    };
    let full = json!({"error":{"code":"unavailable"}});
    assert_eq!(say("system", 1_599_999, "new"), full, "the oldest is younger than ten minutes");
    assert_eq!(say("system", 1_599_999, "0"), json!({"ok":{}}));
    assert_eq!(say("system", 1_600_000, "new"), json!({"ok":{}}));
    assert_eq!(say("system", 1_600_000, "newer"), full, "the oldest is another one now");
    assert_eq!(say("system", 1_600_000, "0"), full, "forgotten");
    assert_eq!(s.naive.workspaces[&1].clock, 1_600_000);
    assert_eq!(s.naive.workspaces[&1].ids.len(), IDS_MAX);
    s.at = 1_600_000;
    s.naive.workspaces.get_mut(&1).unwrap().ids.clear();
    s.ok("system", json!("tick"));
}

fn only_if(s: &mut Scene, actor: &str, command: Value, condition: Value) -> Value {
    s.say_with(actor, command, json!({ "if": condition }))
}

pub fn conditions() {
    let mut s = Scene::new();
    s.writes("customer 5", 1, "public");
    let all = json!({"chat":1,"messages":1,"status":"open","assignee":null});
    let assign = || json!({"assign":{"chat":1,"manager":2}});
    assert_eq!(only_if(&mut s, "manager 1", assign(), all.clone()), json!({"ok":{}}));
    let failed = |actual: Value| json!({"error":{"code":"condition_failed","actual":actual}});
    let actual = json!({"messages":1,"status":"open","assignee":2});
    assert_eq!(only_if(&mut s, "manager 1", assign(), all), failed(actual), "all that was asked for");
    let seven = json!({"chat":1,"messages":7});
    assert_eq!(only_if(&mut s, "system", assign(), seven), failed(json!({"messages":1})));
    let closed = json!({"chat":2,"status":"closed","messages":null});
    assert_eq!(only_if(&mut s, "system", assign(), closed), failed(json!({"status":"open"})), "any chat");
    for good in [json!({"chat":1}), json!({"chat":1,"assignee":2}), json!({"chat":1,"status":null,"messages":1})] {
        assert_eq!(only_if(&mut s, "system", assign(), good), json!({"ok":{}}));
    }
    s.ok("system", json!({"snooze":{"chat":1,"until":2000}}));
    s.at = 2000;
    let snoozed = json!({"chat":1,"status":"snoozed"});
    assert_eq!(only_if(&mut s, "system", assign(), snoozed), failed(json!({"status":"open"})), "after what is due");
    s.ok("system", json!({"snooze":{"chat":1,"until":3000}}));
    let set = json!({"set_clock":{"at":9}});
    let open = json!({"chat":1,"status":"open"});
    assert_eq!(only_if(&mut s, "system", set, open), failed(json!({"status":"snoozed"})));
    assert_eq!(s.naive.workspaces[&1].clock, 2000);
    for bad in [
        json!({}),
        json!({"chat":1,"tags":[]}),
        json!({"chat":null}),
        json!({"chat":1,"status":"Open"}),
        json!({"chat":1,"messages":-1}),
        json!({"chat":1,"assignee":"2"}),
        json!([1]),
    ] {
        assert_eq!(only_if(&mut s, "manager 99", json!("tick"), bad)["error"]["code"], "malformed");
    }
    assert_eq!(only_if(&mut s, "system", json!("tick"), json!(null)), json!({"ok":{}}));
}

pub fn order_of_conditions() {
    let mut s = Scene::new();
    let code = |s: &mut Scene, actor: &str, command: Value, condition: Value| {
        only_if(s, actor, command, condition)["error"]["code"].clone()
    };
    let never = || json!({"chat":1,"messages":9});
    s.at = 2000;
    let said = json!({"send_message":{"chat":1,"visibility":"public","text":""}});
    assert_eq!(code(&mut s, "customer 5", said.clone(), json!({"chat":9})), "forbidden", "not for customers");
    assert_eq!(code(&mut s, "manager 2", json!({"delete_chat":{"chat":1}}), never()), "forbidden");
    assert_eq!(s.naive.workspaces[&1].clock, 1000);
    let assign = json!({"assign":{"chat":9,"manager":99}});
    assert_eq!(code(&mut s, "system", json!({"delete_tag":{"path":"none"}}), json!({"chat":9})), "unknown_chat");
    assert_eq!(code(&mut s, "system", assign, never()), "unknown_chat", "what the command names comes before it");
    assert_eq!(code(&mut s, "system", json!({"assign":{"chat":2,"manager":99}}), never()), "unknown_manager");
    assert_eq!(code(&mut s, "system", said, never()), "condition_failed", "the rule after it");
    assert_eq!(s.naive.workspaces[&1].clock, 2000, "it is judged in step 2");
    let batch = json!({"all":[{"open":{"chat":99}}]});
    let refused = only_if(&mut s, "system", batch.clone(), never());
    let actual = json!({"messages":0});
    assert_eq!(refused, json!({"error":{"code":"condition_failed","actual":actual}}), "before the first command");
    let refused = only_if(&mut s, "system", batch, json!({"chat":1}));
    assert_eq!(refused, json!({"error":{"code":"unknown_chat","at":0}}));
    // Done is done, whatever holds now.
    let more = json!({"id":"a","if":{"chat":1,"messages":0}});
    s.say_with("system", json!({"open":{"chat":1}}), more.clone());
    s.writes("customer 5", 1, "public");
    assert_eq!(s.say_with("system", json!({"open":{"chat":1}}), more), json!({"ok":{}}));
    let more = json!({"id":"b","if":{"chat":1,"messages":0}});
    s.say_with("system", json!({"open":{"chat":1}}), more);
    assert_eq!(s.say_with("system", json!({"open":{"chat":2}}), id("b")), json!({"ok":{}}), "refused, not remembered");
}
