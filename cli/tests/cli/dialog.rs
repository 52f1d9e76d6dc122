//! Talking to other programs: answers come at once, a reader may exit, and a kill loses nothing that was printed.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::{Dialog, Place, line, setup};

const START: &str = r#"{"start_chat":{"customer":5}}"#;

#[test]
fn each_line_is_answered_before_the_next_is_sent() {
    let place = Place::with(&setup(0));
    let mut apply = Dialog::start(place.command(["apply", "store"]));
    for chat in 1..=3 {
        assert_eq!(apply.say(line(5, START).trim_end())["ok"], json!({"chat": chat}));
    }
    assert_eq!(apply.say("nonsense")["error"]["code"], "malformed");
    assert_eq!(apply.end(), 1);

    let mut query = Dialog::start(place.command(["query", "store"]));
    for _ in 0..3 {
        assert_eq!(query.say(r#"{"count":{"workspace":1,"view":"all"}}"#), json!({"count": 3}));
    }
    assert_eq!(query.end(), 0);
}

#[test]
fn apply_ends_quietly_when_its_reader_exits() {
    let place = Place::with(&setup(0));
    let mut child = place.command(["apply", "store"]).spawn().unwrap();
    drop(child.stdout.take());
    let mut input = child.stdin.take().unwrap();
    // At most what a pipe holds, since the input may never be read.
    let first = input.write_all(line(5, START).repeat(500).as_bytes());
    let ended = child.wait_with_output();
    drop(input);
    let ended = ended.unwrap();
    assert!(first.is_ok());
    assert_eq!((ended.status.code(), String::from_utf8(ended.stderr).unwrap().as_str()), (Some(141), ""));
    // Applied commands stay, and the store was closed.
    assert!((1..=500).contains(&place.count("all")));
}

#[test]
fn closed_pipe_is_exit_141_for_every_command_that_prints() {
    let place = Place::with(&setup(3));
    let exported = place.run(["export", "store", "--system"], "").output;
    std::fs::write(place.path("inbox.jsonl"), exported).unwrap();
    assert_eq!(place.run(["backup", "store", "a.bak"], "").code, 0);
    for arguments in [
        &["query", "store"] as &[&str],
        &["sidebar", "store", "--manager", "7"],
        &["count", "store", "all"],
        &["list", "store", "all"],
        &["list", "store", "all", "--json"],
        &["show", "store", "1"],
        &["customer", "store", "5"],
        &["recommend", "store", "1"],
        &["notifications", "store", "--manager", "7"],
        &["bulk", "store", "all", "close", "--dry-run"],
        &["bulk", "store", "all", "close", "--yes"],
        &["export", "store", "--system"],
        &["export", "store", "--system", "--format", "csv", "--excel"],
        &["export", "store", "--system", "-o", "out.jsonl"],
        &["import", "copy", "inbox.jsonl"],
        &["scrub", "store"],
        &["info", "store"],
        &["backup", "store", "b.bak"],
        &["verify", "a.bak"],
        &["restore", "a.bak", "restored"],
        &["rebuild", "store", "--backup", "a.bak"],
        &["compact", "store", "--yes"],
        &["completions", "bash"],
        &["man"],
        &["--help"],
        &["list", "--help"],
        &["--version"],
        &["demo", "--chats", "10"],
        &["bench", "--chats", "10"],
    ] {
        let mut child = place.command(arguments).spawn().unwrap();
        drop(child.stdout.take());
        let question = format!("{}\n", r#"{"count":{"workspace":1,"view":"all"}}"#);
        let _ = child.stdin.take().unwrap().write_all(question.as_bytes());
        let ended = child.wait_with_output().unwrap();
        let errors = String::from_utf8(ended.stderr).unwrap();
        assert_eq!((ended.status.code(), errors.as_str()), (Some(141), ""), "{arguments:?}");
    }
    // The store was closed each time.
    assert_eq!(place.count("all:closed"), 3);
}

/// Starts chats endlessly, kills the process after a while, and returns the last printed line.
fn kill_while_applying(place: &Place, patience: Duration) -> Option<Value> {
    let mut command = place.command(["apply", "store"]);
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let feeder = thread::spawn(move || {
        let lines = line(5, START).repeat(64);
        while input.write_all(lines.as_bytes()).is_ok() {}
    });
    let output = BufReader::new(child.stdout.take().unwrap());
    let reader = thread::spawn(move || output.lines().map_while(Result::ok).last());
    thread::sleep(patience);
    child.kill().unwrap();
    child.wait().unwrap();
    feeder.join().unwrap();
    // A line that was cut off does not count as printed.
    reader.join().unwrap().and_then(|line| serde_json::from_str(&line).ok())
}

#[test]
fn kill_loses_nothing_printed() {
    let place = Place::with(&setup(0));
    let mut printed = 0;
    for round in 0..60 {
        // On a loaded machine it takes longer until anything is printed.
        if round >= 12 && printed > 0 {
            break;
        }
        if let Some(last) = kill_while_applying(&place, Duration::from_millis(30 + 23 * round)) {
            printed = last["ok"]["chat"].as_u64().unwrap();
        }
        let chats = place.count("all");
        assert!(chats >= printed, "{printed} chats were printed, but only {chats} are stored");
        // The store holds a prefix of the commands: the chats are all there, and the newest can be shown.
        assert_eq!(place.count("customer:5"), chats);
        if chats > 0 {
            let newest = json!({"show": {"workspace": 1, "chat": chats}});
            assert_eq!(place.ask(&newest.to_string())["id"], json!(chats));
        }
        printed = chats;
    }
    assert!(printed > 0);
}
