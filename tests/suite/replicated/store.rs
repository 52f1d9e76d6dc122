//! What a store records of the log that it follows.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs;
use std::path::Path;
use std::time::Duration;

use inboxdb::{
    Actor, Code, Command, Config, Durability, Engine, Entry, Envelope, Error, Place, Rebuild, Restore, Status, Timer,
    Timestamp,
};
use inboxdb_harness::{assert_clean, files};

use super::nodes::{journal_bytes, newest_segment};

fn open(path: &Path) -> Engine {
    Engine::open(path, Config::default().timer(Timer::Wall)).unwrap()
}

fn entry(workspace: u64, at: u64, command: Command) -> Entry {
    Entry::Command(Envelope::new(workspace, at, Actor::System, command))
}

fn put(workspace: u64, customer: u64) -> Entry {
    entry(workspace, 1_000, Command::put_customer(customer, "Grace"))
}

#[track_caller]
fn assert_unavailable<T: Debug>(result: Result<T, Error>) {
    assert!(matches!(&result, Err(Error::Unavailable(_))), "{result:?}");
}

/// Asserts that only entries change the store.
#[track_caller]
fn assert_follows(engine: &Engine) {
    assert!(engine.follows_log());
    let digest = engine.workspace(1).unwrap().digest().unwrap();
    let own = Envelope::new(1, 1_000, Actor::System, Command::put_customer(6, "Own"));
    assert_unavailable(engine.execute(own.clone()));
    assert_unavailable(engine.submit(own.clone()).map(drop));
    assert_unavailable(engine.workspace(1).unwrap().as_system().put_customer(6, "Own"));
    let mut pipeline = engine.pipeline();
    pipeline.push(&own);
    assert!(pipeline.finish().into_iter().all(|outcome| outcome.unwrap_err().code() == Code::Unavailable));
    assert!(engine.import(2, &b""[..], |_| {}).unwrap_err().to_string().contains("replicated log"));
    assert_eq!(engine.workspace(1).unwrap().digest().unwrap(), digest);
}

#[test]
fn replicated_store_takes_no_commands_of_its_own_until_it_is_detached() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path());
    engine.workspace(1).unwrap().as_system().put_customer(4, "Alan").unwrap();
    assert_eq!((engine.follows_log(), engine.places().unwrap().len()), (false, 0));
    engine.apply_entry(Place(5), &put(1, 5)).unwrap();
    assert_follows(&engine);
    engine.close().unwrap();

    let engine = open(directory.path());
    assert_follows(&engine);
    assert_eq!(engine.places().unwrap(), [(1.into(), Place(5))]);
    assert_eq!(engine.log_binding(), None);
    engine.bind_log("a log").unwrap();
    engine.detach_log().unwrap();
    assert_eq!((engine.follows_log(), engine.log_binding(), engine.places().unwrap().len()), (false, None, 0));
    engine.workspace(1).unwrap().as_system().put_customer(7, "Own").unwrap();
    assert_eq!(engine.workspace(1).unwrap().place().unwrap(), None);
    engine.close().unwrap();

    // Another log begins at 1.
    let engine = open(directory.path());
    assert!(!engine.follows_log());
    engine.bind_log("another log").unwrap();
    assert_eq!(engine.places().unwrap(), []);
    assert_follows(&engine);
    engine.apply_entry(Place(1), &put(1, 8)).unwrap();
    assert_eq!(engine.workspace(1).unwrap().place().unwrap(), Some(Place(1)));
    assert_clean(&engine);
}

#[test]
fn replicated_store_refuses_another_log_and_a_place_that_it_has() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path());
    engine.bind_log("one").unwrap();
    engine.bind_log("one").unwrap();
    assert_unavailable(engine.bind_log("two"));
    engine.apply_entry(Place(3), &put(1, 5)).unwrap();
    for place in [0, 1, 3] {
        assert_unavailable(engine.apply_entry(Place(place), &put(1, 6)));
    }
    engine.apply_entry(Place(1), &put(2, 6)).unwrap();
    engine.apply_entry(Place(4), &put(1, 6)).unwrap();
    engine.close().unwrap();
    let engine = open(directory.path());
    assert_eq!(engine.log_binding().as_deref(), Some("one"));
    assert_unavailable(engine.bind_log("two"));
    assert_eq!(engine.places().unwrap(), [(1.into(), Place(4)), (2.into(), Place(1))]);
}

#[test]
fn replicated_store_keeps_log_and_places_through_backup_rebuild_and_damage() {
    let directory = tempfile::tempdir().unwrap();
    let (store, backup, restored) =
        (directory.path().join("store"), directory.path().join("backup"), directory.path().join("restored"));
    let engine = open(&store);
    engine.apply_entry(Place(1), &put(1, 5)).unwrap();
    engine.backup_to(directory.path().join("early"), |_| {}).unwrap();
    engine.bind_log("한 개").unwrap();
    engine.apply_entry(Place(2), &put(1, 6)).unwrap();
    engine.backup_to(&backup, |_| {}).unwrap();
    engine.apply_entry(Place(3), &put(1, 7)).unwrap();
    engine.close().unwrap();

    let check = |path: &Path, place: u64| {
        let engine = open(path);
        assert_eq!(engine.log_binding().as_deref(), Some("한 개"));
        assert_eq!(engine.places().unwrap(), [(1.into(), Place(place))]);
        assert_follows(&engine);
        assert_clean(&engine);
        engine.close().unwrap();
    };
    Restore::from(&backup).run(&restored, |_| {}).unwrap();
    check(&restored, 2);
    Rebuild::of(&store).backup(&backup).run(|_| {}).unwrap();
    check(&store, 3);
    Engine::compact(&store, Config::default(), |_| {}).unwrap();
    check(&store, 3);

    // Of the file and the row, one is enough.
    let file = store.join("LOG");
    let whole = fs::read(&file).unwrap();
    for damaged in [Some(&whole[..5]), None] {
        match damaged {
            Some(bytes) => fs::write(&file, bytes).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        check(&store, 3);
        assert_eq!(fs::read(&file).unwrap(), whole);
    }
}

#[test]
fn replicated_store_ends_snoozes_by_entries_alone() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path());
    let commands = [Command::put_customer(5, "Grace"), Command::start_chat(5), Command::snooze(1, 60_000)];
    for (place, command) in (1..).zip(commands) {
        engine.apply_entry(Place(place), &entry(1, 1_000, command)).unwrap();
    }
    std::thread::sleep(Duration::from_millis(1_200));
    assert_unavailable(engine.advance(100_000));
    let inbox = engine.workspace(1).unwrap();
    assert_eq!(inbox.chat(1).unwrap().status, Status::Snoozed, "the wall clock is far beyond the deadline");
    assert_eq!(engine.due(Timestamp::now()).unwrap(), [(1.into(), 0, 60_000.into())]);
    let tick = |clock_epoch, at: u64| Entry::Tick { workspace: 1.into(), clock_epoch, at: at.into() };
    let before = inbox.seq();
    engine.apply_entry(Place(4), &tick(1, 60_000)).unwrap();
    engine.apply_entry(Place(5), &tick(0, 59_999)).unwrap();
    assert_eq!((inbox.seq(), inbox.place().unwrap()), (before, Some(Place(3))), "of another epoch, and too early");
    engine.apply_entry(Place(6), &tick(0, 60_000)).unwrap();
    assert_eq!((inbox.chat(1).unwrap().status, inbox.place().unwrap()), (Status::Open, Some(Place(6))));
    assert_eq!(engine.due(Timestamp::now()).unwrap(), []);
}

#[test]
fn replicated_store_judges_locally_only_before_it_publishes() {
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::open(directory.path(), Config::default().disk_reserve_bytes(u64::MAX / 8)).unwrap();
    let now = Timestamp::now();
    let envelope = |at: Timestamp| Envelope::new(1, at, Actor::System, Command::put_customer(5, "Grace"));
    assert_unavailable(engine.prepare_entry(envelope(now), now));
    let late = engine.prepare_entry(envelope(now + Duration::from_secs(600)), now).unwrap_err();
    assert_eq!(late.code(), Code::Malformed);
    let applied = engine.apply_entry(Place(1), &Entry::Command(envelope(now + Duration::from_secs(600)))).unwrap();
    assert!(applied.outcome.is_ok(), "what was published is done: {applied:?}");

    let custom = r#"{"command":{"workspace":1,"at":1,"actor":"system","do":{"bulk":{"select":{"filter":"custom:team=red"},"do":{"close":{}}}}}}"#;
    let applied = engine.apply_entry(Place(2), &serde_json::from_str(custom).unwrap()).unwrap();
    assert_eq!(applied.outcome.unwrap_err().code, Code::Malformed, "whether an index is built does not matter");
}

/// More snoozes end at once than one change holds, so an entry is several changes, and a crash may come between any two.
#[test]
fn replicated_entry_that_was_done_in_part_is_applied_again() {
    const CHATS: u32 = 1_100;
    let directory = tempfile::tempdir().unwrap();
    let (store, copies) = (directory.path().join("store"), directory.path().join("copies"));
    let config = Config::default().timer(Timer::Off).durability(Durability::Interval(Duration::from_secs(3_600)));
    let engine = Engine::open(&store, config.clone()).unwrap();
    let mut place = 0;
    let mut apply = |at, command| {
        place += 1;
        engine.apply_entry(Place(place), &entry(1, at, command)).unwrap()
    };
    apply(1, Command::put_customer(5, "Grace"));
    for chat in 1..=CHATS {
        apply(1, Command::start_chat(5));
        apply(1, Command::snooze(chat, 1_000 + u64::from(chat % 7)));
    }
    let newest = engine.workspace(1).unwrap().seq();
    engine.wait_durable(newest).unwrap();
    let bytes = journal_bytes(&store);
    // The last snooze ends at the very moment of a command that is refused: the command itself has nothing to change.
    let last = entry(1, 1_006, Command::open(CHATS + 1));
    place += 1;
    assert_eq!(engine.apply_entry(Place(place), &last).unwrap().outcome.unwrap_err().code, Code::UnknownChat);
    let inbox = engine.workspace(1).unwrap();
    assert_eq!((inbox.seq(), inbox.place().unwrap()), (newest + 3, Some(Place(place))));
    engine.wait_durable(inbox.seq()).unwrap();
    let (whole, digest) = (journal_bytes(&store), inbox.digest().unwrap());

    let mut found = BTreeSet::new();
    for cut in 0..24 {
        let copy = copies.join(cut.to_string());
        files::copy(&store, &copy);
        fs::remove_file(copy.join("DURABLE")).unwrap();
        let len = whole - (whole - bytes) * cut / 24 - u64::from(cut > 0);
        fs::File::options().write(true).open(newest_segment(&copy)).unwrap().set_len(len).unwrap();
        let engine = Engine::open(&copy, config.clone()).unwrap();
        let inbox = engine.workspace(1).unwrap();
        found.insert((inbox.seq() - newest, inbox.place().unwrap().unwrap() == Place(place)));
        if inbox.place().unwrap() < Some(Place(place)) {
            let again = engine.apply_entry(Place(place), &last).unwrap();
            assert_eq!(again.outcome.unwrap_err().code, Code::UnknownChat);
        }
        assert_eq!(inbox.digest().unwrap(), digest, "{cut}");
        assert_clean(&engine);
    }
    assert!(found.contains(&(1, false)) && found.contains(&(3, true)), "{found:?}");
    assert!(found.iter().all(|(changes, is_done)| (*changes == 3) == *is_done), "{found:?}");
}
