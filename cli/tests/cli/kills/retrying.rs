//! Kills the real program at random moments under a client that does not know what was done. It sends its last
//! commands again, under the same ids. Everything is done once.

use std::time::Duration;

use inboxdb_naive::{Rng, queries, retryable};

use super::killing::{Moment, Run, rounds};
use crate::common::Place;

#[test]
fn kill_and_sending_again_does_everything_once() {
    let rounds = rounds(20);
    let mut rng = Rng::new(78);
    let place = Place::new();
    let lines = retryable(78, 60 * rounds as usize);
    let mut run = Run::new(lines, |naive, round| queries(naive, round, true));
    for _ in 0..rounds {
        let moment = Moment::any(&mut rng, 60, Duration::from_millis(8));
        let (printed, _) = run.kill_at(&place, moment);
        run.held = (run.held + printed).saturating_sub(rng.below(40) as usize);
    }
    eprintln!("{} commands and {rounds} kills", run.held);
    assert!(run.held > 100);
    run.finish_once(&place);
}
