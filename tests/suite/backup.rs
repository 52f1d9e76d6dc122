//! Backups made while the store is in use, and restores from them.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use inboxdb::{BackupFileError, Config, Engine, RecoveryError, Restore, RestoreError, Timer, Until, verify_backup};
use inboxdb_harness::Subject;
use inboxdb_naive::trace;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::large_rows::{apply, large_customer, large_trace, model};

fn config() -> Config {
    Config::default().timer(Timer::Off).watch_journal_bytes(0)
}

/// Restores and opens the store.
fn restored(restore: &Restore) -> (Subject, u64) {
    let directory = tempfile::tempdir().unwrap();
    let report = restore.run(directory.path(), |now| assert!(now.done <= now.total.unwrap())).unwrap();
    (Subject::owning(directory, config()), report.seq)
}

/// Asserts that the inbox is the state after the prefix of the lines whose changes end at `seq`. If `seq` is among the
/// changes of a line, it is the state after that line's snoozes, or after the whole line: the opening finishes an
/// interrupted bulk action. Build steps of indexes belong to no line.
fn assert_prefix(subject: &Subject, lines: &[Vec<u8>], seqs: &[u64], seq: u64, seed: u64) {
    let done = seqs.partition_point(|newest| *newest <= seq);
    let mut naive = model(&lines[..done]);
    let Some(difference) = subject.difference(&naive, seed) else { return };
    assert!(done == 0 || seqs[done - 1] < seq, "change {seq} ends line {done}: {difference}");
    let next: Value = serde_json::from_slice(&lines[done]).unwrap();
    let tick = json!({"workspace":next["workspace"],"at":next["at"],"actor":"system","do":"tick"});
    naive.apply(tick.to_string().as_bytes());
    let after_snoozes = subject.difference(&naive, seed);
    let after_line = subject.difference(&model(&lines[..done + 1]), seed);
    assert!(
        after_snoozes.is_none() || after_line.is_none(),
        "{done} lines: {difference}\nthen {after_snoozes:?}\n{after_line:?}"
    );
}

#[test]
fn backup_with_commands_between_its_slices_is_the_state_at_its_end() {
    for seed in 300..303 {
        let lines = large_trace(seed, 900, 20);
        let subject = Subject::new(config().checkpoint_interval(Duration::from_secs(3_600)));
        let (before, meanwhile) = lines.split_at(lines.len() / 2);
        let mut seqs = apply(&subject, before);
        subject.engine().checkpoint().unwrap();

        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("backup");
        let mut rest = meanwhile.chunks(40);
        let mut calls = 0;
        let report = subject.engine().backup(fs::File::create(&path).unwrap(), |_| {
            calls += 1;
            if let Some(lines) = rest.next() {
                seqs.extend(apply(&subject, lines));
                if calls % 3 != 0 {
                    subject.engine().checkpoint().unwrap();
                }
            }
        });
        let report = report.unwrap();
        assert!(calls > 4 && report.changes > 0, "{calls} slices, {report:?}");
        assert_eq!(verify_backup(&path, |_| {}).unwrap(), report);

        let (copy, seq) = restored(&Restore::from(&path));
        assert_eq!(seq, report.seq);
        assert_prefix(&copy, &lines[..seqs.len()], &seqs, seq, seed);
    }
}

#[test]
fn backups_during_commands_are_prefixes_of_them() {
    let seed = 320;
    let lines = large_trace(seed, 1_500, 15);
    let small = config().checkpoint_journal_bytes(64 << 10).segment_bytes(64 << 10);
    let subject = Subject::new(small);
    let directory = tempfile::tempdir().unwrap();
    let done = AtomicBool::new(false);
    let (seqs, backups) = thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let seqs = apply(&subject, &lines);
            done.store(true, Ordering::SeqCst);
            seqs
        });
        let mut backups = Vec::new();
        while !done.load(Ordering::SeqCst) {
            let path = directory.path().join(backups.len().to_string());
            let report = subject.engine().backup(fs::File::create(&path).unwrap(), |_| {}).unwrap();
            backups.push((path, report.seq));
        }
        (writer.join().unwrap(), backups)
    });
    assert!(backups.len() > 2, "{} backups", backups.len());
    for (path, seq) in backups.iter().step_by(1 + backups.len() / 6) {
        let (copy, reached) = restored(&Restore::from(path));
        assert_eq!(reached, *seq);
        assert_prefix(&copy, &lines, &seqs, *seq, seed);
    }
}

/// A small store with a backup in the middle.
struct Small {
    subject: Subject,
    directory: TempDir,
    lines: Vec<Vec<u8>>,
    seqs: Vec<u64>,
    /// The number of lines before the backup.
    backup_after: usize,
}

impl Small {
    const SEED: u64 = 330;

    /// Creates the store. One line in `every` is large, so the archive gets a few segments.
    fn new(commands: usize, every: usize) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let archived = config().segment_bytes(64 << 10).archive(directory.path().join("archive"));
        let subject = Subject::new(archived);
        let lines = large_trace(Self::SEED, commands, every);
        let backup_after = lines.len() / 3;
        let (before, after) = lines.split_at(backup_after);
        let mut seqs = apply(&subject, before);
        subject.engine().backup(fs::File::create(directory.path().join("backup")).unwrap(), |_| {}).unwrap();
        for lines in after.chunks(10) {
            seqs.extend(apply(&subject, lines));
            subject.engine().checkpoint().unwrap();
        }
        Self { subject, directory, lines, seqs, backup_after }
    }

    fn restore(&self) -> Restore {
        Restore::from(self.directory.path().join("backup"))
    }

    /// Replays the archive and the journal of the store.
    fn restore_with_archives(&self) -> Restore {
        self.restore().archive(self.archive()).archive(self.subject.path().join("journal"))
    }

    fn archive(&self) -> std::path::PathBuf {
        self.directory.path().join("archive")
    }

    /// Returns the newest change in the backup.
    fn backup_seq(&self) -> u64 {
        verify_backup(self.directory.path().join("backup"), |_| {}).unwrap().seq
    }

    fn last_seq(&self) -> u64 {
        self.subject.engine().durable_seq()
    }

    /// Asserts that the restore is refused and creates nothing. Returns the error.
    fn refused(&self, restore: &Restore) -> RestoreError {
        let target = self.directory.path().join("target");
        let error = restore.run(&target, |_| {}).unwrap_err();
        assert!(!target.exists(), "{error}");
        error
    }
}

#[test]
fn restore_reaches_every_change_after_a_backup() {
    let small = Small::new(100, 8);
    let segments = fs::read_dir(small.archive()).unwrap().count();
    assert!(segments > 2, "{segments} segments in the archive");
    let from = small.backup_seq();
    assert!(small.seqs[small.backup_after - 1] <= from && small.last_seq() > from + 50);
    for seq in from..=small.last_seq() {
        let (copy, reached) = restored(&small.restore_with_archives().until(Until::Seq(seq)));
        assert_eq!(reached, seq);
        // Asking everything takes much longer than restoring and the scrub at the end.
        if seq % 4 == 0 || seq == from {
            assert_prefix(&copy, &small.lines, &small.seqs, seq, Small::SEED);
        }
    }
    let (copy, reached) = restored(&small.restore_with_archives());
    assert_eq!(reached, small.last_seq(), "without a target everything is replayed");
    assert_prefix(&copy, &small.lines, &small.seqs, reached, Small::SEED);
}

#[test]
fn restore_explains_why_a_change_is_out_of_reach() {
    let small = Small::new(100, 8);
    let (backup_seq, last) = (small.backup_seq(), small.last_seq());
    let older = small.refused(&small.restore_with_archives().until(Until::Seq(backup_seq - 1)));
    assert!(matches!(older, RestoreError::BeforeEnd { seq, .. } if seq == backup_seq), "{older}");
    assert!(older.to_string().contains("take an older backup"), "{older}");
    let later = small.refused(&small.restore_with_archives().until(Until::Seq(last + 1)));
    assert!(matches!(later, RestoreError::BeyondEnd { wanted, end } if wanted == last + 1 && end == last), "{later}");
    let without = small.refused(&small.restore().until(Until::Seq(last)));
    assert!(matches!(without, RestoreError::BeyondEnd { end, .. } if end == backup_seq), "{without}");

    let mut names: Vec<String> =
        fs::read_dir(small.archive()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let first_seq = |name: &String| name.trim_end_matches(".log").parse::<u64>().unwrap();
    let place = names.iter().rposition(|name| first_seq(name) <= backup_seq).unwrap();
    let (lost, next) = (&names[place + 1], &names[place + 2]);
    let aside = small.directory.path().join(lost);
    fs::rename(small.archive().join(lost), &aside).unwrap();
    let gap = small.refused(&small.restore_with_archives());
    let (from, to) = (first_seq(lost), first_seq(next) - 1);
    assert!(
        matches!(gap, RestoreError::Recovery(RecoveryError::Gap { from: f, to: t }) if (f, t) == (from, to)),
        "{gap} {from} {to}"
    );
    fs::rename(&aside, small.archive().join(lost)).unwrap();

    let segment = small.archive().join(next);
    let mut bytes = fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::remove_file(&segment).unwrap();
    fs::write(&segment, bytes).unwrap();
    let damaged = small.refused(&small.restore_with_archives());
    assert!(
        matches!(&damaged, RestoreError::Recovery(RecoveryError::Segment { path, .. }) if *path == segment),
        "{damaged}"
    );

    let target = tempfile::tempdir().unwrap();
    fs::write(target.path().join("letter"), "dear").unwrap();
    assert!(matches!(small.restore().run(target.path(), |_| {}), Err(RestoreError::NotEmpty(_))));
    assert_eq!(fs::read_dir(target.path()).unwrap().count(), 1);
}

/// The segments of a store that was restored to an earlier moment and then used must not be mixed with the original's.
#[test]
fn restore_refuses_segments_of_another_history() {
    let small = Small::new(60, 8);
    let (branch, from) = restored(&small.restore());
    for number in 0..4 {
        branch.apply(&[large_customer(&json!(1), number).into_bytes()]);
    }
    let restore = small.restore().archive(branch.path().join("journal"));
    let error = small.refused(&restore.clone().until(Until::Seq(from + 2)));
    assert!(matches!(
        error,
        RestoreError::BeyondEnd { .. }
            | RestoreError::Recovery(RecoveryError::Segment { .. })
            | RestoreError::Recovery(RecoveryError::Gap { .. })
    ));
    let (_, reached) = restored(&small.restore_with_archives());
    assert_eq!(reached, small.last_seq());
}

/// The journal of a store in use grows between the survey and the replay.
#[test]
fn restore_replays_the_journal_of_a_store_in_use() {
    let lines = trace(345, 2_000);
    let subject = Subject::new(config());
    let (first, rest) = lines.split_at(50);
    apply(&subject, first);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("backup");
    let backup = subject.engine().backup(fs::File::create(&path).unwrap(), |_| {}).unwrap();
    let restore = Restore::from(&path).archive(subject.path().join("journal"));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            apply(&subject, rest);
            done.store(true, Ordering::SeqCst);
        });
        let mut reached = backup.seq;
        while !done.load(Ordering::SeqCst) {
            let target = tempfile::tempdir().unwrap();
            let report = restore.run(target.path(), |_| {}).unwrap();
            assert!(report.seq >= reached);
            reached = report.seq;
            let engine = Engine::open(target.path(), config()).unwrap();
            assert!(engine.durable_seq() >= reached);
        }
        assert!(reached > backup.seq);
    });
}

#[test]
fn restore_to_a_moment() {
    let run = |engine: &Engine, at: u64| {
        let line = json!({"workspace":1,"at":at,"actor":"system","do":{"put_customer":{"customer":at}}});
        engine.execute(serde_json::from_value(line).unwrap()).unwrap().seq
    };
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join("store");
    let engine = Engine::open(&store, config()).unwrap();
    run(&engine, 1_000);
    let path = directory.path().join("backup");
    let report = engine.backup(fs::File::create(&path).unwrap(), |_| {}).unwrap();
    assert_eq!(report.clock, 1_000.into());
    let seqs: Vec<u64> = [2_000, 3_000, 3_000, 4_000].iter().map(|at| run(&engine, *at)).collect();
    let restore = Restore::from(&path).archive(store.join("journal"));
    let reach = |until: u64| {
        restore.clone().until(Until::Time(until.into())).run(directory.path().join(until.to_string()), |_| {})
    };
    for (until, seq) in [(1_000, report.seq), (1_999, report.seq), (2_000, seqs[0]), (3_000, seqs[2]), (9_000, seqs[3])]
    {
        assert_eq!(reach(until).unwrap().seq, seq, "until {until}");
    }
    let early = reach(999).unwrap_err();
    assert!(matches!(early, RestoreError::BeforeEnd { .. }), "{early}");
    assert!(early.to_string().contains("1970-01-01T00:00:00.999Z"), "{early}");
    engine.close().unwrap();
}

/// Returns the bytes of a backup of a small store.
fn small_backup(path: &Path) -> Vec<u8> {
    let subject = Subject::new(config());
    apply(&subject, &trace(340, 25));
    subject.engine().backup(fs::File::create(path).unwrap(), |_| {}).unwrap();
    fs::read(path).unwrap()
}

#[test]
fn backup_damage_is_refused_before_anything_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("backup");
    let target = directory.path().join("target");
    let whole = small_backup(&path);
    let refuse = |bytes: &[u8], what: &str| {
        fs::write(&path, bytes).unwrap();
        let error = Restore::from(&path).run(&target, |_| {}).expect_err(what);
        let expected = matches!(
            error,
            RestoreError::Recovery(RecoveryError::File(
                BackupFileError::Damaged { .. } | BackupFileError::NotABackup(_)
            ))
        );
        assert!(expected && !target.exists(), "{what}: {error}");
    };
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x10;
        refuse(&bytes, &format!("byte {place} is flipped"));
        refuse(&whole[..place], &format!("cut after {place} bytes"));
    }
    refuse(&[whole.as_slice(), &[0]].concat(), "a byte more");
    fs::write(&path, &whole).unwrap();
    Restore::from(&path).run(&target, |_| {}).unwrap();
    Engine::open(&target, config()).unwrap().close().unwrap();
}

#[test]
fn backup_of_a_newer_format_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("backup");
    let whole = small_backup(&path);
    for (place, what) in [(8, "backup"), (12, "store")] {
        let mut bytes = whole.clone();
        bytes[place] = 9;
        let crc = crc32fast::hash(&bytes[..44]).to_le_bytes();
        bytes[44..48].copy_from_slice(&crc);
        fs::write(&path, bytes).unwrap();
        let error = verify_backup(&path, |_| {}).unwrap_err();
        assert!(error.to_string().contains(&format!("format 9 of a {what}")), "{error}");
    }
}

/// A killed restore leaves no store, and the next restore reports the remains.
#[test]
fn restore_that_was_killed_leaves_no_store() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("backup");
    small_backup(&path);
    let target = directory.path().join("target");
    Restore::from(&path).run(&target, |_| {}).unwrap();
    fs::remove_file(target.join("FORMAT")).unwrap();
    assert!(Engine::open(&target, config()).is_err());
    assert!(matches!(Restore::from(&path).run(&target, |_| {}), Err(RestoreError::NotEmpty(_))));
}

/// A failing archive delays nothing and loses nothing.
#[test]
fn archive_failure_keeps_the_segment_in_the_journal() {
    let directory = tempfile::tempdir().unwrap();
    let archive = directory.path().join("archive");
    let subject = Subject::new(config().segment_bytes(64 << 10).archive(&archive));
    fs::remove_dir(&archive).unwrap();
    let lines: Vec<Vec<u8>> = (0..6).map(|number| large_customer(&json!(1), number).into_bytes()).collect();
    apply(&subject, &lines);
    let error = subject.engine().checkpoint().unwrap_err();
    assert!(error.to_string().contains("archive"), "{error}");
    apply(&subject, &lines[..1]);
    fs::create_dir(&archive).unwrap();
    subject.engine().checkpoint().unwrap();
    let kept = fs::read_dir(&archive).unwrap().count();
    assert!(kept > 1, "{kept} segments");
    assert!(archive.join("00000000000000000001.log").exists());
}
