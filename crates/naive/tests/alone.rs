//! The naive model by itself: its checks, and the coverage of the random traces.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;

use inboxdb_naive::{Naive, limits, queries, trace, wide};
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
            let cursor = if name == "notifications" { "after" } else { "before" };
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

#[test]
fn naive_traces_cover_every_command_and_every_refusal() {
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
    for action in inboxdb_naive::ACTIONS {
        assert!(tally.contains_key(&(format!("bulk {action}"), "ok".to_owned())), "{action}");
    }
    for command in ["set_attribute", "set_capacity", "set_profile_fields", "delete_customer", "assign_recommended"] {
        assert!(tally.contains_key(&(command.to_owned(), "ok".to_owned())), "{command}");
    }
    for code in ["unknown_index", "nobody_available", "invalid_snooze", "empty_message", "too_large", "forbidden"] {
        assert!(tally.keys().any(|(_, how)| how == code), "{code}");
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
