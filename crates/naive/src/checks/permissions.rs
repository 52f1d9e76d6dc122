//! Cases for permissions, limits, malformed lines, pages and a sidebar.

use serde_json::{Value, json};

use crate::Naive;
use crate::checks::Scene;

pub fn who_may_do_what() {
    let mut s = Scene::new();
    for what in ["mark_read", "favorite", "unfavorite", "leave"] {
        s.no("system", json!({what:{"chat":99}}), "forbidden");
        s.no("customer 5", json!({what:{"chat":1}}), "forbidden");
    }
    for actor in ["manager 2", "customer 5"] {
        let put = json!({"put_manager":{"manager":2,"name":"m","role":"member"}});
        s.no(actor, put, "forbidden");
        s.no(actor, json!({"remove_manager":{"manager":2}}), "forbidden");
        s.no(actor, json!({"delete_chat":{"chat":1}}), "forbidden");
        s.no(actor, json!({"set_online":{"manager":3,"on":true}}), "forbidden");
        s.no(actor, json!("tick"), "forbidden");
    }
    s.no("manager 1", json!("tick"), "forbidden");
    s.ok("manager 2", json!({"set_online":{"manager":2,"on":true}}));
    s.ok("manager 1", json!({"set_operator":{"manager":2,"on":true}}));
    s.ok("manager 2", json!({"put_customer":{"customer":5,"name":"n"}}));
    s.ok("manager 2", json!({"track_event":{"customer":5,"name":"seen"}}));
    s.ok("customer 5", json!({"track_event":{"customer":5,"name":"seen"}}));
    s.no("customer 5", json!({"track_event":{"customer":6,"name":"seen"}}), "forbidden");
    s.no("customer 5", json!({"start_chat":{"customer":99}}), "forbidden");
    s.no("customer 5", json!({"put_customer":{"customer":5}}), "forbidden");
    for (chat, visibility, code) in [
        (1, "internal", "forbidden"),
        (99, "internal", "forbidden"),
        (2, "public", "forbidden"),
        (99, "public", "unknown_chat"),
    ] {
        let said = json!({"send_message":{"chat":chat,"visibility":visibility,"text":""}});
        s.no("customer 5", said, code);
    }
    s.ok("manager 1", json!({"put_manager":{"manager":1,"name":"m","role":"member"}}));
    s.no("manager 1", json!({"remove_manager":{"manager":2}}), "forbidden");
}

pub fn order_of_judgement() {
    let mut s = Scene::new();
    s.no("customer 99", json!("tick"), "unknown_customer");
    s.no("manager 2", json!({"set_operator":{"manager":99,"on":true}}), "forbidden");
    s.no("system", json!({"set_operator":{"manager":99,"on":true}}), "unknown_manager");
    s.no("system", json!({"assign":{"chat":99,"manager":99}}), "unknown_chat");
    s.no("system", json!({"follow_tag":{"path":"none","manager":99}}), "unknown_tag");
    let long = vec![99; 1025];
    s.no("system", json!({"follow":{"chat":1,"managers":long}}), "unknown_manager");
    s.no("system", json!({"snooze":{"chat":99,"until":0}}), "unknown_chat");
    let event = json!({"customer":99,"name":"x".repeat(257)});
    s.no("system", json!({ "track_event": event }), "unknown_customer");
}

pub fn messages() {
    let mut s = Scene::new();
    let file = json!({"name":"f","url":"u","media_type":"m","bytes":1});
    let said =
        |text: &str, files: Value| json!({"send_message":{"chat":1,"visibility":"public","text":text,"files":files}});
    assert_eq!(s.ok("manager 2", said("", json!([file]))), json!({"message":1}));
    assert_eq!(s.ok("customer 5", said(&"é".repeat(32_768), json!(null))), json!({"message":2}));
    s.no("customer 5", said("", json!([])), "empty_message");
    let long = "x".repeat(65_537);
    s.no("customer 5", said(&long, json!(vec![file.clone(); 17])), "text_too_long");
    s.no("customer 5", said("x", json!(vec![file.clone(); 17])), "too_large");
    s.ok("customer 5", said("x", json!(vec![file.clone(); 16])));
    let mut large = file.clone();
    large["url"] = "x".repeat(2049).into();
    s.no("customer 5", said("x", json!([large])), "too_large");
    let page = s.ask(json!({"messages":{"workspace":1,"chat":1,"limit":2}}));
    assert_eq!(page["messages"][0]["message"], 3);
    assert_eq!(page["messages"][1]["author"], json!({"customer":5}));
    let next = json!({"messages":{"workspace":1,"chat":1,"limit":2,"before":page["next"]}});
    let first = json!({"message":1,"at":1000,"author":{"manager":2},"visibility":"public",
        "text":"","files":[file]});
    assert_eq!(s.ask(next), json!({"messages":[first],"next":null}));
    assert_eq!(s.chat(1)["messages"], 3);
}

pub fn customers() {
    let mut s = Scene::new();
    let ask = json!({"customer":{"workspace":1,"customer":5}});
    assert_eq!(s.ask(ask.clone()), json!({"customer":5,"name":null,"profile":{}}));
    let put = json!({"customer":5,"name":"Ann","profile":{"a":"1","b":"2"}});
    s.ok("system", json!({ "put_customer": put }));
    s.ok("system", json!({"put_customer":{"customer":5,"profile":{"c":"3"}}}));
    s.ok("system", json!({"put_customer":{"customer":5,"name":null,"profile":null}}));
    assert_eq!(s.ask(ask), json!({"customer":5,"name":"Ann","profile":{"c":"3"}}));
    assert_eq!(s.count("customer:5"), 1);
    assert_eq!(s.count("customer:99"), "unknown_customer");
}

pub fn limits() {
    let mut s = Scene::new();
    let mut edge = |command: &dyn Fn(usize) -> Value, limit: usize| {
        s.ok("system", command(limit));
        s.no("system", command(limit + 1), "too_large");
    };
    let x = |n: usize| "환".repeat(n);
    let many = |n: usize| -> Value { (0..n).map(|i| (i.to_string(), "v")).collect() };
    edge(&|n| json!({"put_manager":{"manager":2,"name":x(n),"role":"member"}}), 256);
    edge(&|n| json!({"put_customer":{"customer":5,"name":x(n)}}), 256);
    edge(&|n| json!({"put_customer":{"customer":5,"profile":many(n)}}), 64);
    edge(&|n| json!({"put_customer":{"customer":5,"profile":{x(n):"v"}}}), 128);
    edge(&|n| json!({"put_customer":{"customer":5,"profile":{"k":x(n)}}}), 1024);
    edge(&|n| json!({"track_event":{"customer":5,"name":x(n)}}), 256);
    edge(&|n| json!({"track_event":{"customer":5,"name":"n","page":x(n)}}), 2048);
    edge(&|n| json!({"track_event":{"customer":5,"name":"n","properties":many(n)}}), 64);
    edge(&|n| json!({"follow":{"chat":1,"managers":vec![2; n]}}), 1024);
    edge(&|n| json!({"unfollow":{"chat":1,"managers":vec![2; n]}}), 1024);
}

pub fn input() {
    let mut naive = Naive::new();
    let good = json!({"workspace":1,"at":0,"actor":"system","do":"tick"});
    let mut told = |line: &[u8]| naive.apply(line)["error"]["code"] == "malformed";
    assert!(!told(good.to_string().as_bytes()));
    for line in [&b""[..], b"  ", b"{", b"null", b"{\"a\":\"\xff\"}", b"[]"] {
        assert!(told(line));
    }
    for (field, value, bad) in [
        ("id", json!("x".repeat(64)), false),
        ("id", json!("환".repeat(22)), true),
        ("id", json!(null), false),
        ("id", json!(1), true),
        ("at", json!(253_402_300_799_999u64), false),
        ("at", json!(253_402_300_800_000u64), true),
        ("at", json!("0"), true),
        ("workspace", json!(u64::MAX), false),
        ("workspace", json!(-1), true),
        ("actor", json!({"manager":1,"customer":1}), true),
        ("actor", json!("manager"), true),
        ("do", json!("open"), true),
        ("do", json!({"open":{"chat":4_294_967_296u64}}), true),
        ("do", json!({"open":{"chat":4_294_967_295u64}}), false),
        ("do", json!({"open":{"chat":1,"x":null}}), true),
        ("do", json!({"dance":{"chat":1}}), true),
        ("other", json!(null), true),
    ] {
        let mut line = good.clone();
        line[field] = value;
        assert_eq!(told(line.to_string().as_bytes()), bad, "{line}");
    }
    let mut missing = good.clone();
    missing.as_object_mut().unwrap().remove("at");
    assert!(told(missing.to_string().as_bytes()));
}

pub fn pages() {
    let mut s = Scene::new();
    let list =
        |limit: Value, before: &Value| json!({"list":{"workspace":1,"view":"all:open","limit":limit,"before":before}});
    let first = s.ask(list(json!(1), &json!(null)));
    assert_eq!(first["chats"], json!([s.chat(2)]));
    s.writes("customer 6", 2, "public");
    let second = s.ask(list(json!(1), &first["next"]));
    assert_eq!(second, json!({"chats":[s.chat(1)],"next":null}));
    assert_eq!(s.ask(list(json!(2), &json!(null)))["next"], json!(null));
    for limit in [json!(0), json!(1001), json!("1")] {
        let answer = s.ask(list(limit, &json!(null)));
        assert_eq!(answer, json!({"error":{"code":"malformed"}}));
    }
    let elsewhere = json!({"list":{"workspace":9,"view":"all"}});
    assert_eq!(s.ask(elsewhere), json!({"chats":[],"next":null}));
}

pub fn a_sidebar() {
    let mut s = Scene::new();
    s.ok("system", json!({"create_tag":{"path":"B/c"}}));
    s.ok("system", json!({"create_tag":{"path":"a"}}));
    s.ok("system", json!({"tag":{"chat":1,"tags":["b/c"]}}));
    s.ok("system", json!({"set_operator":{"manager":2,"on":true}}));
    s.ok("system", json!({"assign":{"chat":1,"manager":3}}));
    s.ok("manager 2", json!({"favorite":{"chat":1}}));
    s.writes("customer 6", 2, "public");
    s.writes("customer 6", 2, "public");
    s.ok("system", json!({"close":{"chat":2}}));
    let answer = s.ask(json!({"sidebar":{"workspace":1,"manager":2}}));
    let none = json!({"open":0,"snoozed":0,"closed":0});
    let closed = json!({"open":0,"snoozed":0,"closed":1});
    let expected = json!({
        "workspace": 1, "manager": 2, "me": none, "unassigned": closed,
        "all": {"open":1,"snoozed":0,"closed":1},
        "unread": {"chats":1,"messages":2}, "favorites": 1, "my_sessions": closed,
        "operators": [{"manager":2,"name":"m","open":0}],
        "others": [{"manager":1,"name":"m","open":0},{"manager":3,"name":"m","open":1}],
        "tags": [{"path":"a","open":0},{"path":"B","open":1},{"path":"B/c","open":1}],
    });
    assert_eq!(answer, expected);
    let missing = s.ask(json!({"sidebar":{"workspace":1,"manager":9}}));
    assert_eq!(missing, json!({"error":{"code":"unknown_manager"}}));
}
