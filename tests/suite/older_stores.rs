//! Stores and backups of older formats give the same answers to the same questions.
//!
//! Of each format, `closed` was closed cleanly, `killed` was killed after its last reply with half of its changes
//! checkpointed, and `inbox.bak` is a backup of the first. `answers.jsonl` has the answers of the version that wrote them
//! to `queries.jsonl`.

use std::fs;
use std::path::{Path, PathBuf};

use inboxdb::{Config, Engine, Query, Restore, Timer};
use serde_json::{Value, json};

use inboxdb_harness::files::copy;

/// The formats before this version's, each with a directory of fixtures.
const FORMATS: [&str; 3] = ["format-2", "format-3", "format-4"];

fn fixture(format: &str, name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(format).join(name)
}

fn lines(format: &str, name: &str) -> Vec<String> {
    fs::read_to_string(fixture(format, name)).unwrap().lines().map(str::to_owned).collect()
}

fn answer(engine: &Engine, question: &str) -> Value {
    let query: Query = serde_json::from_str(question).unwrap();
    match engine.query(&query) {
        Ok(answer) => serde_json::to_value(answer).unwrap(),
        Err(error) => json!({ "error": { "code": error.code().name() } }),
    }
}

/// Opens a store, compares all answers, scrubs it and closes it.
fn assert_answers(format: &str, path: &Path) {
    let engine = Engine::open(path, Config::default().timer(Timer::Off)).unwrap();
    let (questions, answers) = (lines(format, "queries.jsonl"), lines(format, "answers.jsonl"));
    assert_eq!(questions.len(), answers.len());
    for (question, expected) in questions.iter().zip(answers) {
        let mut expected: Value = serde_json::from_str(&expected).unwrap();
        if let Some(error) = expected.get_mut("error").and_then(Value::as_object_mut) {
            error.remove("message");
        }
        assert_eq!(answer(&engine, question), expected, "{format}: {question}");
    }
    let report = engine.scrub().unwrap();
    assert!(report.is_clean(), "{format}: {report}");
    engine.close().unwrap();
}

/// Opens a copy of a store twice.
fn assert_opens(name: &str) {
    for format in FORMATS {
        let directory = tempfile::tempdir().unwrap();
        copy(&fixture(format, name), directory.path());
        assert_answers(format, directory.path());
        assert_answers(format, directory.path());
    }
}

#[test]
fn older_closed_store_answers_the_same() {
    assert_opens("closed");
}

#[test]
fn older_killed_store_answers_the_same() {
    assert_opens("killed");
}

#[test]
fn older_backup_restores_to_the_same_answers() {
    for format in FORMATS {
        let directory = tempfile::tempdir().unwrap();
        let restored = directory.path().join("restored");
        Restore::from(fixture(format, "inbox.bak")).run(&restored, |_| {}).unwrap();
        assert_answers(format, &restored);
    }
}
