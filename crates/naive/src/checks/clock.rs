//! Cases for the two steps of the judgement, and for clocks that are set.

use serde_json::json;

use crate::checks::Scene;

pub fn step_one() {
    let mut s = Scene::new();
    s.ok("manager 1", json!({"snooze":{"chat":1,"until":2000}}));
    s.ok("manager 2", json!({"send_message":{"chat":2,"visibility":"public","text":"x"}}));
    let before = s.now();
    s.at = 9000;
    s.no("manager 9", json!({"open":{"chat":1}}), "unknown_manager");
    s.no("customer 9", json!({"start_chat":{"customer":9}}), "unknown_customer");
    s.no("manager 2", json!({"delete_chat":{"chat":99}}), "forbidden");
    s.no("customer 5", json!({"close":{"chat":1}}), "forbidden");
    let said = |chat: u32| json!({"send_message":{"chat":chat,"visibility":"public","text":"x"}});
    s.no("customer 5", said(2), "forbidden");
    s.no("manager 3", json!({"edit_message":{"chat":2,"message":1,"text":"y"}}), "forbidden");
    s.no("manager 3", json!({"redact_message":{"chat":2,"message":1}}), "forbidden");
    assert_eq!(s.naive, before, "who may not do it changes nothing, not even the clock");
    // Whose it is can only be asked of what exists.
    s.no("customer 5", said(99), "unknown_chat");
    assert_eq!(s.chat(1)["status"], "open");
    assert_eq!(s.naive.workspaces[&1].clock, 9000);
    s.no("manager 3", json!({"edit_message":{"chat":2,"message":2,"text":"y"}}), "unknown_message");

    let elsewhere = json!({"workspace":7});
    let stranger = s.say_with("manager 1", json!({"open":{"chat":1}}), elsewhere.clone());
    assert_eq!(stranger["error"]["code"], "unknown_manager");
    assert_eq!(s.ask(json!({"workspaces":{}})), json!({"workspaces":[1]}));
    assert_eq!(s.say_with("system", json!({"open":{"chat":1}}), elsewhere)["error"]["code"], "unknown_chat");
    assert_eq!(s.ask(json!({"workspaces":{}})), json!({"workspaces":[1,7]}));
}

pub fn set_clock() {
    let mut s = Scene::new();
    let set = |at: u64| json!({"set_clock":{"at":at}});
    s.ok("manager 1", json!({"snooze":{"chat":1,"until":5000}}));
    for actor in ["manager 1", "customer 5"] {
        s.no(actor, set(1), "forbidden");
    }
    s.no("system", json!({"set_clock":{"at":253_402_300_800_000u64}}), "malformed");
    s.no("system", json!({"set_clock":{}}), "malformed");
    s.no("system", json!("set_clock"), "malformed");
    s.at = 9999;
    s.ok("system", set(10));
    assert_eq!(s.naive.workspaces[&1].clock, 10, "the time of its envelope does not count");
    assert_eq!(s.chat(1)["status"], "snoozed");
    s.at = 20;
    s.writes("customer 6", 2, "public");
    assert_eq!(s.chat(2)["last_activity_at"], 20);
    assert_eq!(s.chat(2)["created_at"], 1000);
    s.ok("system", set(6000));
    assert_eq!(s.chat(1)["status"], "snoozed", "it fires nothing");
    s.ok("system", set(100));
    s.ok("system", set(6000));
    assert_eq!(s.chat(1)["status"], "snoozed", "neither does another one");
    s.no("manager 1", json!({"snooze":{"chat":2,"until":6000}}), "invalid_snooze");
    assert_eq!(s.chat(1)["status"], "open", "the next command does, also one that is refused in step 2");
    assert_eq!(s.chat(1)["last_activity_at"], 5000);
    assert_eq!(s.ids("all"), json!([1, 2]), "positions go on");
    s.ok("system", set(0));
    s.ok("manager 1", json!({"snooze":{"chat":1,"until":21}}));
}

/// A stranger's command of the year 9999, and then a known person's.
pub fn one_wrong_clock() {
    let mut s = Scene::new();
    let latest = 253_402_300_799_999u64;
    s.ok("manager 1", json!({"snooze":{"chat":1,"until":2000}}));
    s.at = latest;
    s.no("customer 999", json!({"send_message":{"chat":1,"visibility":"public","text":"x"}}), "unknown_customer");
    assert_eq!(s.chat(1)["status"], "snoozed", "it sleeps on");
    s.at = 1100;
    s.ok("manager 1", json!({"snooze":{"chat":2,"until":3000}}));
    s.at = latest;
    s.writes("customer 5", 1, "public");
    s.no("manager 1", json!({"snooze":{"chat":2,"until":latest}}), "invalid_snooze");
    s.ok("system", json!({"set_clock":{"at":1200}}));
    s.at = 1200;
    s.ok("manager 1", json!({"snooze":{"chat":2,"until":3000}}));
    s.at = 3000;
    s.ok("system", json!("tick"));
    assert_eq!(s.chat(2)["last_activity_at"], 3000);
}

pub fn deleted_workspace() {
    let mut s = Scene::new();
    s.at = 5000;
    s.ok("manager 1", json!({"snooze":{"chat":2,"until":6000}}));
    s.ok("system", json!("delete_workspace"));
    assert_eq!(s.ask(json!({"workspaces":{}})), json!({"workspaces":[]}), "not listed until it is used again");
    assert_eq!(s.naive.workspaces[&1].clock, 0);
    s.at = 10;
    s.no("manager 1", json!({"open":{"chat":1}}), "unknown_manager");
    assert_eq!(s.ask(json!({"workspaces":{}})), json!({"workspaces":[]}));
    let put = |what: &str, external: &str| json!({what:{"external":external,"name":"n"}});
    assert_eq!(s.ok("system", put("put_customer", "c")), json!({"customer":7}), "numbers go on");
    s.ok("system", json!({"put_manager":{"manager":1,"name":"m","role":"member"}}));
    let put = json!({"put_manager":{"external":"m","name":"n","role":"member"}});
    assert_eq!(s.ok("system", put), json!({"manager":4}));
    assert_eq!(s.ok("system", json!({"start_chat":{"customer":7}})), json!({"chat":3}));
    assert_eq!(s.chat(3)["created_at"], 10);
    s.ok("manager 1", json!({"snooze":{"chat":3,"until":11}}));
    assert_eq!(s.ask(json!({"workspaces":{}})), json!({"workspaces":[1]}));
}

pub fn who_snoozed_is_told() {
    let mut s = Scene::new();
    let told = |s: &Scene, manager: u64| {
        let answer = s.ask(json!({"notifications":{"workspace":1,"manager":manager}}));
        answer["notifications"].as_array().unwrap().len()
    };
    let snooze = |chat: u32, until: u64| json!({"snooze":{"chat":chat,"until":until}});
    s.ok("manager 2", snooze(1, 2000));
    s.at = 2000;
    s.ok("system", json!("tick"));
    let answer = s.ask(json!({"notifications":{"workspace":1,"manager":2}}));
    let notice = json!({"at":2000,"kind":"snooze_ended","chat":1,"message":null,"by":null});
    assert_eq!(answer, json!({"notifications":[notice],"next":null}), "although the chat has no followers");
    // The last one to snooze counts, a follower is told once, and the system is not told.
    s.ok("manager 2", snooze(1, 3000));
    s.ok("manager 3", snooze(1, 3000));
    s.ok("manager 3", json!({"follow":{"chat":1,"managers":[3]}}));
    s.ok("manager 2", json!({"bulk":{"select":{"chats":[2]},"do":{"snooze":{"until":3000}}}}));
    s.at = 3000;
    s.ok("system", json!("tick"));
    assert_eq!((told(&s, 2), told(&s, 3)), (2, 1));
    s.ok("manager 2", snooze(2, 4000));
    s.ok("system", snooze(2, 4000));
    s.ok("manager 2", snooze(1, 4000));
    s.ok("manager 1", json!({"close":{"chat":1}}));
    s.at = 4000;
    s.ok("system", json!("tick"));
    assert_eq!(told(&s, 2), 2);
    s.ok("manager 2", snooze(2, 5000));
    s.ok("system", json!({"remove_manager":{"manager":2}}));
    s.ok("system", json!({"put_manager":{"manager":2,"name":"m","role":"member"}}));
    s.at = 5000;
    s.ok("system", json!("tick"));
    assert_eq!((s.chat(2)["status"].clone(), told(&s, 2)), (json!("open"), 0), "who left is told nothing");
}
