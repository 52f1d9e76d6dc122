//! Group commit: one waiter at a time leads a round, which writes and syncs everything queued. The other waiters
//! sleep.
//!
//! Waiters of the current round and waiters of the next round sleep on different condition variables. When a round
//! ends, all waiters of that round are woken, and exactly one of the next round, to lead it. So no thread wakes up for
//! nothing, however many there are.
//!
//! No wake-up is lost. The end of each round wakes a waiter of the next. That waiter leads, unless its change is
//! already durable (closing the journal also syncs); then it wakes another one. A newly arrived thread may lead before
//! the woken one does. Its round serves all sleepers, because their changes were queued earlier.

use parking_lot::{Condvar, Mutex};

/// The leader election of group commit.
#[derive(Debug, Default)]
pub(super) struct GroupCommit {
    state: Mutex<State>,
    /// Notified when an even round ends.
    even: Condvar,
    /// Notified when an odd round ends.
    odd: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Whether a leader is active or about to be.
    led: bool,
    /// The number of the newest round that started.
    round: u64,
    /// The newest seq in that round.
    through: u64,
    /// The threads that the previous round served, apart from its leader.
    served: usize,
}

impl GroupCommit {
    /// Waits until `done` returns an outcome for `seq`. If there is no leader, the caller becomes the leader and calls
    /// `lead`, which must call [`begin`](Self::begin) once and make its result durable. The argument of `lead` is the
    /// number of threads that the previous round served, apart from its leader.
    pub(super) fn wait<T>(&self, seq: u64, done: impl Fn() -> Option<T>, lead: impl Fn(usize)) -> T {
        let mut state = self.state.lock();
        let mut slept_for = None;
        loop {
            if let Some(outcome) = done() {
                let was_woken = !state.led && slept_for == Some(state.round + 1);
                if was_woken {
                    self.condvar(state.round + 1).notify_one();
                }
                return outcome;
            }
            if state.led {
                let in_round = seq <= state.through;
                let round = if in_round { state.round } else { state.round + 1 };
                slept_for = Some(round);
                self.condvar(round).wait(&mut state);
                continue;
            }
            state.led = true;
            let served = state.served;
            drop(state);
            {
                let _end = End(self);
                lead(served);
            }
            if let Some(outcome) = done() {
                return outcome;
            }
            state = self.state.lock();
        }
    }

    /// Starts the leader's round. `take` returns the newest seq in it, and the changes.
    pub(super) fn begin<T>(&self, take: impl FnOnce() -> (u64, T)) -> T {
        // Under the lock, so that a waiter sees whether its seq is in the round.
        let mut state = self.state.lock();
        let (through, taken) = take();
        state.round += 1;
        state.through = through;
        taken
    }

    /// Wakes every waiter to check its outcome again.
    pub(super) fn wake_all(&self) {
        let _state = self.state.lock();
        self.even.notify_all();
        self.odd.notify_all();
    }

    /// The condition variable for a round.
    fn condvar(&self, round: u64) -> &Condvar {
        if round.is_multiple_of(2) { &self.even } else { &self.odd }
    }
}

/// Ends a round when dropped, so that a panic of the leader ends it too.
struct End<'a>(&'a GroupCommit);

impl Drop for End<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.led = false;
        self.0.condvar(state.round + 1).notify_one();
        state.served = self.0.condvar(state.round).notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// A log without a disk. Appended seqs become durable in rounds.
    #[derive(Default)]
    struct Log {
        group_commit: GroupCommit,
        last: AtomicU64,
        durable: AtomicU64,
        leading: AtomicU64,
        rounds: AtomicU64,
    }

    impl Log {
        fn wait(&self, seq: u64, pause: Duration) {
            let done = || (self.durable.load(Ordering::SeqCst) >= seq).then_some(());
            let lead = |_| {
                assert_eq!(self.leading.fetch_add(1, Ordering::SeqCst), 0, "more than one leader at a time");
                let through = self.group_commit.begin(|| {
                    let last = self.last.load(Ordering::SeqCst);
                    (last, last)
                });
                thread::sleep(pause);
                self.durable.store(through, Ordering::SeqCst);
                self.rounds.fetch_add(1, Ordering::SeqCst);
                self.leading.fetch_sub(1, Ordering::SeqCst);
            };
            self.group_commit.wait(seq, done, lead);
            assert!(self.durable.load(Ordering::SeqCst) >= seq);
        }
    }

    #[test]
    fn group_commit_serves_every_waiter_in_shared_rounds() {
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

    /// Leads the round of seq 1, and ends it once `sleepers` other threads are asleep.
    fn lead_first(log: &Log, checks: &AtomicU64, sleepers: u64, durable: u64) {
        let done = || (log.durable.load(Ordering::SeqCst) >= 1).then_some(());
        log.group_commit.wait(1, done, |_| {
            log.group_commit.begin(|| (1, ()));
            log.leading.store(1, Ordering::SeqCst);
            while checks.load(Ordering::SeqCst) < sleepers {
                thread::yield_now();
            }
            // The last thread holds the lock between its check and its sleep, so taking the lock waits for that.
            drop(log.group_commit.state.lock());
            log.durable.store(durable, Ordering::SeqCst);
        });
    }

    /// Puts `sleepers` threads to sleep on later seqs during the round of seq 1, which ends with `durable`. Returns
    /// how often the threads checked their outcome.
    fn sleep_through_first(sleepers: u64, durable: u64) -> u64 {
        let log = Log::default();
        log.last.store(1, Ordering::SeqCst);
        let checks = AtomicU64::new(0);
        thread::scope(|scope| {
            scope.spawn(|| lead_first(&log, &checks, sleepers, durable));
            while log.leading.load(Ordering::SeqCst) == 0 {
                thread::yield_now();
            }
            for _ in 0..sleepers {
                scope.spawn(|| {
                    let seq = log.last.fetch_add(1, Ordering::SeqCst) + 1;
                    let done = || {
                        checks.fetch_add(1, Ordering::SeqCst);
                        (log.durable.load(Ordering::SeqCst) >= seq).then_some(())
                    };
                    let lead = |_| {
                        let through = log.group_commit.begin(|| (1 + sleepers, 1 + sleepers));
                        log.rounds.fetch_add(1, Ordering::SeqCst);
                        thread::sleep(Duration::from_millis(50));
                        log.durable.store(through, Ordering::SeqCst);
                    };
                    log.group_commit.wait(seq, done, lead);
                });
            }
        });
        let led = log.rounds.load(Ordering::SeqCst);
        let needed = u64::from(durable == 1);
        assert_eq!(led, needed, "expected one leader if there was anything to sync");
        checks.load(Ordering::SeqCst)
    }

    #[test]
    fn group_commit_wakes_one_leader_and_no_thread_for_nothing() {
        // Each thread checks before it sleeps and when it is done. The woken leader checks once more.
        assert_eq!(sleep_through_first(8, 1), 8 * 2 + 1);
    }

    #[test]
    fn group_commit_woken_waiter_without_work_wakes_the_next() {
        assert_eq!(sleep_through_first(8, 9), 8 * 2);
    }

    #[test]
    fn group_commit_wake_all_works_while_the_leader_is_busy() {
        let log = Log::default();
        let (checks, stop, stopped) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        let is_set = |flag: &AtomicU64| (flag.load(Ordering::SeqCst) > 0).then_some(());
        let sleep = |seq| {
            let done = || {
                // Looks before it counts: the second count lets `stop` be set, which this look must not see.
                let stopped = is_set(&stop);
                checks.fetch_add(1, Ordering::SeqCst);
                stopped
            };
            log.group_commit.wait(seq, done, |_| ());
            if checks.load(Ordering::SeqCst) == 4 {
                stopped.store(1, Ordering::SeqCst);
            }
        };
        thread::scope(|scope| {
            scope.spawn(|| {
                let busy = |_| {
                    log.group_commit.begin(|| (1, ()));
                    log.leading.store(1, Ordering::SeqCst);
                    while is_set(&stopped).is_none() {
                        thread::yield_now();
                    }
                };
                log.group_commit.wait(1, || is_set(&stopped), busy);
            });
            while is_set(&log.leading).is_none() {
                thread::yield_now();
            }
            scope.spawn(|| sleep(1));
            scope.spawn(|| sleep(2));
            while checks.load(Ordering::SeqCst) < 2 {
                thread::yield_now();
            }
            stop.store(1, Ordering::SeqCst);
            log.group_commit.wake_all();
        });
    }

    #[test]
    fn group_commit_survives_a_leader_panic() {
        let log = Log::default();
        log.last.store(1, Ordering::SeqCst);
        let leader = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            log.group_commit.wait(1, || None::<()>, |_| std::panic::panic_any("disk"));
        }));
        assert!(leader.is_err());
        log.wait(1, Duration::ZERO);
    }
}
