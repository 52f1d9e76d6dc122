//! Many threads write, read, make checkpoints, scrub and export at once. Every reader sees one moment, in which the
//! counts agree.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use inboxdb::{
    Actor, Config, Durability, Engine, Envelope, Error, ExportFormat, Filter, ManagerId, Sidebar, Timer, Workspace,
    WorkspaceId,
};
use inboxdb_harness::Subject;
use inboxdb_naive::Rng;
use serde_json::{Value, json};

const WORKSPACES: u64 = 2;
const WRITERS_EACH: u64 = 2;

/// The initial number of chats: more than a bulk action changes at once.
const CHATS: u64 = 300;

/// The last manager is removed and added again.
const MANAGERS: u64 = 4;

/// The views of a typical program, with tags and a custom index.
const VIEWS: [&str; 8] = [
    "all:open",
    "unassigned",
    "assigned:1:closed",
    "sessions:3:open",
    "tag:free & !all:closed",
    "unread:2 | favorites:1",
    "custom:team=red",
    "following:2:snoozed",
];

/// Returns the number of commands per writer.
fn rounds() -> u64 {
    std::env::var("INBOXDB_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(1_000)
}

fn config() -> Config {
    Config::default()
        .timer(Timer::Off)
        .durability(Durability::Interval(Duration::from_millis(5)))
        .checkpoint_interval(Duration::from_millis(50))
        .segment_bytes(64 << 10)
        .dirty_bytes_max(1 << 20)
        .record_cache_bytes(50_000)
}

fn execute(engine: &Engine, workspace: u64, at: u64, actor: Value, command: Value) {
    let line = json!({"workspace":workspace,"at":at,"actor":actor,"do":command});
    let envelope: Envelope = serde_json::from_value(line).unwrap();
    match engine.execute(envelope) {
        Ok(_) | Err(Error::Refused(_)) => {}
        Err(error) => panic!("{error}"),
    }
}

fn fill(engine: &Engine, workspace: u64) {
    let system = |command| execute(engine, workspace, 0, json!("system"), command);
    for manager in 1..=MANAGERS {
        system(json!({"put_manager":{"manager":manager,"name":"M","role":"owner"}}));
        system(json!({"set_operator":{"manager":manager,"on":manager % 2 == 1}}));
    }
    system(json!({"create_tag":{"path":"a/b"}}));
    system(json!({"create_tag":{"path":"free"}}));
    system(json!({"put_customer":{"customer":1}}));
    (0..CHATS).for_each(|_| system(json!({"start_chat":{"customer":1}})));
}

/// Returns a random command. No chat has the tag `a` itself, so `a` has exactly the chats of `a/b`. The same holds when
/// it is renamed to `c`.
fn command(rng: &mut Rng, at: u64) -> Value {
    let (chat, manager) = (1 + rng.below(CHATS), 1 + rng.below(MANAGERS));
    let below = rng.pick(&["a/b", "c/b"]);
    match rng.below(64) {
        0 => json!({"move_tag":{"path":"a","to":"c"}}),
        1 => json!({"move_tag":{"path":"c","to":"a"}}),
        2 => rng.pick(&[json!({"delete_tag":{"path":"free"}}), json!({"create_tag":{"path":"free"}})]),
        3 => json!({"remove_manager":{"manager":MANAGERS}}),
        4 => json!({"put_manager":{"manager":MANAGERS,"name":"M","role":"owner"}}),
        5 => json!({"delete_chat":{"chat":chat}}),
        6 => json!({"set_operator":{"manager":manager,"on":rng.chance(50)}}),
        7 => bulk(rng, json!({"assign":{"manager":manager}})),
        8 => bulk(rng, json!({"tag":{"tags":[below]}})),
        9 => bulk(rng, json!({"snooze":{"until":at + 5}})),
        10 => bulk(rng, json!({"unassign":{}})),
        11 => bulk(rng, json!({"open":{}})),
        12..18 => json!({"start_chat":{"customer":1}}),
        18..24 => json!({"assign":{"chat":chat,"manager":manager}}),
        24..28 => json!({"snooze":{"chat":chat,"until":at + rng.below(50)}}),
        28..32 => json!({"tag":{"chat":chat,"tags":[below]}}),
        32..34 => json!({"untag":{"chat":chat,"tags":[below]}}),
        34..37 => json!({"tag":{"chat":chat,"tags":["free"]}}),
        37..40 => json!({"close":{"chat":chat}}),
        40..43 => json!({"favorite":{"chat":chat}}),
        43..46 => json!({"set_attribute":{"chat":chat,"key":"team","value":rng.pick(&["red", "blue"])}}),
        46..50 => json!({"mark_read":{"chat":chat}}),
        50..52 => json!({"unassign":{"chat":chat}}),
        _ => json!({"send_message":{"chat":chat,"visibility":"public","text":"hello"}}),
    }
}

fn bulk(rng: &mut Rng, action: Value) -> Value {
    json!({"bulk":{"select":{"filter":rng.pick(&VIEWS)},"do":action}})
}

fn write(engine: &Engine, workspace: u64, seed: u64, clock: &AtomicU64) {
    let mut rng = Rng::new(seed);
    for _ in 0..rounds() {
        let at = clock.fetch_add(1, Ordering::Relaxed);
        let actor = match rng.below(8) {
            0 => json!("system"),
            1..4 => json!({"customer":1}),
            _ => json!({"manager":1 + rng.below(MANAGERS)}),
        };
        let command = command(&mut rng, at);
        execute(engine, workspace, at, actor, command);
    }
}

/// Reads until the writers are done, and once more.
fn read(engine: &Engine, seed: u64, done: &AtomicBool) {
    let mut rng = Rng::new(seed);
    let mut newest = BTreeMap::new();
    loop {
        let last = done.load(Ordering::Acquire);
        for workspace in 1..=WORKSPACES {
            let inbox = engine.workspace(WorkspaceId(workspace)).unwrap();
            let sidebar = inbox.sidebar(ManagerId(1)).unwrap();
            assert_one_moment(&sidebar);
            let newest = newest.entry(workspace).or_default();
            assert!(sidebar.seq >= *newest, "{} after {newest}", sidebar.seq);
            *newest = sidebar.seq;
            let view: Filter = rng.pick(&VIEWS).parse().unwrap();
            assert_count_is_of_list(&inbox, &view);
        }
        assert_durable_is_applied(engine);
        if last {
            return;
        }
    }
}

/// Asserts the rules of one moment: each chat has one assignee or none and counts once, and the chats of `a` are those
/// of `a/b`.
fn assert_one_moment(sidebar: &Sidebar) {
    let assigned: u64 = sidebar.operators.iter().chain(&sidebar.others).map(|manager| manager.open).sum();
    assert_eq!(sidebar.all.open, sidebar.unassigned.open + assigned, "{sidebar:?}");
    let is_operator = sidebar.operators.iter().any(|manager| manager.manager == sidebar.manager);
    let unassigned = if is_operator { sidebar.unassigned } else { Default::default() };
    for (sessions, me, unassigned) in [
        (sidebar.my_sessions.open, sidebar.me.open, unassigned.open),
        (sidebar.my_sessions.snoozed, sidebar.me.snoozed, unassigned.snoozed),
        (sidebar.my_sessions.closed, sidebar.me.closed, unassigned.closed),
    ] {
        assert!(sessions >= me + unassigned, "{sidebar:?}");
    }
    assert!(sidebar.unread.chats <= sidebar.unread.messages, "{sidebar:?}");
    assert_eq!(sidebar.unread.chats == 0, sidebar.unread.messages == 0, "{sidebar:?}");
    let open = |path: &str| sidebar.tags.iter().find(|tag| tag.path == path).map(|tag| tag.open);
    let (a, c) = (open("a"), open("c"));
    assert!(a.is_some() != c.is_some(), "a tag that moves is in one place: {sidebar:?}");
    assert_eq!((a, c), (open("a/b"), open("c/b")), "{sidebar:?}");
}

/// Asserts that a count and its list agree if the seq did not change in between.
fn assert_count_is_of_list(inbox: &Workspace, view: &Filter) {
    let before = inbox.seq();
    // The tag may be gone, or the custom index may not be built yet.
    let (Ok(counted), Ok(listed)) = (inbox.count(view), inbox.list(view, None, 1_000)) else { return };
    if inbox.seq() == before && listed.next.is_none() {
        assert_eq!(counted, listed.chats.len() as u64, "{view}");
    }
}

/// Asserts that a durable change is visible.
fn assert_durable_is_applied(engine: &Engine) {
    let durable = engine.durable_seq();
    let applied = (1..=WORKSPACES).map(|id| engine.workspace(WorkspaceId(id)).unwrap().seq()).max();
    assert!(Some(durable) <= applied, "{durable} is durable, and {applied:?} applied");
}

/// Runs checkpoints, scrubs and exports beside the commands.
fn keep(engine: &Engine, done: &AtomicBool) {
    let all: Filter = "all".parse().unwrap();
    while !done.load(Ordering::Acquire) {
        for workspace in (1..=WORKSPACES).map(WorkspaceId) {
            engine.checkpoint().unwrap();
            let report = engine.scrub_workspace(workspace, |_| {}).unwrap();
            assert!(report.is_clean(), "{report}");
            let mut out = Vec::new();
            let format = ExportFormat::JsonLines;
            let report = engine.export(workspace, Actor::System, &all, format, &mut out, |_| {}).unwrap();
            let chats = out.split(|byte| *byte == b'\n').filter(|line| line.starts_with(br#"{"chat":"#)).count();
            assert_eq!(chats as u64, report.contents.chats);
        }
    }
}

/// Returns everything that a manager sees, in two workspaces.
fn inboxes(subject: &Subject) -> Vec<String> {
    let mut seen = Vec::new();
    for workspace in 1..=WORKSPACES {
        let mut ask = |query: Value| seen.push(format!("{query} {}", subject.query(&query.to_string())));
        ask(json!({"managers":{"workspace":workspace}}));
        (1..=MANAGERS).for_each(|manager| ask(json!({"sidebar":{"workspace":workspace,"manager":manager}})));
        VIEWS.iter().for_each(|view| ask(json!({"list":{"workspace":workspace,"view":view,"limit":1000}})));
        (1..=CHATS).for_each(|chat| ask(json!({"messages":{"workspace":workspace,"chat":chat}})));
    }
    seen
}

#[test]
fn concurrency_readers_see_one_moment_while_others_write_scrub_and_export() {
    let mut subject = Subject::new(config());
    let engine = subject.engine();
    (1..=WORKSPACES).for_each(|workspace| fill(engine, workspace));
    let (clock, done) = (AtomicU64::new(1_000), AtomicBool::new(false));
    thread::scope(|scope| {
        let writers: Vec<_> = (0..WORKSPACES * WRITERS_EACH)
            .map(|writer| {
                scope.spawn({
                    let clock = &clock;
                    move || write(engine, 1 + writer % WORKSPACES, writer, clock)
                })
            })
            .collect();
        for reader in 0..2 {
            scope.spawn({
                let done = &done;
                move || read(engine, 100 + reader, done)
            });
        }
        scope.spawn(|| keep(engine, &done));
        let written: Vec<_> = writers.into_iter().map(|writer| writer.join()).collect();
        // Set even if a writer failed, since the other threads wait for it.
        done.store(true, Ordering::Release);
        written.into_iter().for_each(|written| written.unwrap());
    });
    let before = inboxes(&subject);
    subject.reopen();
    assert_eq!(inboxes(&subject), before);
}
