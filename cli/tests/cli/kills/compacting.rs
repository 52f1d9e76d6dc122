//! Kills the real program at random moments during compaction. The inbox stays the same.

use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use inboxdb_naive::{Rng, queries, trace};

use super::killing::{Run, kill, rounds};
use crate::common::Place;

const COMMANDS_FIRST: usize = 1_500;
const COMMANDS_EACH: usize = 20;

#[test]
fn kill_while_compacting_changes_nothing() {
    let rounds = rounds(20);
    let mut rng = Rng::new(9);
    let place = Place::new();
    // A few more than needed, since some are left out.
    let lines = trace(79, COMMANDS_FIRST + 2 * COMMANDS_EACH * rounds as usize);
    let mut run = Run::new(lines, |naive, round| queries(naive, round, false));
    run.begin(&place, COMMANDS_FIRST);
    let longest = compact(&place);
    let mut left_over = 0;
    for round in 0..rounds {
        let patience = Duration::from_micros(rng.below(longest.as_micros() as u64));
        let mut child = place.command(["compact", "store", "--yes"]).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(patience);
        kill(&mut child);
        left_over += usize::from(is_left_over(&place));
        // No commands were sent, so the store is unchanged.
        run.settle(&place, 0, 0, round);
        assert!(!is_left_over(&place), "{:?}", place.names("store"));
        run.begin(&place, COMMANDS_EACH);
    }
    eprintln!("{rounds} kills within {longest:?}; {left_over} of them left a second state store");
    compact(&place);
    run.settle(&place, 0, 0, rounds);
    assert_eq!(place.names("store/journal").len(), 1);
}

/// Returns how long an uninterrupted compaction takes.
fn compact(place: &Place) -> Duration {
    let began = Instant::now();
    let ran = place.run(["compact", "store", "--yes"], "");
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
    began.elapsed()
}

fn is_left_over(place: &Place) -> bool {
    place.names("store").iter().any(|name| name.starts_with("state."))
}
