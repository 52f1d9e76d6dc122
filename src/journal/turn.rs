//! Group commit: of all who wait, one at a time leads a round that makes safe what everybody has
//! queued, and the others sleep.
//!
//! Those whose change is in the round that is under way, and those whose change will be in the
//! next one, sleep on different bells. When a round ends, all of the first are woken, for they are
//! done, and exactly one of the second, to lead the next round. So with many threads nobody wakes
//! in vain.
//!
//! No wake-up is lost. Whenever a round ends, somebody of the next one is called, and while nobody
//! leads, whoever is called leads, or calls another if there is nothing to lead for any more (closing
//! the journal also makes changes safe). Somebody who comes along may lead before the called one does;
//! that round serves all who sleep, as their changes were queued before.

use parking_lot::{Condvar, Mutex};

/// Whose turn it is to write.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// The state.
    turn: Mutex<Turn>,
    /// Rung when a round of even number ends.
    even: Condvar,
    /// Rung when a round of odd number ends.
    odd: Condvar,
}

/// The state of the rounds.
#[derive(Debug, Default)]
struct Turn {
    /// Whether somebody leads, or is about to.
    led: bool,
    /// The number of the newest round that has begun.
    round: u64,
    /// The newest seq that is in that round.
    through: u64,
    /// Whether anybody slept when the newest round that has ended did.
    company: bool,
}

impl Turns {
    /// Waits until `done` has an answer for the owner of `seq`. Whenever nobody leads, the caller
    /// does: `lead` calls [`begin`](Self::begin) once and makes safe what that took; it is told
    /// whether anybody but its leader slept when the round before ended.
    pub(super) fn wait<T>(&self, seq: u64, done: impl Fn() -> Option<T>, lead: impl Fn(bool)) -> T {
        let mut turn = self.turn.lock();
        let mut slept_for = None;
        loop {
            if let Some(outcome) = done() {
                let was_called = !turn.led && slept_for == Some(turn.round + 1);
                if was_called {
                    self.bell(turn.round + 1).notify_one();
                }
                return outcome;
            }
            if turn.led {
                let in_round = seq <= turn.through;
                let round = if in_round { turn.round } else { turn.round + 1 };
                slept_for = Some(round);
                self.bell(round).wait(&mut turn);
                continue;
            }
            turn.led = true;
            let company = turn.company;
            drop(turn);
            {
                let _end = End(self);
                lead(company);
            }
            if let Some(outcome) = done() {
                return outcome;
            }
            turn = self.turn.lock();
        }
    }

    /// Begins the round of the leader. `take` takes what is in it, and returns the newest seq too.
    pub(super) fn begin<T>(&self, take: impl FnOnce() -> (u64, T)) -> T {
        // Taking under the lock: a waiter sees either that its seq is in the round, or that it is not.
        let mut turn = self.turn.lock();
        let (through, taken) = take();
        turn.round += 1;
        turn.through = through;
        taken
    }

    /// Wakes everybody to look again.
    pub(super) fn wake_all(&self) {
        let _turn = self.turn.lock();
        self.even.notify_all();
        self.odd.notify_all();
    }

    /// The bell of a round.
    fn bell(&self, round: u64) -> &Condvar {
        if round.is_multiple_of(2) { &self.even } else { &self.odd }
    }
}

/// Ends a round, also when its leader panics.
struct End<'a>(&'a Turns);

impl Drop for End<'_> {
    fn drop(&mut self) {
        let mut turn = self.0.turn.lock();
        turn.led = false;
        let called = self.0.bell(turn.round + 1).notify_one();
        let served = self.0.bell(turn.round).notify_all();
        turn.company = called || served > 0;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// A log without a disk: what is appended becomes safe in rounds.
    #[derive(Default)]
    struct Log {
        turns: Turns,
        last: AtomicU64,
        durable: AtomicU64,
        leading: AtomicU64,
        rounds: AtomicU64,
    }

    impl Log {
        fn wait(&self, seq: u64, pause: Duration) {
            let done = || (self.durable.load(Ordering::SeqCst) >= seq).then_some(());
            let lead = |_| {
                assert_eq!(self.leading.fetch_add(1, Ordering::SeqCst), 0, "one leads at a time");
                let through = self.turns.begin(|| {
                    let last = self.last.load(Ordering::SeqCst);
                    (last, last)
                });
                thread::sleep(pause);
                self.durable.store(through, Ordering::SeqCst);
                self.rounds.fetch_add(1, Ordering::SeqCst);
                self.leading.fetch_sub(1, Ordering::SeqCst);
            };
            self.turns.wait(seq, done, lead);
            assert!(self.durable.load(Ordering::SeqCst) >= seq);
        }
    }

    #[test]
    fn every_waiter_is_served_and_rounds_are_shared() {
        const THREADS: u64 = 16;
        const EACH: u64 = 50;
        let log = Log::default();
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for _ in 0..EACH {
                        let seq = log.last.fetch_add(1, Ordering::SeqCst) + 1;
                        log.wait(seq, Duration::from_micros(200));
                    }
                });
            }
        });
        assert_eq!(log.durable.load(Ordering::SeqCst), THREADS * EACH);
        let rounds = log.rounds.load(Ordering::SeqCst);
        assert!(rounds < THREADS * EACH / 2, "{rounds} rounds");
    }

    /// Leads the round of seq 1, and ends it when `sleepers` others have looked and sleep.
    fn lead_first(log: &Log, looks: &AtomicU64, sleepers: u64, durable: u64) {
        let done = || (log.durable.load(Ordering::SeqCst) >= 1).then_some(());
        log.turns.wait(1, done, |_| {
            log.turns.begin(|| (1, ()));
            log.leading.store(1, Ordering::SeqCst);
            while looks.load(Ordering::SeqCst) < sleepers {
                thread::yield_now();
            }
            // The last one holds the lock from its look until it sleeps.
            drop(log.turns.turn.lock());
            log.durable.store(durable, Ordering::SeqCst);
        });
    }

    /// Lets `sleepers` wait for the seqs behind 1 while the round of seq 1 is under way. It ends with
    /// `durable` safe. Returns how often they looked whether they are done.
    fn sleep_through_first(sleepers: u64, durable: u64) -> u64 {
        let log = Log::default();
        log.last.store(1, Ordering::SeqCst);
        let looks = AtomicU64::new(0);
        thread::scope(|scope| {
            scope.spawn(|| lead_first(&log, &looks, sleepers, durable));
            while log.leading.load(Ordering::SeqCst) == 0 {
                thread::yield_now();
            }
            for _ in 0..sleepers {
                scope.spawn(|| {
                    let seq = log.last.fetch_add(1, Ordering::SeqCst) + 1;
                    let done = || {
                        looks.fetch_add(1, Ordering::SeqCst);
                        (log.durable.load(Ordering::SeqCst) >= seq).then_some(())
                    };
                    let lead = |_| {
                        let through = log.turns.begin(|| (1 + sleepers, 1 + sleepers));
                        log.rounds.fetch_add(1, Ordering::SeqCst);
                        thread::sleep(Duration::from_millis(50));
                        log.durable.store(through, Ordering::SeqCst);
                    };
                    log.turns.wait(seq, done, lead);
                });
            }
        });
        let led = log.rounds.load(Ordering::SeqCst);
        let needed = u64::from(durable == 1);
        assert_eq!(led, needed, "one leads, if there is anything to lead for");
        looks.load(Ordering::SeqCst)
    }

    #[test]
    fn one_sleeper_is_called_to_lead_and_nobody_wakes_in_vain() {
        // Each looks before it sleeps and when it is done; the called one looks once more.
        assert_eq!(sleep_through_first(8, 1), 8 * 2 + 1);
    }

    #[test]
    fn a_called_sleeper_with_nothing_to_lead_for_calls_the_next() {
        assert_eq!(sleep_through_first(8, 9), 8 * 2);
    }

    #[test]
    fn who_sleeps_can_be_woken_while_the_leader_is_busy() {
        let log = Log::default();
        let (looks, stop, stopped) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        let is_set = |flag: &AtomicU64| (flag.load(Ordering::SeqCst) > 0).then_some(());
        let sleep = |seq| {
            let done = || {
                looks.fetch_add(1, Ordering::SeqCst);
                is_set(&stop)
            };
            log.turns.wait(seq, done, |_| ());
            if looks.load(Ordering::SeqCst) == 4 {
                stopped.store(1, Ordering::SeqCst);
            }
        };
        thread::scope(|scope| {
            scope.spawn(|| {
                let busy = |_| {
                    log.turns.begin(|| (1, ()));
                    log.leading.store(1, Ordering::SeqCst);
                    while is_set(&stopped).is_none() {
                        thread::yield_now();
                    }
                };
                log.turns.wait(1, || is_set(&stopped), busy);
            });
            while is_set(&log.leading).is_none() {
                thread::yield_now();
            }
            scope.spawn(|| sleep(1));
            scope.spawn(|| sleep(2));
            while looks.load(Ordering::SeqCst) < 2 {
                thread::yield_now();
            }
            stop.store(1, Ordering::SeqCst);
            log.turns.wake_all();
        });
    }

    #[test]
    fn a_waiter_outlives_a_leader_that_panics() {
        let log = Log::default();
        log.last.store(1, Ordering::SeqCst);
        let leader = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            log.turns.wait(1, || None::<()>, |_| std::panic::panic_any("disk"));
        }));
        assert!(leader.is_err());
        log.wait(1, Duration::ZERO);
    }
}
