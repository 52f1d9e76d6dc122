//! The real program is killed at random moments while it applies, checkpoints, opens and closes. What was printed is
//! there afterwards, and the whole inbox is that of a prefix of the commands, as the naive model has it.

use std::time::Duration;

use super::killing::{Moment, Run, rounds};
use crate::common::Place;
use inboxdb_naive::{Rng, queries, trace};

#[test]
fn a_kill_leaves_the_inbox_of_a_prefix_with_everything_that_was_printed() {
    let rounds = rounds(30);
    let mut rng = Rng::new(77);
    let place = Place::new();
    // Asked of all that the commands may have made, so that no prefix is taken for a shorter one.
    let mut run = Run::new(trace(77, 300 * rounds as usize), |naive, round| queries(naive, round, true));
    for round in 0..rounds {
        let moment = Moment::any(&mut rng, 60, Duration::from_millis(8));
        run.round(&place, &mut rng, round, moment);
    }
    eprintln!("{} commands and {rounds} kills", run.held);
    assert!(run.held > 100);
}
