//! Workspaces in memory: unknown ones take none, and idle ones are unloaded under a budget, while everything answers as
//! if nothing had happened.

mod threads;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use inboxdb::{
    Actor, AttributeIndex, Code, Command, Config, Durability, Engine, Envelope, Error, ExportFormat, Filter, Query,
    Status, Timer, View,
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
