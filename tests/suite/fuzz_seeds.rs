//! Runs the fuzz targets that use the public API with their seeds, without a fuzzer. Targets that use private parts run
//! their seeds in `src/testing/fuzzing/` and beside their code.

use std::collections::BTreeSet;
use std::path::Path;
use std::{fs, panic};

use arbitrary::{Arbitrary, Unstructured};
use serde_json::Value;

use inboxdb_harness::Subject;
use inboxdb_harness::targets::script::Script;
use inboxdb_harness::targets::{COMMANDS, canary, index_consistency, json};
use inboxdb_naive::{ACTIONS, Naive};

/// Returns the seeds of a target, ordered by name.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut paths: Vec<_> = fs::read_dir(&corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} holds no seed", corpus.display());
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Returns the scripts that a fuzzer would make from the seeds of a target.
fn scripts(target: &str) -> Vec<Script> {
    seeds(target).iter().map(|seed| Script::arbitrary_take_rest(Unstructured::new(seed)).unwrap()).collect()
}

#[test]
fn fuzz_seeds_of_index_consistency() {
    scripts("index_consistency").iter().for_each(|script| index_consistency::run(script, Subject::new));
}

#[test]
fn fuzz_seeds_of_index_consistency_cover_every_command_and_bulk_action() {
    let name = |value: &Value| match value {
        Value::Object(fields) => fields.keys().next().cloned().unwrap_or_default(),
        name => name.as_str().unwrap_or_default().to_owned(),
    };
    let (mut commands, mut actions) = (BTreeSet::new(), BTreeSet::new());
    for script in scripts("index_consistency") {
        let mut naive = Naive::new();
        for (line, _) in &script.lines {
            let said: Value = serde_json::from_slice(line).unwrap();
            if naive.apply(line).get("ok").is_some() {
                commands.insert(name(&said["do"]));
                actions.insert(name(&said["do"]["bulk"]["do"]));
            }
        }
    }
    assert_eq!(commands, COMMANDS.map(str::to_owned).into());
    assert!(ACTIONS.iter().all(|action| actions.contains(*action)), "{actions:?}");
}

#[test]
fn fuzz_seeds_of_json() {
    seeds("json").iter().for_each(|seed| json::run(seed));
}

#[test]
fn fuzz_canary_finds_the_planted_fault_and_no_other() {
    for script in scripts("canary") {
        index_consistency::run(&script, Subject::new);
        let found = panic::catch_unwind(|| canary::run(&script, Subject::new));
        assert!(found.is_err(), "the checks missed the planted fault");
    }
}
