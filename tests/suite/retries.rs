//! A client that does not know which of its commands were done sends them again: after crashes, after restores, and
//! for no reason. Nothing is done twice, and nothing is half done.

use std::fs;
use std::time::Duration;

use inboxdb::{Config, Durability, Restore, Timer};
use inboxdb_harness::{Subject, files, seeds};
use inboxdb_naive::{Naive, Rng, retryable};
use serde_json::json;

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
    for seed in 0..seeds(2) {
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
    for seed in 0..seeds(2) {
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
    for seed in 10..10 + seeds(2) {
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

/// An id whose time was over came back once, when the clock was set to an earlier time.
#[test]
fn forgotten_ids_stay_forgotten_when_the_clock_is_set_back() {
    let put = |at: u64, id: &str, name: &str| {
        let put = json!({"put_customer":{"customer":1,"name":name}});
        json!({"actor":"system","at":at,"do":put,"id":id,"workspace":1}).to_string().into_bytes()
    };
    let set_clock =
        |at: u64| json!({"actor":"system","at":0,"do":{"set_clock":{"at":at}},"workspace":1}).to_string().into_bytes();
    let tick = |at: u64| json!({"actor":"system","at":at,"do":"tick","workspace":1}).to_string().into_bytes();
    const DAY_MS: u64 = 86_400_000;
    let mut old: Vec<_> = (0..20).map(|number| put(1_000, &format!("old {number}"), "Ada")).collect();
    old.extend([put(1_001, "kept", "Ada"), tick(1_001 + DAY_MS), set_clock(500)]);
    let again = (0..20).map(|number| put(500, &format!("old {number}"), "Grace"));
    let retries = [put(500, "kept", "Ada"), put(500, "kept", "Grace"), put(500, "old 7", "Grace")];
    let lines: Vec<_> = old.into_iter().chain(again).chain(retries).collect();

    let (mut subject, mut naive) = (Subject::new(config()), Naive::new());
    for (line, seed) in lines.chunks(11).zip(0..) {
        send(&subject, &mut naive, line, seed);
        subject.reopen();
    }
    subject.assert_equals(&naive, 0, true);
    let customer = subject.query(r#"{"customer":{"workspace":1,"customer":1}}"#);
    assert!(customer.to_string().contains("Grace"), "{customer}");
}

/// `"quiet":false` was another command than one without `quiet`, and so on.
#[test]
fn retry_that_writes_out_a_default_is_the_same_command() {
    let naive = &mut Naive::new();
    let subject = Subject::new(config());
    let line = |id: &str, actor: &str, command: &str| {
        format!(r#"{{"workspace":1,"at":1,"actor":{actor},"id":"{id}","do":{command}}}"#).into_bytes()
    };
    let system = r#""system""#;
    let filling = [
        r#"{"put_manager":{"manager":7,"name":"Ada","role":"owner"}}"#,
        r#"{"set_operator":{"manager":7,"on":true}}"#,
        r#"{"put_customer":{"customer":5,"name":"Grace"}}"#,
        r#"{"start_chat":{"customer":5}}"#,
    ];
    let filling: Vec<_> =
        (0..).zip(filling).map(|(id, command)| line(&format!("filling {id}"), system, command)).collect();
    send(&subject, naive, &filling, 0);
    let same = [
        (
            r#"{"send_message":{"chat":1,"visibility":"public","text":"x"}}"#,
            r#"{"send_message":{"chat":1,"visibility":"public","text":"x","files":[],"quiet":false,"external":null}}"#,
        ),
        (r#"{"assign_recommended":{"chat":1}}"#, r#"{"assign_recommended":{"chat":1,"online":false}}"#),
        (
            r#"{"bulk":{"select":{"chats":[1]},"do":{"send_message":{"visibility":"internal","text":"x"}}}}"#,
            r#"{"bulk":{"select":{"chats":[1]},"do":{"send_message":{"visibility":"internal","text":"x","files":[]}}}}"#,
        ),
        (
            r#"{"all":[{"send_message":{"chat":1,"visibility":"public","text":"y","quiet":null}}]}"#,
            r#"{"all":[{"send_message":{"chat":1,"visibility":"public","text":"y","quiet":false}}]}"#,
        ),
    ];
    for (id, (short, long)) in (0..).zip(same) {
        let lines = [short, long, long, short].map(|command| line(&format!("same {id}"), system, command));
        send(&subject, naive, &lines, id);
        assert!(naive.apply(&lines[1]).get("ok").is_some(), "{long}");
    }
    subject.assert_equals(naive, 0, true);
}
