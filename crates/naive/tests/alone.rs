//! The naive model by itself: its checks, and the coverage of the random traces.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;

use inboxdb_naive::{Naive, limits, queries, retryable, trace, wide};
use serde_json::Value;

/// The number of each reply to each command.
type Tally = BTreeMap<(String, String), u64>;

fn named(value: &Value) -> String {
    match value {
        Value::String(name) => name.clone(),
        Value::Object(fields) => fields.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}

/// Returns the command of a line; for a bulk also the action.
fn command(line: &[u8]) -> String {
    let line: Value = serde_json::from_slice(line).unwrap_or_default();
    let name = named(&line["do"]);
    if name == "bulk" { format!("bulk {}", named(&line["do"]["bulk"]["do"])) } else { name }
}

fn run(lines: &[Vec<u8>], naive: &mut Naive, tally: &mut Tally) {
    for line in lines {
        let before = naive.remembers(line).then(|| naive.clone());
        let answer = naive.apply(line);
        let said = match answer["error"]["code"].as_str() {
            Some("malformed") => ("-".to_owned(), "malformed".to_owned()),
            code => (command(line), code.unwrap_or("ok").to_owned()),
        };
        *tally.entry(said).or_default() += 1;
        for refused in answer["ok"]["refused"].as_array().into_iter().flatten() {
            let said = format!("each: {}", refused["code"].as_str().unwrap());
            *tally.entry((command(line), said)).or_default() += 1;
        }
        if let Some(before) = before {
            let reply = answer["error"]["code"].as_str().unwrap_or("ok").to_owned();
            *tally.entry(("retry".to_owned(), reply)).or_default() += 1;
            assert_eq!(*naive, before, "a retry changes nothing");
        }
        naive.verify();
    }
}

/// Asks every question, follows every page, and counts the answers by kind and code.
fn ask(naive: &Naive, seed: u64, full: bool, tally: &mut Tally) {
    for line in queries(naive, seed, full) {
        let query: Value = serde_json::from_str(&line).unwrap();
        let name = named(&query);
        let mut asked = query.clone();
        loop {
            let answer = naive.query(&asked.to_string());
            let code = answer["error"]["code"].as_str().unwrap_or("ok");
            *tally.entry((format!("? {name}"), code.to_owned())).or_default() += 1;
            let Some(next) = answer["next"].as_str() else { break };
            let cursor = if ["notifications", "customers"].contains(&name.as_str()) { "after" } else { "before" };
            asked[&name][cursor] = next.into();
            *tally.entry((format!("? {name}"), "a further page".to_owned())).or_default() += 1;
        }
    }
}

fn print(tally: &Tally) {
    tally.iter().for_each(|((what, how), times)| eprintln!("{what:32} {how:24} {times:8}"));
}

#[test]
fn naive_model_passes_its_own_checks() {
    for (name, check) in inboxdb_naive::checks::ALL {
        eprintln!("{name}");
        check();
    }
}

/// Runs random traces and asks everything in between. Returns how often each reply came.
fn traces() -> Tally {
    let seeds = std::env::var("INBOXDB_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(4);
    let mut tally = Tally::new();
    for seed in 0..seeds {
        let lines = trace(seed, 2_000);
        assert_eq!(lines, trace(seed, 2_000), "the same seed gives the same lines");
        let mut naive = Naive::new();
        for (n, piece) in (0..).zip(lines.chunks(400)) {
            run(piece, &mut naive, &mut tally);
            ask(&naive, seed + n, false, &mut tally);
        }
        ask(&naive, seed, true, &mut tally);
    }
    print(&tally);
    tally
}

fn assert_came(tally: &Tally, command: &str, replies: &[&str]) {
    for reply in replies {
        assert!(tally.contains_key(&(command.to_owned(), (*reply).to_owned())), "{command}: {reply}");
    }
}

#[test]
fn naive_traces_cover_every_command_and_every_refusal() {
    let tally = traces();
    for action in inboxdb_naive::ACTIONS {
        assert_came(&tally, &format!("bulk {action}"), &["ok"]);
    }
    for command in ["set_attribute", "set_capacity", "set_profile_fields", "delete_customer", "assign_recommended"] {
        assert_came(&tally, command, &["ok"]);
    }
    for code in ["unknown_index", "nobody_available", "invalid_snooze", "empty_message", "too_large", "forbidden"] {
        assert!(tally.keys().any(|(_, how)| how == code), "{code}");
    }
    for (command, replies) in [
        ("all", &["ok", "forbidden", "unknown_chat", "unknown_tag", "condition_failed"][..]),
        ("put_customer", &["ok", "external_taken"]),
        ("put_manager", &["ok", "external_taken", "forbidden"]),
        ("start_chat", &["ok", "external_taken", "unknown_customer"]),
        ("send_message", &["ok", "id_reused", "condition_failed"]),
        ("edit_message", &["ok", "forbidden", "unknown_message", "empty_message"]),
        ("redact_message", &["ok", "forbidden", "unknown_message"]),
        ("mark_read", &["ok", "unknown_message", "forbidden"]),
        ("mark_unread", &["ok", "not_following", "forbidden"]),
        ("merge_tag", &["ok", "invalid_tag", "unknown_tag"]),
        ("assign_recommended", &["ok", "nobody_available"]),
        ("set_clock", &["ok", "forbidden"]),
        ("retry", &["ok", "id_reused"]),
        ("? find", &["ok", "unknown_customer", "unknown_manager", "unknown_chat", "unknown_message", "malformed"]),
        ("? customers", &["ok", "a further page", "malformed"]),
        ("? message", &["ok", "unknown_message"]),
        ("? manager", &["ok", "unknown_manager"]),
        ("? workspaces", &["ok", "malformed"]),
        ("? chats", &["ok", "malformed"]),
    ] {
        assert_came(&tally, command, replies);
    }
}

#[test]
fn naive_model_is_sound_after_limits_and_wide_commands() {
    for lines in [limits(), wide(300)] {
        let (mut naive, mut tally) = (Naive::new(), Tally::new());
        run(&lines, &mut naive, &mut tally);
        ask(&naive, 1, true, &mut tally);
        print(&tally);
    }
}

#[test]
fn naive_client_may_send_anything_again() {
    for seed in 0..3 {
        let lines = retryable(seed, 1_500);
        assert_eq!(lines.len(), 1_500);
        let mut naive = Naive::new();
        for (n, line) in lines.iter().enumerate() {
            assert!(naive.apply(line).get("ok").is_some(), "{}", String::from_utf8_lossy(line));
            if n % 97 == 0 {
                let before = naive.clone();
                lines[n.saturating_sub(400)..=n].iter().for_each(|line| drop(naive.apply(line)));
                assert_eq!(naive, before, "seed {seed}, after {n} lines");
            }
        }
    }
}
