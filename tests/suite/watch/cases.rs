//! Cases of the change feed: how watchers begin, wait, fall behind and end.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use inboxdb::{
    Config, Engine, Envelope, Error, EventId, ExportFormat, FeedEvent, Restore, Role, Timer, View, Watch, Watched,
    Watcher, What, Workspace,
};
use inboxdb_harness::{Subject, assert_clean, files};
use serde_json::{Value, json};

use super::small;

pub fn inbox(engine: &Engine) -> Workspace {
    let inbox = engine.workspace(1).unwrap();
    let system = inbox.as_system().at(1_000);
    system.put_manager(7, "Ada", Role::Owner).unwrap();
    system.put_manager(8, "Grace", Role::Member).unwrap();
    system.put_customer(5, "Linus").unwrap();
    inbox
}

fn next(watcher: &mut Watcher) -> FeedEvent {
    let event = watcher.next_timeout(Duration::from_secs(20)).unwrap();
    event.unwrap_or_else(|| panic!("no event within 20 s"))
}

fn next_json(watcher: &mut Watcher) -> Value {
    serde_json::to_value(next(watcher)).unwrap()
}

/// What has come by now.
pub fn all(watcher: &mut Watcher) -> Vec<FeedEvent> {
    std::iter::from_fn(|| watcher.next_timeout(Duration::ZERO).unwrap()).collect()
}

fn apply(engine: &Engine, command: Value) {
    let envelope: Envelope = serde_json::from_value(command).unwrap();
    engine.execute(envelope).unwrap();
}

#[test]
fn events_are_as_documented() {
    let engine = Engine::temporary().unwrap();
    let inbox = inbox(&engine);
    let views = ["assigned:7", "sidebar:8"].map(|text| text.parse().unwrap());
    let mut watcher = inbox.watch(Watch::now().views(views)).unwrap();
    let first = next_json(&mut watcher);
    assert_eq!(first["caught_up"], 3);
    let unread = first["counts"].as_array().unwrap().iter().find(|told| told["view"] == "unread:8").unwrap();
    assert_eq!(*unread, json!({"view":"unread:8","open":0,"snoozed":0,"closed":0,"messages":0}));

    apply(&engine, json!({"workspace":1,"at":9000,"actor":{"customer":5},"do":{"start_chat":{"customer":5}}}));
    let started = next_json(&mut watcher);
    let numbers = |view: &str| json!({"view":view,"open":1,"snoozed":0,"closed":0});
    assert_eq!(
        started,
        json!({
            "seq":4,"workspace":1,"at":9000,"by":{"customer":5},"id":null,"chats":[{"chat":1,"what":["started"]}],
            "counts":[numbers("all"), numbers("unassigned")],"sidebar":false,"notices":[]
        })
    );
    apply(
        &engine,
        json!({"workspace":1,"at":9001,"actor":{"manager":7},"id":"a","do":{"all":[
            {"assign":{"chat":1,"manager":8}},
            {"send_message":{"chat":1,"visibility":"public","text":"hello"}},
            {"send_message":{"chat":1,"visibility":"internal","text":"ask @Grace"}},
            {"close":{"chat":1}}
        ]}}),
    );
    let event = next_json(&mut watcher);
    assert_eq!(
        event["chats"],
        json!([{"chat":1,"what":["message","status","assignee","followers","unread"],"message":1},
               {"chat":1,"what":["message"],"message":2}])
    );
    assert_eq!((&event["by"], &event["id"]), (&json!({"manager":7}), &json!("a")));
    assert_eq!(
        event["notices"],
        json!([{"kind":"assigned","chat":1,"managers":[8]},{"kind":"message","chat":1,"message":1,"managers":[8]},
               {"kind":"mentioned","chat":1,"message":2,"managers":[8]}])
    );
    let unread = event["counts"].as_array().unwrap().iter().find(|told| told["view"] == "unread:8").unwrap();
    assert_eq!(*unread, json!({"view":"unread:8","open":0,"snoozed":0,"closed":1,"messages":2}));

    apply(&engine, json!({"workspace":1,"at":9002,"actor":"system","do":{"create_tag":{"path":"billing"}}}));
    assert_eq!(next_json(&mut watcher)["sidebar"], true);
    engine.close().unwrap();
}

#[test]
fn changes_that_concern_no_watched_view_are_left_out() {
    let engine = Engine::temporary().unwrap();
    let inbox = inbox(&engine);
    let (ada, linus) = (inbox.as_manager(7), inbox.as_customer(5));
    let (mine, other) = (linus.start_chat().unwrap(), linus.start_chat().unwrap());
    ada.assign(mine).unwrap();
    let mut watcher = inbox.watch(Watch::now().views([View::assigned(7).open().into()])).unwrap();
    next(&mut watcher);
    linus.send_message(other, "not for Ada").unwrap();
    ada.snooze(other, 9_999_999_999_999).unwrap();
    linus.send_message(mine, "for Ada").unwrap();
    ada.close(mine).unwrap();
    ada.execute(inboxdb::Command::set_description(mine, "closed")).unwrap();
    let seen: Vec<u64> = all(&mut watcher).iter().map(FeedEvent::seq).collect();
    assert_eq!(seen, [inbox.seq() - 2, inbox.seq() - 1], "a message in an open chat of Ada's, and its end");
    assert_eq!(watcher.id().seq, inbox.seq(), "what does not concern it is told, too");
}

#[test]
fn refused_commands_with_an_id_do_not_look_done() {
    let engine = Engine::temporary().unwrap();
    let inbox = inbox(&engine);
    let mut watcher = inbox.watch(Watch::now()).unwrap();
    next(&mut watcher);
    let close: Envelope = serde_json::from_value(
        json!({"workspace":1,"at":99_000,"actor":{"manager":7},"id":"x","do":{"close":{"chat":3}}}),
    )
    .unwrap();
    engine.execute(close).unwrap_err();
    let FeedEvent::Change(moved) = next(&mut watcher) else { panic!("the clock has not moved") };
    assert_eq!((&moved.id, moved.chats.len()), (&None, 0));
}

#[test]
fn deleted_workspaces_and_managers_who_leave_name_their_chats() {
    let engine = Engine::temporary().unwrap();
    let inbox = inbox(&engine);
    for _ in 0..1_500 {
        let chat = inbox.as_customer(5).start_chat().unwrap();
        inbox.as_manager(8).assign(chat).unwrap();
    }
    let mut watcher =
        inbox.watch(Watch::now().views(["sidebar:7", "assigned:8"].map(|view| view.parse().unwrap()))).unwrap();
    next(&mut watcher);
    inbox.as_system().execute(inboxdb::Command::remove_manager(8)).unwrap();
    let FeedEvent::Change(left) = next(&mut watcher) else { panic!("no change") };
    assert_eq!((left.chats.len(), left.more, left.sidebar), (1_000, true, true));
    assert_eq!(left.chats[999].what, [What::Assignee, What::Followers]);
    assert!(left.counts.iter().any(|told| *told.view == View::unassigned() && told.chats.open == 1_500));
    inbox.as_system().execute(inboxdb::Command::DeleteWorkspace).unwrap();
    let FeedEvent::Change(gone) = next(&mut watcher) else { panic!("no change") };
    assert_eq!((gone.chats.len(), gone.more, gone.sidebar), (1_000, true, true));
    assert_eq!(gone.chats[0].what, [What::Deleted]);
    assert!(gone.counts.iter().any(|told| *told.view == View::all() && told.chats.total() == 0));
}

#[test]
fn imports_are_a_reset_and_a_new_epoch() {
    let source = Engine::temporary().unwrap();
    let chat = inbox(&source).as_customer(5).start_chat().unwrap();
    let mut lines = Vec::new();
    source
        .export(1, inboxdb::Actor::System, &"all".parse().unwrap(), ExportFormat::JsonLines, &mut lines, |_| {})
        .unwrap();

    let engine = Engine::temporary().unwrap();
    let (target, other) = (engine.workspace(2).unwrap(), inbox(&engine));
    let mut watcher = target.watch(Watch::now().views([View::all().into()])).unwrap();
    let mut elsewhere = other.watch(Watch::now()).unwrap();
    let (before, _) = (next(&mut watcher), next(&mut elsewhere));
    let id = watcher.id();
    assert!(matches!(before, FeedEvent::CaughtUp { .. }));
    engine.import(2, &*lines, |_| {}).unwrap();
    let FeedEvent::Reset { counts, .. } = next(&mut watcher) else { panic!("not a reset") };
    assert_eq!(counts[0].chats.open, 1);
    assert_ne!(watcher.id().epoch, id.epoch);
    target.as_customer(5).send_message(chat, "hello").unwrap();
    assert!(matches!(next(&mut watcher), FeedEvent::Change(_)));

    // Who was away is told the same, and who watches another workspace live is not disturbed.
    let mut back = target.watch(Watch::after(id)).unwrap();
    assert!(matches!(next(&mut back), FeedEvent::Reset { .. }));
    let mut from = target.watch(Watch::from(id.seq)).unwrap();
    assert!(matches!(next(&mut from), FeedEvent::Reset { .. }), "the journal has a part of an import");
    assert!(all(&mut elsewhere).is_empty());
    other.as_customer(5).start_chat().unwrap();
    assert!(matches!(next(&mut elsewhere), FeedEvent::Change(_)));
}

#[test]
fn restored_stores_have_another_epoch() {
    let subject = Subject::new(Config::default().timer(Timer::Off));
    let inbox = inbox(subject.engine());
    let directory = tempfile::tempdir().unwrap();
    let backup = directory.path().join("inbox.bak");
    subject.engine().backup_to(&backup, |_| {}).unwrap();
    inbox.as_customer(5).start_chat().unwrap();
    let id = EventId { seq: inbox.seq() - 1, ..inbox.watch(Watch::now()).unwrap().id() };

    let restored = directory.path().join("restored");
    Restore::from(&backup).run(&restored, |_| {}).unwrap();
    let restored = Subject::at(&restored, Config::default().timer(Timer::Off));
    let again = restored.engine().workspace(1).unwrap();
    again.as_customer(5).start_chat().unwrap();
    for seq in [id.seq, 1_000_000] {
        let mut watcher = again.watch(Watch::after(EventId { seq, ..id })).unwrap();
        assert!(matches!(next(&mut watcher), FeedEvent::Reset { .. }));
        assert_eq!(watcher.id().seq, again.seq());
    }
    let mut watcher = inbox.watch(Watch::after(id)).unwrap();
    assert!(matches!(next(&mut watcher), FeedEvent::Change(_)), "the first store is what it was");
}

/// Fills the journal with a few segments: what is written together is not cut.
pub fn fill(engine: &Engine) {
    let inbox = engine.workspace(1).unwrap();
    let linus = inbox.as_customer(5);
    for _ in 0..60 {
        let chat = linus.start_chat().unwrap();
        for _ in 0..8 {
            linus.send_message(chat, "x".repeat(1_000)).unwrap();
        }
        engine.wait_durable(inbox.seq()).unwrap();
    }
}

#[test]
fn journal_that_does_not_reach_back_is_a_reset() {
    let mut subject = Subject::new(small().watch_journal_bytes(0));
    let id = inbox(subject.engine()).watch(Watch::now()).unwrap().id();
    fill(subject.engine());
    subject.reopen();
    let inbox = subject.engine().workspace(1).unwrap();
    let mut watcher = inbox.watch(Watch::after(id).views([View::all().into()])).unwrap();
    let FeedEvent::Reset { reset, counts } = next(&mut watcher) else { panic!("not a reset") };
    assert_eq!((reset, counts[0].chats.open), (inbox.seq(), 60));
    // Nothing has happened since the newest change, however old it is.
    let mut watcher = inbox.watch(Watch::from(inbox.seq())).unwrap();
    assert!(matches!(next(&mut watcher), FeedEvent::CaughtUp { .. }));
}

#[test]
fn archive_and_kept_journal_reach_back() {
    let archive = tempfile::tempdir().unwrap();
    let archived = small().watch_journal_bytes(0).archive(archive.path().join("a"));
    for (config, is_archived) in [(archived, true), (small(), false)] {
        let mut subject = Subject::new(config);
        let first = inbox(subject.engine()).watch(Watch::now()).unwrap().id();
        fill(subject.engine());
        subject.reopen();
        let inbox = subject.engine().workspace(1).unwrap();
        let archived = std::fs::read_dir(archive.path().join("a")).map_or(0, Iterator::count);
        assert!(!is_archived || archived > 0, "nothing is in the archive");
        let mut watcher = inbox.watch(Watch::after(first)).unwrap();
        for seq in first.seq + 1..=inbox.seq() {
            assert_eq!(next(&mut watcher).seq(), seq);
        }
        assert!(matches!(next(&mut watcher), FeedEvent::CaughtUp { .. }));
    }
}

#[test]
fn changes_of_older_versions_are_a_reset() {
    let directory = tempfile::tempdir().unwrap();
    let fixture = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/format-3/closed");
    files::copy(&fixture, directory.path());
    let engine = Engine::open(directory.path(), Config::default().timer(Timer::Off)).unwrap();
    let inbox = engine.workspace(1).unwrap();
    let mut watcher = inbox.watch(Watch::from(0).views([View::all().into()])).unwrap();
    assert!(matches!(next(&mut watcher), FeedEvent::Reset { .. }));
    inbox.as_manager(7).favorite(1).unwrap();
    assert!(matches!(next(&mut watcher), FeedEvent::Change(_)));
    let mut watcher = inbox.watch(Watch::from(inbox.seq() - 1)).unwrap();
    assert!(matches!(next(&mut watcher), FeedEvent::Change(_)), "newer ones are told");
    assert_clean(&engine);
    engine.close().unwrap();
}

/// The postings of a customer are not in memory again when a tag is created.
#[test]
fn watched_customer_keeps_its_number_while_workspaces_are_unloaded() {
    let subject = Subject::new(small().workspaces_bytes_max(0));
    let inbox = inbox(subject.engine());
    inbox.as_customer(5).start_chat().unwrap();
    let mut watcher = inbox.watch(Watch::now().views(["customer:5", "all"].map(|view| view.parse().unwrap()))).unwrap();
    next(&mut watcher);
    for path in ["a", "b"] {
        subject.engine().checkpoint().unwrap();
        // Another workspace takes its place in memory.
        subject.engine().workspace(2).unwrap().as_system().put_customer(1, "Ada").unwrap();
        subject.engine().workspace(3).unwrap().as_system().put_customer(1, "Ada").unwrap();
        inbox.as_system().create_tag(path).unwrap();
    }
    inbox.as_customer(5).start_chat().unwrap();
    subject.engine().wait_durable(inbox.seq()).unwrap();
    let events = all(&mut watcher);
    let FeedEvent::Change(change) = &events[0] else { panic!("{events:?}") };
    assert_eq!((events.len(), change.counts.len()), (1, 2));
    assert!(change.counts.iter().all(|told| told.chats.open == 2), "{change:?}");
}

#[test]
fn slow_watcher_is_told_and_catches_up() {
    let subject = Subject::new(small().watch_events_max(10));
    let inbox = inbox(subject.engine());
    let mut watcher = inbox.watch(Watch::now().views([View::all().into()])).unwrap();
    let began = next(&mut watcher).seq();
    for _ in 0..100 {
        inbox.as_customer(5).start_chat().unwrap();
    }
    subject.engine().wait_durable(inbox.seq()).unwrap();
    let events = all(&mut watcher);
    assert_eq!(events[0], FeedEvent::Lagged { lagged: began });
    let seqs: Vec<u64> = events[1..101].iter().map(FeedEvent::seq).collect();
    assert_eq!(seqs, (began + 1..=began + 100).collect::<Vec<u64>>());
    let FeedEvent::CaughtUp { counts, .. } = &events[101] else { panic!("{:?}", events[101]) };
    assert_eq!(counts[0].chats.open, 100);
    assert_eq!(events.len(), 102);
}

#[test]
fn closed_engine_ends_watchers() {
    let engine = Arc::new(Engine::temporary().unwrap());
    let inbox = inbox(&engine);
    let mut waiting = inbox.watch(Watch::now()).unwrap();
    let mut behind = inbox.watch(Watch::from(0)).unwrap();
    next(&mut waiting);
    let thread = thread::spawn(move || waiting.next().is_none());
    thread::sleep(Duration::from_millis(50));
    engine.close().unwrap();
    assert!(thread.join().unwrap());
    assert!(matches!(behind.next_timeout(Duration::from_secs(1)), Err(Error::Closed) | Ok(Some(_))));
    assert!(matches!(inbox.watch(Watch::now()), Err(Error::Closed)));
}

/// Writers, watchers that wait and watchers that fall behind, all at once: each is told each change once, in order.
#[test]
fn many_watchers_are_told_every_change_of_many_writers() {
    const WRITERS: u64 = 3;
    const EACH: u64 = 150;
    let directory = tempfile::tempdir().unwrap();
    let config = Config::default().timer(Timer::Off).segment_bytes(64 << 10).watch_events_max(50);
    let engine = Arc::new(Engine::open(directory.path(), config).unwrap());
    let inbox = inbox(&engine);
    let began = inbox.seq();
    let watch = |n: u64| {
        let views: Vec<Watched> = if n.is_multiple_of(2) { vec![Watched::Sidebar(7.into())] } else { Vec::new() };
        let mut watcher = inbox.watch(Watch::from(began).views(views)).unwrap();
        move || {
            let mut seqs = Vec::new();
            while seqs.len() < (WRITERS * EACH) as usize {
                match next(&mut watcher) {
                    FeedEvent::Change(change) => seqs.push(change.seq),
                    FeedEvent::Reset { .. } => panic!("the journal reaches back"),
                    _ => thread::sleep(Duration::from_millis(n)),
                }
            }
            seqs
        }
    };
    let watchers: Vec<_> = (0..20).map(|n| thread::spawn(watch(n))).collect();
    thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                for _ in 0..EACH {
                    inbox.as_customer(5).start_chat().unwrap();
                }
            });
        }
    });
    for watcher in watchers {
        assert_eq!(watcher.join().unwrap(), (began + 1..=began + WRITERS * EACH).collect::<Vec<u64>>());
    }
    assert_clean(&engine);
    engine.close().unwrap();
}
