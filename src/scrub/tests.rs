//! Scrub and repair of stores with corrupted rows.

use std::fs;
use std::path::Path;

use inboxdb_harness::files::copy;

use super::{FaultKind, RepairReport, ScrubReport};
use crate::command::{Command, CustomerUpdate, Envelope};
use crate::config::{Config, Timer};
use crate::engine::Engine;
use crate::kv::open_backend;
use crate::model::{Actor, ChatId, CustomerId, ManagerId, MessageId, Role, Status, WorkspaceId};
use crate::record::codec::encode;
use crate::record::{IndexKey, RecordKey, RowKey, RowWrite};
use crate::sets::ChatSet;
use crate::store::Store;

const WORKSPACE: WorkspaceId = WorkspaceId(1);
const ADA: ManagerId = ManagerId(7);
const CHATS: u32 = 6;

fn open(path: &Path) -> Engine {
    Engine::open(path, Config::default().timer(Timer::Off)).unwrap()
}

fn run(engine: &Engine, at: u64, command: Command) {
    run_as(engine, at, Actor::System, command);
}

fn run_as(engine: &Engine, at: u64, actor: Actor, command: Command) {
    engine.execute(Envelope::new(WORKSPACE, at, actor, command)).unwrap();
}

/// A closed store with an operator and six unassigned chats of one message each. One chat is snoozed.
fn store() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path());
    run(&engine, 1, Command::put_manager(ADA, "Ada", Role::Owner));
    run(&engine, 1, Command::set_operator(ADA, true));
    run(&engine, 1, Command::put_customer(CustomerId(5), CustomerUpdate::new()));
    for chat in 1..=CHATS {
        run(&engine, 10, Command::start_chat(CustomerId(5)));
        let command = Command::send_message(ChatId(chat), "hello");
        run_as(&engine, 20, Actor::Customer(CustomerId(5)), command);
    }
    run(&engine, 30, Command::snooze(ChatId(6), 1_000));
    assert!(engine.scrub().unwrap().is_clean());
    engine.close().unwrap();
    dir
}

/// Writes rows directly, bypassing the engine.
fn spoil(path: &Path, rows: Vec<RowWrite>) {
    let store = Store::new(open_backend(&path.join("state"), 1 << 20).unwrap());
    store.write(WORKSPACE, rows).unwrap();
    store.seal(store.sealed_seq().unwrap()).unwrap();
}

fn set(chats: impl IntoIterator<Item = u32>) -> Option<Vec<u8>> {
    Some(encode(&chats.into_iter().map(ChatId).collect::<ChatSet>()).unwrap())
}

/// The chats of the customer, and one that is not there.
fn chats_of_customer() -> Vec<ChatSet> {
    vec![(1..=CHATS).chain([99]).map(ChatId).collect()]
}

/// Corrupts the index with faults of every kind.
fn spoil_index(path: &Path) {
    let positions: Vec<u64> = vec![0, 7, 0, 30, 2, 0, 1, 0, 0, 500];
    spoil(
        path,
        vec![
            (RowKey::Posting(IndexKey::All, Status::Open, 0), set((1..=CHATS).chain([99]))),
            (RowKey::Members(IndexKey::Unassigned, 0), set([2, 3, 4, 6, 99])),
            (RowKey::CustomerChats(CustomerId(5)), Some(encode(&chats_of_customer()).unwrap())),
            (RowKey::Members(IndexKey::Unread(ADA), 0), None),
            (RowKey::UnreadMessages(ADA), Some(encode(&77_u64).unwrap())),
            (RowKey::UnreadMessages(ManagerId(8)), Some(encode(&1_u64).unwrap())),
            (RowKey::Positions(0), Some(encode(&positions).unwrap())),
            (RowKey::Deadlines(0), Some(encode(&vec![(2_u16, 900_u64)]).unwrap())),
        ],
    );
}

fn names(report: &ScrubReport, what: &str) -> bool {
    report.faults.iter().any(|fault| fault.what == what)
}

/// What readers see of the workspace.
fn seen(engine: &Engine) -> Vec<String> {
    let workspace = engine.workspace(WORKSPACE).unwrap();
    let mut seen = Vec::new();
    for view in ["all", "unassigned", "unread:7", "customer:5", "all:snoozed", "customer:5:closed"] {
        let page = workspace.list(&view.parse().unwrap(), None, 50).unwrap();
        let chats: Vec<ChatId> = page.chats.iter().map(|chat| chat.id).collect();
        seen.push(format!("{view}: {} {chats:?}", workspace.count(&view.parse().unwrap()).unwrap()));
    }
    seen.push(format!("{:?}", workspace.sidebar(ADA).unwrap().unread));
    seen
}

#[test]
fn scrub_names_faults_of_the_index_and_repair_fixes_them() {
    let (whole, spoiled) = (store(), store());
    spoil_index(spoiled.path());
    let (whole, engine) = (open(whole.path()), open(spoiled.path()));
    let report = engine.scrub().unwrap();
    for what in [
        "unassigned, open: chat 1 is missing",
        "unassigned, open: chat 99 is dangling",
        "all, open: chat 6 is dangling",
        "customer:5, open: chat 99 is dangling",
        "unread:7, open: chat 5 is missing",
        "manager 7: the sum of unread messages is miscounted: 77 for 6",
        "manager 8: the sum of unread messages is dangling: 1",
        "chat 9: its place in the timeline is dangling: 500",
        "chat 6: its deadline is missing: 1000",
        "chat 2: its deadline is dangling: 900",
    ] {
        assert!(names(&report, what), "{what:?} is not among\n{report}");
    }
    let found = &report.workspaces[0];
    assert_eq!((found.in_records, found.fault_count()), (0, report.faults.len() as u64), "{report}");
    assert!(found.missing > 0 && found.dangling > 0 && found.miscounted > 0, "{report}");
    assert_eq!(engine.scrub().unwrap(), report, "a scrub changes nothing");

    let repaired = engine.repair(|_| {}).unwrap();
    assert_eq!((&repaired.before, repaired.is_clean()), (&report, true), "{}", repaired.after);
    assert_eq!((repaired.changes[0].unread_sums, repaired.changes[0].deadlines), (2, 2));
    assert_eq!(seen(&engine), seen(&whole));
    let again = engine.repair(|_| {}).unwrap();
    assert_eq!((again.before.is_clean(), again.changes.len()), (true, 0));
    engine.close().unwrap();
    let engine = open(spoiled.path());
    assert!(engine.scrub().unwrap().is_clean());
    assert_eq!(seen(&engine), seen(&whole));
}

#[test]
fn repair_survives_a_crash_before_the_next_checkpoint() {
    let (whole, spoiled) = (store(), store());
    spoil_index(spoiled.path());
    let rows = tempfile::tempdir().unwrap();
    copy(spoiled.path(), rows.path());
    let engine = open(spoiled.path());
    assert!(engine.repair(|_| {}).unwrap().is_clean());
    // Combines the current journal with the rows from before.
    fs::remove_dir_all(rows.path().join("journal")).unwrap();
    copy(&spoiled.path().join("journal"), &rows.path().join("journal"));
    engine.close().unwrap();
    let (whole, engine) = (open(whole.path()), open(rows.path()));
    let report = engine.scrub().unwrap();
    assert!(report.is_clean(), "{report}");
    assert_eq!(seen(&engine), seen(&whole));
}

#[test]
fn scrub_reports_lost_records_and_repair_does_not_invent_them() {
    let dir = store();
    let lost = |key| (RowKey::Record(key), None);
    let message = RecordKey::Message(ChatId(2), MessageId(1));
    spoil(dir.path(), vec![lost(RecordKey::Chat(ChatId(1))), lost(message)]);
    let engine = open(dir.path());
    let report = engine.scrub().unwrap();
    for what in [
        "chats: 6 kept, 5 found",
        "messages: 6 kept, 5 found",
        "chat 1: 1 messages more than it counts",
        "chat 2: 1 of its messages missing",
        "all, open: chat 1 is dangling",
    ] {
        assert!(names(&report, what), "{what:?} is not among\n{report}");
    }
    let RepairReport { before, after, .. } = engine.repair(|_| {}).unwrap();
    assert_eq!(before, report);
    let found = &after.workspaces[0];
    assert_eq!((found.in_records, found.fault_count()), (4, 4), "{after}");
    assert!(after.faults.iter().all(|fault| fault.in_records && fault.kind != FaultKind::Miscounted), "{after}");
}

#[test]
fn scrub_names_undecodable_records_and_repair_keeps_them() {
    let dir = store();
    let newer = |key| (RowKey::Record(key), Some(vec![99, 1, 2]));
    spoil(dir.path(), vec![newer(RecordKey::Chat(ChatId(3))), newer(RecordKey::Message(ChatId(2), MessageId(1)))]);
    let engine = open(dir.path());
    let report = engine.scrub().unwrap();
    for what in
        ["chat 3: the record cannot be decoded", "message 1 of chat 2: the record cannot be decoded", "version 99"]
    {
        assert!(report.to_string().contains(what), "{what:?} is not among\n{report}");
    }
    let repaired = engine.repair(|_| {}).unwrap();
    assert!(repaired.changes.is_empty() && !repaired.is_clean());
    assert_eq!(engine.scrub().unwrap(), report);
    engine.close().unwrap();
    let store = Store::new(open_backend(&dir.path().join("state"), 1 << 20).unwrap());
    let row = store.row(WORKSPACE, &RowKey::Record(RecordKey::Chat(ChatId(3)))).unwrap();
    assert_eq!(row, Some(vec![99, 1, 2]));
}

#[test]
fn scrub_ignores_chats_outside_the_chunk_of_a_posting_row() {
    let dir = store();
    let far = encode(&ChatSet::from_bitmap([1, 70_000].into_iter().collect())).unwrap();
    spoil(dir.path(), vec![(RowKey::Posting(IndexKey::All, Status::Closed, 0), Some(far))]);
    let engine = open(dir.path());
    assert_eq!(engine.workspace(WORKSPACE).unwrap().count(&"all:closed".parse().unwrap()).unwrap(), 1);
    // Its other keys have the status from there.
    assert_eq!(engine.scrub().unwrap().fault_count(), 4);
    assert!(engine.repair(|_| {}).unwrap().is_clean());
    engine.close().unwrap();
    assert!(open(dir.path()).scrub().unwrap().is_clean());
}

#[test]
fn scrub_is_clean_while_commands_run() {
    const ROUNDS: u64 = 400;
    let engine = Engine::temporary().unwrap();
    run(&engine, 1, Command::put_manager(ADA, "Ada", Role::Owner));
    run(&engine, 1, Command::put_customer(CustomerId(5), CustomerUpdate::new()));
    let write = || {
        for round in 0..ROUNDS {
            let chat = ChatId(round as u32 + 1);
            run(&engine, round, Command::start_chat(CustomerId(5)));
            run(&engine, round, Command::send_message(chat, "hello"));
            match round % 4 {
                0 => run(&engine, round, Command::assign(chat, ADA)),
                1 => run(&engine, round, Command::snooze(chat, 1_000_000)),
                2 => run(&engine, round, Command::delete_chat(chat)),
                _ => run(&engine, round, Command::close(chat)),
            }
        }
    };
    std::thread::scope(|scope| {
        let writer = scope.spawn(write);
        while !writer.is_finished() {
            let mut last = None;
            let report = engine.scrub_watched(|progress| last = Some(progress)).unwrap();
            assert!(report.is_clean(), "{report}");
            assert!(last.is_none_or(|last: crate::model::Progress| Some(last.done) == last.total), "{last:?}");
        }
    });
}
