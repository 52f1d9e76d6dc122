//! Writes the seeds of `corpus/` that consist of meaningful steps or bytes, so that they can be read and edited here:
//! `cargo +nightly run --example seeds`, in `fuzz/`. The seeds of past bugs are stored beside them.

#![allow(clippy::unwrap_used, reason = "a program for those who work on the targets")]

mod bytes;
mod steps;

use std::fs;
use std::path::Path;

use inboxdb_fuzz::targets::script::Step;

fn main() {
    for (name, steps) in steps::CASES {
        write("index_consistency", name, &bytes_of(steps));
    }
    write("canary", "reading-a-snoozed-chat", &bytes_of(steps::CANARY));
    for (target, name, seed) in bytes::cases() {
        write(target, name, seed);
    }
}

/// Returns the bytes from which a script reads these steps.
fn bytes_of(steps: &[Step]) -> Vec<u8> {
    let bytes = |step: &Step| {
        let [first, second, third] = step.operands;
        [step.command, step.actor, step.when, first, second, third]
    };
    steps.iter().flat_map(bytes).collect()
}

fn write(target: &str, name: &str, seed: &[u8]) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&corpus).unwrap();
    fs::write(corpus.join(name), seed).unwrap();
}
