//! Exports: an imported export gives the same inbox, and nothing else is exported.

use std::io::{self, Write};

use inboxdb::{
    Actor, ChatId, Code, Command, CustomerId, CustomerUpdate, Engine, Envelope, ExportError, ExportFormat, Filter,
    ImportError, ManagerId, Role, WorkspaceId,
};
use inboxdb_harness::{Subject, assert_clean, real_trace, seeds};
use inboxdb_naive::{Naive, trace};
use serde_json::{Value, json};

use crate::exports::*;

/// Runs half of a trace, exports, imports into another engine, and runs the other half there. The result is as without
/// the move.
fn move_to_another_engine(lines: &[Vec<u8>], seed: u64) {
    let (before, after) = lines.split_at(lines.len() / 2);
    let mut naive = Naive::new();
    before.iter().for_each(|line| drop(naive.apply(line)));
    let old = Subject::new(config());
    old.apply(before);
    let (mut new, elsewhere) = (Subject::new(config()), Subject::new(config()));
    for workspace in workspaces(lines) {
        let exported = json_lines(old.engine(), workspace);
        let report = import(new.engine(), workspace, &exported).unwrap();
        assert_clean(new.engine());
        assert_eq!(json_lines(new.engine(), workspace), exported, "seed {seed}");
        let other = workspace ^ (1 << 40);
        assert_eq!(import(elsewhere.engine(), other, &exported).unwrap().contents, report.contents);
        assert_eq!(without_header(&json_lines(elsewhere.engine(), other)), without_header(&exported), "seed {seed}");
    }
    new.assert_equals_but_for_notifications(&naive, seed);
    for line in after {
        let answers = new.apply(std::slice::from_ref(line));
        assert_eq!(answers, [naive.apply(line)], "seed {seed}: {}", String::from_utf8_lossy(line));
    }
    new.assert_equals_but_for_notifications(&naive, seed);
    new.reopen();
    new.assert_equals_but_for_notifications(&naive, seed);
}

#[test]
fn export_imports_to_the_same_inbox_and_continues_the_same() {
    for seed in 0..seeds(2) {
        move_to_another_engine(&trace(seed, 1_500), seed);
    }
}

#[test]
fn export_moves_the_real_inbox() {
    let Some(lines) = real_trace() else { return };
    move_to_another_engine(&lines, 1);
}

#[test]
fn export_format_is_as_documented() {
    let (engine, exported) = inbox();
    let lines: Vec<Value> =
        exported.split_inclusive(|byte| *byte == b'\n').map(|line| serde_json::from_slice(line).unwrap()).collect();
    let first = json!({"inboxdb_export":{"version":2,"workspace":1,"clock":2_300,"next_chat":6,"next_manager":9,
        "next_customer":7}});
    assert_eq!(lines[0], first);
    assert_eq!(lines[1]["profile_fields"]["fields"][1], json!({"key":"age","label":"The age","shown":false}));
    let tags: Vec<&str> = lines.iter().filter_map(|line| line["tag"]["path"].as_str()).collect();
    assert_eq!(tags, ["Billing", "Billing/Late", "Billing/Refund", "Ops"]);
    assert_eq!(
        lines[6],
        json!({"manager":{"manager":7,"name":"Ada","role":"owner","operator":false,"online":true,
            "followed_tags":["Billing"],"capacity":3,"last_assigned_at":1_600}})
    );
    assert_eq!(lines[8], json!({"customer":{"customer":5,"name":"김민준","profile":{"plan":"gold"},"events":3}}));
    assert_eq!(
        lines[11],
        json!({"event":{"customer":5,"event":3,"at":1_450,"name":"left","page":null,"properties":{}}})
    );
    let chats: Vec<&Value> = lines.iter().filter_map(|line| line.get("chat")).collect();
    let ids: Vec<u64> = chats.iter().map(|chat| chat["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, [3, 4, 1, 2], "oldest activity first");
    assert_eq!(
        *chats[2],
        json!({"id":1,"customer":5,"status":"snoozed","snoozed_until":5_000,"snoozed_by":7,"assignee":7,"followers":[7],
            "tags":["Billing/Refund","Ops"],"unread":{},"favorited_by":[7],"description":null,"created_at":1_400,
            "last_activity_at":1_700,"messages":2,"attributes":{},"events_before":2})
    );
    assert_eq!(chats[3]["attributes"], json!({"empty":"","source":"ads"}));
    assert_eq!(chats[3]["unread"], json!({"8":1}));
    let end = json!({"end":{"managers":2,"tags":4,"customers":2,"events":3,"chats":4,"messages":4}});
    assert_eq!(*lines.last().unwrap(), end);
    engine.close().unwrap();
}

#[test]
fn export_keeps_everything_stored() {
    let (engine, exported) = inbox();
    let other = Engine::temporary().unwrap();
    let report = import(&other, 9, &exported).unwrap();
    assert_eq!((report.contents.chats, report.contents.events), (4, 3));
    assert_clean(&other);
    assert_eq!(without_header(&json_lines(&other, 9)), without_header(&exported));
    // The snooze ends as planned, and new ids follow those of the deleted chat.
    let at = |command| other.execute(Envelope::new(WorkspaceId(9), 6_000, Actor::System, command)).unwrap().reply;
    assert_eq!(serde_json::to_value(at(Command::start_chat(KIM))).unwrap(), json!({"chat":6}));
    let inbox = other.workspace(WorkspaceId(9)).unwrap();
    assert_eq!(inbox.chat(ChatId(1)).unwrap().last_activity_at, 5_000.into());
    assert_eq!(inbox.clock(), 6_000.into());
    assert_clean(&other);
    other.close().unwrap();
    engine.close().unwrap();
}

#[test]
fn export_of_a_view_has_what_its_chats_need() {
    let (engine, _) = inbox();
    for (view, chats, customers) in [
        ("assigned:7", 1, 1),
        ("all:open", 2, 2),
        ("tag:billing", 1, 1),
        ("customer:6", 1, 1),
        ("unassigned:closed", 1, 1),
        ("hashtag:none", 0, 0),
    ] {
        let exported = export(&engine, 1, view, ExportFormat::JsonLines);
        let other = Engine::temporary().unwrap();
        let contents = import(&other, 1, &exported).unwrap().contents;
        assert_eq!((contents.chats, contents.customers, contents.tags, contents.managers), (chats, customers, 4, 2));
        assert_eq!(other.workspace(WorkspaceId(1)).unwrap().count(&"all".parse().unwrap()).unwrap(), chats);
        assert_clean(&other);
        let (here, there) = (engine.workspace(WorkspaceId(1)).unwrap(), other.workspace(WorkspaceId(1)).unwrap());
        let view: Filter = view.parse().unwrap();
        if customers > 0 {
            assert_eq!(here.list(&view, None, 50).unwrap(), there.list(&view, None, 50).unwrap());
        }
        other.close().unwrap();
    }
    engine.close().unwrap();
}

#[test]
fn export_of_an_empty_and_of_a_deleted_workspace() {
    let engine = Engine::temporary().unwrap();
    let empty = json_lines(&engine, 4);
    assert_eq!(String::from_utf8(empty.clone()).unwrap().lines().count(), 2);
    everything(&engine);
    let exported = json_lines(&engine, 1);
    assert!(matches!(import(&engine, 1, &exported), Err(ImportError::NotEmpty(_))));
    run(&engine, 9_000, Actor::System, Command::DeleteWorkspace).unwrap();
    assert_clean(&engine);
    let report = import(&engine, 1, &exported).unwrap();
    assert_eq!(engine.durable_seq(), report.seq);
    assert_clean(&engine);
    assert_eq!(without_header(&json_lines(&engine, 1)), without_header(&exported));
    assert_eq!(engine.workspace(WorkspaceId(1)).unwrap().clock(), 2_300.into(), "deleting sets it back");
    // The snooze is due at 5,000.
    run(&engine, 6_000, Actor::System, Command::Tick).unwrap();
    assert_eq!(engine.workspace(WorkspaceId(1)).unwrap().chat(ChatId(1)).unwrap().last_activity_at, 5_000.into());
    import(&engine, 2, &empty).unwrap();
    assert_eq!(json_lines(&engine, 2), String::from_utf8(empty).unwrap().replace(":4,", ":2,").into_bytes());
    engine.close().unwrap();
}

#[test]
fn export_keeps_the_next_ids_of_an_empty_workspace() {
    let (engine, _) = inbox();
    run(&engine, 2_300, Actor::System, Command::DeleteWorkspace).unwrap();
    let exported = json_lines(&engine, 1);
    let other = Engine::temporary().unwrap();
    // After this tick, only the next id differs from the export.
    other.execute(Envelope::new(WorkspaceId(1), 2_300, Actor::System, Command::Tick)).unwrap();
    import(&other, 1, &exported).unwrap();
    assert_eq!(json_lines(&other, 1), exported);
    other.close().unwrap();
    engine.close().unwrap();
}

#[test]
fn export_without_permission_writes_nothing() {
    let (engine, _) = inbox();
    let mut out = Vec::new();
    for (actor, view, code) in [
        (Actor::Manager(BEN), "all", Code::Forbidden),
        (Actor::Manager(ManagerId(9)), "all", Code::UnknownManager),
        (Actor::Customer(KIM), "all", Code::Forbidden),
        (Actor::Customer(CustomerId(9)), "all", Code::UnknownCustomer),
        (Actor::Manager(BEN), "assigned:9", Code::Forbidden),
        (Actor::Manager(ADA), "assigned:9", Code::UnknownManager),
        (Actor::System, "tag:none", Code::UnknownTag),
    ] {
        let refused = engine.export(WorkspaceId(1), actor, &view.parse().unwrap(), ExportFormat::Csv, &mut out, |_| {});
        let Err(ExportError::Refused(refusal)) = refused else { panic!("{actor:?}: {refused:?}") };
        assert_eq!(refusal.code, code, "{actor:?}");
        assert!(out.is_empty());
    }
    let all = "all".parse().unwrap();
    engine.export(WorkspaceId(1), Actor::Manager(ADA), &all, ExportFormat::Csv, &mut out, |_| {}).unwrap();
    assert!(!out.is_empty());
    engine.close().unwrap();
}

#[test]
fn export_csv_has_a_row_for_each_message() {
    let (engine, _) = inbox();
    let exported = export(&engine, 1, "all", ExportFormat::Csv);
    let mut reader = csv::Reader::from_reader(exported.as_slice());
    let headings: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(headings.len(), 20);
    let rows: Vec<Vec<String>> = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    let cell =
        |row: usize, heading: &str| rows[row][headings.iter().position(|found| found == heading).unwrap()].as_str();
    let chats: Vec<&str> = (0..rows.len()).map(|row| cell(row, "chat")).collect();
    assert_eq!(chats, ["3", "4", "1", "1", "2", "2"]);
    assert_eq!(rows[0][13..], ["", "", "", "", "", "", ""], "a chat without messages");
    assert_eq!((cell(0, "status"), cell(1, "customer_name"), cell(0, "customer_name")), ("closed", "", "김민준"));
    for (heading, expected) in [
        ("status", "snoozed"),
        ("customer", "5"),
        ("assignee", "7"),
        ("assignee_name", "Ada"),
        ("followers", "7"),
        ("tags", "Billing/Refund; Ops"),
        ("created_at", "1970-01-01T00:00:01.400Z"),
        ("last_activity_at", "1970-01-01T00:00:01.700Z"),
        ("snoozed_until", "1970-01-01T00:00:05.000Z"),
        ("message", "1"),
        ("sent_at", "1970-01-01T00:00:01.500Z"),
        ("author", "customer 5"),
        ("author_name", "김민준"),
        ("visibility", "public"),
        ("text", "'=1+1, \"환불\"\r\nplease"),
        ("files", ""),
    ] {
        assert_eq!(cell(2, heading), expected, "{heading}");
    }
    assert_eq!((cell(3, "author"), cell(3, "author_name")), ("manager 7", "Ada"));
    assert_eq!(cell(3, "files"), "invoice.pdf (https://files.example/1); invoice.pdf (https://files.example/1)");
    assert_eq!((cell(4, "description"), cell(4, "attributes")), ("'@home #vip", "empty=; source=ads"));
    assert_eq!(cell(4, "snoozed_until"), "");
    engine.close().unwrap();
}

#[test]
fn export_csv_of_random_inboxes_is_readable() {
    for seed in 20..24 {
        let subject = Subject::new(config());
        let lines = trace(seed, 800);
        subject.apply(&lines);
        for workspace in workspaces(&lines) {
            let exported = export(subject.engine(), workspace, "all", ExportFormat::Csv);
            let mut reader = csv::Reader::from_reader(exported.as_slice());
            let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
            let inbox = subject.engine().workspace(WorkspaceId(workspace)).unwrap();
            for row in &rows {
                let shown = inbox.chat(ChatId(row[0].parse().unwrap())).unwrap();
                assert_eq!(row[1], *shown.status.name());
            }
            let all: Filter = "all".parse().unwrap();
            let chats = inbox.list(&all, None, 1_000).unwrap().chats;
            let expected: u64 = chats.iter().map(|chat| chat.messages.max(1)).sum();
            assert_eq!(rows.len() as u64, expected);
            for row in &rows {
                for cell in row.iter().filter(|cell| cell.parse::<u64>().is_err()) {
                    let first = cell.trim_start().chars().next();
                    assert!(!first.is_some_and(|c| "=+-@＝＋－＠".contains(c)), "{cell:?}");
                }
            }
        }
    }
}

/// Counts the bytes written, and notes the largest write.
#[derive(Default)]
struct Counting {
    bytes: usize,
    writes: usize,
    largest: usize,
}

impl Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len();
        self.writes += 1;
        self.largest = self.largest.max(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn export_streams() {
    let engine = large();
    for format in [ExportFormat::Csv, ExportFormat::JsonLines] {
        let mut out = Counting::default();
        let mut seen = 0;
        let all = "all".parse().unwrap();
        let report = engine.export(WorkspaceId(1), Actor::System, &all, format, &mut out, |_| seen += 1).unwrap();
        assert_eq!((report.contents.messages, seen), (300, 300));
        assert!(out.bytes > 18_000_000 && out.writes > 200 && out.largest < 1 << 20, "{}", out.largest);
    }
    engine.close().unwrap();
}

/// Deletes a chat and sends a message in another one as soon as the export has begun.
struct Meddling<'e> {
    engine: &'e Engine,
    done: bool,
    out: Vec<u8>,
}

impl Write for Meddling<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !std::mem::replace(&mut self.done, true) {
            let run = |actor, command| run(self.engine, 3_000, actor, command).unwrap();
            run(Actor::System, Command::delete_chat(ChatId(299)));
            run(Actor::System, Command::put_manager(ManagerId(9), "New", Role::Owner));
            run(Actor::System, Command::set_operator(ManagerId(9), true));
            run(Actor::System, Command::create_tag("new"));
            let text = "late".to_owned();
            let send = Command::send_message(ChatId(300), text);
            run(Actor::Customer(KIM), send);
            run(Actor::System, Command::tag(ChatId(300), ["new"]));
            // More than are read at one moment.
            for chat in (2..=290).rev() {
                run(Actor::Customer(KIM), Command::send_message(ChatId(chat), "late too"));
            }
            run(Actor::System, Command::assign(ChatId(298), ManagerId(9)));
            run(Actor::System, Command::start_chat(KIM));
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn export_stays_importable_while_commands_run() {
    let engine = Engine::temporary().unwrap();
    run(&engine, 1, Actor::System, Command::put_customer(KIM, CustomerUpdate::new())).unwrap();
    for _ in 1..=300 {
        run(&engine, 2, Actor::System, Command::start_chat(KIM)).unwrap();
    }
    let mut out = Meddling { engine: &engine, done: false, out: Vec::new() };
    let all = "all".parse().unwrap();
    let format = ExportFormat::JsonLines;
    let report = engine.export(WorkspaceId(1), Actor::System, &all, format, &mut out, |_| {}).unwrap();
    assert!(out.done, "more was written than fits into the buffer");
    assert_eq!((report.contents.chats, report.left_out), (299, 1));
    let other = Engine::temporary().unwrap();
    import(&other, 1, &out.out).unwrap();
    assert_clean(&other);
    let inbox = other.workspace(WorkspaceId(1)).unwrap();
    assert_eq!(inbox.count(&all).unwrap(), 299);
    let late = inbox.chat(ChatId(300)).unwrap();
    assert_eq!((late.messages, late.tags.len(), late.unread.len()), (1, 0, 0));
    assert_eq!(inbox.chat(ChatId(298)).unwrap().assignee, None);
    // Some chats were written before the commands.
    let order = |engine: &Engine| {
        let page = engine.workspace(1).unwrap().list(&all, None, 1_000).unwrap();
        page.chats.iter().map(|chat| chat.id.0).filter(|chat| (100..299).contains(chat)).collect::<Vec<u32>>()
    };
    assert_eq!(order(&other), order(&engine), "chats with activity in the meantime come last");
    assert_eq!(inbox.clock(), 3_000.into(), "not before the exported clock");
    other.close().unwrap();
    engine.close().unwrap();
}
