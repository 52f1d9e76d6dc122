//! Stores and a backup of format 2, written by version 0.1.0, give the same answers to the same questions.
//!
//! `closed` was closed cleanly. `killed` was killed after its last reply, with half of its changes checkpointed.
//! `inbox.bak` is a backup of the first. `answers.jsonl` has the answers of that version to `queries.jsonl`.

use std::fs;
use std::path::{Path, PathBuf};

use inboxdb::{Config, Engine, Query, Restore, Timer};
use serde_json::{Value, json};

use inboxdb_harness::files::copy;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/format-2").join(name)
}

fn lines(name: &str) -> Vec<String> {
    fs::read_to_string(fixture(name)).unwrap().lines().map(str::to_owned).collect()
}

fn answer(engine: &Engine, question: &str) -> Value {
    let query: Query = serde_json::from_str(question).unwrap();
    match engine.query(&query) {
        Ok(answer) => serde_json::to_value(answer).unwrap(),
        Err(error) => json!({ "error": { "code": error.code().name() } }),
    }
}

/// Opens a store, compares all answers, scrubs it and closes it.
fn assert_answers(path: &Path) {
    let engine = Engine::open(path, Config::default().timer(Timer::Off)).unwrap();
    let (questions, answers) = (lines("queries.jsonl"), lines("answers.jsonl"));
    assert_eq!(questions.len(), answers.len());
    for (question, expected) in questions.iter().zip(answers) {
        let mut expected: Value = serde_json::from_str(&expected).unwrap();
        if let Some(error) = expected.get_mut("error").and_then(Value::as_object_mut) {
            error.remove("message");
        }
        assert_eq!(answer(&engine, question), expected, "{question}");
    }
    let report = engine.scrub().unwrap();
    assert!(report.is_clean(), "{report}");
    engine.close().unwrap();
}

#[test]
fn format_2_closed_store_answers_the_same() {
    let directory = tempfile::tempdir().unwrap();
    copy(&fixture("closed"), directory.path());
    assert_answers(directory.path());
    assert_answers(directory.path());
}

#[test]
fn format_2_killed_store_answers_the_same() {
    let directory = tempfile::tempdir().unwrap();
    copy(&fixture("killed"), directory.path());
    assert_answers(directory.path());
    assert_answers(directory.path());
}

#[test]
fn format_2_backup_restores_to_the_same_answers() {
    let directory = tempfile::tempdir().unwrap();
    let restored = directory.path().join("restored");
    Restore::from(fixture("inbox.bak")).run(&restored, |_| {}).unwrap();
    assert_answers(&restored);
}
