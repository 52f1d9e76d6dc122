//! Imports by external id that are cut off at every operation of the disk, and run again.

use std::fmt::Write;

use crate::config::Durability;
use crate::engine::Engine;
use crate::export::ExportFormat;
use crate::model::Actor;
use crate::testing::simulation::tests::history::open;
use crate::testing::simulation::{Outage, Random, SimulatedDisk};

/// A file of several pieces. The numbers of chats are not in their order.
fn file() -> String {
    let mut lines = String::from("{\"inboxdb_export\":{\"version\":2,\"clock\":2000,\"next_chat\":700}}\n");
    for id in 1..=40 {
        let external = format!("{{\"external\":\"c{id}\"}}");
        writeln!(
            lines,
            r#"{{"customer":{{"external":"c{id}","customer":{},"name":null,"profile":{{}},"events":1}}}}"#,
            100 - id
        )
        .unwrap();
        writeln!(lines, r#"{{"event":{{"customer":{external},"at":{id},"name":"e","page":null,"properties":{{}}}}}}"#)
            .unwrap();
    }
    for id in 1..=600 {
        let customer = id % 40 + 1;
        writeln!(
            lines,
            r#"{{"chat":{{"id":{},"external":"t{id}","customer":{{"external":"c{customer}"}},"status":"open","followers":[],"tags":[],"unread":{{}},"favorited_by":[],"created_at":{id},"last_activity_at":{id},"messages":2,"attributes":{{}}}}}}"#,
            601 - id
        )
        .unwrap();
        for external in [r#""m1""#, "null"] {
            writeln!(
                lines,
                r#"{{"message":{{"chat":{{"external":"t{id}"}},"external":{external},"at":{id},"author":"system","visibility":"public","text":"x","files":[]}}}}"#
            )
            .unwrap();
        }
    }
    let end = r#"{"end":{"managers":0,"tags":0,"customers":40,"events":40,"chats":600,"messages":1200}}"#;
    lines + end
}

fn exported(engine: &Engine) -> String {
    let mut out = Vec::new();
    let all = "all".parse().unwrap();
    engine.export(1, Actor::System, &all, ExportFormat::JsonLines, &mut out, |_| {}).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn import_cut_off_at_any_operation_is_run_again_and_gives_the_same_inbox() {
    let file = file();
    let whole = SimulatedDisk::new();
    let engine = open(&whole, Durability::Sync).unwrap();
    engine.import(1, file.as_bytes(), |_| {}).unwrap();
    let expected = exported(&engine);
    assert!(engine.scrub().unwrap().is_clean());
    engine.close().unwrap();
    let (mut random, mut partial) = (Random::new(1), 0);
    // Every operation takes a while; a third of them, after kills and losses of power in turn, meets each kind.
    let step = if super::given("INBOXDB_RUNS").is_some() { 1 } else { 3 };
    for good in (0..).step_by(step) {
        let disk = SimulatedDisk::new();
        let engine = open(&disk, Durability::Sync).unwrap();
        disk.machine().plan(good, Outage::Lasting, false);
        let imported = engine.import(1, file.as_bytes(), |_| drop(engine.checkpoint()));
        drop(engine);
        let disk = if good % 2 == 0 { disk.after_kill(&mut random) } else { disk.after_power_loss(&mut random) };
        let engine = open(&disk, Durability::Sync).unwrap();
        let chats = engine.workspace(1).unwrap().count(&"all".parse().unwrap()).unwrap();
        partial += u32::from(chats > 0 && chats < 600);
        assert!(imported.is_err() || chats == 600);
        engine.import(1, file.as_bytes(), |_| {}).unwrap();
        assert_eq!(exported(&engine), expected, "cut off after {good} operations");
        let seq = engine.durable_seq();
        engine.import(1, file.as_bytes(), |_| {}).unwrap();
        assert_eq!(engine.durable_seq(), seq, "importing it again changes nothing");
        assert!(engine.scrub().unwrap().is_clean());
        if imported.is_ok() {
            break;
        }
    }
    assert!(partial > 3, "{partial}");
}
