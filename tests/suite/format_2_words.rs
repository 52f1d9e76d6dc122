//! Stores of a version that compared words by their code points: hashtags are found in NFC, and tags that NFC makes equal
//! stay apart and reachable.
//!
//! `closed` was closed cleanly. `killed` was killed after its last reply, with two thirds of its changes checkpointed.
//! `inbox.bak` is a backup of the first. `answers.jsonl` has what this version must answer to `queries.jsonl`.

use std::fs;
use std::path::{Path, PathBuf};

use inboxdb::{Command, Config, Engine, Error, Keep, Query, Restore, Timer, Workspace};
use inboxdb_harness::files::copy;
use serde_json::{Value, json};

use crate::exports::{import, json_lines};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/format-2-words").join(name)
}

fn lines(name: &str) -> Vec<String> {
    fs::read_to_string(fixture(name)).unwrap().lines().map(str::to_owned).collect()
}

fn open(path: &Path) -> Engine {
    Engine::open(path, Config::default().timer(Timer::Off)).unwrap()
}

fn answer(engine: &Engine, question: &str) -> Value {
    let query: Query = serde_json::from_str(question).unwrap();
    match engine.query(&query) {
        Ok(answer) => serde_json::to_value(answer).unwrap(),
        Err(error) => json!({ "error": { "code": error.code().name() } }),
    }
}

fn count(engine: &Engine, view: &str) -> Value {
    answer(engine, &json!({"count":{"workspace":1,"view":view}}).to_string())["count"].clone()
}

fn run(inbox: &Workspace, command: Command) -> Result<(), Error> {
    inbox.as_system().execute(command).map(drop)
}

fn equal_tags(inbox: &Workspace) -> Vec<Vec<String>> {
    let path = |tag: inboxdb::Tag| tag.path.to_string();
    inbox.equal_tags().unwrap().into_iter().map(|group| group.into_iter().map(path).collect()).collect()
}

/// `환불`, `배송`, `교환`, `Café` and `Zoë` in letters that combine.
const REFUND: &str = "\u{1112}\u{116a}\u{11ab}\u{1107}\u{116e}\u{11af}";
const DELIVERY: &str = "\u{1107}\u{1162}\u{1109}\u{1169}\u{11bc}";
const EXCHANGE: &str = "\u{1100}\u{116d}\u{1112}\u{116a}\u{11ab}";
const CAFE: &str = "Cafe\u{301}";
const ZOE: &str = "Zoe\u{308}";

/// Compares all answers, scrubs the store and closes it.
fn assert_answers(path: &Path) {
    let engine = open(path);
    let (questions, answers) = (lines("queries.jsonl"), lines("answers.jsonl"));
    assert_eq!(questions.len(), answers.len());
    for (question, expected) in questions.iter().zip(answers) {
        assert_eq!(answer(&engine, question), serde_json::from_str::<Value>(&expected).unwrap(), "{question}");
    }
    let inbox = engine.workspace(1).unwrap();
    assert_eq!(
        equal_tags(&inbox),
        [vec!["Café", CAFE], vec![ZOE, "Zoë"], vec![REFUND, "환불"]],
        "each group begins with the one created first"
    );
    let report = engine.scrub().unwrap();
    assert!(report.is_clean(), "{report}");
    engine.close().unwrap();
}

#[test]
fn format_2_words_of_a_closed_store_are_rewritten() {
    let directory = tempfile::tempdir().unwrap();
    copy(&fixture("closed"), directory.path());
    assert_answers(directory.path());
    assert_answers(directory.path());
}

#[test]
fn format_2_words_in_the_journal_of_a_killed_store_are_rewritten() {
    let directory = tempfile::tempdir().unwrap();
    copy(&fixture("killed"), directory.path());
    assert_answers(directory.path());
    assert_answers(directory.path());
}

#[test]
fn format_2_words_of_a_restored_backup_are_rewritten() {
    let directory = tempfile::tempdir().unwrap();
    let restored = directory.path().join("restored");
    Restore::from(fixture("inbox.bak")).run(&restored, |_| {}).unwrap();
    assert_answers(&restored);
    assert_answers(&restored);
}

/// The journal has changes of the older version and of this one, and the state store is made again from all of them.
#[test]
fn format_2_words_survive_a_rebuild_from_changes_of_both_versions() {
    let directory = tempfile::tempdir().unwrap();
    copy(&fixture("killed"), directory.path());
    let engine = Engine::open(directory.path(), Config::default().timer(Timer::Off).keep(Keep::SinceBackup)).unwrap();
    let inbox = engine.workspace(1).unwrap();
    run(&inbox, Command::set_description(1, format!("#cafe\u{301} #{REFUND}"))).unwrap();
    run(&inbox, Command::close(4)).unwrap();
    let questions = lines("queries.jsonl");
    let answers: Vec<Value> = questions.iter().map(|question| answer(&engine, question)).collect();
    engine.close().unwrap();
    fs::remove_dir_all(directory.path().join("state")).unwrap();
    let engine = open(directory.path());
    for (question, expected) in questions.iter().zip(answers) {
        assert_eq!(answer(&engine, question), expected, "{question}");
    }
    assert!(engine.scrub().unwrap().is_clean());
}

#[test]
fn format_2_equal_tags_are_found_by_their_exact_spelling() {
    let directory = tempfile::tempdir().unwrap();
    copy(&fixture("closed"), directory.path());
    let engine = open(directory.path());
    for (view, expected) in [
        (format!("tag:{REFUND}"), 3),
        ("tag:환불".to_owned(), 2),
        ("tag:환불/배송".to_owned(), 2),
        (format!("tag:{REFUND}/{DELIVERY}"), 1),
        (format!("tag:{REFUND}/배송"), 1),
        (format!("tag:{REFUND}/{EXCHANGE}"), 1),
        ("tag:Café".to_owned(), 1),
        ("tag:CAFE\u{301}".to_owned(), 1),
        (format!("tag:{CAFE}"), 1),
        ("tag:Zoë".to_owned(), 1),
        (format!("tag:{ZOE}"), 1),
        (format!("tag:{}", "\u{958}".repeat(65)), 1),
    ] {
        assert_eq!(count(&engine, &view), expected, "{view}");
    }
    engine.close().unwrap();
}

#[test]
fn format_2_equal_tags_take_commands_and_end_with_the_first() {
    let directory = tempfile::tempdir().unwrap();
    copy(&fixture("closed"), directory.path());
    let engine = open(directory.path());
    let inbox = engine.workspace(1).unwrap();
    run(&inbox, Command::create_tag("환불")).unwrap();
    run(&inbox, Command::create_tag(format!("{REFUND}/{DELIVERY}"))).unwrap();
    assert_eq!(inbox.tags().unwrap().len(), 12, "both exist");
    assert_eq!(run(&inbox, Command::move_tag("환불", REFUND)).unwrap_err().code().name(), "tag_exists");
    assert_eq!(run(&inbox, Command::move_tag("환불", "환불/x")).unwrap_err().code().name(), "invalid_tag");
    run(&inbox, Command::tag(12, ["환불/배송"])).unwrap();
    assert_eq!(count(&engine, "tag:환불"), 3);
    run(&inbox, Command::move_tag("환불", "refund")).unwrap();
    assert_eq!(equal_tags(&inbox), [vec!["Café", CAFE], vec![ZOE, "Zoë"]]);
    assert_eq!((count(&engine, "tag:refund/배송"), count(&engine, "tag:환불")), (json!(3), json!(3)));
    run(&inbox, Command::delete_tag(ZOE)).unwrap();
    assert_eq!((count(&engine, "tag:ZOË"), equal_tags(&inbox).len()), (json!(1), 1));
    assert!(engine.scrub().unwrap().is_clean());
    engine.close().unwrap();
    let engine = open(directory.path());
    assert_eq!(equal_tags(&engine.workspace(1).unwrap()), [["Café", CAFE]]);
    assert!(engine.scrub().unwrap().is_clean());
}

#[test]
fn format_2_equal_tags_are_exported_and_imported_again() {
    let directory = tempfile::tempdir().unwrap();
    copy(&fixture("closed"), directory.path());
    let old = open(directory.path());
    let exported = json_lines(&old, 1);
    let new = Engine::temporary().unwrap();
    import(&new, 1, &exported).unwrap();
    assert_eq!(String::from_utf8_lossy(&json_lines(&new, 1)), String::from_utf8_lossy(&exported));
    assert_eq!(equal_tags(&new.workspace(1).unwrap()), equal_tags(&old.workspace(1).unwrap()));
    for question in lines("queries.jsonl").iter().filter(|question| !question.contains("notifications")) {
        let without_seq = |mut answer: Value| {
            answer.as_object_mut().unwrap().remove("seq");
            answer
        };
        assert_eq!(without_seq(answer(&new, question)), without_seq(answer(&old, question)), "{question}");
    }
    assert!(new.scrub().unwrap().is_clean());
}

#[test]
fn import_refuses_equal_tags_that_no_older_version_kept_apart() {
    let directory = tempfile::tempdir().unwrap();
    copy(&fixture("closed"), directory.path());
    let exported = String::from_utf8(json_lines(&open(directory.path()), 1)).unwrap();
    let marked = exported.matches(r#","apart":true"#).count();
    assert_eq!(marked, 4, "three that equal another one, and a long one");
    let without = exported.replace(r#","apart":true"#, "");
    let error = import(&Engine::temporary().unwrap(), 1, without.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("comes twice"), "{error}");
    let line = exported.lines().find(|line| line.contains("apart")).unwrap();
    let twice = exported.replacen(line, &format!("{line}\n{line}"), 1);
    let error = import(&Engine::temporary().unwrap(), 1, twice.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("comes twice"), "{error}");
}
