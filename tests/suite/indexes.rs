//! Custom indexes: building during commands, maintenance, removal and rebuilding, also when a crash interrupts them.

use std::path::Path;
use std::thread;

use inboxdb::{
    Actor, AttributeIndex, ChatId, Code, Command, Config, CustomerId, CustomerUpdate, Engine, Envelope, IndexedChat,
    Keys, ManagerId, OpenError, Role, Timer, WorkspaceId,
};
use inboxdb_harness::assert_clean;
use inboxdb_harness::files::copy;

const WORKSPACE: WorkspaceId = WorkspaceId(1);

fn plain() -> Config {
    Config::default().timer(Timer::Off)
}

fn by_team() -> Config {
    plain().index("team", 1, AttributeIndex::new("team"))
}

fn open(path: &Path, config: Config) -> Engine {
    Engine::open(path, config).unwrap()
}

fn run(engine: &Engine, command: Command) {
    engine.execute(Envelope::new(WORKSPACE, 1_000, Actor::System, command)).unwrap();
}

fn set_team(chat: u32, team: Option<&str>) -> Command {
    match team {
        Some(team) => Command::set_attribute(ChatId(chat), "team", team),
        None => Command::remove_attribute(ChatId(chat), "team"),
    }
}

/// Starts this many chats. Every third has the team `payments`, the others `care`. Every tenth is closed, and every
/// hundredth is deleted.
fn fill(engine: &Engine, chats: u32) {
    let mut pipeline = engine.pipeline();
    let mut push = |command| pipeline.push(&Envelope::new(WORKSPACE, 1_000, Actor::System, command));
    push(Command::put_manager(ManagerId(7), "Ada", Role::Owner));
    push(Command::put_customer(CustomerId(5), CustomerUpdate::new()));
    for chat in 1..=chats {
        push(Command::start_chat(CustomerId(5)));
        push(set_team(chat, Some(if chat % 3 == 0 { "payments" } else { "care" })));
        if chat % 10 == 0 {
            push(Command::close(ChatId(chat)));
        }
        if chat % 100 == 0 {
            push(Command::delete_chat(ChatId(chat)));
        }
    }
    assert!(pipeline.finish().iter().all(Result::is_ok));
}

fn count(engine: &Engine, filter: &str) -> Result<u64, Code> {
    let workspace = engine.workspace(WORKSPACE).unwrap();
    workspace.count(&filter.parse().unwrap()).map_err(|error| error.code())
}

fn expected(chats: u32, is_in: impl Fn(u32) -> bool) -> Result<u64, Code> {
    Ok((1..=chats).filter(|chat| chat % 100 != 0 && is_in(*chat)).count() as u64)
}

fn assert_complete(engine: &Engine, chats: u32) {
    assert_eq!(count(engine, "custom:team=payments"), expected(chats, |chat| chat % 3 == 0));
    assert_eq!(count(engine, "custom:team=payments:closed"), expected(chats, |chat| chat % 30 == 0));
    assert_eq!(count(engine, "custom:team=care & !all:open"), expected(chats, |chat| chat % 3 != 0 && chat % 10 == 0));
    assert_eq!(count(engine, "custom:team=unknown"), Ok(0));
    assert_clean(engine);
}

#[test]
fn index_is_built_while_commands_continue() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path(), plain());
    fill(&engine, 3_000);
    assert_eq!(count(&engine, "custom:team=payments"), Err(Code::UnknownIndex));
    engine.close().unwrap();

    let engine = open(directory.path(), by_team());
    thread::scope(|scope| {
        scope.spawn(|| {
            for chat in (1..=3_000).filter(|chat| chat % 7 == 0 && chat % 100 != 0) {
                run(&engine, set_team(chat, Some("moved")));
                run(&engine, Command::open(ChatId(chat)));
            }
        });
        engine.build_indexes(|_| {}).unwrap();
    });
    assert_eq!(count(&engine, "custom:team=moved:open"), expected(3_000, |chat| chat % 7 == 0));
    assert_eq!(count(&engine, "custom:team=payments"), expected(3_000, |chat| chat % 3 == 0 && chat % 7 != 0));
    run(&engine, set_team(7, None));
    run(&engine, Command::delete_chat(ChatId(14)));
    assert_eq!(count(&engine, "custom:team=moved"), expected(3_000, |chat| chat % 7 == 0 && ![7, 14].contains(&chat)));
    let page = engine.workspace(WORKSPACE).unwrap().list(&"custom:team=moved".parse().unwrap(), None, 2).unwrap();
    assert_eq!(page.chats.iter().map(|chat| chat.id.0).collect::<Vec<_>>(), [2_996, 2_989]);
    assert_clean(&engine);
    engine.close().unwrap();
}

#[test]
fn index_is_built_once_the_workspace_is_touched() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path(), plain());
    fill(&engine, 1_000);
    engine.close().unwrap();
    let engine = open(directory.path(), by_team());
    // A query is refused until the index is built.
    let payments = loop {
        match count(&engine, "custom:team=payments") {
            Err(Code::IndexBuilding) => thread::yield_now(),
            counted => break counted,
        }
    };
    assert_eq!(payments, expected(1_000, |chat| chat % 3 == 0));
    assert_complete(&engine, 1_000);
    engine.close().unwrap();
}

#[test]
fn index_build_interrupted_anywhere_is_finished_by_the_next_opening() {
    let directory = tempfile::tempdir().unwrap();
    let original = directory.path().join("original");
    let engine = open(&original, plain());
    fill(&engine, 1_500);
    engine.close().unwrap();
    let engine = open(&original, by_team());
    let mut copies = Vec::new();
    engine
        .build_indexes(|now| {
            engine.wait_durable(engine.workspace(WORKSPACE).unwrap().seq()).unwrap();
            if copies.len() == 2 {
                engine.checkpoint().unwrap();
            }
            let path = directory.path().join(format!("copy-{}", copies.len()));
            copy(&original, &path);
            copies.push((path, now.done));
        })
        .unwrap();
    assert_complete(&engine, 1_500);
    engine.close().unwrap();
    assert!(!copies.is_empty());
    for (path, done) in copies {
        eprintln!("interrupted after {done} chats");
        let engine = open(&path, by_team());
        engine.build_indexes(|_| {}).unwrap();
        assert_complete(&engine, 1_500);
        engine.close().unwrap();
    }
}

#[test]
fn index_of_a_new_version_is_rebuilt_and_the_old_one_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path(), by_team());
    fill(&engine, 500);
    assert_complete(&engine, 500);
    engine.close().unwrap();
    let first_letter = |chat: &IndexedChat<'_>, keys: &mut Keys| {
        if let Some(team) = chat.attribute("team") {
            keys.push(&team[..1]);
        }
    };
    let config = plain().index("team", 2, first_letter);
    let engine = open(directory.path(), config.clone());
    engine.build_indexes(|_| {}).unwrap();
    assert_eq!(count(&engine, "custom:team=p"), expected(500, |chat| chat % 3 == 0));
    assert_eq!(count(&engine, "custom:team=payments"), Ok(0));
    assert_clean(&engine);
    engine.close().unwrap();
    let engine = open(directory.path(), config);
    assert_eq!(count(&engine, "custom:team=c"), expected(500, |chat| chat % 3 != 0));
    assert_clean(&engine);
    engine.close().unwrap();
}

#[test]
fn index_not_registered_survives_reads_but_no_change() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path(), by_team());
    fill(&engine, 300);
    engine.close().unwrap();
    let engine = open(directory.path(), plain());
    assert_eq!(count(&engine, "custom:team=payments"), Err(Code::UnknownIndex));
    assert_clean(&engine);
    engine.close().unwrap();
    let engine = open(directory.path(), by_team());
    assert_complete(&engine, 300);
    let seq = engine.workspace(WORKSPACE).unwrap().seq();
    assert_eq!(engine.durable_seq(), seq);
    engine.close().unwrap();

    let engine = open(directory.path(), plain());
    run(&engine, set_team(1, Some("payments")));
    assert_clean(&engine);
    engine.close().unwrap();
    let engine = open(directory.path(), by_team());
    engine.build_indexes(|_| {}).unwrap();
    assert_eq!(count(&engine, "custom:team=payments"), expected(300, |chat| chat % 3 == 0 || chat == 1));
    assert_clean(&engine);
    engine.close().unwrap();
}

#[test]
fn index_is_empty_after_its_workspace_is_deleted() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path(), by_team());
    fill(&engine, 300);
    run(&engine, Command::DeleteWorkspace);
    assert_eq!(count(&engine, "custom:team=payments"), Ok(0));
    run(&engine, Command::put_customer(CustomerId(5), CustomerUpdate::new()));
    run(&engine, Command::start_chat(CustomerId(5)));
    run(&engine, set_team(301, Some("payments")));
    assert_eq!(count(&engine, "custom:team=payments"), Ok(1));
    assert_clean(&engine);
    engine.close().unwrap();
}

#[test]
fn index_names_that_are_invalid_are_refused_at_opening() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["", "Team", "a b", "a=b", &"x".repeat(65)] {
        let opened = Engine::open(directory.path(), plain().index(name, 1, AttributeIndex::new("a")));
        assert!(matches!(opened.err(), Some(OpenError::InvalidIndex { .. })), "{name:?}");
    }
    let twice = by_team().index("team", 2, AttributeIndex::new("a"));
    assert!(matches!(Engine::open(directory.path(), twice).err(), Some(OpenError::InvalidIndex { .. })));
}

/// Returns a configuration with an index that panics at the description `panic`.
fn panicking() -> Config {
    plain().index("team", 1, |chat: &IndexedChat<'_>, _: &mut Keys| {
        assert!(chat.description() != Some("panic"), "the host's index panics");
    })
}

#[test]
fn index_panic_leaves_the_store_whole() {
    let directory = tempfile::tempdir().unwrap();
    let describe = |at| {
        let command = Command::set_description(ChatId(2), "panic");
        Envelope::new(WORKSPACE, at, Actor::System, command)
    };
    let panics = |engine: &Engine, at| {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| engine.execute(describe(at)))).is_err()
    };
    let engine = open(directory.path(), panicking());
    fill(&engine, 3);
    // The command did nothing, so the engine continues.
    assert!(panics(&engine, 1_000));
    run(&engine, Command::snooze(ChatId(1), 2_000));

    // A snooze ended in memory only, without a journal entry.
    assert!(panics(&engine, 3_000));
    let refused = engine.execute(Envelope::new(WORKSPACE, 3_000, Actor::System, Command::Tick));
    assert_eq!(refused.unwrap_err().code(), Code::Unavailable);
    drop(engine);
    let engine = open(directory.path(), panicking());
    assert_eq!(count(&engine, "all:snoozed"), Ok(1));
    engine.execute(Envelope::new(WORKSPACE, 3_000, Actor::System, Command::Tick)).unwrap();
    assert_eq!(count(&engine, "all:snoozed"), Ok(0));
    assert_clean(&engine);
}
