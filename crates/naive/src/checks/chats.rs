//! Cases for chats: time, status, people, unread.

use serde_json::json;

use crate::checks::Scene;

pub fn time() {
    let mut s = Scene::new();
    s.ok("manager 1", json!({"snooze":{"chat":1,"until":2000}}));
    s.at = 1999;
    s.ok("system", json!("tick"));
    assert_eq!(s.chat(1)["status"], "snoozed");
    s.at = 2000;
    s.no("manager 9", json!("tick"), "unknown_manager");
    s.no("manager 1", json!("tick"), "forbidden");
    assert_eq!(s.chat(1)["status"], "snoozed", "a refusal in step 1 changes nothing");
    s.no("manager 1", json!({"open":{"chat":9}}), "unknown_chat");
    assert_eq!(s.chat(1)["status"], "open", "one in step 2 lets time pass");
    s.at = 10;
    s.no("manager 1", json!({"snooze":{"chat":1,"until":2000}}), "invalid_snooze");
    s.ok("manager 1", json!({"snooze":{"chat":1,"until":2001}}));
    s.at = u64::MAX;
    s.no("system", json!("tick"), "malformed");
    assert_eq!(s.chat(1)["status"], "snoozed", "a malformed one does not");
    s.at = 0;
    s.writes("customer 6", 2, "public");
    assert_eq!(s.chat(2)["last_activity_at"], 2000, "the clock never goes back");
}

pub fn snoozes_fire_in_order() {
    let mut s = Scene::new();
    s.ok("customer 5", json!({"start_chat":{"customer":5}}));
    s.ok("system", json!({"snooze":{"chat":3,"until":2000}}));
    s.ok("system", json!({"snooze":{"chat":2,"until":3000}}));
    s.ok("system", json!({"snooze":{"chat":1,"until":2000}}));
    s.at = 5000;
    s.ok("system", json!("tick"));
    assert_eq!(s.ids("all"), json!([2, 3, 1]));
    assert_eq!(s.chat(1)["last_activity_at"], 2000);
    assert_eq!(s.chat(2)["last_activity_at"], 3000);
    assert_eq!(s.chat(2)["snoozed_until"], json!(null));
}

pub fn activity() {
    let mut s = Scene::new();
    assert_eq!(s.ids("all"), json!([2, 1]));
    s.at = 1500;
    let still = [
        json!({"assign":{"chat":1,"manager":2}}),
        json!({"close":{"chat":1}}),
        json!({"open":{"chat":1}}),
        json!({"follow":{"chat":1,"managers":[3]}}),
        json!({"set_description":{"chat":1,"text":"x"}}),
        json!({"snooze":{"chat":1,"until":9000}}),
    ];
    for command in still {
        s.ok("manager 1", command);
        assert_eq!(s.ids("all"), json!([2, 1]));
    }
    assert_eq!(s.chat(1)["last_activity_at"], 1000);
    s.writes("system", 1, "internal");
    assert_eq!(s.ids("all"), json!([1, 2]));
    assert_eq!(s.chat(1)["last_activity_at"], 1500);
    assert_eq!(s.chat(1)["created_at"], 1000);
}

pub fn status() {
    let mut s = Scene::new();
    for (actor, visibility, opens) in [
        ("customer 5", "public", true),
        ("manager 2", "public", true),
        ("manager 2", "internal", false),
        ("system", "public", false),
        ("system", "internal", false),
    ] {
        s.ok("system", json!({"close":{"chat":1}}));
        s.writes(actor, 1, visibility);
        assert_eq!(s.chat(1)["status"], if opens { "open" } else { "closed" });
        s.ok("system", json!({"snooze":{"chat":1,"until":7000}}));
        s.writes(actor, 1, visibility);
        let until = if opens { json!(null) } else { json!(7000) };
        assert_eq!(s.chat(1)["snoozed_until"], until);
    }
    s.ok("system", json!({"snooze":{"chat":1,"until":8000}}));
    assert_eq!(s.chat(1)["snoozed_until"], 8000, "snoozing again moves the deadline");
    s.no("system", json!({"snooze":{"chat":1,"until":1000}}), "invalid_snooze");
    s.ok("system", json!({"close":{"chat":1}}));
    s.ok("system", json!({"close":{"chat":1}}));
    s.at = 9000;
    s.ok("system", json!("tick"));
    assert_eq!(s.chat(1)["status"], "closed", "closing cancels a snooze");
}

pub fn assignee_and_followers() {
    let mut s = Scene::new();
    s.ok("manager 1", json!({"assign":{"chat":1,"manager":2}}));
    s.ok("manager 1", json!({"assign":{"chat":1,"manager":3}}));
    assert_eq!(s.chat(1)["followers"], json!([2, 3]), "the one before stays a follower");
    s.no("manager 1", json!({"unfollow":{"chat":1,"managers":[2, 3]}}), "assignee_must_follow");
    s.ok("manager 1", json!({"unassign":{"chat":1}}));
    assert_eq!(s.chat(1)["followers"], json!([2, 3]));
    assert_eq!(s.chat(1)["assignee"], json!(null));
    s.ok("manager 1", json!({"unfollow":{"chat":1,"managers":[1, 3, 3]}}));
    assert_eq!(s.chat(1)["followers"], json!([2]));
    s.writes("manager 1", 1, "internal");
    assert_eq!(s.chat(1)["followers"], json!([1, 2]));
    s.ok("manager 3", json!({"start_chat":{"customer":5}}));
    assert_eq!(s.chat(3)["followers"], json!([3]));
    s.ok("system", json!({"follow":{"chat":3,"managers":[]}}));
}

pub fn unread() {
    let mut s = Scene::new();
    s.ok("system", json!({"follow":{"chat":1,"managers":[1, 2]}}));
    s.writes("customer 5", 1, "public");
    s.writes("system", 1, "internal");
    assert_eq!(s.chat(1)["unread"], json!({"1":2,"2":2}));
    s.writes("manager 2", 1, "internal");
    assert_eq!(s.chat(1)["unread"], json!({"1":3}), "the author has read the chat");
    s.ok("manager 1", json!({"mark_read":{"chat":1}}));
    assert_eq!(s.chat(1)["unread"], json!({}));
    assert_eq!(s.count("unread:1"), 0);
    s.writes("customer 5", 1, "public");
    s.ok("system", json!({"unfollow":{"chat":1,"managers":[1]}}));
    assert_eq!(s.chat(1)["unread"], json!({"2":1}));
    assert_eq!(s.count("unread:2:open"), 1);
}

pub fn unread_of_operators() {
    let mut s = Scene::new();
    s.ok("manager 2", json!({"set_operator":{"manager":2,"on":true}}));
    s.ok("manager 3", json!({"set_operator":{"manager":3,"on":true}}));
    s.writes("customer 5", 1, "public");
    s.writes("system", 1, "public");
    s.writes("manager 1", 1, "public");
    assert_eq!(s.chat(1)["unread"], json!({"2":1,"3":1}), "only what the customer wrote");
    s.ok("system", json!({"assign":{"chat":1,"manager":2}}));
    assert_eq!(s.chat(1)["unread"], json!({"2":1}), "no recipient any more");
    s.ok("system", json!({"unassign":{"chat":1}}));
    s.ok("system", json!({"follow":{"chat":1,"managers":[3]}}));
    s.writes("customer 5", 1, "public");
    assert_eq!(s.chat(1)["unread"], json!({"1":1,"2":2,"3":1}), "once, follower and operator");
    s.ok("system", json!({"unfollow":{"chat":1,"managers":[2, 3]}}));
    assert_eq!(s.chat(1)["unread"], json!({"1":1,"2":2,"3":1}), "still recipients");
    s.ok("manager 3", json!({"set_operator":{"manager":3,"on":false}}));
    assert_eq!(s.chat(1)["unread"], json!({"1":1,"2":2}));
    s.ok("manager 3", json!({"set_operator":{"manager":3,"on":true}}));
    assert_eq!(s.chat(1)["unread"], json!({"1":1,"2":2}), "turning it on raises nothing");
}

pub fn who_leaves() {
    let mut s = Scene::new();
    s.no("manager 2", json!({"leave":{"chat":1}}), "not_following");
    s.ok("manager 2", json!({"set_operator":{"manager":2,"on":true}}));
    s.ok("system", json!({"assign":{"chat":1,"manager":2}}));
    s.writes("customer 5", 1, "public");
    s.ok("manager 2", json!({"leave":{"chat":1}}));
    assert_eq!(s.chat(1)["assignee"], json!(null));
    assert_eq!(s.chat(1)["followers"], json!([]));
    assert_eq!(s.chat(1)["unread"], json!({}), "nothing unread, operator or not");
    s.ok("system", json!({"assign":{"chat":1,"manager":3}}));
    s.ok("system", json!({"follow":{"chat":1,"managers":[2]}}));
    s.ok("manager 2", json!({"leave":{"chat":1}}));
    assert_eq!(s.chat(1)["assignee"], 3);
}

pub fn my_sessions() {
    let mut s = Scene::new();
    assert_eq!(s.count("sessions:2"), 0);
    s.ok("system", json!({"follow":{"chat":1,"managers":[2]}}));
    assert_eq!(s.ids("sessions:2"), json!([1]));
    s.ok("system", json!({"set_operator":{"manager":2,"on":true}}));
    assert_eq!(s.ids("sessions:2"), json!([2, 1]), "each once");
    s.ok("system", json!({"assign":{"chat":2,"manager":3}}));
    assert_eq!(s.ids("sessions:2"), json!([1]));
    assert_eq!(s.count("unassigned"), 1);
    assert_eq!(s.count("following:3"), 1);
}

pub fn descriptions() {
    let mut s = Scene::new();
    assert_eq!(s.chat(1)["description"], json!(null));
    let text = "a#Vip ##환불_1,#İade # #a-b#x#ÉTÉ";
    s.ok("manager 1", json!({"set_description":{"chat":1,"text":text}}));
    for view in ["vip", "VIP", "환불_1", "İade", "a", "x", "été"] {
        assert_eq!(s.count(&format!("hashtag:{view}")), 1, "{view}");
    }
    for view in ["b", "iade", "환불", "missing"] {
        assert_eq!(s.count(&format!("hashtag:{view}")), 0, "{view}");
    }
    s.ok("manager 1", json!({"set_description":{"chat":1,"text":"환".repeat(4096)}}));
    s.no("manager 1", json!({"set_description":{"chat":1,"text":"x".repeat(4097)}}), "text_too_long");
    assert_eq!(s.count("hashtag:vip"), 0);
}

pub fn removal() {
    let mut s = Scene::new();
    s.ok("system", json!({"create_tag":{"path":"a"}}));
    s.ok("system", json!({"follow_tag":{"path":"a","manager":2}}));
    s.ok("system", json!({"assign":{"chat":1,"manager":2}}));
    s.ok("manager 2", json!({"favorite":{"chat":2}}));
    s.writes("manager 2", 1, "public");
    s.writes("customer 5", 1, "public");
    s.ok("manager 1", json!({"remove_manager":{"manager":2}}));
    let chat = s.chat(1);
    assert_eq!(chat["assignee"], json!(null));
    assert_eq!((&chat["followers"], &chat["unread"]), (&json!([]), &json!({})));
    assert_eq!(s.count("assigned:2"), "unknown_manager");
    s.no("manager 2", json!({"open":{"chat":1}}), "unknown_manager");
    s.ok("system", json!({"put_manager":{"manager":2,"name":"again","role":"member"}}));
    assert_eq!(s.count("favorites:2"), 0);
    let managers = s.ask(json!({"managers":{"workspace":1}}));
    assert_eq!(managers["managers"][1]["followed_tags"], json!([]));

    s.no("manager 2", json!({"delete_chat":{"chat":2}}), "forbidden");
    s.ok("manager 1", json!({"delete_chat":{"chat":2}}));
    s.no("system", json!({"delete_chat":{"chat":2}}), "unknown_chat");
    assert_eq!(s.chat(2), json!({"error":{"code":"unknown_chat"}}));
    assert_eq!(s.count("all"), 1);
    assert_eq!(s.ok("customer 6", json!({"start_chat":{"customer":6}})), json!({"chat":3}));
}
