//! A client that does not know which of its commands were done sends them again: after crashes, after restores, and
//! for no reason. Nothing is done twice, and nothing is half done.

use std::fs;
use std::time::Duration;

use inboxdb::{Config, Durability, Restore, Timer};
use inboxdb_harness::{Subject, files};
use inboxdb_naive::{Naive, Rng, retryable};

use crate::large_rows::model;

fn config() -> Config {
    Config::default()
        .timer(Timer::Off)
        .checkpoint_interval(Duration::from_millis(100))
        .checkpoint_journal_bytes(64 << 10)
        .segment_bytes(64 << 10)
        .watch_journal_bytes(128 << 10)
        .record_cache_bytes(50_000)
}

fn seeds() -> u64 {
    std::env::var("INBOXDB_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(3)
}

/// Sends lines to both, and compares the answers.
fn send(subject: &Subject, naive: &mut Naive, lines: &[Vec<u8>], seed: u64) {
    for (line, answer) in lines.iter().zip(subject.apply(lines)) {
        assert_eq!(answer, naive.apply(line), "seed {seed}: {}", String::from_utf8_lossy(line));
    }
}

/// Opens what a crash would leave of a store whose commands were all confirmed.
fn crashed(subject: &Subject, config: Config) -> Subject {
    let directory = tempfile::tempdir().unwrap();
    files::copy(subject.path(), directory.path());
    Subject::owning(directory, config)
}

#[test]
fn retries_after_crashes_do_nothing_twice() {
    let config = || config().durability(Durability::Sync);
    for seed in 0..seeds() {
        let lines = retryable(seed, 900);
        let mut rng = Rng::new(seed);
        let (mut subject, mut naive) = (Subject::new(config()), Naive::new());
        let mut sent = 0;
        while sent < lines.len() {
            let end = (sent + 1 + rng.index(150)).min(lines.len());
            send(&subject, &mut naive, &lines[sent.saturating_sub(rng.index(120))..end], seed);
            sent = end;
            match rng.index(3) {
                0 => subject.reopen(),
                1 => subject = crashed(&subject, config()),
                _ => subject.engine().checkpoint().unwrap(),
            }
            subject.assert_equals(&naive, seed, false);
        }
        assert_eq!(naive, model(&lines), "seed {seed}: done once");
        subject.assert_equals(&naive, seed, true);
    }
}

#[test]
fn retries_at_every_point_get_the_same_answers() {
    for seed in 0..seeds() {
        let lines = retryable(seed, 400);
        let subject = Subject::new(config().durability(Durability::Interval(Duration::from_millis(5))));
        let (mut naive, mut answers) = (Naive::new(), Vec::new());
        for (n, line) in lines.iter().enumerate() {
            answers.push(naive.apply(line));
            let twice = [line.clone(), line.clone()];
            assert_eq!(
                subject.apply(&twice),
                [answers[n].clone(), naive.apply(line)],
                "{}",
                String::from_utf8_lossy(line)
            );
            // What was done long ago gets its first answer too, unless the actor may not do it any more.
            let again = subject.apply(&lines[n / 2..=n / 2]).remove(0);
            assert!(again == answers[n / 2] || again.get("ok").is_none(), "seed {seed}: {again}");
        }
        assert_eq!(naive, model(&lines), "seed {seed}: done once");
        subject.assert_equals(&naive, seed, true);
    }
}

#[test]
fn retries_after_a_restore_do_what_was_lost() {
    for seed in 10..10 + seeds() {
        let lines = retryable(seed, 600);
        let mut rng = Rng::new(seed);
        let (subject, mut naive) = (Subject::new(config()), Naive::new());
        let middle = 200 + rng.index(200);
        send(&subject, &mut naive, &lines[..middle], seed);
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("backup");
        subject.engine().backup(fs::File::create(&path).unwrap(), |_| {}).unwrap();
        subject.apply(&lines[middle..]);

        let restored = tempfile::tempdir().unwrap();
        Restore::from(&path).run(restored.path(), |_| {}).unwrap();
        let restored = Subject::owning(restored, config());
        restored.assert_equals(&naive, seed, false);
        send(&restored, &mut naive, &lines[middle - rng.index(150)..], seed);
        assert_eq!(naive, model(&lines), "seed {seed}: done once");
        restored.assert_equals(&naive, seed, true);
    }
}
