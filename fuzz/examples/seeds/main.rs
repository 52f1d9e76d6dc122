//! Writes the hand-made seeds of `corpus/`, so that they can be read and edited here. Run it in `fuzz/` with
//! `cargo run --example seeds`. Seeds of bugs found by fuzzing are kept next to them.

#![allow(clippy::unwrap_used, reason = "a program for those who work on the targets")]

mod bytes;
mod imports;
mod steps;

use std::fs;
use std::path::Path;

use inboxdb_fuzz::targets::script::Step;

fn main() {
    for (name, steps) in steps::CASES {
        write("index_consistency", name, &bytes_of(steps));
    }
    write("canary", "reading-a-snoozed-chat", &bytes_of(steps::CANARY));
    for (name, seed) in imports::cases() {
        write("import_lines", name, &seed);
    }
    for (target, name, seed) in bytes::cases() {
        write(target, name, seed);
    }
}

/// Encodes steps as the bytes of a script.
fn bytes_of(steps: &[Step]) -> Vec<u8> {
    let bytes = |step: &Step| {
        let [first, second, third, fourth] = step.operands;
        [step.command, step.actor, step.when, step.envelope, first, second, third, fourth]
    };
    steps.iter().flat_map(bytes).collect()
}

fn write(target: &str, name: &str, seed: &[u8]) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&corpus).unwrap();
    fs::write(corpus.join(name), seed).unwrap();
}
