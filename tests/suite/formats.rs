//! Stores written by older versions stay readable.

use std::fs;
use std::path::{Path, PathBuf};

use inboxdb::{Actor, Command, Config, Engine, Envelope, Error, ManagerId, Restore, Timer, WorkspaceId, verify_backup};
use inboxdb_harness::Subject;
use inboxdb_harness::files::copy;
use serde_json::{Value, json};

use crate::large_rows::model;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn open(path: &Path) -> Engine {
    Engine::open(path, Config::default().timer(Timer::Off)).unwrap()
}

fn ask(engine: &Engine, query: Value) -> Value {
    serde_json::to_value(engine.query(&serde_json::from_value(query).unwrap()).unwrap()).unwrap()
}

fn check_format_1(engine: &Engine) {
    let report = engine.scrub().unwrap();
    assert!(report.is_clean(), "{:?}", report.faults);
    let chat = ask(engine, json!({"show":{"workspace":1,"chat":1}}));
    assert_eq!(
        chat,
        json!({
            "id": 1, "customer": 5, "status": "open", "snoozed_until": null, "assignee": 7, "followers": [7],
            "tags": ["Billing/Refund"], "unread": {}, "favorited_by": [7], "description": "lost #parcel",
            "created_at": 1007, "last_activity_at": 2000, "messages": 1,
        })
    );
    assert_eq!(ask(engine, json!({"count":{"workspace":1,"view":"hashtag:parcel:open"}})), json!({"count": 1}));
    assert_eq!(ask(engine, json!({"count":{"workspace":1,"view":"all"}})), json!({"count": 2}));
    let manager = &ask(engine, json!({"managers":{"workspace":1}}))["managers"][1];
    assert_eq!(
        *manager,
        json!({
            "manager": 8, "name": "Grace", "role": "member", "operator": true, "online": false, "followed_tags": ["Billing"],
        })
    );
    assert_eq!(ask(engine, json!({"customer":{"workspace":1,"customer":5}}))["profile"], json!({"plan": "gold"}));
    // Version 1 did not store the number of events before a chat, so it is derived from the moments.
    for (chat, newest) in [(1, 1), (2, 2)] {
        let events = ask(engine, json!({"events_before_chat":{"workspace":1,"chat":chat}}));
        assert_eq!(
            (events["events"].as_array().unwrap().len(), &events["events"][0]["event"]),
            (newest, &json!(newest))
        );
    }
}

fn go_on(engine: &Engine) {
    let run = |command| -> Result<(), Error> {
        engine.execute(Envelope::new(WorkspaceId(1), 3_000, Actor::System, command)).map(drop)
    };
    run(Command::set_capacity(ManagerId(8), Some(3))).unwrap();
    run(Command::assign(inboxdb::ChatId(1), ManagerId(8))).unwrap();
    run(Command::close(inboxdb::ChatId(2))).unwrap();
    assert!(engine.scrub().unwrap().is_clean());
}

#[test]
fn format_1_store_is_read_and_accepts_commands() {
    let directory = tempfile::tempdir().unwrap();
    copy(&fixture("format-1"), directory.path());
    let engine = open(directory.path());
    check_format_1(&engine);
    go_on(&engine);
    engine.close().unwrap();
    let engine = open(directory.path());
    assert_eq!(ask(&engine, json!({"show":{"workspace":1,"chat":1}}))["assignee"], 8);
    engine.close().unwrap();
    let format = fs::read_to_string(directory.path().join("FORMAT")).unwrap();
    assert!(format.contains("format 5\n"), "an older version must not open it any more: {format}");
}

#[test]
fn format_1_journal_is_replayed() {
    let directory = tempfile::tempdir().unwrap();
    copy(&fixture("format-1"), directory.path());
    fs::remove_file(directory.path().join("CHECKPOINT")).unwrap();
    fs::remove_dir_all(directory.path().join("state")).unwrap();
    fs::create_dir(directory.path().join("state")).unwrap();
    let engine = open(directory.path());
    check_format_1(&engine);
    go_on(&engine);
    engine.close().unwrap();
}

#[test]
fn format_1_backup_is_restored() {
    let backup = fixture("backup-1").join("inbox.bak");
    let report = verify_backup(&backup, |_| {}).unwrap();
    assert_eq!((report.format, report.store_format, &*report.version), (1, 2, "0.1.0"));
    assert_eq!((report.seq, report.checkpoint, report.rows, report.changes), (103, 68, 82, 35));
    let directory = tempfile::tempdir().unwrap();
    Restore::from(backup).run(directory.path(), |_| {}).unwrap();
    let subject = Subject::owning(directory, Config::default().timer(Timer::Off));
    let commands = fs::read(fixture("backup-1").join("commands.jsonl")).unwrap();
    let lines: Vec<Vec<u8>> = commands.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    // That version did not know who had snoozed a chat, and so told them nothing.
    subject.assert_equals_but_for_notifications(&model(&lines), 1);
}

#[test]
fn format_1_store_is_backed_up_and_restored() {
    let directory = tempfile::tempdir().unwrap();
    let (store, backup, restored) =
        (directory.path().join("store"), directory.path().join("backup"), directory.path().join("restored"));
    copy(&fixture("format-1"), &store);
    let engine = open(&store);
    engine.backup_to(&backup, |_| {}).unwrap();
    engine.close().unwrap();
    Restore::from(&backup).run(&restored, |_| {}).unwrap();
    let engine = open(&restored);
    check_format_1(&engine);
    go_on(&engine);
    engine.close().unwrap();
}
