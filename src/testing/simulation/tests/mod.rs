//! Whole engines on simulated disks. Whatever fails and whenever the power goes, all acknowledged commands survive, the
//! state is a prefix of the commands down to the last byte of its rows, and a scrub is clean.
//!
//! A run is one seed: `INBOXDB_SEED=7 cargo test --lib simulation::tests::any -- --nocapture` repeats one, and
//! `INBOXDB_RUNS=100000` sets the number of runs.

mod compact;
mod full;
mod history;
mod import;
mod life;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::testing::simulation::{Random, SimulatedDisk};

use history::{HISTORIES, History};
use life::Run;

/// Reads a number from the environment.
fn given(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|number| number.parse().ok())
}

/// Runs several lives on one disk. Each ends in its own way.
fn run(histories: &[History], seed: u64, disk: SimulatedDisk) {
    let mut random = Random::new(seed);
    let mut run = Run::new(&histories[random.below(histories.len())], Random::new(random.next()), disk);
    for _ in 0..=random.below(4) {
        run.live();
    }
}

#[test]
fn any_fault_leaves_a_prefix_with_everything_that_was_acknowledged() {
    let histories: Vec<History> = (0..HISTORIES).map(History::new).collect();
    if let Some(seed) = given("INBOXDB_SEED") {
        return run(&histories, seed, SimulatedDisk::new());
    }
    for seed in 0..given("INBOXDB_RUNS").unwrap_or(200) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(&histories, seed, SimulatedDisk::new()))) {
            eprintln!("to repeat it: INBOXDB_SEED={seed} cargo test --lib simulation::tests::any -- --nocapture");
            resume_unwind(panic);
        }
    }
}

/// Tests the checks themselves.
#[test]
fn a_disk_that_lies_about_its_syncs_is_found_out() {
    let histories = [History::new(0)];
    let found_out = (0..100).filter(|seed| {
        let disk = SimulatedDisk::new();
        disk.machine().lie();
        catch_unwind(AssertUnwindSafe(|| run(&histories, *seed, disk))).is_err()
    });
    assert!(found_out.count() > 20);
}
