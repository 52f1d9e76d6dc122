//! Exports of external ids, people who left, edited and redacted messages, clocks that were set, and remembered ids.

use inboxdb::{Engine, Envelope, ImportError};
use inboxdb_harness::assert_clean;
use serde_json::{Value, json};

use crate::exports::*;

/// Executes an envelope given as JSON, and returns its reply.
fn execute(engine: &Engine, envelope: &Value) -> Value {
    let envelope: Envelope = serde_json::from_value(envelope.clone()).unwrap();
    serde_json::to_value(engine.execute(envelope).unwrap().reply).unwrap()
}

fn parsed(exported: &[u8]) -> Vec<Value> {
    exported.split_inclusive(|byte| *byte == b'\n').map(|line| serde_json::from_slice(line).unwrap()).collect()
}

fn written(lines: &[Value]) -> Vec<u8> {
    lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes()
}

fn commands() -> Vec<Value> {
    let system = |at: u64, command: Value| json!({"workspace":1,"at":at,"actor":"system","do":command});
    let by =
        |at: u64, manager: u64, command: Value| json!({"workspace":1,"at":at,"actor":{"manager":manager},"do":command});
    let say = |chat: u32, text: &str, external: Value| json!({"send_message":{"chat":chat,"visibility":"public","text":text,"external":external}});
    vec![
        system(100, json!({"put_manager":{"external":"lin","name":"Lin","role":"owner"}})),
        system(100, json!({"put_manager":{"manager":40,"external":"ben","name":"Ben","role":"member"}})),
        system(100, json!({"put_manager":{"manager":90,"name":"Gone","role":"member"}})),
        system(100, json!({"put_customer":{"external":"kim","name":"Kim"}})),
        system(100, json!({"put_customer":{"customer":70,"name":"Deleted"}})),
        system(100, json!({"delete_customer":{"customer":70}})),
        json!({"workspace":1,"at":200,"actor":{"customer":1},"id":"start","do":{"start_chat":{"customer":1,
            "external":"t1"}}}),
        system(200, json!({"start_chat":{"customer":1}})),
        json!({"workspace":1,"at":300,"actor":{"customer":1},"id":"first","do":say(1, "hello", json!("m1"))}),
        by(310, 40, say(1, "edit me", json!(null))),
        by(320, 40, json!({"edit_message":{"chat":1,"message":2,"text":"edited"}})),
        by(330, 40, say(1, "redact me", json!("m3"))),
        by(340, 40, json!({"redact_message":{"chat":1,"message":3}})),
        by(350, 40, json!({"follow":{"chat":2,"managers":[40]}})),
        by(360, 40, json!({"mark_unread":{"chat":2}})),
        by(370, 90, say(2, "I leave", json!(null))),
        system(380, json!({"remove_manager":{"manager":90}})),
        by(390, 1, json!({"snooze":{"chat":1,"until":9_000}})),
        json!({"workspace":1,"at":400,"actor":"system","id":"all","do":{"all":[{"put_customer":{"external":"new"}},
            {"start_chat":{"customer":0}},{"close":{"chat":0}}]}}),
        json!({"workspace":1,"at":410,"actor":"system","id":"bulk","do":{"bulk":{"select":{"chats":[2,99]},
            "do":{"close":{}}}}}),
    ]
}

#[test]
fn export_of_everything_new_imports_to_the_same() {
    let engine = Engine::temporary().unwrap();
    let replies: Vec<Value> = commands().iter().map(|envelope| execute(&engine, envelope)).collect();
    let exported = json_lines(&engine, 1);
    let lines = parsed(&exported);
    let find = |kind: &str, field: &str, value: Value| {
        let found = lines.iter().filter_map(|line| line.get(kind)).find(|line| line[field] == value);
        found.unwrap_or_else(|| panic!("no {kind} with {field} {value}")).clone()
    };
    let header = json!({"version":2,"workspace":1,"clock":410,"next_chat":4,"next_manager":91,"next_customer":72});
    assert_eq!(lines[0]["inboxdb_export"], header);
    let gone = find("manager", "manager", json!(90));
    assert_eq!((&gone["name"], &gone["removed"]), (&json!("Gone"), &json!(true)));
    assert_eq!(find("manager", "manager", json!(40))["external"], "ben");
    let chat = find("chat", "external", json!("t1"));
    assert_eq!((&chat["snoozed_by"], &chat["messages"]), (&json!(1), &json!(3)));
    let edited = find("message", "text", json!("edited"));
    assert_eq!((&edited["edited_at"], edited.get("redacted")), (&json!(320), None));
    let redacted = find("message", "redacted", json!(true));
    assert_eq!((&redacted["text"], &redacted["external"], &redacted["message"]), (&json!(""), &json!("m3"), &json!(3)));
    assert_eq!(find("message", "text", json!("I leave"))["author"], json!({"manager":90}));
    let done: Vec<&Value> = lines.iter().filter_map(|line| line.get("done")).collect();
    let ids: Vec<&Value> = done.iter().map(|line| &line["id"]).collect();
    assert_eq!(ids, ["start", "first", "all", "bulk"]);
    assert_eq!((&done[0]["ok"], &done[0]["actor"]), (&json!({"chat":1}), &json!({"customer":1})));
    assert_eq!(lines.last().unwrap()["end"]["done"], 4);

    let other = Engine::temporary().unwrap();
    let report = import(&other, 1, &exported).unwrap();
    assert_eq!((report.contents.done, report.created), (4, report.contents));
    assert_clean(&other);
    assert_eq!(json_lines(&other, 1), exported);
    // Retries do nothing, and get the same answers.
    for (envelope, reply) in commands().iter().zip(&replies).filter(|(envelope, _)| envelope.get("id").is_some()) {
        assert_eq!(execute(&other, envelope), *reply);
    }
    assert_eq!(json_lines(&other, 1), exported);
    let person = json!({"workspace":1,"at":500,"actor":"system","do":{"put_manager":{"external":"x","name":"X","role":"member"}}});
    assert_eq!(execute(&other, &person), json!({"manager":91}));
    // A view has no ids of commands.
    let some = export(&engine, 1, "all:closed", inboxdb::ExportFormat::JsonLines);
    assert!(!parsed(&some).iter().any(|line| line.get("done").is_some()));
    other.close().unwrap();
    engine.close().unwrap();
}

#[test]
fn export_after_the_clock_was_set_imports_again() {
    let engine = Engine::temporary().unwrap();
    commands().iter().for_each(|envelope| drop(execute(&engine, envelope)));
    let set = |at: u64| json!({"workspace":1,"at":0,"actor":"system","do":{"set_clock":{"at":at}}});
    let say = |at: u64, chat: u32| {
        json!({"workspace":1,"at":at,"actor":{"customer":1},"do":{"send_message":{"chat":chat,"visibility":"public",
            "text":"x"}}})
    };
    let track =
        |at: u64| json!({"workspace":1,"at":at,"actor":"system","do":{"track_event":{"customer":1,"name":"e"}}});
    for envelope in [set(50_000), say(50_001, 1), track(50_001), set(50), say(60, 2), track(60), say(70, 1)] {
        execute(&engine, &envelope);
    }
    let snooze = json!({"workspace":1,"at":70,"actor":{"manager":1},"do":{"snooze":{"chat":1,"until":90}}});
    execute(&engine, &snooze);
    let exported = json_lines(&engine, 1);
    let header = parsed(&exported)[0]["inboxdb_export"].clone();
    assert_eq!((&header["clock"], &header["clock_epoch"]), (&json!(70), &json!(2)));
    let other = Engine::temporary().unwrap();
    // A later clock of the workspace itself does not count.
    execute(&other, &json!({"workspace":1,"at":800_000,"actor":"system","do":"tick"}));
    import(&other, 1, &exported).unwrap();
    assert_clean(&other);
    assert_eq!(json_lines(&other, 1), exported);
    for engine in [&engine, &other] {
        execute(engine, &json!({"workspace":1,"at":100,"actor":"system","do":"tick"}));
    }
    assert_eq!(json_lines(&other, 1), json_lines(&engine, 1));
    // Without the epoch, such times are refused.
    let mut lines = parsed(&exported);
    lines[0]["inboxdb_export"].as_object_mut().unwrap().remove("clock_epoch");
    assert!(matches!(import(&other, 2, &written(&lines)), Err(ImportError::Line { .. })));
    other.close().unwrap();
    engine.close().unwrap();
}

#[test]
fn import_of_remembered_ids_checks_them_and_keeps_those_of_the_workspace() {
    let engine = Engine::temporary().unwrap();
    commands().iter().for_each(|envelope| drop(execute(&engine, envelope)));
    let good = parsed(&json_lines(&engine, 1));
    let place = good.iter().position(|line| line.get("done").is_some()).unwrap();
    let other = Engine::temporary().unwrap();
    // The id of the deletion stays, also when an import fails.
    let tick = json!({"workspace":1,"at":5,"actor":"system","id":"tick","do":"tick"});
    execute(&other, &tick);
    for (field, value, words) in [
        ("digest", json!("0123"), "16 hexadecimal"),
        ("digest", json!("+123456789abcdef"), "16 hexadecimal"),
        ("id", json!("x".repeat(65)), "65 bytes"),
        ("ok", json!({"chat":1,"color":2}), "not the reply"),
        ("ok", json!({"done":true}), "not the reply"),
        ("ok", json!({"all":[{"all":[{}]}]}), "reply to a batch"),
        ("ok", json!({"all":[]}), "reply to a batch"),
        ("ok", json!(7), "did not match"),
        ("at", json!(u64::MAX), "latest moment"),
        ("actor", json!("host"), "unknown variant"),
        ("color", json!(1), "unknown field"),
    ] {
        let mut lines = good.clone();
        lines[place]["done"][field] = value;
        let refused = import(&other, 1, &written(&lines)).unwrap_err();
        assert_eq!(refused.line(), Some(place as u64 + 1), "{refused}");
        assert!(refused.to_string().contains(words), "{refused}");
    }
    let done = |engine: &Engine| {
        let lines = parsed(&json_lines(engine, 1));
        lines.iter().filter_map(|line| Some(line.get("done")?["id"].as_str()?.to_owned())).collect::<Vec<String>>()
    };
    assert_eq!(done(&other), ["tick"]);
    import(&other, 1, &written(&good)).unwrap();
    assert_eq!(done(&other), ["tick", "start", "first", "all", "bulk"]);
    assert_clean(&other);
    other.close().unwrap();
    engine.close().unwrap();
}
