//! Kills the real program at random moments while it applies, checkpoints, opens and closes. Afterwards everything
//! printed is there, and the inbox equals the naive model after a prefix of the commands.

use std::time::Duration;

use inboxdb_naive::{Rng, queries, trace};

use super::killing::{Moment, Run, rounds};
use crate::common::Place;

#[test]
fn kill_leaves_a_prefix_with_everything_printed() {
    let rounds = rounds(15);
    let mut rng = Rng::new(77);
    let place = Place::new();
    // The questions cover everything that the commands may have created, so that no prefix is mistaken for a shorter
    // one.
    let mut run = Run::new(trace(77, 300 * rounds as usize), |naive, round| queries(naive, round, true));
    for round in 0..rounds {
        let moment = Moment::any(&mut rng, 60, Duration::from_millis(8));
        run.round(&place, &mut rng, round, moment);
    }
    eprintln!("{} commands and {rounds} kills", run.held);
    assert!(run.held > 100);
}
