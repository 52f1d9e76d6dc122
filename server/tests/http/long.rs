//! Exports, backups, and bulk actions with their progress.

use inboxdb::{Actor, Command, Envelope, ExportFormat};
use serde_json::json;

use crate::common::Running;

#[test]
fn exports_are_those_of_the_engine() {
    let server = Running::open();
    for (query, format) in [
        ("", ExportFormat::JsonLines),
        ("?format=csv", ExportFormat::Csv),
        ("?format=excel&filter=all", ExportFormat::ExcelCsv),
        ("?manager=7", ExportFormat::JsonLines),
    ] {
        let answer = server.get(&format!("/v1/workspaces/1/export{query}"));
        let mut expected = Vec::new();
        let all = "all".parse().unwrap();
        server.engine.export(1, Actor::System, &all, format, &mut expected, |_| {}).unwrap();
        assert_eq!((answer.status, answer.text()), (200, std::str::from_utf8(&expected).unwrap()), "{query}");
        assert!(answer.header("content-disposition").unwrap().starts_with("attachment"));
    }
}

#[test]
fn backups_can_be_restored() {
    let server = Running::open();
    let answer = server.get("/v1/backup");
    let file = server.directory.path().join("a.bak");
    std::fs::write(&file, &answer.body).unwrap();
    inboxdb::verify_backup(&file, |_| {}).unwrap();
}

#[test]
fn kept_backups_are_remembered_and_the_newest_stay() {
    let server = Running::start(|server, place| server.backups(place.path().join("kept"), 2).unwrap());
    let kept = server.directory.path().join("kept");
    std::fs::write(kept.join("inboxdb-mine.bak"), "not made here").unwrap();
    let mut files = Vec::new();
    for chat in [1, 2, 1] {
        server.engine.workspace(1).unwrap().as_system().execute(Command::close(chat)).unwrap();
        let made = server.post("/v1/backup", "").json();
        let file = std::path::PathBuf::from(made["file"].as_str().unwrap());
        let report = inboxdb::verify_backup(&file, |_| {}).unwrap();
        assert_eq!((made["seq"].as_u64(), made["bytes"].as_u64()), (Some(report.seq), Some(report.bytes)));
        let newest = server.engine.info().unwrap().backup.unwrap();
        assert_eq!((newest.path, newest.seq), (file.clone(), server.engine.durable_seq()));
        files.push(file);
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert_eq!(files.iter().map(|file| file.exists()).collect::<Vec<_>>(), [false, true, true]);
    assert!(kept.join("inboxdb-mine.bak").exists());
    Running::open().post("/v1/backup", "").assert_failed(400, "malformed");
}

#[test]
fn bulk_actions_tell_their_progress() {
    let server = Running::open();
    for number in 0..600_u64 {
        let envelope = Envelope::new(1, 1_582_652_374_000 + number, Actor::System, Command::start_chat(5));
        let _durable_later = server.engine.submit(envelope).unwrap();
    }
    let bulk =
        r#"{"workspace":1,"actor":"system","id":"b","do":{"bulk":{"select":{"filter":"all"},"do":{"close":{}}}}}"#;
    let headers = [("content-type", "application/json"), ("accept", "application/x-ndjson")];
    let answer = server.request("POST", "/v1/commands", &headers, bulk);
    let lines = answer.lines();
    assert!(lines.len() >= 4, "{lines:?}");
    assert_eq!(lines[2]["progress"], json!({"done": 512, "total": 602}), "{lines:?}");
    assert_eq!(lines.last().unwrap()["ok"], json!({"changed": 602, "unchanged": 0, "refused": []}));
    let again = server.post("/v1/commands", bulk).json();
    assert_eq!(again["ok"], lines.last().unwrap()["ok"], "the report is kept for a retry");
    let refused = bulk.replace("\"all\"", "\"assigned:8\"").replace("\"b\"", "\"c\"");
    let refused = server.request("POST", "/v1/commands", &headers, &refused).lines();
    assert_eq!(refused[0]["error"]["code"], "unknown_manager");
}
