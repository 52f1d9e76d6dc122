//! Compaction of a store that is open: commands, reads, checkpoints and backups go on, and nothing else changes.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use inboxdb::{ChatId, Command, Config, Durability, Engine, Error, Restore, Timer, Workspace};
use inboxdb_harness::assert_clean;

fn config() -> Config {
    Config::default()
        .timer(Timer::Off)
        .durability(Durability::Interval(Duration::from_millis(5)))
        .checkpoint_interval(Duration::from_millis(20))
        .segment_bytes(64 << 10)
        .dirty_bytes_max(1 << 20)
        .record_cache_bytes(50_000)
}

/// Starts chats with messages of some length.
fn fill(inbox: &Workspace, chats: u32, bytes: usize) -> Result<(), Error> {
    inbox.as_system().put_customer(1, "Grace")?;
    for _ in 0..chats {
        let chat = inbox.as_customer(1).start_chat()?;
        inbox.as_customer(1).send_message(chat, "x".repeat(bytes))?;
    }
    Ok(())
}

/// The contents of a workspace, as far as a digest tells.
fn digest(engine: &Engine) -> String {
    engine.workspace(1).unwrap().digest().unwrap().to_string()
}

/// The names of the directories that a replacement uses.
fn leftovers(store: &Path) -> Vec<String> {
    let names = fs::read_dir(store).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("state.")).collect()
}

/// Ends the other threads, also if this one panics.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn live_compaction_keeps_everything_beside_writers_readers_and_backups() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let engine = Engine::open(&path, config()).unwrap();
    let inbox = engine.workspace(1).unwrap();
    fill(&inbox, 300, 2_000).unwrap();
    let (is_over, written) = (AtomicBool::new(false), AtomicU64::new(0));
    engine.checkpoint().unwrap();
    thread::scope(|scope| {
        let _end = End(&is_over);
        let writer = scope.spawn(|| {
            let _end = End(&is_over);
            for round in 0_u32.. {
                let chat = ChatId(1 + round * 7 % 300);
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                inbox.as_customer(1).send_message(chat, format!("message {round}")).unwrap();
                match round % 3 {
                    0 => inbox.as_system().close(chat).map(drop).unwrap(),
                    1 => fill(&inbox, 1, 20_000).unwrap(),
                    _ => inbox
                        .as_system()
                        .execute(Command::delete_chat(ChatId(301 + round % 50)))
                        .map(drop)
                        .unwrap_or_default(),
                }
                written.fetch_add(1, Ordering::Relaxed);
            }
        });
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let chats = inbox.list(&"all".parse().unwrap(), None, 50).unwrap();
                // Some may be deleted while they are read.
                assert!((30..=50).contains(&chats.chats.len()), "{}", chats.chats.len());
            }
        });
        scope.spawn(|| {
            for round in 0.. {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                let backup = directory.path().join(format!("{round}.bak"));
                engine.backup_to(&backup, |_| {}).unwrap();
                let restored = directory.path().join(format!("restored-{round}"));
                Restore::from(&backup).run(&restored, |_| {}).unwrap();
                assert_clean(&Engine::open(&restored, config()).unwrap());
            }
        });
        for _ in 0..6 {
            let before = written.load(Ordering::Relaxed);
            let report = engine.compact_live().unwrap();
            assert!(report.rows > 600, "{report:?}");
            assert_eq!(leftovers(&path), [] as [&str; 0]);
            while written.load(Ordering::Relaxed) < before + 20 && !writer.is_finished() {
                thread::yield_now();
            }
        }
    });
    assert_clean(&engine);
    let expected = digest(&engine);
    engine.close().unwrap();
    let engine = Engine::open(&path, config()).unwrap();
    assert_eq!(digest(&engine), expected);
    assert_clean(&engine);
}

#[test]
fn live_compaction_frees_what_deleted_data_took() {
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::open(directory.path(), config()).unwrap();
    let inbox = engine.workspace(1).unwrap();
    fill(&inbox, 3_000, 15_000).unwrap();
    for chat in 2..=3_000 {
        inbox.as_system().execute(Command::delete_chat(ChatId(chat))).unwrap();
    }
    engine.checkpoint().unwrap();
    let report = engine.compact_live().unwrap();
    assert!(report.after.state < report.before.state / 2, "{report:?}");
    let state = fs::read(directory.path().join("state/db")).unwrap();
    let text = "x".repeat(10_000);
    let found = state.windows(text.len()).step_by(10_000).filter(|bytes| *bytes == text.as_bytes()).count();
    assert!(found <= 10, "{found}: the message that is left may be there several times, those of 2,999 chats may not");
    assert_clean(&engine);
}

/// The copy is opened by its first path and closed by its last one.
#[test]
fn live_compaction_leaves_a_store_that_closes_opens_and_compacts_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let mut expected = None;
    for _ in 0..3 {
        let engine = Engine::open(&path, config()).unwrap();
        if expected.is_none() {
            fill(&engine.workspace(1).unwrap(), 100, 3_000).unwrap();
            expected = Some(digest(&engine));
        }
        for _ in 0..2 {
            engine.compact_live().unwrap();
        }
        assert_eq!(Some(digest(&engine)), expected);
        engine.close().unwrap();
        assert_eq!(leftovers(&path), [] as [&str; 0]);
    }
    Engine::compact(&path, config(), |_| {}).unwrap();
    let engine = Engine::open(&path, config()).unwrap();
    assert_eq!(Some(digest(&engine)), expected);
    assert_clean(&engine);
}

/// The state store is looked for where the copy now is, and not where the first one was.
#[test]
fn live_compaction_does_not_look_like_another_store_and_another_store_still_does() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let engine = Engine::open(&path, config().durability(Durability::Sync)).unwrap();
    let inbox = engine.workspace(1).unwrap();
    fill(&inbox, 10, 100).unwrap();
    engine.compact_live().unwrap();
    fill(&inbox, 10, 100).unwrap();
    fs::rename(path.join("state"), path.join("elsewhere")).unwrap();
    assert!(matches!(fill(&inbox, 1, 100), Err(Error::Unavailable(_))));
    assert!(engine.compact_live().is_err());
    fs::rename(path.join("elsewhere"), path.join("state")).unwrap();
    drop(engine);
    assert_clean(&Engine::open(&path, config()).unwrap());
}

/// The directory may be another engine's by then.
#[test]
fn live_compaction_of_a_closed_engine_touches_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let closed = Engine::open(directory.path(), config()).unwrap();
    closed.close().unwrap();
    let engine = Engine::open(directory.path(), config()).unwrap();
    fs::create_dir(directory.path().join("state.new")).unwrap();
    assert!(closed.compact_live().is_err());
    assert_eq!(leftovers(directory.path()), ["state.new"]);
    engine.compact_live().unwrap();
    assert_clean(&engine);
}

#[test]
fn live_compaction_ends_when_the_engine_is_closed() {
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::open(directory.path(), config()).unwrap();
    fill(&engine.workspace(1).unwrap(), 2_000, 8_000).unwrap();
    thread::scope(|scope| {
        let compacting = scope.spawn(|| while engine.compact_live().is_ok() {});
        thread::sleep(Duration::from_millis(50));
        engine.close().unwrap();
        compacting.join().unwrap();
    });
    drop(engine);
    assert_clean(&Engine::open(directory.path(), config()).unwrap());
    assert_eq!(leftovers(directory.path()), [] as [&str; 0]);
}
