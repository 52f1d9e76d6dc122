//! Cases for events, files, links and notifications.

use serde_json::{Value, json};

use crate::checks::Scene;

/// Returns one field of every row.
fn column(answer: &Value, list: &str, field: &str) -> Value {
    let rows = answer[list].as_array().unwrap_or_else(|| panic!("{answer}"));
    rows.iter().map(|row| row[field].clone()).collect()
}

pub fn events() {
    let mut s = Scene::new();
    s.ok("customer 5", json!({"track_event":{"customer":5,"name":"a","page":"/","properties":{"k":"v"}}}));
    s.ok("customer 6", json!({"track_event":{"customer":6,"name":"other"}}));
    s.ok("customer 5", json!({"start_chat":{"customer":5}}));
    s.ok("system", json!({"track_event":{"customer":5,"name":"b"}}));
    let ask = |what: &str, id: &str, n: u32| json!({what:{"workspace":1,id:n,"limit":1}});
    let first = s.ask(ask("events", "customer", 5));
    let b = json!({"event":2,"at":1000,"name":"b","page":null,"properties":{}});
    let a = json!({"event":1,"at":1000,"name":"a","page":"/","properties":{"k":"v"}});
    assert_eq!(first["events"], json!([b]));
    let second = s.ask(json!({"events":{"workspace":1,"customer":5,"limit":1,"before":first["next"]}}));
    assert_eq!(second, json!({"events":[a],"next":null}));
    assert_eq!(s.ask(ask("events_before_chat", "chat", 3)), json!({"events":[a],"next":null}));
    assert_eq!(s.ask(ask("events_before_chat", "chat", 1)), json!({"events":[],"next":null}));
    for (what, id, code) in [("events", "customer", "unknown_customer"), ("events_before_chat", "chat", "unknown_chat")]
    {
        assert_eq!(s.ask(ask(what, id, 9)), json!({"error":{"code":code}}));
    }
    s.ok("customer 5", json!({"start_chat":{"customer":5}}));
    let earlier = s.ask(json!({"earlier_chats":{"workspace":1,"chat":4}}));
    assert_eq!(earlier, json!({"chats":[s.chat(3), s.chat(1)],"next":null}));
    let page = s.ask(ask("earlier_chats", "chat", 4));
    assert_eq!(column(&page, "chats", "id"), json!([3]));
}

pub fn files_and_links() {
    let mut s = Scene::new();
    let file = |name: &str| json!({"name":name,"url":"u","media_type":"m","bytes":1});
    let mut say = |visibility: &str, text: &str, files: Value| {
        let said = json!({"chat":1,"visibility":visibility,"text":text,"files":files});
        s.ok("manager 2", json!({ "send_message": said }));
    };
    say("public", "see https://a.example/x, www.b.example", json!([file("1"), file("2")]));
    say("internal", "(http://c.example/(d)) ann@e.example", json!([file("3")]));
    say("public", "http://f.example http://f.example", json!(null));
    let ask = |what: &str, visibility: Value| s.ask(json!({what:{"workspace":1,"chat":1,"visibility":visibility}}));
    assert_eq!(column(&ask("files", json!(null)), "files", "name"), json!(["3", "1", "2"]));
    assert_eq!(column(&ask("files", json!("public")), "files", "name"), json!(["1", "2"]));
    let links = ask("links", json!(null));
    let urls = ["http://f.example", "http://f.example", "http://c.example/(d)", "https://a.example/x"];
    assert_eq!(column(&links, "links", "url"), json!(urls));
    assert_eq!(column(&links, "links", "message"), json!([3, 3, 2, 1]));
    let only = json!({"message":2,"at":1000,"author":{"manager":2},"visibility":"internal","url":urls[2]});
    assert_eq!(ask("links", json!("internal")), json!({"links":[only],"next":null}));
    assert_eq!(column(&ask("messages", json!("public")), "messages", "message"), json!([3, 1]));
    assert_eq!(ask("messages", json!("secret"))["error"]["code"], "malformed");
    let mut seen = Vec::new();
    let mut before = json!(null);
    loop {
        let page = s.ask(json!({"files":{"workspace":1,"chat":1,"limit":1,"before":before}}));
        seen.push(page["files"][0]["name"].clone());
        before = page["next"].clone();
        if before.is_null() {
            break;
        }
    }
    assert_eq!(seen, ["3", "1", "2"], "a page may end within a message");
}

fn kinds(s: &Scene, manager: u64) -> Value {
    let answer = s.ask(json!({"notifications":{"workspace":1,"manager":manager}}));
    column(&answer, "notifications", "kind")
}

pub fn notifications() {
    let mut s = Scene::new();
    s.ok("manager 1", json!({"assign":{"chat":1,"manager":2}}));
    s.ok("manager 1", json!({"assign":{"chat":1,"manager":2}}));
    s.ok("manager 3", json!({"assign":{"chat":2,"manager":3}}));
    assert_eq!((kinds(&s, 2), kinds(&s, 3)), (json!(["assigned"]), json!([])), "not who asked, not again");
    s.ok("system", json!({"snooze":{"chat":1,"until":2000}}));
    s.at = 2500;
    s.writes("customer 5", 1, "public");
    s.writes("manager 2", 1, "internal");
    let row = |at: u64, kind: &str, message: Value, by: Value| json!({"at":at,"kind":kind,"chat":1,"message":message,"by":by});
    let expected = [
        row(1000, "assigned", json!(null), json!({"manager":1})),
        row(2000, "snooze_ended", json!(null), json!(null)),
        row(2500, "message", json!(1), json!({"customer":5})),
    ];
    let ask = |more: Value| {
        let mut fields = json!({"workspace":1,"manager":2,"limit":2});
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        s.ask(json!({ "notifications": fields }))
    };
    let first = ask(json!({"since":0}));
    assert_eq!(first["notifications"], json!(expected[..2]), "the oldest first");
    assert_eq!(ask(json!({"after":first["next"]})), json!({"notifications":expected[2..],"next":null}));
    s.ok("system", json!({"bulk":{"select":{"chats":[2, 1]},"do":{"assign":{"manager":3}}}}));
    let third = s.ask(json!({"notifications":{"workspace":1,"manager":3}}));
    assert_eq!(column(&third, "notifications", "chat"), json!([1]), "only who is new");
    s.ok("system", json!({"delete_chat":{"chat":1}}));
    assert_eq!((kinds(&s, 2), kinds(&s, 3)), (json!([]), json!([])));
    s.writes("customer 6", 2, "public");
    assert_eq!(kinds(&s, 3), json!(["message"]));
    s.ok("system", json!({"remove_manager":{"manager":3}}));
    s.ok("system", json!({"put_manager":{"manager":3,"name":"m","role":"member"}}));
    assert_eq!(kinds(&s, 3), json!([]));
    let missing = s.ask(json!({"notifications":{"workspace":1,"manager":9}}));
    assert_eq!(missing, json!({"error":{"code":"unknown_manager"}}));
}

pub fn mentions() {
    let mut s = Scene::new();
    for (id, name) in [(1, "Ann"), (2, "Ann Lee"), (3, "ANN"), (4, ""), (7, "@home"), (8, "김민수")] {
        s.ok("system", json!({"put_manager":{"manager":id,"name":name,"role":"owner"}}));
    }
    let many = format!("{}@ann", "@ ".repeat(63));
    let too_many = format!("{}@ann", "@ ".repeat(64));
    let behind_words = format!("{}@ann", "x@ ".repeat(64));
    for (text, expected) in [
        ("@ann", vec![1, 3]),
        ("hello (@Ann), see", vec![1, 3]),
        ("@ann lee!", vec![2]),
        ("@ann leer @ANN LEE", vec![1, 2, 3]),
        ("x@ann 1@ann é@ann e\u{301}@ann", vec![]),
        ("환@ann", vec![1, 3]),
        ("_@ann", vec![1, 3]),
        ("@anna @ann_ @ann1 @ ann", vec![]),
        ("@@ann", vec![1, 3]),
        ("@@home", vec![7]),
        ("@", vec![]),
        ("@김민수: @김민수님", vec![8]),
        ("@ann님", vec![1, 3]),
        ("@ann e\u{301}", vec![1, 3]),
        ("@ann\u{301}", vec![]),
        (&many, vec![1, 3]),
        (&too_many, vec![]),
        (&behind_words, vec![1, 3]),
    ] {
        let mentioned = s.naive.workspaces[&1].mentioned(text);
        assert_eq!(mentioned.into_iter().collect::<Vec<u64>>(), expected, "{text}");
    }
    s.ok("system", json!({"follow":{"chat":1,"managers":[2, 3]}}));
    let said = |visibility: &str, text: &str| json!({"send_message":{"chat":1,"visibility":visibility,"text":text}});
    s.ok("manager 1", said("internal", "@ann and @ann lee"));
    assert_eq!((kinds(&s, 1), kinds(&s, 2), kinds(&s, 3)), (json!([]), json!(["mentioned"]), json!(["mentioned"])));
    s.ok("manager 2", said("public", "@ann"));
    assert_eq!((kinds(&s, 1), kinds(&s, 2)), (json!(["message"]), json!(["mentioned"])), "an author follows");
    assert_eq!(kinds(&s, 3), json!(["mentioned", "message"]), "a public message mentions no one");
}
