//! Runs the fuzz targets that use the public API with their seeds, without a fuzzer. Targets that use private parts run
//! their seeds in `src/testing/fuzzing/` and beside their code.

use std::collections::BTreeSet;
use std::path::Path;
use std::{fs, panic};

use arbitrary::{Arbitrary, Unstructured};
use serde_json::Value;

use inboxdb_harness::Subject;
use inboxdb_harness::targets::index_consistency::Looks;
use inboxdb_harness::targets::script::Script;
use inboxdb_harness::targets::{COMMANDS, canary, import_lines, index_consistency, json};
use inboxdb_naive::{ACTIONS, Naive, Rng};

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
    scripts("index_consistency").iter().for_each(|script| index_consistency::run(script, Subject::new, Looks::Whole));
}

/// What can be in a line besides commands and bulk actions.
const PARTS: [&str; 10] = ["id", "if", "all", "as", "external", "quiet", "up_to", "online", "messages", "assignee"];

/// Adds the names of all fields that are not null. Those without fields are named by themselves.
fn add_names(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                names.insert(name.clone());
                add_names(value, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| add_names(item, names)),
        Value::String(name) => drop(names.insert(name.clone())),
        _ => {}
    }
}

#[test]
fn fuzz_seeds_of_index_consistency_cover_every_command_and_bulk_action() {
    let (mut names, mut actions) = (BTreeSet::new(), BTreeSet::new());
    let (mut retries, mut by_reference, mut refused_parts) = (0, 0, 0);
    for script in scripts("index_consistency") {
        let mut naive = Naive::new();
        for (line, _) in &script.lines {
            let said: Value = serde_json::from_slice(line).unwrap();
            let is_retry = naive.remembers(line);
            let answer = naive.apply(line);
            refused_parts += usize::from(answer["error"]["at"].as_u64() > Some(0));
            if answer.get("ok").is_some() {
                add_names(&said, &mut names);
                add_names(&said["do"]["bulk"]["do"], &mut actions);
                retries += usize::from(is_retry);
                by_reference += usize::from(line.windows(9).any(|part| part == br#""chat":0,"#));
            }
        }
    }
    let missing: Vec<&str> = COMMANDS.into_iter().chain(PARTS).filter(|name| !names.contains(*name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(ACTIONS.iter().all(|action| actions.contains(*action)), "{actions:?}");
    assert!(retries >= 5 && by_reference > 0 && refused_parts > 0, "{retries} {by_reference} {refused_parts}");
}

#[test]
fn fuzz_seeds_of_import_lines() {
    let mut accepted = [0; 2];
    for seed in seeds("import_lines") {
        let [empty, used] = import_lines::run(&seed, Subject::new).map(usize::from);
        accepted = [accepted[0] + empty, accepted[1] + used];
        import_lines::run(&seed[..seed.len() / 2], Subject::new);
    }
    // Seeds of files that are all refused would check little.
    assert!(accepted[0] >= 6 && accepted[1] >= 4, "{accepted:?}");
}

#[test]
fn fuzz_seeds_of_json() {
    seeds("json").iter().for_each(|seed| json::run(seed));
}

/// Returns a seed with some bytes replaced, and often the end of another one.
fn varied(seeds: &[Vec<u8>], rng: &mut Rng) -> Vec<u8> {
    let mut input = seeds[rng.index(seeds.len())].clone();
    for _ in 0..1 + rng.index(12) {
        let at = rng.index(input.len());
        input[at] = rng.below(256) as u8;
    }
    if rng.chance(60) {
        let other = &seeds[rng.index(seeds.len())];
        // Steps stay whole.
        input.truncate(rng.index(1 + input.len() / 8) * 8);
        input.extend(&other[other.len().min(rng.index(1 + other.len() / 8) * 8)..]);
    }
    input
}

/// What a fuzzer would make of the seeds first, for those who have none. `INBOXDB_SEEDS` runs longer.
#[test]
fn fuzz_targets_hold_on_varied_seeds() {
    let (steps, imports) = (seeds("index_consistency"), seeds("import_lines"));
    for seed in 0..inboxdb_harness::seeds(6) {
        eprintln!("round {seed}");
        let mut rng = Rng::new(seed);
        let input = varied(&steps, &mut rng);
        index_consistency::run(
            &Script::arbitrary_take_rest(Unstructured::new(&input)).unwrap(),
            Subject::new,
            Looks::Whole,
        );
        import_lines::run(&varied(&imports, &mut rng), Subject::new);
    }
}

#[test]
fn fuzz_canary_finds_the_planted_fault_and_no_other() {
    for script in scripts("canary") {
        index_consistency::run(&script, Subject::new, Looks::Whole);
        let found = panic::catch_unwind(|| canary::run(&script, Subject::new, Looks::Whole));
        assert!(found.is_err(), "the checks missed the planted fault");
    }
}
