//! The engine as a host uses it: opening, closing, replay, time and threads.

use std::fs;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use inboxdb::{
    Actor, ChatId, Code, Command, Config, CustomerId, CustomerUpdate, Durability, Engine, Envelope, Filter, ManagerId,
    OpenError, Reply, Role, Status, Timer, View, WorkspaceId,
};
use inboxdb_harness::{Subject, assert_clean};
use inboxdb_naive::{Naive, trace};

const WORKSPACE: WorkspaceId = WorkspaceId(1);
const OWNER: ManagerId = ManagerId(7);
const CUSTOMER: CustomerId = CustomerId(5);

fn config() -> Config {
    Config::default().timer(Timer::Off).watch_journal_bytes(0)
}

fn run(engine: &Engine, at: u64, actor: Actor, command: Command) -> Reply {
    engine.execute(Envelope::new(WORKSPACE, at, actor, command)).unwrap().reply
}

/// Creates an owner, a customer and some open chats.
fn fill(engine: &Engine, at: u64, chats: u32) {
    run(engine, at, Actor::System, Command::put_manager(OWNER, "Ada", Role::Owner));
    run(engine, at, Actor::System, Command::put_customer(CUSTOMER, CustomerUpdate::new()));
    for _ in 0..chats {
        run(engine, at, Actor::Customer(CUSTOMER), Command::start_chat(CUSTOMER));
    }
}

fn open_count(engine: &Engine) -> u64 {
    engine.workspace(WORKSPACE).unwrap().count(&"all:open".parse().unwrap()).unwrap()
}

/// A wrong clock, and the way back: what slept before sleeps on.
#[test]
fn engine_set_clock_twice_ends_no_snooze() {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(dir.path(), config()).unwrap();
    fill(&engine, 10, 2);
    run(&engine, 20, Actor::Manager(OWNER), Command::snooze(ChatId(1), 5_000));
    for at in [9_000, 30, 9_000, 8_000, 30] {
        run(&engine, 1, Actor::System, Command::set_clock(at));
        assert_eq!(open_count(&engine), 1, "{at}");
    }
    run(&engine, 40, Actor::System, Command::tick());
    assert_eq!(open_count(&engine), 1);
    run(&engine, 1, Actor::System, Command::set_clock(9_000));
    run(&engine, 1, Actor::System, Command::tick());
    assert_eq!(open_count(&engine), 2, "the next other command ends it");
    assert_clean(&engine);
    engine.close().unwrap();
}

#[test]
fn engine_locks_its_directory() {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(dir.path(), config()).unwrap();
    let second = Engine::open(dir.path(), config()).err().unwrap();
    assert!(matches!(second, OpenError::Locked { .. }), "{second}");
    // Windows cannot read the name of the holder in a locked file.
    let holder = if cfg!(windows) { "process".to_owned() } else { format!("process {}", std::process::id()) };
    assert!(second.to_string().contains(&holder), "{second}");
    engine.close().unwrap();
    Engine::open(dir.path(), config()).unwrap().close().unwrap();
}

#[test]
fn engine_leaves_a_directory_that_is_not_a_store_unchanged() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing");
    assert!(matches!(Engine::open(&missing, config().create(false)), Err(OpenError::Missing(_))));
    assert!(!missing.exists());
    fs::write(dir.path().join("letter"), "dear").unwrap();
    assert!(matches!(Engine::open(dir.path(), config()), Err(OpenError::NotAStore(_))));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    assert!(matches!(Engine::open(dir.path().join("letter"), config()), Err(OpenError::NotADirectory(_))));
}

/// Replaying changes that the store already holds, wholly or in part, changes nothing.
#[test]
fn replay_of_changes_is_idempotent() {
    for seed in [11, 12] {
        let lines = trace(seed, 1_500);
        let mut naive = Naive::new();
        let mut subject = Subject::new(config().durability(Durability::Interval(Duration::from_millis(5))));
        let checkpoint = subject.path().join("CHECKPOINT");
        let (first, second) = lines.split_at(lines.len() / 2);
        subject.apply(first);
        subject.reopen();
        let halfway = fs::read(&checkpoint).unwrap();
        subject.apply(second);
        lines.iter().for_each(|line| drop(naive.apply(line)));
        subject.close();

        fs::write(&checkpoint, halfway).unwrap();
        subject.open();
        subject.assert_equals(&naive, seed, true);
        subject.close();

        fs::remove_file(&checkpoint).unwrap();
        subject.open();
        subject.assert_equals(&naive, seed, true);
    }
}

/// The journal alone is enough if it starts with the first change.
#[test]
fn engine_rebuilds_a_lost_state_store_from_a_whole_journal() {
    let lines = trace(21, 1_000);
    let mut naive = Naive::new();
    let mut subject = Subject::new(config().durability(Durability::Interval(Duration::from_millis(5))));
    subject.apply(&lines);
    lines.iter().for_each(|line| drop(naive.apply(line)));
    subject.close();
    fs::remove_dir_all(subject.path().join("state")).unwrap();
    subject.open();
    subject.assert_equals(&naive, 21, true);
    assert!(subject.path().join("quarantine-1").exists());
}

#[test]
fn engine_refuses_a_lost_state_store_when_the_journal_was_pruned() {
    let dir = tempfile::tempdir().unwrap();
    let small = config().segment_bytes(64 << 10);
    let engine = Engine::open(dir.path(), small.clone()).unwrap();
    fill(&engine, 1_000, 1);
    let chat = ChatId(1);
    for number in 0..200 {
        let text = format!("{number} {}", "x".repeat(1_000));
        let send = Command::send_message(chat, text);
        run(&engine, 1_000, Actor::Customer(CUSTOMER), send);
    }
    engine.close().unwrap();
    Engine::open(dir.path(), small.clone()).unwrap().close().unwrap();
    let segments = fs::read_dir(dir.path().join("journal")).unwrap().count();
    assert_eq!(segments, 1, "the segments before the checkpoint are gone");
    let state = dir.path().join("state");
    let aside = dir.path().join("aside");
    fs::rename(&state, &aside).unwrap();
    let error = Engine::open(dir.path(), small.clone()).err().unwrap();
    assert!(matches!(error, OpenError::Damaged(_)), "{error}");
    assert!(!state.exists(), "nothing was changed");
    fs::rename(&aside, &state).unwrap();
    let engine = Engine::open(dir.path(), small).unwrap();
    assert_eq!(engine.workspace(WORKSPACE).unwrap().chat(chat).unwrap().messages, 200);
    assert_clean(&engine);
    engine.close().unwrap();
}

#[test]
fn timer_manual_stands_still_until_advanced() {
    let dir = tempfile::tempdir().unwrap();
    let manual = || Config::default().timer(Timer::Manual);
    let engine = Engine::open(dir.path(), manual()).unwrap();
    fill(&engine, 1_000, 3);
    for (chat, until) in [(1, 5_000), (2, 6_000), (3, 5_000)] {
        run(&engine, 1_000, Actor::System, Command::snooze(ChatId(chat), until));
    }
    assert_eq!(engine.advance(4_999).unwrap(), 0);
    assert_eq!((engine.advance(5_000).unwrap(), open_count(&engine)), (1, 2));
    engine.close().unwrap();

    // Also in a workspace that was not touched since.
    let engine = Engine::open(dir.path(), manual()).unwrap();
    assert_eq!(engine.advance(5_999).unwrap(), 0);
    assert_eq!((engine.advance(9_000).unwrap(), open_count(&engine)), (1, 3));
    assert_eq!(engine.advance(10_000).unwrap(), 0);
    let chats = engine.workspace(WORKSPACE).unwrap().list(&View::all().into(), None, 10).unwrap().chats;
    let order: Vec<(u32, u64)> = chats.iter().map(|chat| (chat.id.0, chat.last_activity_at.as_millis())).collect();
    assert_eq!(order, [(2, 6_000), (3, 5_000), (1, 5_000)]);
    assert_clean(&engine);
    engine.close().unwrap();
}

fn wall_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64
}

#[test]
fn timer_wall_ends_snoozes_also_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(dir.path(), Config::default()).unwrap();
    fill(&engine, wall_ms(), 2);
    let soon = wall_ms() + 400;
    run(&engine, wall_ms(), Actor::System, Command::snooze(ChatId(1), soon));
    let later = wall_ms() + 1_200;
    run(&engine, wall_ms(), Actor::System, Command::snooze(ChatId(2), later));
    await_open(&engine, 1, soon);
    engine.close().unwrap();
    let engine = Engine::open(dir.path(), Config::default()).unwrap();
    await_open(&engine, 2, later);
    assert_clean(&engine);
    engine.close().unwrap();
}

/// Waits until this many chats are open, which must not be before the deadline.
fn await_open(engine: &Engine, count: u64, deadline: u64) {
    let patience = Instant::now() + Duration::from_secs(60);
    while open_count(engine) < count {
        assert!(Instant::now() < patience, "the snooze did not end");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(wall_ms() >= deadline, "the snooze ended early");
}

#[test]
fn timer_wall_refuses_commands_from_the_future() {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(dir.path(), Config::default()).unwrap();
    let at = |at| engine.execute(Envelope::new(WORKSPACE, at, Actor::System, Command::Tick));
    assert!(at(wall_ms() + 200_000).is_ok());
    assert_eq!(at(wall_ms() + 400_000).unwrap_err().code(), Code::Malformed);
    engine.close().unwrap();
}

#[test]
fn many_threads_write_and_read_without_drifting() {
    const WRITERS: u64 = 6;
    const ROUNDS: u64 = 60;
    let dir = tempfile::tempdir().unwrap();
    let engine =
        Engine::open(dir.path(), config().checkpoint_interval(Duration::from_millis(100)).dirty_bytes_max(1 << 20))
            .unwrap();
    fill(&engine, 1_000, 0);
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let engine = &engine;
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let workspace = WorkspaceId(1 + (writer + round) % 2);
                    write_a_chat(engine, workspace, round);
                }
            });
        }
        scope.spawn(|| read_until(&engine, WRITERS * ROUNDS));
    });
    assert_eq!(total(&engine), WRITERS * ROUNDS);
    assert_clean(&engine);
    engine.close().unwrap();
    let engine = Engine::open(dir.path(), config()).unwrap();
    assert_eq!(total(&engine), WRITERS * ROUNDS);
    assert_clean(&engine);
    engine.close().unwrap();
}

fn write_a_chat(engine: &Engine, workspace: WorkspaceId, round: u64) {
    let run = |actor, command| engine.execute(Envelope::new(workspace, 1_000 + round, actor, command)).unwrap().reply;
    run(Actor::System, Command::put_manager(OWNER, "Ada", Role::Owner));
    run(Actor::System, Command::put_customer(CUSTOMER, CustomerUpdate::new()));
    let Reply::Chat { chat, .. } = run(Actor::Customer(CUSTOMER), Command::start_chat(CUSTOMER)) else {
        panic!("start_chat answers with a chat");
    };
    run(Actor::Manager(OWNER), Command::assign(chat, OWNER));
    let send = Command::send_message(chat, "hello");
    run(Actor::Customer(CUSTOMER), send);
    match round % 3 {
        0 => drop(run(Actor::System, Command::close(chat))),
        1 => drop(run(Actor::System, Command::snooze(chat, 1_000_000))),
        _ => {}
    }
}

/// Reads until this many chats are visible. Every read must be a snapshot, whatever the writers do.
fn read_until(engine: &Engine, chats: u64) {
    let all: Filter = "all".parse().unwrap();
    while total(engine) < chats {
        for workspace in [WorkspaceId(1), WorkspaceId(2)] {
            let inbox = engine.workspace(workspace).unwrap();
            let Ok(sidebar) = inbox.sidebar(OWNER) else { continue };
            assert_eq!(sidebar.all.total(), sidebar.me.total() + sidebar.unassigned.total());
            assert_eq!(sidebar.unread.chats > 0, sidebar.unread.messages > 0);
            let counted = inbox.count(&all).unwrap();
            let listed = inbox.list(&all, None, 1_000).unwrap().chats;
            assert!(listed.len() as u64 >= counted, "chats are only added");
            assert!(listed.iter().all(|chat| chat.status == Status::Snoozed || chat.snoozed_until.is_none()));
        }
    }
}

fn total(engine: &Engine) -> u64 {
    let count = |workspace| engine.workspace(WorkspaceId(workspace)).unwrap().count(&"all".parse().unwrap()).unwrap();
    count(1) + count(2)
}

#[test]
fn engine_drop_keeps_everything() {
    let dir = tempfile::tempdir().unwrap();
    let engine =
        Engine::open(dir.path(), config().durability(Durability::Interval(Duration::from_millis(60_000)))).unwrap();
    fill(&engine, 1_000, 10);
    drop(engine);
    let engine = Engine::open(dir.path(), config()).unwrap();
    assert_eq!(open_count(&engine), 10);
    engine.close().unwrap();
}

/// The key of such a word would start like a row of `#a`.
#[test]
fn hashtag_with_zero_bytes_is_malformed() {
    let mut subject = Subject::new(config());
    fill(subject.engine(), 1_000, 1);
    run(subject.engine(), 1_000, Actor::System, Command::set_description(ChatId(1), "#a"));
    subject.reopen();
    let count = |word: &str| {
        let view = View::hashtag(word).into();
        subject.engine().workspace(WORKSPACE).unwrap().count(&view).map_err(|error| error.code())
    };
    assert_eq!((count("a\0\0"), count("a"), count("A")), (Err(Code::Malformed), Ok(1), Ok(1)));
}

#[test]
fn records_larger_than_a_part_survive_a_reopening() {
    let mut subject = Subject::new(config());
    let engine = subject.engine();
    fill(engine, 1_000, 1);
    let chat = ChatId(1);
    let description = "환".repeat(4_096);
    run(engine, 1_000, Actor::System, Command::set_description(chat, description.clone()));
    let text = "é".repeat(32_768);
    let send = Command::send_message(chat, text.clone());
    run(engine, 1_000, Actor::System, send);
    let profile = (0..64).map(|entry| (format!("{entry:0>128}"), "값".repeat(1_024)));
    let put = Command::put_customer(CUSTOMER, CustomerUpdate::new().profile(profile));
    run(engine, 1_000, Actor::System, put);
    subject.reopen();
    let inbox = subject.engine().workspace(WORKSPACE).unwrap();
    assert_eq!(inbox.chat(chat).unwrap().description, Some(description));
    assert_eq!(inbox.messages(chat, None, None, 10).unwrap().messages[0].text, text);
    assert_eq!(inbox.customer(CUSTOMER).unwrap().profile.len(), 64);
    run(subject.engine(), 1_000, Actor::System, Command::set_description(chat, String::new()));
    run(subject.engine(), 1_000, Actor::System, Command::delete_chat(chat));
    subject.reopen();
    assert_eq!(open_count(subject.engine()), 0);
}
