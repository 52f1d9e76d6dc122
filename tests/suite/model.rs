//! The engine against the naive model: random traces and the real one, in pieces, with reopenings in between.

use std::time::Duration;

use inboxdb::{Config, Durability, Timer};
use inboxdb_harness::{Subject, real_trace, seeds};
use inboxdb_naive::{Naive, Rng, trace};

/// Returns small limits, so that checkpoints, segments and backpressure all happen within a short trace.
fn small(durability: Durability) -> Config {
    Config::default()
        .timer(Timer::Off)
        .durability(durability)
        .checkpoint_interval(Duration::from_millis(100))
        .checkpoint_journal_bytes(64 << 10)
        .segment_bytes(64 << 10)
        .watch_journal_bytes(128 << 10)
        .dirty_bytes_max(1 << 20)
        .record_cache_bytes(50_000)
}

/// Runs a trace in random pieces of at most `piece_max` lines. Compares all replies, and the whole inbox now and then.
fn compare(lines: &[Vec<u8>], seed: u64, piece_max: usize, config: Config) {
    let mut rng = Rng::new(seed);
    let mut naive = Naive::new();
    let mut subject = Subject::new(config);
    let mut rest = lines;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.len().min(1 + rng.index(piece_max)));
        rest = after;
        for (line, answer) in piece.iter().zip(subject.apply(piece)) {
            assert_eq!(answer, naive.apply(line), "seed {seed}: {}", String::from_utf8_lossy(line));
        }
        match rng.index(12) {
            0 => subject.reopen(),
            1 => subject.engine().checkpoint().unwrap(),
            2..=4 => subject.assert_equals(&naive, seed, false),
            _ => {}
        }
    }
    subject.assert_equals(&naive, seed, true);
    subject.reopen();
    subject.assert_equals(&naive, seed, true);
}

#[test]
fn model_agrees_on_random_traces() {
    for seed in 0..seeds(3) {
        compare(&trace(seed, 2_000), seed, 200, small(Durability::Interval(Duration::from_millis(5))));
    }
}

#[test]
fn model_agrees_on_a_random_trace_with_every_command_synced() {
    compare(&trace(1_000, 600), 1_000, 200, small(Durability::Sync));
}

/// No workspace stays in memory unless it is in use or has unwritten changes.
#[test]
fn model_agrees_while_workspaces_are_unloaded() {
    for seed in 2_000..2_002 {
        let config = small(Durability::Interval(Duration::from_millis(5))).workspaces_bytes_max(0);
        compare(&trace(seed, 1_500), seed, 200, config.dirty_bytes_max(0));
    }
}

#[test]
fn model_agrees_on_the_real_trace() {
    let Some(lines) = real_trace() else { return };
    let mut naive = Naive::new();
    assert!(lines.iter().all(|line| naive.apply(line).get("ok").is_some()));
    compare(&lines, 1, 500, small(Durability::Interval(Duration::from_millis(5))));
}

#[test]
fn model_agrees_on_wide_commands() {
    compare(&inboxdb_naive::wide(1_100), 5, 1_000, small(Durability::Interval(Duration::from_millis(5))));
}

#[test]
fn model_agrees_on_limits() {
    compare(&inboxdb_naive::limits(), 6, 200, small(Durability::Interval(Duration::from_millis(5))));
}

#[test]
fn model_passes_its_own_checks() {
    for (name, check) in inboxdb_naive::checks::ALL {
        eprintln!("{name}");
        check();
    }
}
