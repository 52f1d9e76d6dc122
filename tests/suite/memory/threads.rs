//! Many threads on more workspaces than fit into the budget.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use inboxdb::{Config, Durability, Engine, Envelope, Error, Filter, ManagerId, Timer, WorkspaceId};
use inboxdb_harness::Subject;
use inboxdb_naive::Rng;
use serde_json::{Value, json};

use super::{loaded, run};

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
