//! Exports: what was exported and imported again is the same inbox, nothing else is taken, and nothing is kept of what
//! went wrong.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod naive;
mod support;

use std::io::{self, Write};

use inboxdb::{
    Actor, ChatId, Code, Command, Config, CustomerId, Engine, Envelope, Error, ExportError, ExportFormat,
    ExportProgress, Filter, ImportError, ManagerId, ProfileField, Role, Timer, Visibility, WorkspaceId,
};
use naive::{Naive, trace};
use serde_json::{Value, json};
use support::{Subject, assert_clean, real_trace};

fn config() -> Config {
    Config::default().timer(Timer::Off).dirty_bytes_max(1 << 20).checkpoint_interval_ms(100).record_cache_bytes(50_000)
}

fn export(engine: &Engine, workspace: u64, view: &str, format: ExportFormat) -> Vec<u8> {
    let (view, mut out): (Filter, Vec<u8>) = (view.parse().unwrap(), Vec::new());
    let mut last = None;
    let watch = |progress| last = Some(progress);
    let report = engine.export(WorkspaceId(workspace), Actor::System, &view, format, &mut out, watch).unwrap();
    assert_eq!(report.left_out, 0);
    let chats = report.contents.chats;
    assert_eq!(last.unwrap_or(ExportProgress { done: 0, total: 0 }), ExportProgress { done: chats, total: chats });
    out
}

fn json_lines(engine: &Engine, workspace: u64) -> Vec<u8> {
    export(engine, workspace, "all", ExportFormat::JsonLines)
}

fn import(engine: &Engine, workspace: u64, export: &[u8]) -> Result<inboxdb::ImportReport, ImportError> {
    engine.import(WorkspaceId(workspace), export, |_| {})
}

fn run(engine: &Engine, at: u64, actor: Actor, command: Command) -> Result<(), Error> {
    engine.execute(Envelope::new(WorkspaceId(1), at, actor, command)).map(drop)
}

fn workspaces(lines: &[Vec<u8>]) -> Vec<u64> {
    let envelopes = lines.iter().filter_map(|line| serde_json::from_slice::<Envelope>(line).ok());
    let mut found: Vec<u64> = envelopes.map(|envelope| envelope.workspace.0).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// An export without its first line, which names the workspace.
fn without_header(export: &[u8]) -> &[u8] {
    let end = export.iter().position(|byte| *byte == b'\n').unwrap();
    &export[end..]
}

/// Half of a trace, an export, an import into another engine, and the other half there: it goes on as if nothing had
/// happened.
fn moves_house(lines: &[Vec<u8>], seed: u64) {
    let (before, after) = lines.split_at(lines.len() / 2);
    let mut naive = Naive::new();
    before.iter().for_each(|line| drop(naive.apply(line)));
    let old = Subject::new(config());
    old.apply(before);
    let mut new = Subject::new(config());
    for workspace in workspaces(lines) {
        let exported = json_lines(old.engine(), workspace);
        let report = import(new.engine(), workspace, &exported).unwrap();
        assert_clean(new.engine());
        assert_eq!(json_lines(new.engine(), workspace), exported, "seed {seed}");
        let other = workspace ^ (1 << 40);
        assert_eq!(import(new.engine(), other, &exported).unwrap().contents, report.contents);
        assert_eq!(without_header(&json_lines(new.engine(), other)), without_header(&exported), "seed {seed}");
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
fn an_imported_inbox_is_the_same_and_goes_on_the_same() {
    let seeds = std::env::var("INBOXDB_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(8);
    for seed in 0..seeds {
        moves_house(&trace(seed, 1_500), seed);
    }
}

#[test]
fn the_real_inbox_moves_house() {
    let Some(lines) = real_trace() else { return };
    moves_house(&lines, 1);
}

const ADA: ManagerId = ManagerId(7);
const BEN: ManagerId = ManagerId(8);
const KIM: CustomerId = CustomerId(5);

/// An inbox with something of everything that is stored.
fn everything(engine: &Engine) {
    let system = |at, command| run(engine, at, Actor::System, command).unwrap();
    let ada = |at, command| run(engine, at, Actor::Manager(ADA), command).unwrap();
    let field = |key: &str, shown| ProfileField { key: key.to_owned(), label: format!("The {key}"), shown };
    system(1_000, Command::SetProfileFields { fields: vec![field("plan", true), field("age", false)] });
    system(1_000, Command::PutManager { manager: ADA, name: "Ada".into(), role: Role::Owner });
    system(1_000, Command::PutManager { manager: BEN, name: "=Ben".into(), role: Role::Member });
    system(1_000, Command::SetOperator { manager: BEN, on: true });
    system(1_000, Command::SetOnline { manager: ADA, on: true });
    system(1_000, Command::SetCapacity { manager: ADA, capacity: Some(3) });
    for path in ["Billing/Refund", "billing/Late", "Ops"] {
        system(1_100, Command::CreateTag { path: path.into() });
    }
    system(1_100, Command::FollowTag { path: "billing".into(), manager: ADA });
    let profile = [("plan".to_owned(), "gold".to_owned())].into();
    system(1_200, Command::PutCustomer { customer: KIM, name: Some("김민준".into()), profile: Some(profile) });
    system(1_200, Command::PutCustomer { customer: CustomerId(6), name: None, profile: None });
    for event in ["visited", "bought"] {
        let properties = Some([("n".to_owned(), "1".to_owned())].into());
        let track = Command::TrackEvent { customer: KIM, name: event.into(), page: Some("/".into()), properties };
        system(1_300, track);
    }
    for customer in [KIM, KIM, KIM, CustomerId(6)] {
        system(1_400, Command::StartChat { customer });
    }
    system(1_450, Command::TrackEvent { customer: KIM, name: "left".into(), page: None, properties: None });
    let file = inboxdb::File {
        name: "invoice.pdf".into(),
        url: "https://files.example/1".into(),
        media_type: "application/pdf".into(),
        bytes: u64::MAX,
    };
    let say = |chat, visibility, text: &str, files: Vec<inboxdb::File>| Command::SendMessage {
        chat: ChatId(chat),
        visibility,
        text: text.into(),
        files: Some(files),
    };
    run(engine, 1_500, Actor::Customer(KIM), say(1, Visibility::Public, "=1+1, \"환불\"\r\nplease", vec![])).unwrap();
    ada(1_600, Command::Assign { chat: ChatId(1), manager: ADA });
    ada(1_700, say(1, Visibility::Internal, "a look, @=Ben", vec![file.clone(), file]));
    run(engine, 1_800, Actor::Customer(KIM), say(2, Visibility::Public, "hello", vec![])).unwrap();
    ada(1_900, Command::Tag { chat: ChatId(1), tags: vec!["billing/refund".into(), "ops".into()] });
    ada(1_900, Command::Favorite { chat: ChatId(1) });
    ada(1_900, Command::Snooze { chat: ChatId(1), until: 5_000 });
    ada(1_900, Command::SetDescription { chat: ChatId(2), text: "@home #vip".into() });
    ada(1_900, Command::SetAttribute { chat: ChatId(2), key: "source".into(), value: Some("ads".into()) });
    ada(1_900, Command::SetAttribute { chat: ChatId(2), key: "empty".into(), value: Some("".into()) });
    ada(1_900, Command::Close { chat: ChatId(3) });
    system(2_000, Command::RemoveManager { manager: ManagerId(8) });
    system(2_000, Command::PutManager { manager: BEN, name: "=Ben".into(), role: Role::Member });
    system(2_000, Command::SetOperator { manager: BEN, on: true });
    run(engine, 2_100, Actor::Customer(KIM), say(2, Visibility::Public, "anybody?", vec![])).unwrap();
    system(2_200, Command::StartChat { customer: KIM });
    system(2_200, Command::DeleteChat { chat: ChatId(5) });
    system(2_300, Command::Tick);
}

fn inbox() -> (Engine, Vec<u8>) {
    let engine = Engine::temporary().unwrap();
    everything(&engine);
    let exported = json_lines(&engine, 1);
    (engine, exported)
}

#[test]
fn the_form_is_what_is_documented() {
    let (engine, exported) = inbox();
    let lines: Vec<Value> =
        exported.split_inclusive(|byte| *byte == b'\n').map(|line| serde_json::from_slice(line).unwrap()).collect();
    let first = json!({"inboxdb_export":{"version":1,"workspace":1,"clock":2_300,"next_chat":6}});
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
        json!({"id":1,"customer":5,"status":"snoozed","snoozed_until":5_000,"assignee":7,"followers":[7],
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
fn everything_that_is_stored_survives() {
    let (engine, exported) = inbox();
    let other = Engine::temporary().unwrap();
    let report = import(&other, 9, &exported).unwrap();
    assert_eq!((report.contents.chats, report.contents.events), (4, 3));
    assert_clean(&other);
    assert_eq!(without_header(&json_lines(&other, 9)), without_header(&exported));
    // The snooze ends as it would have, and ids go on behind the deleted chat.
    let at = |command| other.execute(Envelope::new(WorkspaceId(9), 6_000, Actor::System, command)).unwrap().reply;
    assert_eq!(serde_json::to_value(at(Command::StartChat { customer: KIM })).unwrap(), json!({"chat":6}));
    let inbox = other.workspace(WorkspaceId(9)).unwrap();
    assert_eq!(inbox.chat(ChatId(1)).unwrap().last_activity_at, 5_000);
    assert_eq!(inbox.clock(), 6_000);
    assert_clean(&other);
    other.close().unwrap();
    engine.close().unwrap();
}

#[test]
fn an_export_of_a_view_has_what_its_chats_need() {
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
fn an_empty_workspace_and_one_that_was_deleted() {
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
    assert_eq!(engine.workspace(WorkspaceId(1)).unwrap().clock(), 9_000, "the later of both");
    // The snooze was due at 5,000, and ends with the first thing that happens.
    run(&engine, 0, Actor::System, Command::Tick).unwrap();
    assert_eq!(engine.workspace(WorkspaceId(1)).unwrap().chat(ChatId(1)).unwrap().last_activity_at, 5_000);
    import(&engine, 2, &empty).unwrap();
    assert_eq!(json_lines(&engine, 2), String::from_utf8(empty).unwrap().replace(":4,", ":2,").into_bytes());
    engine.close().unwrap();
}

#[test]
fn numbers_that_were_given_survive_alone() {
    let (engine, _) = inbox();
    run(&engine, 2_300, Actor::System, Command::DeleteWorkspace).unwrap();
    let exported = json_lines(&engine, 1);
    let other = Engine::temporary().unwrap();
    // Nothing but the next id differs from what there is.
    other.execute(Envelope::new(WorkspaceId(1), 2_300, Actor::System, Command::Tick)).unwrap();
    import(&other, 1, &exported).unwrap();
    assert_eq!(json_lines(&other, 1), exported);
    other.close().unwrap();
    engine.close().unwrap();
}

#[test]
fn who_may_not_export_gets_nothing() {
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
fn csv_has_a_row_for_each_message() {
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
fn csv_of_random_inboxes_is_read_back() {
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

/// Counts what goes through it, and notes how much came at once.
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

/// An inbox of 300 chats that make 18 MB.
fn large() -> Engine {
    let engine = Engine::temporary().unwrap();
    run(&engine, 1, Actor::System, Command::PutCustomer { customer: KIM, name: None, profile: None }).unwrap();
    let mut pipeline = engine.pipeline();
    for chat in 1..=300 {
        let start = Command::StartChat { customer: KIM };
        let (visibility, text) = (Visibility::Public, "x".repeat(60_000));
        let send = Command::SendMessage { chat: ChatId(chat), visibility, text, files: None };
        for command in [start, send] {
            pipeline.push(&Envelope::new(WorkspaceId(1), 2, Actor::System, command));
        }
    }
    assert!(pipeline.finish().iter().all(Result::is_ok));
    engine
}

#[test]
fn an_export_streams() {
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

/// Deletes a chat, and sends in another, as soon as the export has begun.
struct Meddling<'e> {
    engine: &'e Engine,
    done: bool,
    out: Vec<u8>,
}

impl Write for Meddling<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !std::mem::replace(&mut self.done, true) {
            let run = |actor, command| run(self.engine, 3_000, actor, command).unwrap();
            run(Actor::System, Command::DeleteChat { chat: ChatId(299) });
            run(Actor::System, Command::PutManager { manager: ManagerId(9), name: "New".into(), role: Role::Owner });
            run(Actor::System, Command::SetOperator { manager: ManagerId(9), on: true });
            run(Actor::System, Command::CreateTag { path: "new".into() });
            let text = "late".to_owned();
            let send = Command::SendMessage { chat: ChatId(300), visibility: Visibility::Public, text, files: None };
            run(Actor::Customer(KIM), send);
            run(Actor::System, Command::Tag { chat: ChatId(300), tags: vec!["new".into()] });
            run(Actor::System, Command::Assign { chat: ChatId(298), manager: ManagerId(9) });
            run(Actor::System, Command::StartChat { customer: KIM });
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_happens_meanwhile_leaves_an_export_that_can_be_imported() {
    let engine = Engine::temporary().unwrap();
    run(&engine, 1, Actor::System, Command::PutCustomer { customer: KIM, name: None, profile: None }).unwrap();
    for _ in 1..=300 {
        run(&engine, 2, Actor::System, Command::StartChat { customer: KIM }).unwrap();
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
    assert_eq!(inbox.clock(), 3_000, "not before what was exported");
    other.close().unwrap();
    engine.close().unwrap();
}

#[test]
fn a_chat_of_many_messages_comes_in_several_changes() {
    let engine = Engine::temporary().unwrap();
    run(&engine, 1, Actor::System, Command::PutCustomer { customer: KIM, name: None, profile: None }).unwrap();
    run(&engine, 1, Actor::System, Command::PutManager { manager: ADA, name: "Ada".into(), role: Role::Owner })
        .unwrap();
    run(&engine, 1, Actor::System, Command::StartChat { customer: KIM }).unwrap();
    run(&engine, 1, Actor::System, Command::Follow { chat: ChatId(1), managers: vec![ADA] }).unwrap();
    let mut pipeline = engine.pipeline();
    for number in 0..200_u64 {
        let text = "x".repeat(40_000);
        let send = Command::SendMessage { chat: ChatId(1), visibility: Visibility::Public, text, files: None };
        pipeline.push(&Envelope::new(WorkspaceId(1), number, Actor::Customer(KIM), send));
        let properties = (0..30).map(|entry| (entry.to_string(), "y".repeat(1_000))).collect();
        let track = Command::TrackEvent { customer: KIM, name: "e".into(), page: None, properties: Some(properties) };
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
    // One that fails in the middle of the chat leaves nothing.
    let cut = &exported[..exported.len() - 3_000_000];
    assert!(import(other.engine(), 2, cut).is_err());
    assert_empty(other.engine(), 2);
    engine.close().unwrap();
}

#[test]
fn an_import_that_never_returns_leaves_a_part_that_can_be_deleted() {
    let engine = large();
    let exported = json_lines(&engine, 1);
    let mut other = Subject::new(config());
    let killed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        other.engine().import(WorkspaceId(1), exported.as_slice(), |progress| assert!(progress.bytes < 9_000_000))
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

/// Lines of an export as JSON, to be spoilt.
fn parsed(exported: &[u8]) -> Vec<Value> {
    exported.split_inclusive(|byte| *byte == b'\n').map(|line| serde_json::from_slice(line).unwrap()).collect()
}

fn written(lines: &[Value]) -> Vec<u8> {
    lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes()
}

/// Puts a value at a path of the first line of a kind, and says what line that is.
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
fn bad_lines_are_refused_with_their_number_and_leave_nothing() {
    let (engine, exported) = inbox();
    let good = parsed(&exported);
    let long = "x".repeat(70_000);
    let many = |count: usize| -> Value { (0..count).map(|n| (n.to_string(), json!("v"))).collect() };
    let other = Engine::temporary().unwrap();
    let cases: Vec<(&str, &str, Value, &str)> = vec![
        ("inboxdb_export", "version", json!(2), "version 2"),
        ("inboxdb_export", "version", json!("1"), "invalid type"),
        ("inboxdb_export", "color", json!(1), "color"),
        ("inboxdb_export", "next_chat", json!(0), "next_chat"),
        ("inboxdb_export", "next_chat", json!(u32::MAX), "next_chat"),
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
        ("customer", "name", json!(long), "name"),
        ("customer", "customer", json!(6), ""),
        ("customer", "profile", many(65), "entries"),
        ("customer", "profile", json!({"a":long}), "value"),
        ("customer", "events", json!(4), "only 3"),
        ("customer", "events", json!(2), "does not belong"),
        ("event", "event", json!(2), "does not belong"),
        ("event", "customer", json!(6), "does not belong"),
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
        ("chat", "unread", json!({"8":1}), "unread"),
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
        // Some are found out only by what follows.
        assert!(error.line().unwrap() >= number, "{kind} {path}: {error}");
        assert!(error.to_string().contains(words) && error.to_string().len() < 600, "{kind} {path}: {error}");
        assert_empty(&other, 1);
    }
    // And it can be used afterwards.
    import(&other, 1, &exported).unwrap();
    assert_clean(&other);
    assert_eq!(json_lines(&other, 1), exported);
    other.close().unwrap();
    engine.close().unwrap();
}

#[test]
fn lines_that_are_missing_doubled_or_in_another_order_are_refused() {
    let (engine, exported) = inbox();
    let good = parsed(&exported);
    let other = Engine::temporary().unwrap();
    let refused = |lines: &[Value], what: &str| {
        let Err(ImportError::Line { .. }) = import(&other, 1, &written(lines)) else { panic!("{what}") };
        assert_empty(&other, 1);
    };
    for number in 0..good.len() {
        let without: Vec<Value> = good.iter().take(number).chain(good.iter().skip(number + 1)).cloned().collect();
        // The fields of profiles are nobody's, and the end does not count them.
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
fn what_is_cut_off_or_damaged_leaves_nothing_or_a_whole_inbox_and_never_panics() {
    let (engine, exported) = inbox();
    let other = Engine::temporary().unwrap();
    for len in (0..exported.len() - 1).step_by(7) {
        assert!(import(&other, 1, &exported[..len]).is_err(), "cut at {len}");
    }
    assert_empty(&other, 1);
    import(&other, 2, &exported[..exported.len() - 1]).unwrap();
    let mut rng = naive::Rng::new(7);
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
fn a_line_past_64_mib_is_refused_without_being_kept() {
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
fn an_input_or_output_that_fails_says_so() {
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
fn commands_are_kept_out_while_an_import_goes_on() {
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
fn an_imported_snooze_ends_by_itself() {
    let (engine, exported) = inbox();
    let other = Subject::new(Config::default().timer(Timer::Manual));
    import(other.engine(), 1, &exported).unwrap();
    assert_eq!(other.engine().advance(4_999).unwrap(), 0);
    assert_eq!(other.engine().advance(5_000).unwrap(), 1);
    let chat = other.engine().workspace(WorkspaceId(1)).unwrap().chat(ChatId(1)).unwrap();
    assert_eq!((chat.status.name(), chat.last_activity_at), ("open", 5_000));
    engine.close().unwrap();
}

#[test]
fn an_export_from_the_future_is_refused_by_the_wall_clock() {
    let (engine, exported) = inbox();
    let text = String::from_utf8(exported).unwrap();
    let ahead = text.replace("\"clock\":2300", "\"clock\":253402300799999");
    let other = Subject::new(Config::default().timer(Timer::Wall));
    let refused = import(other.engine(), 1, ahead.as_bytes());
    assert!(matches!(refused, Err(ImportError::Line { line: 1, .. })), "{refused:?}");
    import(other.engine(), 1, text.as_bytes()).unwrap();
    engine.close().unwrap();
}
