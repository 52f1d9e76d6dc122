//! Workspaces in memory: unknown ones take none, and idle ones are unloaded under a budget, while everything answers as
//! if nothing had happened.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use inboxdb::{
    Actor, AttributeIndex, Code, Command, Config, Durability, Engine, Envelope, Error, ExportFormat, Filter, ManagerId,
    Query, Status, Timer, View, WorkspaceId,
};
use inboxdb_harness::{Subject, assert_clean};
use inboxdb_naive::Rng;
use serde_json::{Value, json};

/// Keeps only what is in use or not yet written.
fn no_memory() -> Config {
    Config::default().timer(Timer::Off).workspaces_bytes_max(0)
}

fn loaded(engine: &Engine) -> u64 {
    engine.workspaces_in_memory().workspaces
}

fn run(engine: &Engine, workspace: u64, at: u64, command: Value) {
    let line = json!({"workspace":workspace,"at":at,"actor":"system","do":command});
    engine.execute(serde_json::from_value(line).unwrap()).unwrap();
}

/// Gives a workspace a customer and some chats.
fn fill(engine: &Engine, workspace: u64, chats: u32) {
    run(engine, workspace, 0, json!({"put_manager":{"manager":7,"name":"Ada","role":"owner"}}));
    run(engine, workspace, 0, json!({"put_customer":{"customer":5,"name":"Grace"}}));
    (0..chats).for_each(|_| run(engine, workspace, 0, json!({"start_chat":{"customer":5}})));
}

#[test]
fn memory_of_unknown_workspaces_is_none() {
    let directory = tempfile::tempdir().unwrap();
    let config = Config::default().timer(Timer::Off).index("team", 1, AttributeIndex::new("team"));
    let engine = Engine::open(directory.path(), config).unwrap();
    let queries = |workspace: u64| {
        [
            json!({"count":{"workspace":workspace,"view":"all"}}),
            json!({"count":{"workspace":workspace,"view":"hashtag:vip | custom:team=red"}}),
            json!({"list":{"workspace":workspace,"view":"custom:team=red:open"}}),
            json!({"tags":{"workspace":workspace}}),
            json!({"customers":{"workspace":workspace}}),
            json!({"chats":{"workspace":workspace,"chats":[1, 2]}}),
            json!({"indexes":{"workspace":workspace}}),
        ]
    };
    for workspace in 1..500 {
        for query in queries(workspace) {
            let query: Query = serde_json::from_value(query).unwrap();
            engine.query(&query).unwrap();
        }
        for view in ["customer:5", "assigned:7", "tag:a", "custom:other=red"] {
            let refused = engine.query(&Query::count(workspace, view.parse::<Filter>().unwrap()));
            assert!(matches!(refused, Err(Error::Refused(_))), "{view}");
        }
        // Strangers are refused before anything happens, and so is what the host may not do.
        let commands = [
            (Actor::Manager(7.into()), Command::create_tag("a")),
            (Actor::Customer(5.into()), Command::start_chat(5)),
            (Actor::System, Command::favorite(1)),
        ];
        for (actor, command) in commands.into_iter().take(if workspace % 50 == 0 { 3 } else { 0 }) {
            let refused = engine.execute(Envelope::new(workspace, 0, actor, command));
            assert!(matches!(refused, Err(Error::Refused(_))));
        }
        engine.scrub_workspace(workspace, |_| {}).unwrap();
        assert_eq!(loaded(&engine), 0);
    }
    let status = engine.workspace(3).unwrap().indexes().unwrap();
    assert_eq!(
        serde_json::to_value(&status).unwrap(),
        json!([{"name":"team","version":1,"readable":true,"done":0,"total":0}])
    );
    assert_eq!((engine.durable_seq(), engine.workspaces().unwrap()), (0, vec![]));
    let mut out = Vec::new();
    engine.export(9, Actor::System, &View::all().into(), ExportFormat::JsonLines, &mut out, |_| {}).unwrap();
    assert!(engine.import(9, &b"not an export"[..], |_| {}).is_err());
    assert_eq!(loaded(&engine), 0);
    // The first change registers the index.
    fill(&engine, 9, 1);
    run(&engine, 9, 0, json!({"set_attribute":{"chat":1,"key":"team","value":"red"}}));
    assert_eq!(engine.workspace(9).unwrap().count(&"custom:team=red".parse().unwrap()).unwrap(), 1);
    assert_eq!(loaded(&engine), 1);
    assert_clean(&engine);
}

/// A handle from before the first change reads it, and nothing is lost when readers come and go meanwhile.
#[test]
fn memory_of_a_workspace_begins_with_its_first_change() {
    const WORKSPACES: u64 = 300;
    let mut subject = Subject::new(no_memory().durability(Durability::Interval(Duration::from_millis(5))));
    let engine = subject.engine();
    let written = AtomicBool::new(false);
    thread::scope(|scope| {
        for reader in 0..2_u64 {
            let written = &written;
            scope.spawn(move || {
                let mut rng = Rng::new(reader);
                while !written.load(Ordering::Acquire) {
                    let inbox = engine.workspace(1 + rng.below(WORKSPACES)).unwrap();
                    let seq = inbox.seq();
                    let open = inbox.count(&View::all().open().into()).unwrap();
                    assert!(open <= 1 && (open == 0 || inbox.seq() > 0), "{open} after {seq}");
                }
            });
        }
        let unload = scope.spawn(|| {
            while !written.load(Ordering::Acquire) {
                engine.checkpoint().unwrap();
            }
        });
        for workspace in 1..=WORKSPACES {
            let early = engine.workspace(workspace).unwrap();
            assert_eq!(early.count(&View::all().into()).unwrap(), 0);
            fill(engine, workspace, 1);
            assert_eq!(early.count(&View::all().into()).unwrap(), 1);
        }
        written.store(true, Ordering::Release);
        unload.join().unwrap();
    });
    for _ in 0..2 {
        let engine = subject.engine();
        assert_eq!(engine.workspaces().unwrap().len() as u64, WORKSPACES);
        for workspace in 1..=WORKSPACES {
            assert_eq!(engine.workspace(workspace).unwrap().count(&View::all().open().into()).unwrap(), 1);
        }
        subject.reopen();
    }
}

#[test]
fn memory_of_idle_workspaces_is_given_back() {
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::open(directory.path(), Config::default().timer(Timer::Off)).unwrap();
    (1..=40).for_each(|workspace| fill(&engine, workspace, 20));
    assert_eq!(loaded(&engine), 40);
    engine.checkpoint().unwrap();
    let all = engine.workspaces_in_memory().bytes;
    engine.close().unwrap();

    let budget = all / 4;
    let engine =
        Engine::open(directory.path(), Config::default().timer(Timer::Off).workspaces_bytes_max(budget)).unwrap();
    assert_eq!(loaded(&engine), 0);
    let handles: Vec<_> = (1..=40_u64).map(|workspace| engine.workspace(workspace).unwrap()).collect();
    for _ in 0..3 {
        for inbox in &handles {
            assert_eq!(inbox.count(&"customer:5:open".parse().unwrap()).unwrap(), 20);
            assert_eq!(inbox.managers().unwrap().len(), 1);
            assert!(engine.workspaces_in_memory().bytes <= budget + all / 40);
        }
    }
    assert!((2..=16).contains(&loaded(&engine)), "{} are loaded", loaded(&engine));
    // Changes wait in memory for the next checkpoint, which makes room. The budget asks for one too.
    handles.iter().for_each(|inbox| assert_eq!(inbox.as_customer(5).start_chat().unwrap(), 21.into()));
    engine.checkpoint().unwrap();
    assert!(engine.workspaces_in_memory().bytes <= budget);
    assert!(handles.iter().all(|inbox| inbox.count(&View::all().into()).unwrap() == 21));
    assert_clean(&engine);
    engine.close().unwrap();
    let unloaded: Vec<bool> = handles.iter().map(|inbox| inbox.tags().is_err()).collect();
    assert!(unloaded.contains(&true) && handles.iter().all(|inbox| inbox.seq() > 0));
    let error = handles.iter().find_map(|inbox| inbox.tags().err()).unwrap();
    assert_eq!((error.code(), matches!(error, Error::Closed)), (Code::Unavailable, true));
}

#[test]
fn memory_is_bounded_while_a_journal_is_replayed() {
    let directory = tempfile::tempdir().unwrap();
    let quiet = || no_memory().checkpoint_interval(Duration::from_secs(3_600));
    let subject = Subject::at(directory.path(), quiet());
    (1..=30).for_each(|workspace| fill(subject.engine(), workspace, 3));
    let copy = tempfile::tempdir().unwrap();
    copy_store(directory.path(), copy.path());
    let replayed = Subject::at(copy.path(), quiet());
    let all: Filter = View::all().open().into();
    for workspace in 1..=30 {
        let (there, here) =
            (subject.engine().workspace(workspace).unwrap(), replayed.engine().workspace(workspace).unwrap());
        assert_eq!((here.count(&all).unwrap(), here.seq()), (there.count(&all).unwrap(), there.seq()));
    }
}

/// Copies what a killed process leaves.
fn copy_store(from: &std::path::Path, to: &std::path::Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy_store(&entry.path(), &target);
        } else if entry.file_name() != "LOCK" {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn memory_of_snoozes_in_unloaded_workspaces_is_their_deadline() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Engine::open(directory.path(), no_memory().timer(Timer::Manual)).unwrap();
    let engine = open();
    for workspace in 1..=6 {
        fill(&engine, workspace, 3);
        for chat in 1..=3_u64 {
            run(&engine, workspace, 1, json!({"snooze":{"chat":chat,"until":1_000 * chat}}));
        }
    }
    engine.checkpoint().unwrap();
    assert_eq!(loaded(&engine), 0);
    let open_chats = |engine: &Engine, workspace: u64| {
        engine.workspace(workspace).unwrap().count(&View::all().open().into()).unwrap()
    };
    assert_eq!(engine.advance(999).unwrap(), 0);
    assert_eq!(engine.advance(1_000).unwrap(), 6);
    (1..=6).for_each(|workspace| assert_eq!(open_chats(&engine, workspace), 1));
    // A snooze that ends while its change waits in memory, and again after the workspace was unloaded.
    engine.checkpoint().unwrap();
    run(&engine, 3, 1_001, json!({"snooze":{"chat":1,"until":1_500}}));
    engine.checkpoint().unwrap();
    assert_eq!((loaded(&engine), engine.advance(1_500).unwrap()), (0, 1));
    assert_eq!(open_chats(&engine, 3), 1);
    engine.close().unwrap();

    let engine = open();
    assert_eq!((loaded(&engine), engine.advance(2_000).unwrap()), (0, 6));
    (1..=6).for_each(|workspace| assert_eq!(open_chats(&engine, workspace), 2));
    let inbox = engine.workspace(6).unwrap();
    engine.checkpoint().unwrap();
    assert_eq!(loaded(&engine), 0);
    assert_eq!(engine.advance(3_000).unwrap(), 6);
    assert_eq!(inbox.chat(3).unwrap().status, Status::Open);
    assert_eq!(engine.advance(u64::MAX).unwrap(), 0);
}

#[test]
fn memory_budget_below_one_workspace_lets_the_wall_timer_end_snoozes() {
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::open(directory.path(), Config::default().workspaces_bytes_max(0)).unwrap();
    let inbox = engine.workspace(1).unwrap();
    let system = inbox.as_system();
    system.put_customer(5, "Grace").unwrap();
    let chat = system.start_chat_for(5).unwrap();
    system.snooze(chat, inboxdb::Timestamp::now() + Duration::from_millis(1_200)).unwrap();
    engine.checkpoint().unwrap();
    assert_eq!(loaded(&engine), 0);
    for _ in 0..100 {
        thread::sleep(Duration::from_millis(50));
        if loaded(&engine) > 0 {
            break;
        }
    }
    thread::sleep(Duration::from_millis(300));
    assert_eq!(inbox.chat(chat).unwrap().status, Status::Open, "nothing but the timer has touched it");
}

const WORKSPACES: u64 = 12;
const MANAGERS: u64 = 3;

fn rounds() -> u64 {
    std::env::var("INBOXDB_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(250)
}

/// One of a workspace's commands. They depend on nothing but the workspace and the number.
fn command(workspace: u64, round: u64) -> Envelope {
    let mut rng = Rng::new(workspace * 1_000_003 + round);
    let (chat, manager, at) = (1 + rng.below(20), 1 + rng.below(MANAGERS), 10 + round);
    let command = match rng.below(16) {
        0 | 1 => json!({"start_chat":{"customer":5}}),
        2 => json!({"snooze":{"chat":chat,"until":at + 1 + rng.below(30)}}),
        3 => json!({"close":{"chat":chat}}),
        4 => json!({"assign":{"chat":chat,"manager":manager}}),
        5 => json!({"unassign":{"chat":chat}}),
        6 => json!({"tag":{"chat":chat,"tags":["a/b"]}}),
        7 => json!({"set_description":{"chat":chat,"text":format!("#w{}", rng.below(4))}}),
        8 => json!({"set_attribute":{"chat":chat,"key":"team","value":"red"}}),
        9 => json!({"set_operator":{"manager":manager,"on":rng.chance(50)}}),
        10 => json!({"delete_chat":{"chat":chat}}),
        11 if rng.chance(10) => json!("delete_workspace"),
        11 => json!({"put_customer":{"customer":rng.below(9)}}),
        12 => json!({"bulk":{"select":{"filter":"all:open"},"do":{"follow":{"managers":[1]}}}}),
        _ => json!({"send_message":{"chat":chat,"visibility":"public","text":"hello"}}),
    };
    let actor = if rng.chance(60) { json!({"manager":manager}) } else { json!("system") };
    serde_json::from_value(json!({"workspace":workspace,"at":at,"actor":actor,"do":command})).unwrap()
}

fn begin(engine: &Engine, workspace: u64) {
    for manager in 1..=MANAGERS {
        run(engine, workspace, 0, json!({"put_manager":{"manager":manager,"name":"M","role":"owner"}}));
    }
    run(engine, workspace, 0, json!({"put_customer":{"customer":5}}));
    run(engine, workspace, 0, json!({"create_tag":{"path":"a/b"}}));
}

fn work(engine: &Engine, workspaces: &[u64]) {
    workspaces.iter().for_each(|workspace| begin(engine, *workspace));
    for round in 0..rounds() {
        for workspace in workspaces {
            match engine.execute(command(*workspace, round)) {
                Ok(_) | Err(Error::Refused(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
}

/// Everything that can be asked about some workspaces.
fn everything(subject: &Subject) -> Vec<String> {
    let mut seen = Vec::new();
    let mut ask = |query: Value| seen.push(format!("{query} {}", subject.query(&query.to_string())));
    ask(json!({"workspaces":{}}));
    for workspace in 1..=WORKSPACES {
        for what in ["managers", "tags", "customers", "profile_fields", "bulks", "indexes"] {
            ask(json!({what:{"workspace":workspace}}));
        }
        for manager in 1..=MANAGERS {
            ask(json!({"sidebar":{"workspace":workspace,"manager":manager}}));
            ask(json!({"notifications":{"workspace":workspace,"manager":manager,"limit":1000}}));
        }
        for view in ["all", "all:snoozed", "hashtag:w1", "custom:team=red", "customer:5:open", "tag:a & !unread:1"] {
            ask(json!({"list":{"workspace":workspace,"view":view,"limit":1000}}));
        }
        (1..=20).for_each(|chat| ask(json!({"messages":{"workspace":workspace,"chat":chat}})));
    }
    seen
}

/// Reads through handles that were made once, and through new ones.
fn read(engine: &Engine, seed: u64, done: &AtomicBool) {
    let mut rng = Rng::new(seed);
    let handles: Vec<_> = (1..=WORKSPACES).map(|workspace| engine.workspace(workspace).unwrap()).collect();
    let mut newest = vec![0; handles.len()];
    while !done.load(Ordering::Acquire) {
        let at = rng.index(handles.len());
        let fresh = engine.workspace(WorkspaceId(1 + at as u64)).unwrap();
        let inbox = if rng.chance(50) { &handles[at] } else { &fresh };
        // Unknown until it begins, and after it is deleted.
        if let Ok(sidebar) = inbox.sidebar(ManagerId(1)) {
            let assigned: u64 = sidebar.operators.iter().chain(&sidebar.others).map(|manager| manager.open).sum();
            assert_eq!(sidebar.all.open, sidebar.unassigned.open + assigned, "{sidebar:?}");
            assert!(sidebar.seq >= newest[at], "{} after {}", sidebar.seq, newest[at]);
            newest[at] = sidebar.seq;
        }
        let seq = inbox.seq();
        for view in ["all:open", "hashtag:w1", "tag:a | all:closed"] {
            let view: Filter = view.parse().unwrap();
            if let (Ok(count), Ok(list)) = (inbox.count(&view), inbox.list(&view, None, 1_000))
                && inbox.seq() == seq
            {
                assert_eq!(count, list.chats.len() as u64, "{view}");
            }
        }
    }
}

/// Commands and reads from several threads, with checkpoints, while hardly anything may stay in memory, give what an
/// engine with all the memory gives.
#[test]
fn memory_budget_changes_no_answer_beside_many_threads() {
    let tiny = |bytes: u64| {
        let config = Config::default().timer(Timer::Off).workspaces_bytes_max(bytes);
        let config = config.durability(Durability::Interval(Duration::from_millis(5))).record_cache_bytes(20_000);
        config.checkpoint_interval(Duration::from_millis(100)).segment_bytes(64 << 10)
    };
    let plenty = Subject::new(tiny(u64::MAX));
    let all: Vec<u64> = (1..=WORKSPACES).collect();
    work(plenty.engine(), &all);
    let expected = everything(&plenty);
    for bytes in [0, 60_000] {
        let mut subject = Subject::new(tiny(bytes));
        let engine = subject.engine();
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let parts = all.chunks(WORKSPACES as usize / 3);
            let writers: Vec<_> = parts.map(|part| scope.spawn(move || work(engine, part))).collect();
            let done = &done;
            (0..2).for_each(|reader| drop(scope.spawn(move || read(engine, reader, done))));
            let keeper = scope.spawn(move || {
                while !done.load(Ordering::Acquire) {
                    engine.checkpoint().unwrap();
                }
            });
            let written: Vec<_> = writers.into_iter().map(|writer| writer.join()).collect();
            done.store(true, Ordering::Release);
            keeper.join().unwrap();
            written.into_iter().for_each(|written| written.unwrap());
        });
        engine.checkpoint().unwrap();
        assert!(bytes > 0 || loaded(engine) == 0, "{} are loaded", loaded(engine));
        assert_eq!(everything(&subject), expected, "with {bytes} bytes");
        subject.reopen();
        assert_eq!(everything(&subject), expected, "with {bytes} bytes, reopened");
    }
}
