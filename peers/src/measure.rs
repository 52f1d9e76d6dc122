//! The clock: single calls by one thread, and closes by many.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use hdrhistogram::Histogram;
use serde::Serialize;

use crate::data::{MANAGERS, TOP_TAGS};
use crate::peer::{Client, Durability, Peer};

/// How many threads close chats at the same time.
pub const CLIENTS: [usize; 4] = [1, 8, 32, 64];
/// Each measurement is done in so many rounds, of which the best one counts: that is what other programs on the machine
/// disturb least.
const ROUNDS: u32 = 5;
/// Even the slowest call is measured so often in each round.
const SAMPLES_MIN: u64 = 3;

/// What one thread asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Three numbers of a random assignee.
    CountsOfAssignee,
    /// Open chats of a random tag of the first level, with all below it.
    OpenBelowTopTag,
    /// All numbers of a random manager.
    Sidebar,
    /// 50 ids.
    ClosedOfAssignee,
    /// 50 ids.
    ClosedBelowTopTag,
    /// A customer writes in a random chat.
    Message,
    /// A random chat is closed, or opened if it is closed: each call changes something.
    Close,
}

impl Work {
    /// What changes nothing.
    pub const READS: [Work; 5] =
        [Work::CountsOfAssignee, Work::OpenBelowTopTag, Work::Sidebar, Work::ClosedOfAssignee, Work::ClosedBelowTopTag];
}

/// The time of a call, in µs.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Latency {
    /// The median; of several rounds, that of the best one.
    pub p50: f64,
    /// One call in a hundred takes longer; of all rounds together.
    pub p99: f64,
    /// How many calls were measured.
    pub calls: u64,
}

/// The times of calls so far, in nanoseconds, to three digits.
#[derive(Debug)]
pub struct Times(Histogram<u64>);

impl Times {
    /// No call yet.
    ///
    /// # Errors
    ///
    /// None that can happen: three digits are allowed.
    pub fn new() -> Result<Self> {
        Ok(Self(Histogram::new(3)?))
    }

    /// Adds a call.
    ///
    /// # Errors
    ///
    /// If it took 500 years.
    #[inline]
    pub fn record(&mut self, time: Duration) -> Result<()> {
        Ok(self.0.record(u64::try_from(time.as_nanos())?)?)
    }

    /// The median and the slowest of a hundred.
    #[must_use]
    pub fn latency(&self) -> Latency {
        let at = |quantile| self.0.value_at_quantile(quantile) as f64 / 1e3;
        Latency { p50: at(0.5), p99: at(0.99), calls: self.0.len() }
    }
}

/// Stops a run early, in good order: servers end, directories go.
pub static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Measures peers that hold the same chats.
#[derive(Debug)]
pub struct Stopwatch {
    /// How long each measurement takes.
    pub each: Duration,
    /// Of each chat, by id less one, whether it is closed.
    closed: Vec<AtomicBool>,
}

impl Stopwatch {
    /// One for a peer that has these chats closed.
    #[must_use]
    pub fn new(each: Duration, closed: &[bool]) -> Self {
        Self { each, closed: closed.iter().copied().map(AtomicBool::new).collect() }
    }

    /// The number of chats that must be closed now.
    #[must_use]
    pub fn closed(&self) -> u64 {
        self.closed.iter().filter(|closed| closed.load(Ordering::Relaxed)).count() as u64
    }

    /// One thread and one kind of work, after a tenth of the time to warm up.
    ///
    /// # Errors
    ///
    /// If the peer fails, or the run is interrupted.
    pub fn latency(&self, client: &mut (dyn Client + '_), work: Work) -> Result<Latency> {
        let mut random = fastrand::Rng::with_seed(7);
        let warm = Instant::now();
        while warm.elapsed() < self.each / 10 {
            self.call(client, work, &mut random)?;
        }
        let (mut all, mut best) = (Times::new()?, f64::INFINITY);
        for _ in 0..ROUNDS {
            let mut times = Times::new()?;
            let began = Instant::now();
            while began.elapsed() < self.each / ROUNDS || times.0.len() < SAMPLES_MIN {
                let start = Instant::now();
                self.call(client, work, &mut random)?;
                times.record(start.elapsed())?;
            }
            best = best.min(times.latency().p50);
            all.0.add(&times.0)?;
        }
        Ok(Latency { p50: best, ..all.latency() })
    }

    #[inline]
    fn call(&self, client: &mut (dyn Client + '_), work: Work, random: &mut fastrand::Rng) -> Result<()> {
        ensure!(!INTERRUPTED.load(Ordering::Relaxed), "interrupted");
        match work {
            Work::CountsOfAssignee => keep(client.counts_of_assignee(random.u32(1..=MANAGERS))?),
            Work::OpenBelowTopTag => keep(client.open_below_tag(random.u32(..TOP_TAGS))?),
            Work::Sidebar => keep(client.sidebar(random.u32(1..=MANAGERS))?),
            Work::ClosedOfAssignee => keep(client.closed_of_assignee(random.u32(1..=MANAGERS))?),
            Work::ClosedBelowTopTag => keep(client.closed_below_tag(random.u32(..TOP_TAGS))?),
            Work::Message => {
                let place = random.usize(..self.closed.len());
                client.send_message(place as u32 + 1)?;
                self.closed[place].store(false, Ordering::Relaxed);
            }
            Work::Close => self.close(client, random.usize(..self.closed.len()))?,
        }
        Ok(())
    }

    fn close(&self, client: &mut (dyn Client + '_), place: usize) -> Result<()> {
        match self.closed[place].fetch_xor(true, Ordering::Relaxed) {
            true => client.open(place as u32 + 1),
            false => client.close(place as u32 + 1),
        }
    }

    /// Closes a second in the best round, by some threads at once, each on chats of its own.
    ///
    /// # Errors
    ///
    /// If the peer fails, or the run is interrupted.
    pub fn closes(&self, peer: &dyn Peer, clients: usize) -> Result<f64> {
        let connected = (0..clients).map(|_| peer.client()).collect::<Result<Vec<_>>>()?;
        let (start, over, done) = (&Barrier::new(clients + 1), &AtomicBool::new(false), &AtomicU64::new(0));
        thread::scope(|scope| {
            let threads: Vec<_> = connected
                .into_iter()
                .enumerate()
                .map(|(number, mut client)| {
                    scope.spawn(move || {
                        start.wait();
                        self.close_until(over, done, &mut *client, (number, clients))
                    })
                })
                .collect();
            start.wait();
            let best = self.best_rate(done);
            over.store(true, Ordering::Relaxed);
            for thread in threads {
                thread.join().map_err(|_| anyhow!("a client panicked"))??;
            }
            ensure!(!INTERRUPTED.load(Ordering::Relaxed), "interrupted");
            Ok(best)
        })
    }

    /// The calls a second of the best round, by a number that grows with each.
    fn best_rate(&self, done: &AtomicU64) -> f64 {
        let mut best = 0.0_f64;
        for _ in 0..ROUNDS {
            let (before, began) = (done.load(Ordering::Relaxed), Instant::now());
            while began.elapsed() < self.each / ROUNDS && !INTERRUPTED.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(10).min(self.each / ROUNDS));
            }
            let rate = (done.load(Ordering::Relaxed) - before) as f64 / began.elapsed().as_secs_f64();
            best = best.max(rate);
        }
        best
    }

    /// The thread of a number among so many: closes chats that no other one closes.
    fn close_until(
        &self,
        over: &AtomicBool,
        done: &AtomicU64,
        client: &mut (dyn Client + '_),
        (number, clients): (usize, usize),
    ) -> Result<()> {
        let mut random = fastrand::Rng::with_seed(number as u64);
        loop {
            let turn = random.usize(..self.closed.len() / clients);
            self.close(client, turn * clients + number)?;
            done.fetch_add(1, Ordering::Relaxed);
            if over.load(Ordering::Relaxed) {
                return Ok(());
            }
        }
    }
}

fn keep<T>(value: T) {
    std::hint::black_box(value);
}

/// Everything measured of a peer.
#[derive(Debug, Serialize)]
pub struct Measured {
    /// How long it took to fill, in seconds.
    pub fill_s: f64,
    /// Single calls of what changes nothing.
    pub reads: Vec<(Work, Latency)>,
    /// Single calls of what changes something.
    pub writes: Vec<(Durability, Work, Latency)>,
    /// Closes a second, by the number of clients.
    pub closes: Vec<(Durability, usize, f64)>,
}

/// Measures all of a filled peer.
///
/// # Errors
///
/// If the peer fails, has lost a command, or the run is interrupted.
pub fn measure(peer: &mut dyn Peer, stopwatch: &Stopwatch, fill: Duration) -> Result<Measured> {
    let mut measured =
        Measured { fill_s: fill.as_secs_f64(), reads: Vec::new(), writes: Vec::new(), closes: Vec::new() };
    {
        let mut client = peer.client()?;
        for work in Work::READS {
            measured.reads.push((work, stopwatch.latency(&mut *client, work)?));
        }
    }
    for durability in [Durability::Durable, Durability::Relaxed] {
        peer.set_durability(durability)?;
        {
            let mut client = peer.client()?;
            // All that a store loads at first use is loaded now.
            client.sidebar(1)?;
            for work in [Work::Message, Work::Close] {
                measured.writes.push((durability, work, stopwatch.latency(&mut *client, work)?));
            }
        }
        for clients in CLIENTS {
            measured.closes.push((durability, clients, stopwatch.closes(peer, clients)?));
        }
    }
    let (found, right) = (peer.client()?.sidebar(1)?.all[2], stopwatch.closed());
    ensure!(found == right, "after all that, {found} chats are closed, and {right} ought to be");
    Ok(measured)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_kept_from_nanoseconds_to_seconds() {
        let mut times = Times::new().unwrap();
        (0..98).for_each(|_| times.record(Duration::from_micros(250)).unwrap());
        (0..2).for_each(|_| times.record(Duration::from_secs(3)).unwrap());
        let Latency { p50, p99, calls } = times.latency();
        assert!((249.0..251.0).contains(&p50) && (2.99e6..3.01e6).contains(&p99), "{p50} {p99}");
        assert_eq!(calls, 100);
    }
}
