//! Imports of files that name things by external id: into any workspace, again, and after an interruption.

mod interrupted;

use inboxdb::{ChatId, Config, CustomerId, Engine, Envelope, Filter, ImportError, Timer};
use inboxdb_harness::{Subject, assert_clean};
use serde_json::{Value, json};

use crate::exports::*;

/// Executes commands given as JSON, each without its workspace, which is 1.
fn execute(engine: &Engine, at: u64, actor: Value, command: Value) -> Value {
    let envelope = json!({"workspace":1,"at":at,"actor":actor,"do":command});
    let envelope: Envelope = serde_json::from_value(envelope).unwrap();
    serde_json::to_value(engine.execute(envelope).unwrap().reply).unwrap()
}

fn written(lines: &[Value]) -> Vec<u8> {
    lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes()
}

fn parsed(exported: &[u8]) -> Vec<Value> {
    exported.split_inclusive(|byte| *byte == b'\n').map(|line| serde_json::from_slice(line).unwrap()).collect()
}

fn named(external: &str) -> Value {
    json!({ "external": external })
}

/// The lines of a kind.
fn lines_of<'l>(lines: &'l [Value], kind: &str) -> Vec<&'l Value> {
    lines.iter().filter_map(|line| line.get(kind)).collect()
}

fn count(engine: &Engine, view: &str) -> u64 {
    engine.workspace(1).unwrap().count(&view.parse::<Filter>().unwrap()).unwrap()
}

/// The digest of all that decides about later commands.
fn digest(engine: &Engine) -> String {
    engine.workspace(1).unwrap().digest().unwrap()
}

/// A file that names everything by external id.
fn by_name() -> Vec<Value> {
    let manager = |external: &str, operator: bool| {
        json!({"manager":{"external":external,"name":external,"role":"member","operator":operator,"online":false,
            "followed_tags":["ops"]}})
    };
    let chat = |external: &str, more: Value| {
        let mut chat = json!({"external":external,"customer":named("kim"),"status":"open","followers":[],"tags":[],
            "unread":{},"favorited_by":[],"created_at":100,"last_activity_at":200,"messages":0,"attributes":{}});
        chat.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "chat": chat })
    };
    let message = |chat: &str, external: Option<&str>, author: Value, at: u64| {
        json!({"message":{"chat":named(chat),"external":external,"at":at,"author":author,"visibility":"public",
            "text":format!("at {at}"),"files":[]}})
    };
    vec![
        json!({"inboxdb_export":{"version":2}}),
        json!({"tag":{"path":"ops"}}),
        manager("lin", false),
        manager("op", true),
        json!({"customer":{"external":"kim","name":"Kim","profile":{},"events":2}}),
        json!({"event":{"customer":named("kim"),"at":50,"name":"visited","properties":{}}}),
        json!({"event":{"customer":named("kim"),"event":2,"at":60,"name":"bought","properties":{}}}),
        json!({"customer":{"external":"lee","name":null,"profile":{},"events":0}}),
        chat(
            "t1",
            json!({"assignee":named("lin"),"followers":[named("lin"),named("op")],"favorited_by":[named("op")],
            "tags":["Ops"],"unread":[{"manager":named("op"),"count":2}],"messages":3,"events_before":2,
            "status":"snoozed","snoozed_until":9_000,"snoozed_by":named("lin")}),
        ),
        message("t1", Some("m1"), json!({"customer":named("kim")}), 110),
        message("t1", None, json!({"manager":named("lin")}), 120),
        message("t1", Some("m3"), json!("system"), 200),
        chat("t2", json!({"customer":named("lee"),"unread":[{"manager":named("op"),"count":1}]})),
        chat("t3", json!({"messages":1,"last_activity_at":300})),
        message("t3", Some("m1"), json!({"customer":named("kim")}), 300),
        json!({"end":{"managers":2,"tags":1,"customers":2,"events":2,"chats":3,"messages":4}}),
    ]
}

#[test]
fn import_by_external_id_names_things_in_every_place() {
    let engine = Engine::temporary().unwrap();
    let file = written(&by_name());
    let report = import(&engine, 1, &file).unwrap();
    assert_eq!((report.created, report.contents.messages), (report.contents, 4));
    assert_clean(&engine);
    let exported = parsed(&json_lines(&engine, 1));
    let header = json!({"version":2,"workspace":1,"clock":300,"next_chat":4,"next_manager":3,"next_customer":3});
    assert_eq!(exported[0]["inboxdb_export"], header);
    let chats = lines_of(&exported, "chat");
    assert_eq!(
        *chats[0],
        json!({"id":1,"external":"t1","customer":1,"status":"snoozed","snoozed_until":9_000,"snoozed_by":1,
            "assignee":1,"followers":[1,2],"favorited_by":[2],"tags":["ops"],"unread":{"2":2},"description":null,
            "created_at":100,"last_activity_at":200,"messages":3,"attributes":{},"events_before":2})
    );
    assert_eq!((&chats[1]["customer"], &chats[1]["unread"]), (&json!(2), &json!({"2":1})));
    let messages = lines_of(&exported, "message");
    let authors: Vec<&Value> = messages.iter().map(|message| &message["author"]).collect();
    assert_eq!(authors, [&json!({"customer":1}), &json!({"manager":1}), &json!("system"), &json!({"customer":1})]);
    // The commands find them too.
    let put = json!({"put_customer":{"external":"kim","name":"Kim"}});
    assert_eq!(execute(&engine, 400, json!("system"), put), json!({"customer":1}));
    let start = json!({"start_chat":{"customer":1,"external":"t1"}});
    assert_eq!(execute(&engine, 400, json!("system"), start), json!({"chat":1}));
    let send = json!({"send_message":{"chat":1,"visibility":"public","text":"again","external":"m3"}});
    assert_eq!(execute(&engine, 400, json!("system"), send), json!({"message":3}));
    engine.close().unwrap();
}

#[test]
fn import_again_changes_nothing() {
    let mut subject = Subject::new(config());
    let file = written(&by_name());
    import(subject.engine(), 1, &file).unwrap();
    let (seq, exported) = (subject.engine().durable_seq(), json_lines(subject.engine(), 1));
    let before = digest(subject.engine());
    for file in [&file, &exported] {
        let report = import(subject.engine(), 1, file).unwrap();
        assert_eq!((report.created.chats, report.created.messages, report.created.managers), (0, 0, 0));
        assert_eq!((report.contents.chats, report.seq), (3, seq), "not even a change was made");
        assert_eq!(digest(subject.engine()), before);
        subject.reopen();
    }
    assert_eq!(json_lines(subject.engine(), 1), exported);
}

#[test]
fn import_again_keeps_what_changed_and_creates_what_was_deleted() {
    let engine = Engine::temporary().unwrap();
    let file = written(&by_name());
    import(&engine, 1, &file).unwrap();
    let system = |command| execute(&engine, 1_000, json!("system"), command);
    system(json!({"close":{"chat":1}}));
    system(json!({"put_customer":{"external":"kim","name":"Kim Min"}}));
    system(json!({"send_message":{"chat":1,"visibility":"internal","text":"by the way"}}));
    system(json!({"delete_chat":{"chat":3}}));
    system(json!({"delete_customer":{"customer":2}}));
    system(json!({"delete_tag":{"path":"ops"}}));
    system(json!({"remove_manager":{"manager":2}}));
    let report = import(&engine, 1, &file).unwrap();
    let created = serde_json::to_value(report.created).unwrap();
    assert_eq!(created, json!({"managers":1,"tags":1,"customers":1,"events":0,"chats":2,"messages":1}));
    assert_clean(&engine);
    let lines = parsed(&json_lines(&engine, 1));
    let ids: Vec<(&Value, &Value)> =
        lines_of(&lines, "chat").iter().map(|chat| (&chat["id"], &chat["external"])).collect();
    let expected = [(json!(1), json!("t1")), (json!(4), json!("t2")), (json!(5), json!("t3"))];
    assert_eq!(ids, expected.iter().map(|(id, external)| (id, external)).collect::<Vec<_>>());
    let first = lines_of(&lines, "chat")[0].clone();
    assert_eq!((&first["status"], &first["messages"], &first["followers"]), (&json!("closed"), &json!(4), &json!([1])));
    assert_eq!(lines_of(&lines, "customer")[0]["name"], "Kim Min");
    let managers = lines_of(&lines, "manager");
    assert_eq!((&managers[1]["name"], &managers[1]["operator"]), (&json!("op"), &json!(true)));
    assert!(managers[1].get("removed").is_none());
    let customers: Vec<&Value> = lines_of(&lines, "customer").iter().map(|line| &line["customer"]).collect();
    assert_eq!(customers, [&json!(1), &json!(3)]);
    let (seq, exported) = (engine.durable_seq(), json_lines(&engine, 1));
    assert_eq!(import(&engine, 1, &file).unwrap().seq, seq);
    assert_eq!(json_lines(&engine, 1), exported);
    // Older chats came above a newer one. The export says so, and can be imported.
    assert_eq!(lines[0]["inboxdb_export"]["clock_epoch"], 1);
    let other = Engine::temporary().unwrap();
    import(&other, 1, &exported).unwrap();
    assert_eq!(json_lines(&other, 1), exported);
    other.close().unwrap();
    engine.close().unwrap();
}

#[test]
fn import_of_a_longer_file_adds_the_rest() {
    let (engine, whole) = (Engine::temporary().unwrap(), Engine::temporary().unwrap());
    let all = by_name();
    import(&whole, 1, &written(&all)).unwrap();
    let mut short: Vec<Value> = all[..6].to_vec();
    short[4]["customer"]["events"] = json!(1);
    short.push(all[8].clone());
    short[6]["chat"]["messages"] = json!(1);
    short[6]["chat"]["events_before"] = json!(1);
    short[6]["chat"]["unread"][0]["count"] = json!(1);
    short.push(all[9].clone());
    short.push(json!({"end":{"managers":2,"tags":1,"customers":1,"events":1,"chats":1,"messages":1}}));
    import(&engine, 1, &written(&short)).unwrap();
    let created = serde_json::to_value(import(&engine, 1, &written(&all)).unwrap().created).unwrap();
    assert_eq!(created, json!({"managers":0,"tags":0,"customers":1,"events":1,"chats":2,"messages":3}));
    assert_clean(&engine);
    let (found, expected) = (parsed(&json_lines(&engine, 1)), parsed(&json_lines(&whole, 1)));
    for kind in ["inboxdb_export", "manager", "customer", "event", "message", "end"] {
        assert_eq!(lines_of(&found, kind), lines_of(&expected, kind), "{kind}");
    }
    engine.close().unwrap();
    whole.close().unwrap();
}

#[test]
fn import_numbers_are_kept_where_they_are_free() {
    let engine = Engine::temporary().unwrap();
    let system = |command| execute(&engine, 100, json!("system"), command);
    system(json!({"put_manager":{"manager":7,"name":"Own","role":"owner"}}));
    system(json!({"put_customer":{"customer":5,"name":"Own"}}));
    for _ in 0..3 {
        system(json!({"start_chat":{"customer":5}}));
    }
    system(json!({"delete_chat":{"chat":2}}));
    let manager = |number: u64| {
        json!({"manager":{"manager":number,"external":format!("m{number}"),"name":"M","role":"member",
            "operator":false,"online":false,"followed_tags":[]}})
    };
    let customer = |number: u64| json!({"customer":{"customer":number,"external":format!("c{number}"),"name":null,"profile":{},"events":1}});
    let event = |number: u64| json!({"event":{"customer":number,"event":1,"at":1,"name":"e","properties":{}}});
    let chat = |number: u32, customer: u64, manager: u64| {
        json!({"chat":{"id":number,"external":format!("t{number}"),"customer":customer,"status":"open",
            "assignee":manager,"followers":[manager],"tags":[],"unread":{manager.to_string():1},"favorited_by":[],
            "created_at":200,"last_activity_at":200,"messages":1,"attributes":{},"events_before":1}})
    };
    let message = |chat: u32, customer: u64| {
        json!({"message":{"chat":chat,"message":1,"at":200,"author":{"customer":customer},"visibility":"public",
            "text":"hi","files":[]}})
    };
    let file = written(&[
        json!({"inboxdb_export":{"version":2,"clock":200,"next_chat":40}}),
        manager(7),
        manager(9),
        customer(5),
        event(5),
        customer(6),
        event(6),
        chat(2, 5, 7),
        message(2, 5),
        chat(30, 6, 9),
        message(30, 6),
        chat(20, 5, 7),
        message(20, 5),
        json!({"end":{"managers":2,"tags":0,"customers":2,"events":2,"chats":3,"messages":3}}),
    ]);
    import(&engine, 1, &file).unwrap();
    assert_clean(&engine);
    let lines = parsed(&json_lines(&engine, 1));
    let found = |kind: &str, number: &str, external: &str| {
        let line = lines_of(&lines, kind).into_iter().find(|line| line["external"] == external).unwrap();
        line[number].as_u64().unwrap()
    };
    assert_eq!((found("manager", "manager", "m7"), found("manager", "manager", "m9")), (8, 9));
    assert_eq!((found("customer", "customer", "c5"), found("customer", "customer", "c6")), (6, 7));
    assert_eq!((found("chat", "id", "t2"), found("chat", "id", "t30"), found("chat", "id", "t20")), (40, 30, 20));
    let chats = lines_of(&lines, "chat");
    let moved = chats.iter().find(|chat| chat["external"] == "t2").unwrap();
    assert_eq!((&moved["customer"], &moved["assignee"], &moved["unread"]), (&json!(6), &json!(8), &json!({"8":1})));
    let author = lines_of(&lines, "message")[0];
    assert_eq!((&author["chat"], &author["author"]), (&json!(40), &json!({"customer":6})));
    let (seq, exported) = (engine.durable_seq(), json_lines(&engine, 1));
    assert_eq!(import(&engine, 1, &file).unwrap().seq, seq);
    assert_eq!(json_lines(&engine, 1), exported);
    engine.close().unwrap();
}

#[test]
fn import_into_an_occupied_workspace_needs_external_ids() {
    let engine = Engine::temporary().unwrap();
    execute(&engine, 1, json!("system"), json!({"put_manager":{"manager":7,"name":"Own","role":"owner"}}));
    let before = json_lines(&engine, 1);
    for (line, kind) in [(2, "manager"), (4, "customer"), (8, "chat")] {
        let mut lines = by_name();
        let number = if kind == "chat" { "id" } else { kind };
        let fields = lines[line][kind].as_object_mut().unwrap();
        fields.remove("external");
        fields.insert(number.to_owned(), json!(90));
        let refused = import(&engine, 1, &written(&lines));
        let Err(ImportError::NotEmpty(words)) = refused else { panic!("{kind}: {refused:?}") };
        assert!(words.contains(&format!("line {}, {kind} 90, has no `external`", line + 1)), "{words}");
        assert_eq!(json_lines(&engine, 1), before);
    }
    // Nothing that a file refers to may be unknown or of another customer.
    import(&engine, 1, &written(&by_name())).unwrap();
    let before = json_lines(&engine, 1);
    for (line, kind, field, value, words) in [
        (8, "chat", "customer", named("lee"), "belongs to chat 1 of another customer"),
        (8, "chat", "customer", named("none"), "no customer with the external id \"none\""),
        (8, "chat", "customer", json!(1), "customer 1"),
        (8, "chat", "assignee", named("none"), "no manager with the external id \"none\""),
        (9, "message", "author", json!({"customer":named("lee")}), "of their own"),
        (10, "message", "author", json!({"manager":7}), "manager 7 wrote it"),
    ] {
        let mut lines = by_name();
        lines[line][kind][field] = value;
        let refused = import(&engine, 1, &written(&lines)).unwrap_err();
        assert!(refused.to_string().contains(words), "{field}: {refused}");
        assert_eq!(refused.line(), Some(line as u64 + 1), "{refused}");
        assert_eq!(json_lines(&engine, 1), before);
    }
    engine.close().unwrap();
}

#[test]
fn import_refuses_external_ids_that_come_twice() {
    let engine = Engine::temporary().unwrap();
    for (line, kind, external, words) in [
        (3, "manager", "lin", "\"lin\" belongs to manager 1"),
        (7, "customer", "kim", "\"kim\" belongs to customer 1"),
        (12, "chat", "t1", "\"t1\" belongs to chat 1"),
        (11, "message", "m1", "\"m1\" belongs to message 1"),
        (2, "manager", "", "at least one character"),
        (4, "customer", &"x".repeat(129), "129 characters"),
        (9, "message", "", "at least one character"),
    ] {
        let mut lines = by_name();
        lines[line][kind]["external"] = json!(external);
        let refused = import(&engine, 1, &written(&lines)).unwrap_err();
        let (found, named) = (refused.line().unwrap(), refused.to_string());
        assert!(named.contains(words) && found == line as u64 + 1, "{named}");
        assert_eq!(parsed(&json_lines(&engine, 1)).len(), 2);
    }
    let mut lines = by_name();
    lines[4]["customer"].as_object_mut().unwrap().remove("external");
    assert!(import(&engine, 1, &written(&lines)).unwrap_err().to_string().contains("`customer` or `external`"));
    engine.close().unwrap();
}

#[test]
fn import_moves_the_clock_and_snoozes_end_before_the_next_command() {
    let subject = Subject::new(Config::default().timer(Timer::Off));
    let engine = subject.engine();
    execute(engine, 10, json!("system"), json!({"put_customer":{"customer":5}}));
    execute(engine, 10, json!("system"), json!({"start_chat":{"customer":5}}));
    execute(engine, 10, json!("system"), json!({"snooze":{"chat":1,"until":250}}));
    import(engine, 1, &written(&by_name())).unwrap();
    let inbox = engine.workspace(1).unwrap();
    assert_eq!((inbox.clock(), count(engine, "all:snoozed")), (300.into(), 2));
    execute(engine, 0, json!("system"), json!("tick"));
    assert_eq!(inbox.chat(ChatId(1)).unwrap().last_activity_at, 250.into());
    // The snooze ended before the newest activity, and the export can still be imported.
    let exported = json_lines(engine, 1);
    let other = Engine::temporary().unwrap();
    import(&other, 1, &exported).unwrap();
    assert_eq!(json_lines(&other, 1), exported);
    other.close().unwrap();
}

#[test]
fn import_of_people_whom_the_workspace_has_and_the_file_has_not() {
    let engine = Engine::temporary().unwrap();
    execute(&engine, 1, json!("system"), json!({"put_customer":{"customer":5,"external":"own"}}));
    execute(
        &engine,
        1,
        json!("system"),
        json!({"put_manager":{"manager":7,"external":"ada","name":"Ada","role":"owner"}}),
    );
    let file = written(&[
        json!({"inboxdb_export":{"version":2}}),
        json!({"chat":{"external":"t","customer":named("own"),"status":"open","assignee":named("ada"),
            "followers":[named("ada")],"tags":[],"unread":{},"favorited_by":[],"created_at":1,"last_activity_at":1,
            "messages":0,"attributes":{}}}),
        json!({"end":{"managers":0,"tags":0,"customers":0,"events":0,"chats":1,"messages":0}}),
    ]);
    import(&engine, 1, &file).unwrap();
    assert_eq!(count(&engine, "assigned:7"), 1);
    assert_eq!(engine.workspace(1).unwrap().chat(ChatId(1)).unwrap().customer, CustomerId(5));
    assert_clean(&engine);
    engine.close().unwrap();
}
