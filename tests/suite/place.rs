//! Stores that are moved, removed, replaced or restored over while an engine has them open.
//!
//! `INBOXDB_MOVES` sets the number of rounds.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use inboxdb::{Config, Durability, Engine, Error, Restore, Timer};
use inboxdb_harness::assert_clean;
use inboxdb_harness::files::copy;
use tempfile::TempDir;

fn config() -> Config {
    // Small segments and frequent checkpoints, so that every kind of writing is under way.
    Config::default()
        .timer(Timer::Off)
        .segment_bytes(64 << 10)
        .watch_journal_bytes(128 << 10)
        .checkpoint_journal_bytes(64 << 10)
        .checkpoint_interval(Duration::from_millis(100))
}

/// A directory with a store `live`, a store `other` to put in its place, and a backup of that.
struct Scene(TempDir);

impl Scene {
    fn new() -> Self {
        let scene = Self(tempfile::tempdir().unwrap());
        for name in ["live", "other"] {
            let engine = Engine::open(scene.path(name), config()).unwrap();
            (0..50).for_each(|customer| put(&engine, customer).unwrap());
            engine.backup_to(scene.path(&format!("{name}.bak")), |_| {}).unwrap();
            engine.close().unwrap();
        }
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }
}

fn put(engine: &Engine, customer: u64) -> Result<(), Error> {
    engine.workspace(1)?.as_system().put_customer(customer, "x".repeat(200)).map(drop)
}

/// The content of every file below a directory.
fn bytes_below(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(bytes_below(&path)),
            false => drop(found.insert(path.clone(), fs::read(&path).unwrap())),
        }
    }
    found
}

/// Puts something else in the place of the open store `live`. Returns where the store is now, if it still is.
type Displace = fn(&Scene) -> Option<&'static str>;

const WAYS: [(&str, Displace); 8] = [
    ("moved away", |scene| {
        scene.rename("live", "old");
        Some("old")
    }),
    ("another store in its place", |scene| {
        scene.rename("live", "old");
        scene.rename("other", "live");
        Some("old")
    }),
    ("restored in its place", |scene| {
        scene.rename("live", "old");
        Restore::from(scene.path("live.bak")).run(scene.path("live"), |_| {}).unwrap();
        Some("old")
    }),
    ("a new store in its place", |scene| {
        scene.rename("live", "old");
        Engine::open(scene.path("live"), config()).unwrap().close().unwrap();
        Some("old")
    }),
    ("removed", |scene| {
        fs::remove_dir_all(scene.path("live")).ok();
        // Files made meanwhile stay.
        fs::remove_dir_all(scene.path("live")).ok();
        None
    }),
    ("removed and restored", |scene| {
        while fs::remove_dir_all(scene.path("live")).is_err() {}
        Restore::from(scene.path("live.bak")).run(scene.path("live"), |_| {}).unwrap();
        None
    }),
    ("a file in its place", |scene| {
        scene.rename("live", "old");
        fs::write(scene.path("live"), "a file").unwrap();
        Some("old")
    }),
    ("a copy of another store in its place", |scene| {
        scene.rename("live", "old");
        copy(&scene.path("other"), &scene.path("live"));
        Some("old")
    }),
];

fn rounds() -> usize {
    std::env::var("INBOXDB_MOVES").map_or(WAYS.len(), |rounds| rounds.parse().unwrap())
}

/// Writes until the engine refuses. Returns the number of acknowledged customers, and the refusal.
fn write_until_refused(engine: &Engine) -> (u64, Error) {
    let began = Instant::now();
    let mut customer = 1_000;
    loop {
        match put(engine, customer) {
            Ok(()) => customer += 1,
            Err(error) => return (customer - 1_000, error),
        }
        assert!(began.elapsed() < Duration::from_secs(60), "the engine has not noticed");
    }
}

fn assert_has(path: &Path, acknowledged: u64) {
    let engine = Engine::open(path, config()).unwrap();
    let inbox = engine.workspace(1).unwrap();
    for customer in (0..50).chain(1_000..1_000 + acknowledged) {
        assert_eq!(inbox.customer(customer).unwrap().customer.0, customer);
    }
    assert_clean(&engine);
    engine.close().unwrap();
}

#[test]
fn place_change_under_writing_is_noticed_and_neither_store_is_harmed() {
    for round in 0..rounds() {
        let (name, displace) = WAYS[round % WAYS.len()];
        let scene = Scene::new();
        let engine = Engine::open(scene.path("live"), config()).unwrap();
        let wait = Duration::from_micros(7_919 * (round as u64 % 40));
        let (old, untouched, acknowledged, error) = thread::scope(|scope| {
            let writing = scope.spawn(|| write_until_refused(&engine));
            thread::sleep(wait);
            let old = displace(&scene);
            let untouched = scene.path("live").is_dir().then(|| bytes_below(&scene.path("live")));
            let (acknowledged, error) = writing.join().unwrap();
            (old, untouched, acknowledged, error)
        });
        assert!(matches!(error, Error::Unavailable(_)), "{name}: {error}");
        let message = error.to_string();
        assert!(message.contains("that was opened") || message.contains("removed"), "{name}: {message}");
        assert!(put(&engine, 1).is_err() && engine.checkpoint().is_err(), "{name}");
        assert!(engine.workspace(1).unwrap().customer(1).is_ok(), "{name}: reads go on");
        drop(engine.close());
        drop(engine);
        if let Some(untouched) = untouched.filter(|_| name != "removed") {
            assert_eq!(
                bytes_below(&scene.path("live")).keys().collect::<Vec<_>>(),
                untouched.keys().collect::<Vec<_>>()
            );
            assert!(bytes_below(&scene.path("live")) == untouched, "{name}: what is in its place was touched");
        }
        if name != "removed" && name != "a file in its place" && name != "moved away" {
            let engine = Engine::open(scene.path("live"), config()).unwrap();
            assert_clean(&engine);
            engine.close().unwrap();
        }
        if let Some(old) = old {
            assert_has(&scene.path(old), acknowledged);
        }
    }
}

/// The message says what is there now, and where the store is.
#[test]
fn place_message_names_both_stores() {
    let scene = Scene::new();
    let engine = Engine::open(scene.path("live"), config()).unwrap();
    scene.rename("live", "old");
    let message = put(&engine, 1).unwrap_err().to_string();
    assert!(message.contains("there is nothing"), "{message}");
    if cfg!(target_os = "linux") {
        assert!(
            message.contains(&format!("is now at {}", scene.path("old").canonicalize().unwrap().display())),
            "{message}"
        );
    }
    drop(engine);
    scene.rename("old", "live");
    let engine = Engine::open(scene.path("live"), config()).unwrap();
    scene.rename("live", "old");
    scene.rename("other", "live");
    let message = put(&engine, 1).unwrap_err().to_string();
    assert!(message.contains("another store, of format"), "{message}");
}

#[test]
fn place_of_a_turned_link_is_noticed() {
    let scene = Scene::new();
    symlink("live", scene.path("link")).unwrap();
    let engine = Engine::open(scene.path("link"), config()).unwrap();
    put(&engine, 1_000).unwrap();
    fs::remove_file(scene.path("link")).unwrap();
    symlink("other", scene.path("link")).unwrap();
    let before = bytes_below(&scene.path("other"));
    assert!(matches!(put(&engine, 1_001), Err(Error::Unavailable(_))));
    drop(engine);
    assert!(bytes_below(&scene.path("other")) == before);
    assert_has(&scene.path("live"), 1);
}

/// The directory stays, and its files are replaced.
#[test]
fn place_of_files_that_are_restored_over_is_noticed() {
    for name in ["LOCK", "journal", "state"] {
        let scene = Scene::new();
        let engine = Engine::open(scene.path("live"), config()).unwrap();
        put(&engine, 1_000).unwrap();
        let inside = scene.path("live").join(name);
        fs::rename(&inside, scene.path("aside")).unwrap();
        match name {
            "LOCK" => drop(fs::copy(scene.path("other").join(name), &inside).unwrap()),
            _ => copy(&scene.path("other").join(name), &inside),
        }
        let error = put(&engine, 1_001).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    }
    // In place, with the same files.
    let scene = Scene::new();
    let engine = Engine::open(scene.path("live"), config()).unwrap();
    put(&engine, 1_000).unwrap();
    fs::write(scene.path("live").join("LOCK"), "process 1 of another machine\n").unwrap();
    let error = put(&engine, 1_001).unwrap_err().to_string();
    assert!(error.contains("other content"), "{error}");
}

#[test]
fn place_segment_that_was_removed_acknowledges_nothing() {
    let scene = Scene::new();
    let engine = Engine::open(scene.path("live"), config()).unwrap();
    put(&engine, 1_000).unwrap();
    for entry in fs::read_dir(scene.path("live").join("journal")).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let error = put(&engine, 1_001).unwrap_err();
    assert!(matches!(&error, Error::Unavailable(_)) && error.to_string().contains("removed"), "{error}");
}

/// Nothing is written, and commands are acknowledged before they are synced.
#[test]
fn place_is_looked_at_every_second() {
    let scene = Scene::new();
    let interval = Durability::Interval(Duration::from_secs(3_600));
    let engine =
        Engine::open(scene.path("live"), config().checkpoint_interval(Duration::from_secs(3_600)).durability(interval));
    let engine = engine.unwrap();
    put(&engine, 1_000).unwrap();
    scene.rename("live", "old");
    thread::sleep(Duration::from_millis(1_000));
    assert!(matches!(put(&engine, 1_001), Err(Error::Unavailable(_))));
}

#[test]
fn place_of_a_relative_path_is_not_that_of_another_working_directory() {
    let scene = Scene::new();
    let engine = Engine::open(scene.path("live").join("../live"), config()).unwrap();
    put(&engine, 1_000).unwrap();
    engine.close().unwrap();
}

/// A new store that cannot be opened leaves nothing behind, and neither store nor restore goes inside another one.
#[test]
fn place_inside_a_store_is_refused() {
    let scene = Scene::new();
    for inside in ["new", "journal/new", "state/new/deeper"] {
        let path = scene.path("live").join(inside);
        let error = Engine::open(&path, config()).err().unwrap();
        assert!(matches!(error, inboxdb::OpenError::InsideStore { .. }), "{error}");
        assert!(Restore::from(scene.path("live.bak")).run(&path, |_| {}).is_err());
        assert!(!path.exists());
        let engine = Engine::open(scene.path("other"), config()).unwrap();
        assert!(engine.backup_to(scene.path("live").join("inside.bak"), |_| {}).is_err());
        engine.close().unwrap();
    }
    assert_has(&scene.path("live"), 0);
}
