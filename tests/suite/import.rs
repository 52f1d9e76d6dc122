//! Imports: everything is validated, an import is all or nothing, and a failed one leaves nothing.

use std::io::{self, Write};

use inboxdb::{
    Actor, ChatId, Command, Config, CustomerUpdate, Engine, Envelope, Error, ExportError, ExportFormat, ImportError,
    NewEvent, Role, Timer, WorkspaceId,
};
use inboxdb_harness::{Subject, assert_clean};
use serde_json::{Value, json};

use crate::exports::*;

#[test]
fn import_splits_a_chat_of_many_messages_into_several_changes() {
    let engine = Engine::temporary().unwrap();
    run(&engine, 1, Actor::System, Command::put_customer(KIM, CustomerUpdate::new())).unwrap();
    run(&engine, 1, Actor::System, Command::put_manager(ADA, "Ada", Role::Owner)).unwrap();
    run(&engine, 1, Actor::System, Command::start_chat(KIM)).unwrap();
    run(&engine, 1, Actor::System, Command::follow(ChatId(1), [ADA])).unwrap();
    let mut pipeline = engine.pipeline();
    for number in 0..200_u64 {
        let text = "x".repeat(40_000);
        let send = Command::send_message(ChatId(1), text);
        pipeline.push(&Envelope::new(WorkspaceId(1), number, Actor::Customer(KIM), send));
        let properties = (0..30).map(|entry| (entry.to_string(), "y".repeat(1_000)));
        let track = Command::track_event(KIM, NewEvent::new("e").properties(properties));
        pipeline.push(&Envelope::new(WorkspaceId(1), number, Actor::System, track));
    }
    assert!(pipeline.finish().iter().all(Result::is_ok));
    let exported = json_lines(&engine, 1);
    let other = Subject::new(config());
    let mut changes = 0;
    other.engine().import(WorkspaceId(1), exported.as_slice(), |_| changes += 1).unwrap();
    assert!(changes > 10, "{changes}");
    assert_clean(other.engine());
    assert_eq!(json_lines(other.engine(), 1), exported);
    // An import that fails within the chat leaves nothing.
    let cut = &exported[..exported.len() - 3_000_000];
    assert!(import(other.engine(), 2, cut).is_err());
    assert_empty(other.engine(), 2);
    engine.close().unwrap();
}

#[test]
fn import_that_panics_leaves_a_part_that_can_be_deleted() {
    let engine = large();
    let exported = json_lines(&engine, 1);
    let mut other = Subject::new(config());
    let killed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        other.engine().import(WorkspaceId(1), exported.as_slice(), |progress| assert!(progress.done < 9_000_000))
    }));
    assert!(killed.is_err());
    other.reopen();
    let all = "all".parse().unwrap();
    let part = other.engine().workspace(WorkspaceId(1)).unwrap().count(&all).unwrap();
    assert!((100..200).contains(&part), "{part}");
    assert!(matches!(import(other.engine(), 1, &exported), Err(ImportError::NotEmpty(_))));
    run(other.engine(), 3, Actor::System, Command::DeleteWorkspace).unwrap();
    assert_clean(other.engine());
    import(other.engine(), 1, &exported).unwrap();
    assert_eq!(without_header(&json_lines(other.engine(), 1)), without_header(&exported));
    engine.close().unwrap();
}

fn assert_empty(engine: &Engine, workspace: u64) {
    let text = String::from_utf8(json_lines(engine, workspace)).unwrap();
    assert_eq!(text.lines().count(), 2, "{text}");
}

/// Lines of an export as JSON, to be changed.
fn parsed(exported: &[u8]) -> Vec<Value> {
    exported.split_inclusive(|byte| *byte == b'\n').map(|line| serde_json::from_slice(line).unwrap()).collect()
}

fn written(lines: &[Value]) -> Vec<u8> {
    lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes()
}

/// Sets a value in the first line of a kind. Returns its line number.
fn spoil(lines: &mut [Value], kind: &str, path: &str, value: Value) -> u64 {
    let (line, number) = lines.iter_mut().zip(1..).find(|(line, _)| line.get(kind).is_some()).unwrap();
    let fields = line[kind].as_object_mut().unwrap();
    match path.split_once('/') {
        Some((first, second)) => fields[first][second] = value,
        None => drop(fields.insert(path.to_owned(), value)),
    }
    number
}

#[test]
fn import_refuses_bad_lines_with_their_number_and_leaves_nothing() {
    let (engine, exported) = inbox();
    let good = parsed(&exported);
    let long = "x".repeat(70_000);
    let many = |count: usize| -> Value { (0..count).map(|n| (n.to_string(), json!("v"))).collect() };
    let other = Engine::temporary().unwrap();
    let cases: Vec<(&str, &str, Value, &str)> = vec![
        ("inboxdb_export", "version", json!(3), "version 3"),
        ("inboxdb_export", "version", json!(0), "version 0"),
        ("inboxdb_export", "version", json!("1"), "invalid type"),
        ("inboxdb_export", "color", json!(1), "color"),
        ("inboxdb_export", "next_chat", json!(0), "next_chat"),
        ("inboxdb_export", "next_chat", json!(u32::MAX), "next_chat"),
        ("inboxdb_export", "next_manager", json!(-1), "invalid value"),
        ("inboxdb_export", "next_customer", json!("6"), "invalid type"),
        ("inboxdb_export", "clock_epoch", json!(4_294_967_296_u64), "invalid value"),
        ("inboxdb_export", "clock", json!(253_402_300_800_000_u64), "latest moment"),
        ("profile_fields", "fields", json!([{"key":"","label":"","shown":true}]), "key"),
        (
            "profile_fields",
            "fields",
            json!([{"key":"a","label":"","shown":true},{"key":"a","label":"","shown":true}]),
            "same key",
        ),
        ("profile_fields", "fields", json!([{"key":"a","label":long,"shown":true}]), "label"),
        ("tag", "path", json!("a b"), "cannot be a tag"),
        ("tag", "path", json!("x/y"), "parent"),
        ("tag", "path", json!(long), "cannot be a tag"),
        ("manager", "name", json!(long), "name"),
        ("manager", "role", json!("boss"), "boss"),
        ("manager", "manager", json!(8), "twice"),
        ("manager", "followed_tags", json!(["none"]), "no tag"),
        ("manager", "followed_tags", json!(["ops", "Ops"]), "twice"),
        ("manager", "capacity", json!(-1), "invalid value"),
        ("manager", "last_assigned_at", json!(u64::MAX), "latest moment"),
        ("manager", "external", json!(""), "at least one character"),
        ("manager", "external", json!(long), "70000 characters"),
        ("manager", "manager", Value::Null, "`manager` or `external`"),
        ("manager", "removed", json!(true), "neither online"),
        ("customer", "name", json!(long), "name"),
        ("customer", "external", json!(long), "70000 characters"),
        ("customer", "customer", json!({"external":"a"}), "invalid type"),
        ("customer", "customer", json!(6), ""),
        ("customer", "profile", many(65), "entries"),
        ("customer", "profile", json!({"a":long}), "value"),
        ("customer", "events", json!(4), "only 3"),
        ("customer", "events", json!(2), "does not belong"),
        ("event", "event", json!(2), "does not belong"),
        ("event", "customer", json!(6), "does not belong"),
        ("event", "customer", json!({"external":"none"}), "does not belong"),
        ("event", "at", json!(9_000_000_000_000_000_u64), "at"),
        ("event", "at", json!(1_400), "must be from"),
        ("event", "name", json!(long), "name"),
        ("event", "page", json!(long), "page"),
        ("event", "properties", many(65), "entries"),
        ("chat", "id", json!(0), "ids"),
        ("chat", "id", json!(6), "ids"),
        ("chat", "id", json!(4), "twice"),
        ("chat", "customer", json!(9), "no customer 9"),
        ("chat", "status", json!("snoozed"), "snoozed_until"),
        ("chat", "snoozed_until", json!(9_000), "snoozed_until"),
        ("chat", "assignee", json!(9), "no manager 9"),
        ("chat", "assignee", json!(7), "always follows"),
        ("chat", "followers", json!([9]), "no manager 9"),
        ("chat", "followers", json!([7, 7]), "twice"),
        ("chat", "tags", json!(["none"]), "no tag"),
        ("chat", "tags", json!(["ops", "ops"]), "twice"),
        ("chat", "unread", json!({"9":1}), "no manager 9"),
        ("chat", "unread", json!({"7":1}), "does not receive"),
        ("chat", "unread", json!({"8":2}), "2 of 0 messages"),
        ("chat", "unread", json!([{"manager":{"external":"none"},"count":1}]), "no manager with the external id"),
        ("chat", "unread", json!([{"manager":8,"count":1},{"manager":8,"count":1}]), "twice"),
        ("chat", "snoozed_by", json!(7), "snoozed_by"),
        ("chat", "snoozed_by", json!({"external":7}), "invalid type"),
        ("chat", "assignee", json!({"external":"none"}), "no manager with the external id"),
        ("chat", "assignee", json!({"number":7}), "unknown field"),
        ("chat", "customer", json!({"external":"none"}), "no customer with the external id"),
        ("chat", "customer", json!("5"), "a number or an object"),
        ("chat", "id", Value::Null, "`id` or `external`"),
        ("chat", "external", json!(""), "at least one character"),
        ("chat", "last_activity_at", json!(1_500), "before that of the chat above"),
        ("chat", "unread", json!({"8":0}), "unread"),
        ("chat", "favorited_by", json!([9]), "no manager 9"),
        ("chat", "description", json!(long), "description"),
        ("chat", "created_at", json!(1_401), "after its last activity"),
        ("chat", "last_activity_at", json!(253_402_300_800_000_u64), "latest moment"),
        ("chat", "messages", json!(1), ""),
        ("chat", "attributes", json!({"":"v"}), "key"),
        ("chat", "attributes", json!({"k":long}), "value"),
        ("chat", "attributes", many(33), "attributes"),
        ("chat", "events_before", json!(4), "events"),
        ("chat", "position", json!(4), "position"),
        ("message", "message", json!(2), "does not belong"),
        ("message", "chat", json!(2), "does not belong"),
        ("message", "chat", json!({"external":"none"}), "does not belong"),
        ("message", "author", json!({"manager":{"external":"none"}}), "no manager with the external id"),
        ("message", "author", json!({"customer":{"external":"none"}}), "no customer with the external id"),
        ("message", "redacted", json!(true), "redacted"),
        ("message", "edited_at", json!(1_499), "before the message itself"),
        ("message", "edited_at", json!(u64::MAX), "latest moment"),
        ("message", "external", json!(""), "at least one character"),
        ("message", "at", json!(1_399), "must be from"),
        ("message", "at", json!(1_701), "must be from"),
        ("message", "author", json!({"customer":6}), "of their own"),
        ("message", "visibility", json!("internal"), "public messages"),
        ("message", "text", json!(""), "neither"),
        ("message", "text", json!(long), "bytes"),
        ("message", "files", json!([{"name":long,"url":"","media_type":"","bytes":1}]), "file"),
        ("message", "files", json!([{"name":"","url":"","bytes":1}]), "media_type"),
        ("end", "chats", json!(5), "4 chats"),
        ("end", "events", json!(0), "3 events"),
    ];
    for (kind, path, value, words) in cases {
        let mut lines = good.clone();
        let number = spoil(&mut lines, kind, path, value);
        let Err(error) = import(&other, 1, &written(&lines)) else { panic!("{kind} {path} {words}") };
        // Some faults show only in a later line.
        assert!(error.line().unwrap() >= number, "{kind} {path}: {error}");
        assert!(error.to_string().contains(words) && error.to_string().len() < 600, "{kind} {path}: {error}");
        assert_empty(&other, 1);
    }
    // The workspace is usable afterwards.
    import(&other, 1, &exported).unwrap();
    assert_clean(&other);
    assert_eq!(json_lines(&other, 1), exported);
    other.close().unwrap();
    engine.close().unwrap();
}

#[test]
fn import_refuses_missing_doubled_or_reordered_lines() {
    let (engine, exported) = inbox();
    let good = parsed(&exported);
    let other = Engine::temporary().unwrap();
    let refused = |lines: &[Value], what: &str| {
        let Err(ImportError::Line { .. }) = import(&other, 1, &written(lines)) else { panic!("{what}") };
        assert_empty(&other, 1);
    };
    for number in 0..good.len() {
        let without: Vec<Value> = good.iter().take(number).chain(good.iter().skip(number + 1)).cloned().collect();
        // The profile fields are optional, and the end line does not count them.
        if good[number].get("profile_fields").is_none() {
            refused(&without, "one is missing");
        }
        refused(&[&good[..=number], &good[number..]].concat(), "one comes twice");
        refused(&good[..number], "cut off");
    }
    let swapped = [&good[..1], &good[6..8], &good[1..6], &good[8..]].concat();
    refused(&swapped, "managers before tags");
    other.close().unwrap();
    engine.close().unwrap();
}

#[test]
fn import_of_damaged_input_leaves_nothing_or_a_whole_inbox_without_a_panic() {
    let (engine, exported) = inbox();
    let other = Engine::temporary().unwrap();
    for len in (0..exported.len() - 1).step_by(7) {
        assert!(import(&other, 1, &exported[..len]).is_err(), "cut at {len}");
    }
    assert_empty(&other, 1);
    import(&other, 2, &exported[..exported.len() - 1]).unwrap();
    let mut rng = inboxdb_naive::Rng::new(7);
    let mut workspace = 10;
    for place in (0..exported.len()).step_by(3) {
        let mut damaged = exported.clone();
        damaged[place] ^= 1 << rng.index(8);
        workspace += 1;
        if import(&other, workspace, &damaged).is_err() {
            assert_empty(&other, workspace);
        }
    }
    assert_clean(&other);
    other.close().unwrap();
    engine.close().unwrap();
}

#[test]
fn import_refuses_a_line_past_64_mib_without_buffering_it() {
    let other = Engine::temporary().unwrap();
    let endless = io::BufReader::new(io::Read::take(io::repeat(b' '), 1 << 30));
    let refused = other.import(WorkspaceId(1), endless, |_| {});
    let Err(ImportError::Line { line: 1, reason }) = refused else { panic!("{refused:?}") };
    assert!(reason.contains("64 MiB"), "{reason}");
    other.close().unwrap();
}

/// Fails after some bytes.
struct Failing<'b>(&'b [u8]);

impl io::Read for Failing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match io::Read::read(&mut self.0, buffer)? {
            0 => Err(io::Error::other("the cable is out")),
            read => Ok(read),
        }
    }
}

#[test]
fn import_and_export_report_failing_input_and_output() {
    let (engine, exported) = inbox();
    let other = Engine::temporary().unwrap();
    let refused = other.import(WorkspaceId(1), io::BufReader::new(Failing(&exported[..2_000])), |_| {});
    assert!(matches!(refused, Err(ImportError::Read { line: 10.., .. })), "{refused:?}");
    assert_empty(&other, 1);
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for format in [ExportFormat::Csv, ExportFormat::JsonLines] {
        let failed = engine.export(WorkspaceId(1), Actor::System, &"all".parse().unwrap(), format, Full, |_| {});
        let Err(ExportError::Write(error)) = failed else { panic!("{failed:?}") };
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
    other.close().unwrap();
    engine.close().unwrap();
}

#[test]
fn import_keeps_out_commands_while_it_runs() {
    let (engine, exported) = inbox();
    let other = Engine::temporary().unwrap();
    let mut refused = 0;
    other
        .import(WorkspaceId(1), exported.as_slice(), |_| {
            let tick = run(&other, 9_000, Actor::System, Command::Tick);
            refused += u32::from(matches!(tick, Err(Error::Unavailable(_))));
            assert!(matches!(import(&other, 1, &exported), Err(ImportError::NotEmpty(_))));
        })
        .unwrap();
    assert_eq!(refused, 1);
    run(&other, 9_000, Actor::System, Command::Tick).unwrap();
    assert_clean(&other);
    other.close().unwrap();
    engine.close().unwrap();
}

#[test]
fn import_snooze_ends_by_itself() {
    let (engine, exported) = inbox();
    let other = Subject::new(Config::default().timer(Timer::Manual));
    import(other.engine(), 1, &exported).unwrap();
    assert_eq!(other.engine().advance(4_999).unwrap(), 0);
    assert_eq!(other.engine().advance(5_000).unwrap(), 1);
    let chat = other.engine().workspace(WorkspaceId(1)).unwrap().chat(ChatId(1)).unwrap();
    assert_eq!((chat.status.name(), chat.last_activity_at.as_millis()), ("open", 5_000));
    engine.close().unwrap();
}

#[test]
fn import_from_the_future_is_refused_by_the_wall_clock() {
    let (engine, exported) = inbox();
    let text = String::from_utf8(exported).unwrap();
    let ahead = text.replace("\"clock\":2300", "\"clock\":253402300799999");
    let other = Subject::new(Config::default().timer(Timer::Wall));
    let refused = import(other.engine(), 1, ahead.as_bytes());
    assert!(matches!(refused, Err(ImportError::Line { line: 1, .. })), "{refused:?}");
    import(other.engine(), 1, text.as_bytes()).unwrap();
    engine.close().unwrap();
}

/// Two chats, whose activity is at these times.
fn two_chats(header: Value, first: u64, second: u64) -> Vec<u8> {
    let chat = |id: u32, at: u64| {
        json!({"chat":{"id":id,"customer":5,"status":"open","snoozed_until":null,"assignee":null,"followers":[],
            "tags":[],"unread":{},"favorited_by":[],"description":null,"created_at":at,"last_activity_at":at,
            "messages":0,"attributes":{},"events_before":0}})
    };
    written(&[
        json!({ "inboxdb_export": header }),
        json!({"customer":{"customer":5,"name":"G","profile":{},"events":0}}),
        chat(1, first),
        chat(2, second),
        json!({"end":{"managers":0,"tags":0,"customers":1,"events":0,"chats":2,"messages":0}}),
    ])
}

#[test]
fn import_of_chats_not_in_the_order_of_their_activity_is_refused() {
    let engine = Engine::temporary().unwrap();
    for version in [1, 2] {
        let header = json!({"version":version,"workspace":1,"clock":1_700_000_000_000_u64,"next_chat":3});
        let refused = import(&engine, 1, &two_chats(header.clone(), 1_600_000_000_000, 1_500_000_000_000));
        let Err(ImportError::Line { line: 4, reason }) = refused else { panic!("{refused:?}") };
        assert!(reason.contains("before that of the chat above"), "{reason}");
        assert_empty(&engine, 1);
        // Chats of one moment are in order.
        import(&engine, version + 10, &two_chats(header, 1_600_000_000_000, 1_600_000_000_000)).unwrap();
    }
    // Where the clock was set back, times tell nothing, and may be later than the clock.
    let header = json!({"version":2,"workspace":1,"clock":1_000,"next_chat":3,"clock_epoch":1});
    import(&engine, 1, &two_chats(header, 1_600_000_000_000, 1_500_000_000_000)).unwrap();
    let inbox = engine.workspace(WorkspaceId(1)).unwrap();
    let newest = inbox.list(&"all".parse().unwrap(), None, 1).unwrap();
    assert_eq!((inbox.clock(), newest.chats[0].id), (1_000.into(), ChatId(2)));
    engine.close().unwrap();
}
