//! Kills the real program at random moments while it imports a file that names things by external id, and runs it again.

use std::fmt::Write;
use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use inboxdb_naive::Rng;

use super::killing::{kill, rounds};
use crate::common::Place;

const CHATS: u32 = 2_000;

/// A file of several changes. Its chats have numbers that are not in their order.
fn file() -> String {
    let mut lines = String::from("{\"inboxdb_export\":{\"version\":2,\"next_chat\":3000}}\n");
    lines += "{\"customer\":{\"external\":\"kim\",\"name\":null,\"profile\":{},\"events\":0}}\n";
    for id in 1..=CHATS {
        let number = CHATS + 1 - id;
        writeln!(
            lines,
            r#"{{"chat":{{"id":{number},"external":"t{id}","customer":{{"external":"kim"}},"status":"open","followers":[],"tags":[],"unread":{{}},"favorited_by":[],"created_at":{id},"last_activity_at":{id},"messages":1,"attributes":{{}}}}}}"#
        )
        .unwrap();
        writeln!(
            lines,
            r#"{{"message":{{"chat":{number},"external":"m","at":{id},"author":"system","visibility":"public","text":"{}","files":[]}}}}"#,
            "x".repeat(1_000)
        )
        .unwrap();
    }
    writeln!(
        lines,
        r#"{{"end":{{"managers":0,"tags":0,"customers":1,"events":0,"chats":{CHATS},"messages":{CHATS}}}}}"#
    )
    .unwrap();
    lines
}

fn import(place: &Place, store: &str) -> Duration {
    let began = Instant::now();
    let ran = place.run(["import", store, "file.jsonl"], "");
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
    began.elapsed()
}

#[test]
fn kill_while_importing_and_import_again() {
    let rounds = rounds(5);
    let (mut rng, place) = (Rng::new(11), Place::new());
    fs::write(place.path("file.jsonl"), file()).unwrap();
    let longest = import(&place, "whole");
    let exported = |store: &str| place.run(["export", store, "--system"], "").output;
    let expected = exported("whole");
    let mut partial = 0;
    for round in 0..rounds {
        let store = format!("store{round}");
        // Killed more than once: each import goes on where the last one was killed.
        for _ in 0..2 {
            let patience = Duration::from_micros(rng.below(longest.as_micros() as u64));
            let mut command = place.command(["import", &store, "file.jsonl"]);
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            thread::sleep(patience);
            kill(&mut child);
        }
        if place.path(&store).exists() {
            let ask = r#"{"count":{"workspace":1,"view":"all"}}"#;
            let count = place.run(["query", &store], ask).json().first().and_then(|answer| answer["count"].as_u64());
            partial += u32::from(count.is_some_and(|count| (1..u64::from(CHATS)).contains(&count)));
        }
        import(&place, &store);
        assert!(exported(&store) == expected, "round {round}");
        let scrubbed = place.run(["scrub", &store], "");
        assert_eq!(scrubbed.code, 0, "{}", scrubbed.output);
    }
    eprintln!("{rounds} rounds within {longest:?}; {partial} had a part");
}
