//! Damaged stores are never opened in silence, and everything that the state store holds is salvaged.
//!
//! `INBOXDB_DAMAGES` sets the number of random damages.

use std::fs;
use std::path::{Path, PathBuf};

use inboxdb::{Config, Engine, OpenError, Salvage, SalvageError, SalvageReport, Timer};
use inboxdb_harness::files::copy;
use inboxdb_harness::{Subject, assert_clean, indexed};
use tempfile::TempDir;

use crate::large_rows::model;
use inboxdb_naive::trace;

const SEED: u64 = 77;

fn config() -> Config {
    Config::default().timer(Timer::Off)
}

/// A store that was closed or killed.
struct Scene {
    directory: TempDir,
    lines: Vec<Vec<u8>>,
    /// The newest change, and the newest one in the state store.
    newest: u64,
    held: u64,
}

impl Scene {
    /// A killed store has its last third in the journal only.
    fn new(closed: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let lines = trace(SEED, 300);
        let engine = Engine::open(directory.path().join("live"), indexed(config())).unwrap();
        let (first, second) = lines.split_at(200);
        run(&engine, first);
        engine.checkpoint().unwrap();
        let held = engine.durable_seq();
        run(&engine, second);
        engine.build_indexes(|_| {}).unwrap();
        let newest = engine.durable_seq();
        assert!(newest > held + 10);
        if closed {
            engine.close().unwrap();
        }
        copy(&directory.path().join("live"), &directory.path().join("store"));
        Self { directory, lines, newest, held: if closed { newest } else { held } }
    }

    fn copied(&self) -> TempDir {
        let copied = tempfile::tempdir().unwrap();
        copy(&self.directory.path().join("store"), copied.path());
        copied
    }

    /// Whether a store has every command.
    fn assert_whole(&self, store: TempDir) {
        let subject = Subject::owning(store, config());
        subject.engine().build_indexes(|_| {}).unwrap();
        subject.assert_equals(&model(&self.lines), SEED, false);
        assert_clean(subject.engine());
    }
}

fn run(engine: &Engine, lines: &[Vec<u8>]) {
    lines
        .iter()
        .filter_map(|line| serde_json::from_slice(line).ok())
        .for_each(|envelope| drop(engine.execute(envelope)));
}

fn segment(store: &Path) -> PathBuf {
    let names = fs::read_dir(store.join("journal")).unwrap().map(|entry| entry.unwrap().path());
    names.max().unwrap()
}

fn flip(file: &Path, place: usize) {
    let mut bytes = fs::read(file).unwrap();
    bytes[place] ^= 0x10;
    fs::write(file, bytes).unwrap();
}

fn opened(store: &Path) -> Result<u64, OpenError> {
    let engine = Engine::open(store, config().create(false))?;
    let seq = engine.durable_seq();
    engine.close().unwrap();
    Ok(seq)
}

fn salvage(store: &Path) -> SalvageReport {
    Salvage::of(store).run(|_| {}).unwrap()
}

#[test]
fn salvage_of_a_flipped_bit_in_an_old_segment_loses_nothing() {
    let scene = Scene::new(true);
    for place in [3, 45, 200, 5_000] {
        let store = scene.copied();
        let path = store.path().to_owned();
        flip(&segment(&path), place);
        let error = opened(&path).unwrap_err().to_string();
        assert!(error.contains("--salvage") && error.contains("damaged"), "{error}");
        let report = salvage(&path);
        assert_eq!((report.seq, report.held, report.replayed, report.lost), (scene.newest, scene.newest, 0, None));
        assert_eq!(report.quarantine.as_deref(), Some(&*path.join("quarantine-1")));
        assert!(path.join("quarantine-1/journal").is_dir());
        assert_eq!(report.damage.len(), 1, "{report:?}");
        scene.assert_whole(store);
    }
}

#[test]
fn salvage_of_checkpoint_and_format_loses_nothing() {
    let scene = Scene::new(true);
    for names in [&["FORMAT"][..], &["CHECKPOINT", "CHECKPOINT-2"], &["CHECKPOINT", "CHECKPOINT-2", "FORMAT"]] {
        for gone in [false, true] {
            let store = scene.copied();
            for name in names {
                match gone {
                    true => fs::remove_file(store.path().join(name)).unwrap(),
                    false => flip(&store.path().join(name), 6),
                }
            }
            match opened(store.path()) {
                Err(error) => assert!(error.to_string().contains("--salvage"), "{names:?}: {error}"),
                // Without a checkpoint the whole journal is replayed.
                Ok(seq) => assert!(gone && names.len() == 2 && seq == scene.newest),
            }
            let report = salvage(store.path());
            assert_eq!((report.seq, report.lost), (scene.newest, None), "{names:?}");
            scene.assert_whole(store);
        }
    }
}

#[test]
fn checkpoint_with_one_bad_copy_is_no_event() {
    for closed in [true, false] {
        let scene = Scene::new(closed);
        for name in ["CHECKPOINT", "CHECKPOINT-2"] {
            let store = scene.copied();
            flip(&store.path().join(name), 10);
            assert_eq!(opened(store.path()).unwrap(), scene.newest);
            let copies = ["CHECKPOINT", "CHECKPOINT-2"].map(|name| fs::read(store.path().join(name)).unwrap());
            assert_eq!(copies[0], copies[1], "both are written again");
            scene.assert_whole(store);
        }
    }
}

/// The length of a segment up to the room behind it, which is zeros.
fn written(segment: &Path) -> usize {
    let bytes = fs::read(segment).unwrap();
    bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1
}

/// The journal has changes that the state store lacks, and is damaged before, in or after them.
#[test]
fn salvage_of_a_killed_store_names_what_is_lost() {
    let scene = Scene::new(false);
    let len = written(&segment(scene.copied().path()));
    let (mut whole, mut lossy) = (0, 0);
    for place in (0..len).step_by(len / 60) {
        let store = scene.copied();
        flip(&segment(store.path()), place);
        let error = opened(store.path()).unwrap_err().to_string();
        assert!(error.contains("--salvage"), "{error}");
        match Salvage::of(store.path()).run(|_| {}) {
            Ok(report) => {
                whole += 1;
                assert_eq!((report.seq, report.lost), (scene.newest, None), "{report:?}");
                scene.assert_whole(store);
            }
            Err(SalvageError::Loss { lost, safe }) => {
                lossy += 1;
                assert!(opened(store.path()).is_err(), "nothing was changed");
                assert!(safe >= scene.held && (lost.from, lost.to) == (safe + 1, scene.newest));
                let report = Salvage::of(store.path()).accept_loss(true).run(|_| {}).unwrap();
                assert_eq!((report.seq, report.lost), (safe, Some(lost)));
                assert_eq!(opened(store.path()).unwrap(), safe);
                let engine = Engine::open(store.path(), config()).unwrap();
                assert_clean(&engine);
            }
            Err(other) => panic!("{place}: {other}"),
        }
    }
    assert!(whole > 20 && lossy > 5, "{whole} whole, {lossy} with a loss");
}

/// After a kill, `DURABLE` tells a shortened journal from a torn tail.
#[test]
fn journal_of_a_killed_store_that_was_cut_is_not_a_torn_tail() {
    let scene = Scene::new(false);
    let len = written(&segment(scene.copied().path()));
    for cut in [1, 20, 100, 1_000, len - 50] {
        let store = scene.copied();
        let file = fs::File::options().write(true).open(segment(store.path())).unwrap();
        file.set_len((len - cut) as u64).unwrap();
        let error = opened(store.path()).unwrap_err().to_string();
        assert!(error.contains("DURABLE") || error.contains("checkpoint"), "{error}");
        assert!(matches!(Salvage::of(store.path()).run(|_| {}), Err(SalvageError::Loss { .. })));
    }
    // What was not acknowledged is cut as ever.
    let store = scene.copied();
    let torn = [fs::read(segment(store.path())).unwrap(), vec![7; 100]].concat();
    fs::write(segment(store.path()), torn).unwrap();
    assert_eq!(opened(store.path()).unwrap(), scene.newest);
    scene.assert_whole(store);
}

#[test]
fn salvage_of_a_whole_store_changes_nothing() {
    for closed in [true, false] {
        let scene = Scene::new(closed);
        let store = scene.copied();
        let report = salvage(store.path());
        assert_eq!((report.lost, report.quarantine, report.damage), (None, None, vec![]));
        scene.assert_whole(store);
    }
}

#[test]
fn salvage_refuses_a_state_store_that_is_not_whole() {
    let scene = Scene::new(true);
    let store = scene.copied();
    flip(&segment(store.path()), 200);
    fs::remove_file(store.path().join("state/db")).unwrap();
    assert!(matches!(Salvage::of(store.path()).run(|_| {}), Err(SalvageError::Incomplete { .. })));
    let error = Salvage::of(tempfile::tempdir().unwrap().path()).run(|_| {}).unwrap_err();
    assert!(error.to_string().contains("not an inboxdb store"), "{error}");
}

/// Wherever a salvage is interrupted, it can be run again.
#[test]
fn salvage_interrupted_anywhere_is_repeated() {
    let scene = Scene::new(true);
    let finished = scene.copied();
    flip(&segment(finished.path()), 200);
    salvage(finished.path());
    let interrupted: [fn(&Path, &Path); 3] = [
        // Before the journal was set aside.
        |store, finished| copy(&finished.join("journal"), &store.join("journal.new")),
        // After that.
        |store, finished| {
            fs::create_dir(store.join("quarantine-1")).unwrap();
            fs::rename(store.join("journal"), store.join("quarantine-1/journal")).unwrap();
            copy(&finished.join("journal"), &store.join("journal.new"));
        },
        // Before the checkpoint and the format were written again.
        |store, finished| {
            fs::create_dir(store.join("quarantine-1")).unwrap();
            fs::rename(store.join("journal"), store.join("quarantine-1/journal")).unwrap();
            copy(&finished.join("journal"), &store.join("journal"));
            ["CHECKPOINT", "CHECKPOINT-2", "FORMAT"].iter().for_each(|name| fs::remove_file(store.join(name)).unwrap());
        },
    ];
    for interrupt in interrupted {
        let store = scene.copied();
        flip(&segment(store.path()), 200);
        interrupt(store.path(), finished.path());
        let report = salvage(store.path());
        assert_eq!((report.seq, report.lost), (scene.newest, None));
        assert!(!store.path().join("journal.new").exists());
        scene.assert_whole(store);
    }
}

/// Damages one file of a store at random. Returns what it did.
fn damage(store: &Path, random: &mut fastrand::Rng) -> String {
    let mut files = Vec::new();
    add_files(store, &mut files);
    files.sort();
    let file = &files[random.usize(..files.len())];
    let name = file.strip_prefix(store).unwrap().display().to_string();
    let mut bytes = fs::read(file).unwrap();
    // sled reserves room that holds nothing.
    let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |place| place + 1);
    let place = random.usize(..used.max(1)).min(bytes.len());
    let what = match random.u8(..5) {
        0 | 1 if !bytes.is_empty() => {
            bytes[place] ^= 1 << random.u8(..8);
            "flipped"
        }
        2 => {
            let end = (place + random.usize(1..600)).min(bytes.len());
            bytes[place..end].fill(0);
            "zeroed"
        }
        3 => {
            bytes.truncate(place);
            "cut"
        }
        _ => {
            fs::remove_file(file).unwrap();
            return format!("{name} removed");
        }
    };
    fs::write(file, bytes).unwrap();
    format!("{name} {what} at {place}")
}

fn add_files(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => add_files(&path, files),
            false => files.push(path),
        }
    }
}

/// A store that opens has everything; one that does not is salvaged if its state store is whole.
fn check_damaged(scene: &Scene, store: TempDir, what: &str) {
    let in_state = what.starts_with("state");
    match opened(store.path()) {
        Ok(seq) => {
            if seq != scene.newest && !in_state {
                panic!("{what}: {seq} of {} changes, in silence", scene.newest);
            }
            let engine = Engine::open(store.path(), config()).unwrap();
            let is_clean = engine.scrub().is_ok_and(|report| report.is_clean());
            drop(engine);
            // A damaged state store may open. The scrub finds it.
            if is_clean {
                scene.assert_whole(store);
            } else {
                assert!(in_state, "{what}");
            }
        }
        Err(error) => {
            assert!(matches!(error, OpenError::Damaged(_) | OpenError::NewerFormat { .. }), "{what}: {error}");
            match Salvage::of(store.path()).run(|_| {}) {
                Ok(report) => {
                    assert_eq!(report.seq, scene.newest, "{what}");
                    scene.assert_whole(store);
                }
                Err(SalvageError::Loss { lost, safe }) => {
                    assert!(safe >= scene.held && lost.to == scene.newest, "{what}: {lost}");
                    assert!(what.starts_with("journal") && scene.held < scene.newest, "{what}");
                    Salvage::of(store.path()).accept_loss(true).run(|_| {}).unwrap();
                    assert_eq!(opened(store.path()).unwrap(), safe, "{what}");
                }
                Err(SalvageError::Incomplete { reason }) => assert!(in_state, "{what}: {reason}"),
                Err(other) => panic!("{what}: {other}"),
            }
        }
    }
}

#[test]
fn damage_is_never_silent_and_what_the_state_store_holds_is_salvaged() {
    let damages: u64 = std::env::var("INBOXDB_DAMAGES").map_or(40, |damages| damages.parse().unwrap());
    let scenes = [Scene::new(true), Scene::new(false)];
    for round in 0..damages {
        let scene = &scenes[round as usize % 2];
        let store = scene.copied();
        let what = damage(store.path(), &mut fastrand::Rng::with_seed(round));
        check_damaged(scene, store, &what);
    }
}
