//! `inboxdb query`: every form of query, and lines that are not queries.

use serde_json::{Value, json};

use crate::common::{Place, is_missing, line, setup};

/// A store with a tag, two chats and some messages.
fn place() -> Place {
    let lines = [
        line(2_000, r#"{"create_tag":{"path":"Billing/Refund"}}"#),
        line(2_000, r#"{"tag":{"chat":1,"tags":["billing/refund"]}}"#),
        line(2_000, r#"{"assign":{"chat":1,"manager":7}}"#),
        line(2_000, r#"{"set_description":{"chat":1,"text":"a #VIP"}}"#),
        line(3_000, r#"{"send_message":{"chat":1,"visibility":"public","text":"one"}}"#),
        line(4_000, r#"{"send_message":{"chat":1,"visibility":"internal","text":"two"}}"#),
    ];
    Place::with(&(setup(2) + &lines.concat()))
}

fn answers(place: &Place, questions: &[&str]) -> (i32, Vec<Value>) {
    let ran = place.run(["query", "store"], questions.join("\n"));
    assert_eq!(ran.errors, "");
    (ran.code, ran.json())
}

#[test]
fn counts_and_lists() {
    let (code, answers) = answers(
        &place(),
        &[
            r#"{"count":{"workspace":1,"view":"tag:billing:open"}}"#,
            r#"{"count":{"workspace":1,"view":"hashtag:vip"}}"#,
            r#"{"count":{"workspace":9,"view":"all"}}"#,
            r#"{"list":{"workspace":1,"view":"all:open","limit":1,"before":null}}"#,
            r#"{"list":{"workspace":1,"view":"unassigned"}}"#,
            r#"{"count":{"workspace":1,"view":"all & !(tag:billing | customer:5) | assigned:7"}}"#,
            r#"{"count":{"workspace":1,"view":{"or":["all & !all",{"and":["all:open",{"not":"tag:billing"}]}]}}}"#,
        ],
    );
    assert_eq!(code, 0);
    assert_eq!(answers[5..], [json!({"count": 1}), json!({"count": 1})]);
    assert_eq!(answers[..3], [json!({"count": 1}), json!({"count": 1}), json!({"count": 0})]);
    assert_eq!(answers[3]["chats"][0]["id"], json!(1));
    assert!(answers[3]["next"].is_string());
    assert_eq!((&answers[4]["chats"][0]["id"], &answers[4]["next"]), (&json!(2), &Value::Null));
}

#[test]
fn pages_continue_where_the_previous_one_ended() {
    let place = place();
    let first = place.ask(r#"{"list":{"workspace":1,"view":"all","limit":1}}"#);
    let second =
        place.ask(&json!({"list": {"workspace": 1, "view": "all", "limit": 1, "before": first["next"]}}).to_string());
    assert_eq!((&second["chats"][0]["id"], &second["next"]), (&json!(2), &Value::Null));
}

#[test]
fn chats_people_and_tags() {
    let (code, answers) = answers(
        &place(),
        &[
            r#"{"show":{"workspace":1,"chat":1}}"#,
            r#"{"messages":{"workspace":1,"chat":1,"limit":1,"before":null}}"#,
            r#"{"managers":{"workspace":1}}"#,
            r#"{"tags":{"workspace":1}}"#,
            r#"{"customer":{"workspace":1,"customer":5}}"#,
            r#"{"sidebar":{"workspace":1,"manager":7}}"#,
        ],
    );
    assert_eq!(code, 0);
    assert_eq!(answers[0]["tags"], json!(["Billing/Refund"]));
    assert_eq!(answers[0]["unread"], json!({"7": 2}));
    assert_eq!(answers[1]["messages"][0]["text"], "two");
    assert!(answers[1]["next"].is_string());
    assert_eq!(answers[2]["managers"][0]["name"], "Ada");
    assert_eq!(answers[3]["tags"].as_array().unwrap().len(), 2);
    assert_eq!(answers[4]["name"], "김민준");
    assert_eq!(answers[5]["me"], json!({"open": 1, "snoozed": 0, "closed": 0}));
}

#[test]
fn events_files_profiles_and_other_details() {
    let (code, answers) = answers(
        &place(),
        &[
            r#"{"messages":{"workspace":1,"chat":1,"visibility":"public","limit":1}}"#,
            r#"{"files":{"workspace":1,"chat":1,"visibility":null,"limit":null,"before":null}}"#,
            r#"{"links":{"workspace":1,"chat":1}}"#,
            r#"{"events":{"workspace":1,"customer":5}}"#,
            r#"{"events_before_chat":{"workspace":1,"chat":1}}"#,
            r#"{"earlier_chats":{"workspace":1,"chat":2}}"#,
            r#"{"profile_fields":{"workspace":1}}"#,
            r#"{"recommend":{"workspace":1,"chat":2}}"#,
            r#"{"notifications":{"workspace":1,"manager":7,"since":null,"after":null}}"#,
            r#"{"bulks":{"workspace":1}}"#,
            r#"{"indexes":{"workspace":1}}"#,
        ],
    );
    assert_eq!(code, 0);
    assert_eq!((&answers[0]["messages"][0]["text"], &answers[0]["next"]), (&json!("one"), &Value::Null));
    assert_eq!(answers[1], json!({"files": [], "next": null}));
    assert_eq!(answers[2], json!({"links": [], "next": null}));
    assert_eq!(answers[3..5], [json!({"events": [], "next": null}), json!({"events": [], "next": null})]);
    assert_eq!((&answers[5]["chats"][0]["id"], &answers[5]["next"]), (&json!(1), &Value::Null));
    assert_eq!(answers[6], json!({"fields": []}));
    assert_eq!(answers[7]["managers"][0]["name"], "Ada");
    let kinds = answers[8]["notifications"].as_array().unwrap().iter().map(|told| told["kind"].as_str().unwrap());
    assert_eq!(kinds.collect::<Vec<_>>(), ["assigned", "message", "message"]);
    assert_eq!(answers[9..], [json!({"bulks": []}), json!({"indexes": []})]);
}

#[test]
fn malformed_and_unknown_questions_are_answered() {
    let (code, answers) = answers(
        &place(),
        &[
            r#"{"count":{"workspace":1,"view":"assigned:8"}}"#,
            r#"{"count":{"workspace":1,"view":"tag:none"}}"#,
            r#"{"count":{"workspace":1,"view":"customer:9"}}"#,
            r#"{"show":{"workspace":1,"chat":9}}"#,
            r#"{"count":{"workspace":1,"view":"al"}}"#,
            r#"{"list":{"workspace":1,"view":"all","limit":0}}"#,
            r#"{"list":{"workspace":1,"view":"all","before":"x y"}}"#,
            r#"{"sum":{"workspace":1}}"#,
            "",
            "[",
            r#"{"count":{"workspace":1,"view":"all"}}"#,
        ],
    );
    assert_eq!(code, 1);
    let codes: Vec<&str> = answers.iter().map(|answer| answer["error"]["code"].as_str().unwrap_or("ok")).collect();
    let expected = ["unknown_manager", "unknown_tag", "unknown_customer", "unknown_chat"];
    assert_eq!(codes[..4], expected);
    assert!(codes[4..10].iter().all(|code| *code == "malformed"), "{codes:?}");
    assert_eq!(answers[10], json!({"count": 2}));
}

#[test]
fn invalid_filter_names_the_position() {
    let deep = |levels: usize| {
        let (open, close) = (r#"{"and":["#.repeat(levels), "]}".repeat(levels));
        format!(r#"{{"count":{{"workspace":1,"view":{open}"all"{close}}}}}"#)
    };
    let (code, answers) = answers(
        &place(),
        &[
            r#"{"count":{"workspace":1,"view":"all & (tag:vip"}}"#,
            r#"{"count":{"workspace":1,"view":{"and":["all",{"nor":[]}]}}}"#,
            r#"{"count":{"workspace":1,"view":{"and":"all"}}}"#,
            r#"{"count":{"workspace":1,"view":{"not":"all","and":[]}}}"#,
            r#"{"count":{"workspace":1,"view":7}}"#,
            &deep(65),
            &deep(64),
        ],
    );
    assert_eq!(code, 1);
    let said = [
        "cannot be read at character 15: found the end, expected `&`, `|` or `)`",
        "unknown field `nor`, expected one of `and`, `or`, `not`",
        "invalid type: string \"all\", expected a list of filters in `and`",
        "a filter has one key, and after `not` there is \"and\"",
        "invalid type: integer `7`, expected a filter: a text, or an object",
        "nested too deep; the limit is 64 levels",
    ];
    for (answer, said) in answers.iter().zip(said) {
        assert_eq!(answer["error"]["code"], "malformed");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(said), "{message}");
    }
    assert_eq!(answers[6], json!({"count": 2}));
}

#[test]
fn invalid_text_is_malformed() {
    let ran = place().run(["query", "store"], b"{\"count\":{\"workspace\":1,\"view\":\"\xff\"}}".to_vec());
    assert_eq!((ran.code, &ran.json()[0]["error"]["code"]), (1, &json!("malformed")));
}

#[test]
fn query_creates_and_changes_no_store() {
    let place = Place::new();
    place.run(["query", "store"], "").assert_broken(&["there is no store at store", "inboxdb apply"]);
    assert!(is_missing(&place.path("store")));

    let place = Place::with(&setup(1));
    let sidebar = r#"{"sidebar":{"workspace":1,"manager":7}}"#;
    let before = place.ask(sidebar);
    place.run(["query", "store", "missing"], "").assert_broken(&["cannot read missing"]);
    assert_eq!(place.ask(sidebar), before);
}
