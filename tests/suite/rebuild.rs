//! Rebuilding damaged state stores.

use std::fs;
use std::path::{Path, PathBuf};

use inboxdb::{Config, Engine, Keep, OpenError, Rebuild, RebuildError, Timer, verify_backup};
use inboxdb_harness::files::copy;
use inboxdb_harness::{Subject, indexed};
use tempfile::TempDir;

use crate::large_rows::{apply, large_trace, model};

const SEED: u64 = 350;

fn config() -> Config {
    Config::default().timer(Timer::Off).segment_bytes(64 << 10).watch_journal_bytes(0)
}

/// Damages a file.
type Damage = fn(&Path);

/// Ways to damage the file of the state store that the opening detects.
const DAMAGES: [(&str, Damage); 4] = [
    ("cut", |db| fs::File::options().write(true).open(db).unwrap().set_len(100).unwrap()),
    ("rubbish", |db| fs::write(db, vec![0xA5; 1 << 20]).unwrap()),
    ("gone", |db| fs::remove_file(db).unwrap()),
    ("flipped", |db| {
        let bytes = fs::read(db).unwrap().into_iter().map(|byte| byte ^ 1).collect::<Vec<u8>>();
        fs::write(db, bytes).unwrap();
    }),
];

/// A closed store, optionally with a backup taken halfway.
struct Closed {
    directory: TempDir,
    lines: Vec<Vec<u8>>,
    config: Config,
}

impl Closed {
    fn new(config: impl FnOnce(&Path) -> Config, backed_up: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = config(directory.path());
        let lines = large_trace(SEED, 120, 6);
        let closed = Self { directory, lines, config };
        let (first, second) = closed.lines.split_at(closed.lines.len() / 2);
        let engine = closed.open();
        run(&engine, first);
        if backed_up {
            let report = engine.backup_to(closed.backup(), |_| {}).unwrap();
            assert_eq!(verify_backup(closed.backup(), |_| {}).unwrap(), report);
        }
        run(&engine, second);
        engine.checkpoint().unwrap();
        engine.close().unwrap();
        closed
    }

    fn open(&self) -> Engine {
        Engine::open(self.store(), indexed(self.config.clone())).unwrap()
    }

    fn store(&self) -> PathBuf {
        self.directory.path().join("store")
    }

    fn backup(&self) -> PathBuf {
        self.directory.path().join("backup")
    }

    fn db(&self) -> PathBuf {
        self.store().join("state/db")
    }

    /// Returns a copy of the store.
    fn copied(&self) -> TempDir {
        let copied = tempfile::tempdir().unwrap();
        copy(&self.store(), copied.path());
        copied
    }

    /// Opens a copy, and asserts that nothing is missing.
    fn assert_whole(&self, store: TempDir) {
        let subject = Subject::owning(store, self.config.clone());
        subject.assert_equals(&model(&self.lines), SEED, true);
    }

    /// Asserts that opening repairs a copy with a damaged state store.
    fn assert_mended_by_opening(&self) {
        for (name, damage) in DAMAGES {
            let store = self.copied();
            damage(&store.path().join("state/db"));
            let path = store.path().to_owned();
            let subject = Subject::owning(store, self.config.clone());
            subject.assert_equals(&model(&self.lines), SEED, true);
            assert!(path.join("quarantine-1").is_dir() && !path.join("state.new").exists(), "{name}");
            assert!(!path.join("quarantine-2").exists(), "{name}");
        }
    }

    fn first_segment(&self) -> u64 {
        let names = fs::read_dir(self.store().join("journal")).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.map(|name| name.trim_end_matches(".log").parse().unwrap()).min().unwrap()
    }
}

fn run(engine: &Engine, lines: &[Vec<u8>]) {
    for line in lines {
        if let Ok(envelope) = serde_json::from_slice(line) {
            drop(engine.execute(envelope));
        }
    }
}

#[test]
fn rebuild_from_a_backup_and_the_journal_since_it() {
    let closed = Closed::new(|_| config().keep(Keep::SinceBackup), true);
    let backed_up = verify_backup(closed.backup(), |_| {}).unwrap().seq;
    let first = closed.first_segment();
    assert!(first > 1 && first <= backed_up + 1, "the journal begins with {first}, the backup ends with {backed_up}");
    closed.assert_mended_by_opening();
}

#[test]
fn rebuild_from_a_whole_journal_before_the_first_backup() {
    let closed = Closed::new(|_| config().keep(Keep::SinceBackup), false);
    assert_eq!(closed.first_segment(), 1);
    closed.assert_mended_by_opening();
}

#[test]
fn rebuild_from_an_archive_that_starts_with_the_first_change() {
    let closed = Closed::new(|path| config().archive(path.join("archive")), false);
    assert!(closed.first_segment() > 1);
    closed.assert_mended_by_opening();
}

#[test]
fn rebuild_from_a_backup_and_the_archive_since_it() {
    let closed = Closed::new(|path| config().archive(path.join("archive")), true);
    let backed_up = verify_backup(closed.backup(), |_| {}).unwrap().seq;
    for entry in fs::read_dir(closed.directory.path().join("archive")).unwrap() {
        let path = entry.unwrap().path();
        let first: u64 = path.file_stem().unwrap().to_str().unwrap().parse().unwrap();
        if first < backed_up / 2 {
            fs::remove_file(path).unwrap();
        }
    }
    closed.assert_mended_by_opening();
}

#[test]
fn rebuild_names_missing_changes_and_changes_nothing() {
    let closed = Closed::new(|_| config(), true);
    let backed_up = verify_backup(closed.backup(), |_| {}).unwrap().seq;
    let first = closed.first_segment();
    assert!(first > backed_up + 1);
    fs::write(closed.db(), vec![0xA5; 1 << 20]).unwrap();
    let error = Engine::open(closed.store(), closed.config.clone()).err().unwrap();
    assert!(matches!(error, OpenError::Damaged(_)), "{error}");
    let message = error.to_string();
    let since_backup =
        format!("{}: the changes {} to {} are missing", closed.backup().display(), backed_up + 1, first - 1);
    let since_the_first = format!("from the first change on: the changes 1 to {} are missing", first - 1);
    let looked = format!("journal begins with change {first}");
    for words in [&since_backup, &since_the_first, &looked] {
        assert!(message.contains(words), "{words} is not in {message}");
    }
    assert!(closed.db().exists());
    assert!(!closed.store().join("quarantine-1").exists() && !closed.store().join("state.new").exists());
}

#[test]
fn rebuild_from_another_backup_if_the_recorded_one_is_damaged() {
    let closed = Closed::new(|_| config().keep(Keep::SinceBackup), true);
    let other = closed.directory.path().join("copied.bak");
    fs::copy(closed.backup(), &other).unwrap();
    fs::write(closed.backup(), "nothing").unwrap();
    fs::write(closed.db(), "nothing").unwrap();
    let error = Engine::open(closed.store(), closed.config.clone()).err().unwrap().to_string();
    assert!(error.contains("is not a backup"), "{error}");
    let report = Rebuild::of(closed.store()).backup(&other).run(|_| {}).unwrap();
    assert_eq!(report.backup, Some(other));
    assert!(report.replayed > 0);
    assert!(report.quarantine.join("db").exists());
    closed.assert_whole(closed.copied());
}

/// The process was killed after the new backup replaced the old one, and before it was recorded.
#[test]
fn rebuild_accepts_a_newer_backup_in_place_of_the_recorded_one() {
    let closed = Closed::new(|_| config().keep(Keep::SinceBackup), true);
    let noted = fs::read(closed.store().join("BACKUP")).unwrap();
    let engine = closed.open();
    engine.backup(fs::File::create(closed.backup()).unwrap(), |_| {}).unwrap();
    engine.close().unwrap();
    assert_eq!(fs::read(closed.store().join("BACKUP")).unwrap(), noted);
    closed.assert_mended_by_opening();
}

#[test]
fn rebuild_on_request_also_for_a_store_that_opens() {
    let closed = Closed::new(|_| config().keep(Keep::SinceBackup), true);
    for number in 1..3 {
        let report = Rebuild::of(closed.store()).run(|_| {}).unwrap();
        assert_eq!(report.quarantine, closed.store().join(format!("quarantine-{number}")));
        assert_eq!(report.backup, Some(closed.backup()));
    }
    closed.assert_whole(closed.copied());
}

#[test]
fn rebuild_refuses_the_backup_of_another_store() {
    let closed = Closed::new(|_| config(), false);
    let other = Closed::new(|_| config().keep(Keep::SinceBackup), false);
    let engine = other.open();
    engine.backup_to(other.backup(), |_| {}).unwrap();
    engine.close().unwrap();
    let error = Rebuild::of(closed.store()).backup(other.backup()).run(|_| {}).unwrap_err();
    assert!(
        matches!(&error, RebuildError::Missing { looked, .. } if looked.contains("not known to be of this store")),
        "{error}"
    );
    closed.assert_whole(closed.copied());
}

/// Wherever a rebuild is interrupted, the next opening finishes or repeats it.
#[test]
fn rebuild_interrupted_anywhere_is_repeated() {
    let closed = Closed::new(|_| config().keep(Keep::SinceBackup), true);
    // While the new state store is being filled.
    let store = closed.copied();
    fs::write(store.path().join("state/db"), "nothing").unwrap();
    copy(&closed.store().join("state"), &store.path().join("state.new"));
    fs::write(store.path().join("state.new/db"), "half").unwrap();
    closed.assert_whole(store);
    // Between the two renamings.
    let store = closed.copied();
    fs::rename(store.path().join("state"), store.path().join("quarantine-1")).unwrap();
    copy(&store.path().join("quarantine-1"), &store.path().join("state.new"));
    closed.assert_whole(store);
    // If the state store opens, remains of another one are discarded.
    let store = closed.copied();
    let left = store.path().join("state.new");
    fs::create_dir(&left).unwrap();
    let subject = Subject::owning(store, closed.config.clone());
    assert!(!left.exists());
    drop(subject);
}

/// After a rebuild the engine works normally, and prunes the journal segments that the next backup makes redundant.
#[test]
fn rebuild_leaves_a_store_that_works_normally() {
    let closed = Closed::new(|_| config().keep(Keep::SinceBackup), true);
    let store = closed.copied();
    fs::write(store.path().join("state/db"), "nothing").unwrap();
    let mut subject = Subject::owning(store, closed.config.clone());
    let more = large_trace(SEED, 240, 6).split_off(closed.lines.len());
    let mut naive = model(&closed.lines);
    apply(&subject, &more);
    more.iter().for_each(|line| drop(naive.apply(line)));
    let segments = |subject: &Subject| fs::read_dir(subject.path().join("journal")).unwrap().count();
    subject.engine().checkpoint().unwrap();
    let before = segments(&subject);
    subject.engine().backup_to(closed.backup(), |_| {}).unwrap();
    assert!(segments(&subject) < before, "{before} segments before the backup");
    subject.assert_equals(&naive, SEED, true);
    subject.close();
    fs::write(subject.path().join("state/db"), "nothing").unwrap();
    subject.open();
    subject.assert_equals(&naive, SEED, true);
}

/// Opening without a retention setting discards nothing.
#[test]
fn retention_since_backup_is_remembered_by_the_store() {
    let closed = Closed::new(|_| config().keep(Keep::SinceBackup), true);
    let segments = |config: Config| {
        let subject = Subject::owning(closed.copied(), config);
        apply(&subject, &large_trace(SEED, 240, 6).split_off(closed.lines.len()));
        subject.engine().checkpoint().unwrap();
        fs::read_dir(subject.path().join("journal")).unwrap().count()
    };
    let kept = segments(config().keep(Keep::SinceBackup));
    assert!(kept > 2, "{kept}");
    assert_eq!(segments(config()), kept);
    assert!(segments(config().keep(Keep::Checkpoint)) < kept);
}
