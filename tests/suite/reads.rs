//! Every query except counts and lists: exact JSON, all pages, and the same after reopening.

mod team;

use inboxdb::{Config, Envelope, Query, Timer};
use inboxdb_harness::Subject;
use serde_json::{Value, json};

/// Creates a store with three managers and two customers.
fn store() -> Subject {
    let subject = Subject::new(Config::default().timer(Timer::Off));
    for (manager, name, role) in [(7, "Ada", "owner"), (8, "Grace", "member"), (9, "Ada Lovelace", "member")] {
        run(&subject, 1_000, json!("system"), json!({"put_manager":{"manager":manager,"name":name,"role":role}}));
    }
    for customer in [5, 6] {
        run(&subject, 1_000, json!("system"), json!({"put_customer":{"customer":customer}}));
    }
    subject
}

/// Executes a command that must be accepted. Returns the newest change.
fn run(subject: &Subject, at: u64, actor: Value, command: Value) -> u64 {
    let envelope = json!({"workspace":1,"at":at,"actor":actor,"do":command});
    let envelope: Envelope = serde_json::from_value(envelope).unwrap();
    subject.engine().execute(envelope).unwrap().seq
}

fn system(subject: &Subject, at: u64, command: Value) -> u64 {
    run(subject, at, json!("system"), command)
}

fn manager(subject: &Subject, at: u64, manager: u64, command: Value) -> u64 {
    run(subject, at, json!({"manager":manager}), command)
}

fn say(subject: &Subject, at: u64, actor: Value, chat: u32, visibility: &str, text: &str, files: Value) -> u64 {
    let message = json!({"chat":chat,"visibility":visibility,"text":text,"files":files});
    run(subject, at, actor, json!({"send_message":message}))
}

fn ask(subject: &Subject, query: Value) -> Value {
    subject.ask(&query.to_string())
}

fn code(subject: &Subject, query: Value) -> String {
    ask(subject, query)["error"]["code"].as_str().unwrap_or("ok").to_owned()
}

/// Runs `look` now, and again after reopening the store.
fn twice(mut subject: Subject, look: impl Fn(&Subject)) {
    look(&subject);
    subject.reopen();
    look(&subject);
}

/// Returns a query with some of its fields set.
fn with(query: &Value, fields: &[(&str, Value)]) -> Value {
    let mut query = query.clone();
    let inner = query.as_object_mut().unwrap().values_mut().next().unwrap();
    fields.iter().for_each(|(name, value)| inner[*name] = value.clone());
    query
}

/// Asserts that a query returns exactly these rows, in one page and in pages of 1 to 3. Every page but the last is
/// full, and only the page of an empty list is empty.
#[track_caller]
fn assert_pages(subject: &Subject, query: &Value, whole: &[Value]) {
    let cursor = if query.get("notifications").is_some() { "after" } else { "before" };
    assert_page(&ask(subject, query.clone()), whole, false);
    for limit in 1..=3 {
        let mut query = with(query, &[("limit", json!(limit)), (cursor, Value::Null)]);
        let mut rest = whole;
        loop {
            let (page, after) = rest.split_at(limit.min(rest.len()));
            let answer = ask(subject, query.clone());
            assert_page(&answer, page, !after.is_empty());
            if after.is_empty() {
                break;
            }
            query = with(&query, &[(cursor, answer["next"].clone())]);
            rest = after;
        }
    }
    for foreign in ["0", "1", "ffffffff", "100000000", "1ffffffff", "ffffffff00000001", "ffffffffffffffff"] {
        let answer = ask(subject, with(query, &[(cursor, json!(foreign))]));
        assert!(answer.get("error").is_none() && answer["next"].is_null(), "{answer}");
    }
    for malformed in [("limit", json!(0)), ("limit", json!(1_001)), (cursor, json!("x")), ("more", json!(1))] {
        assert_eq!(code(subject, with(query, &[malformed])), "malformed");
    }
}

#[track_caller]
fn assert_page(answer: &Value, items: &[Value], more: bool) {
    let fields = answer.as_object().unwrap();
    assert_eq!(fields.len(), 2, "{answer}");
    let (_, found) = fields.iter().find(|(name, _)| *name != "next").unwrap();
    assert_eq!(found.as_array().unwrap(), items);
    assert_eq!(answer["next"].is_string(), more, "{answer}");
}

#[test]
fn reads_messages_by_visibility() {
    let subject = store();
    system(&subject, 2_000, json!({"start_chat":{"customer":5}}));
    system(&subject, 2_000, json!({"start_chat":{"customer":5}}));
    let internal = [false, true, true, false, true, false, false, true, true, true];
    let name = |internal| if internal { "internal" } else { "public" };
    for (number, internal) in (1..).zip(internal) {
        say(&subject, 3_000 + number, json!({"manager":7}), 1, name(internal), &format!("text {number}"), json!(null));
    }
    let message = |(number, internal): (u64, bool)| {
        json!({
            "message": number, "at": 3_000 + number, "author": {"manager": 7}, "visibility": name(internal),
            "text": format!("text {number}"), "files": [],
        })
    };
    twice(subject, |subject| {
        let messages = |visibility: Value| json!({"messages":{"workspace":1,"chat":1,"visibility":visibility}});
        let numbered = || (1..).zip(internal).collect::<Vec<_>>().into_iter().rev();
        let all: Vec<Value> = numbered().map(message).collect();
        assert_pages(subject, &messages(json!(null)), &all);
        assert_pages(subject, &json!({"messages":{"workspace":1,"chat":1}}), &all);
        for visibility in ["public", "internal"] {
            let some: Vec<Value> = all.iter().filter(|message| message["visibility"] == visibility).cloned().collect();
            assert_pages(subject, &messages(json!(visibility)), &some);
        }
        assert_pages(subject, &json!({"messages":{"workspace":1,"chat":2,"visibility":"public"}}), &[]);
        assert_eq!(code(subject, messages(json!("secret"))), "malformed");
        assert_eq!(code(subject, json!({"messages":{"workspace":1,"chat":3,"visibility":"public"}})), "unknown_chat");
    });
}

#[test]
fn reads_files_and_links_of_a_chat() {
    let subject = store();
    for _ in 0..2 {
        system(&subject, 2_000, json!({"start_chat":{"customer":5}}));
    }
    let file = |name: &str| json!({"name":name,"url":format!("s3://{name}"),"media_type":"image/png","bytes":9});
    let customer = json!({"customer":5});
    say(&subject, 3_001, customer.clone(), 1, "public", "https://a.example and http://b.example", json!([file("a")]));
    say(&subject, 3_002, json!({"manager":7}), 1, "internal", "see https://c.example.", json!([file("b"), file("c")]));
    say(&subject, 3_003, customer.clone(), 1, "public", "no d.example, no e@f.example", json!(null));
    let four = json!([file("d"), file("e"), file("f"), file("g")]);
    say(&subject, 3_004, customer, 1, "public", "", four);
    say(&subject, 3_005, json!("system"), 1, "internal", "https://g.example https://g.example", json!(null));

    let about = |message: u64| {
        let (author, visibility) = match message {
            2 => (json!({"manager":7}), "internal"),
            5 => (json!("system"), "internal"),
            _ => (json!({"customer":5}), "public"),
        };
        json!({"message":message,"at":3_000 + message,"author":author,"visibility":visibility})
    };
    let and = |mut about: Value, more: Value| {
        about.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        about
    };
    let files = [(4, "d"), (4, "e"), (4, "f"), (4, "g"), (2, "b"), (2, "c"), (1, "a")];
    let files: Vec<Value> = files.map(|(message, name)| and(about(message), file(name))).to_vec();
    let links =
        [(5, "https://g.example"), (5, "https://g.example"), (2, "https://c.example"), (1, "https://a.example")];
    let links = links.into_iter().chain([(1, "http://b.example")]);
    let links: Vec<Value> = links.map(|(message, url)| and(about(message), json!({"url":url}))).collect();

    twice(subject, |subject| {
        for (name, whole) in [("files", &files), ("links", &links)] {
            let query = |chat: u32, visibility: Value| {
                let mut query = json!({});
                query[name] = json!({"workspace":1,"chat":chat,"visibility":visibility});
                query
            };
            assert_pages(subject, &query(1, json!(null)), whole);
            for visibility in ["public", "internal"] {
                let some: Vec<Value> = whole.iter().filter(|part| part["visibility"] == visibility).cloned().collect();
                assert!(!some.is_empty() && some.len() < whole.len());
                assert_pages(subject, &query(1, json!(visibility)), &some);
            }
            assert_pages(subject, &query(2, json!(null)), &[]);
            assert_eq!(code(subject, query(3, json!(null))), "unknown_chat");
        }
        // Compared as text, for the order of the fields.
        let query: Query = serde_json::from_value(json!({"files":{"workspace":1,"chat":1,"limit":1}})).unwrap();
        let expected = r#"{"files":[{"message":4,"at":3004,"author":{"customer":5},"visibility":"public","name":"d","url":"s3://d","media_type":"image/png","bytes":9}],"next":"400000000"}"#;
        assert_eq!(serde_json::to_string(&subject.engine().query(&query).unwrap()).unwrap(), expected);
    });
}

#[test]
fn reads_events_of_a_customer_and_before_a_chat() {
    let subject = store();
    let track = |at, customer: u64, name: &str, page: Value, properties: Value| {
        let event = json!({"customer":customer,"name":name,"page":page,"properties":properties});
        run(&subject, at, json!({"customer":customer}), json!({"track_event":event}));
    };
    let start = |at| system(&subject, at, json!({"start_chat":{"customer":5}}));
    start(1_999);
    track(2_000, 5, "one", json!("/a"), json!({"k":"v"}));
    track(3_000, 5, "two", json!(null), json!(null));
    track(3_000, 6, "other", json!(null), json!(null));
    start(3_000);
    track(3_000, 5, "three", json!(null), json!(null));
    track(3_000, 5, "four", json!(null), json!(null));
    start(3_000);
    track(4_000, 5, "five", json!(null), json!(null));

    let event =
        |number: u64, at: u64, name: &str| json!({"event":number,"at":at,"name":name,"page":null,"properties":{}});
    let newest_first = [
        event(5, 4_000, "five"),
        event(4, 3_000, "four"),
        event(3, 3_000, "three"),
        event(2, 3_000, "two"),
        json!({"event":1,"at":2_000,"name":"one","page":"/a","properties":{"k":"v"}}),
    ];
    twice(subject, |subject| {
        assert_pages(subject, &json!({"events":{"workspace":1,"customer":5}}), &newest_first);
        assert_pages(subject, &json!({"events":{"workspace":1,"customer":6}}), &[event(1, 3_000, "other")]);
        assert_eq!(code(subject, json!({"events":{"workspace":1,"customer":9}})), "unknown_customer");
        for (chat, newest) in [(1, 5), (2, 3), (3, 1)] {
            let query = json!({"events_before_chat":{"workspace":1,"chat":chat}});
            assert_pages(subject, &query, &newest_first[newest..]);
        }
        assert_eq!(code(subject, json!({"events_before_chat":{"workspace":1,"chat":4}})), "unknown_chat");
    });
}

#[test]
fn reads_no_events_of_a_deleted_customer() {
    let subject = store();
    let track = |name: &str| system(&subject, 2_000, json!({"track_event":{"customer":5,"name":name}}));
    track("one");
    track("two");
    system(&subject, 2_000, json!({"start_chat":{"customer":5}}));
    system(&subject, 3_000, json!({"delete_customer":{"customer":5}}));
    assert_eq!(code(&subject, json!({"events":{"workspace":1,"customer":5}})), "unknown_customer");
    assert_eq!(code(&subject, json!({"events_before_chat":{"workspace":1,"chat":1}})), "unknown_chat");
    system(&subject, 3_000, json!({"put_customer":{"customer":5}}));
    assert_pages(&subject, &json!({"events":{"workspace":1,"customer":5}}), &[]);
    track("three");
    system(&subject, 3_000, json!({"start_chat":{"customer":5}}));
    twice(subject, |subject| {
        let three = json!({"event":1,"at":3_000,"name":"three","page":null,"properties":{}});
        assert_pages(subject, &json!({"events":{"workspace":1,"customer":5}}), std::slice::from_ref(&three));
        assert_pages(subject, &json!({"events_before_chat":{"workspace":1,"chat":2}}), &[three]);
        assert_pages(subject, &json!({"earlier_chats":{"workspace":1,"chat":2}}), &[]);
    });
}

#[test]
fn reads_earlier_chats_of_a_customer() {
    let subject = store();
    for customer in [5, 6, 5, 5, 5, 6, 5] {
        system(&subject, 2_000, json!({"start_chat":{"customer":customer}}));
    }
    system(&subject, 3_000, json!({"close":{"chat":1}}));
    system(&subject, 3_000, json!({"snooze":{"chat":3,"until":9_000}}));
    system(&subject, 3_000, json!({"delete_chat":{"chat":4}}));
    twice(subject, |subject| {
        let shown = |chats: &[u32]| -> Vec<Value> {
            chats.iter().map(|chat| ask(subject, json!({"show":{"workspace":1,"chat":chat}}))).collect()
        };
        for (chat, earlier) in [(7, &[5_u32, 3, 1] as &[_]), (5, &[3, 1]), (6, &[2]), (1, &[]), (2, &[])] {
            assert_pages(subject, &json!({"earlier_chats":{"workspace":1,"chat":chat}}), &shown(earlier));
        }
        for chat in [4, 8] {
            assert_eq!(code(subject, json!({"earlier_chats":{"workspace":1,"chat":chat}})), "unknown_chat");
        }
    });
}

#[test]
fn reads_profile_fields() {
    let subject = store();
    let query = json!({"profile_fields":{"workspace":1}});
    assert_eq!(ask(&subject, query.clone()), json!({"fields":[]}));
    let fields = json!([{"key":"plan","label":"Plan","shown":true},{"key":"age","label":"","shown":false}]);
    manager(&subject, 2_000, 8, json!({"set_profile_fields":{"fields":fields}}));
    twice(subject, |subject| {
        assert_eq!(ask(subject, query.clone()), json!({"fields":fields}));
        assert_eq!(code(subject, with(&query, &[("more", json!(1))])), "malformed");
        system(subject, 3_000, json!({"set_profile_fields":{"fields":[]}}));
        assert_eq!(ask(subject, query.clone()), json!({"fields":[]}));
        system(subject, 3_000, json!({"set_profile_fields":{"fields":fields}}));
    });
}

#[test]
fn reads_an_untouched_workspace_as_empty() {
    let subject = store();
    for (query, expected) in [
        (json!({"profile_fields":{"workspace":2}}), "ok"),
        (json!({"bulks":{"workspace":2}}), "ok"),
        (json!({"recommend":{"workspace":2,"chat":1}}), "unknown_chat"),
        (json!({"files":{"workspace":2,"chat":1}}), "unknown_chat"),
        (json!({"events":{"workspace":2,"customer":5}}), "unknown_customer"),
        (json!({"notifications":{"workspace":2,"manager":7}}), "unknown_manager"),
    ] {
        assert_eq!(code(&subject, query), expected);
    }
}
