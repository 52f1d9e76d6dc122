//! The change feed under load: a thousand watchers of a sidebar beside 2,000 durable commands a second.
//!
//! `cargo run --release -p inboxdb-benches --example feed_load -- [WATCHERS [COMMANDS_A_SECOND [SECONDS]]]`
//!
//! Prints how long a command takes until it is acknowledged, with and without watchers, and how long until each watcher
//! has its event. Every watcher checks that no event is missing or told twice. Two threads poll all watchers, as a
//! runtime with two threads would; the commands come from eight threads, and everything shares the machine.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to say")]

mod watchers;
mod writers;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use inboxdb::Engine;
use inboxdb_benches::{chats_wanted, durable_inbox};

use watchers::Watchers;
use writers::write;

/// The moments at which commands were sent, by the seq of their change, in ns since the start.
pub(crate) struct Sent {
    begin: Instant,
    first: u64,
    at: Vec<AtomicU64>,
}

impl Sent {
    fn new(after: u64, commands: u64) -> Self {
        let at = (0..commands).map(|_| AtomicU64::new(u64::MAX)).collect();
        Self { begin: Instant::now(), first: after + 1, at }
    }

    pub(crate) fn now(&self) -> u64 {
        self.begin.elapsed().as_nanos() as u64
    }

    pub(crate) fn note(&self, seq: u64, moment: u64) {
        if let Some(at) = self.place(seq) {
            at.store(moment, Ordering::Relaxed);
        }
    }

    /// The number of the first change.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    fn place(&self, seq: u64) -> Option<&AtomicU64> {
        self.at.get(usize::try_from(seq.checked_sub(self.first)?).ok()?)
    }

    /// When the command of a change was sent. A writer learns the seq only when its command is done, so an event may be
    /// there first.
    pub(crate) fn moment(&self, seq: u64) -> Option<u64> {
        let moment = self.place(seq)?.load(Ordering::Relaxed);
        (moment != u64::MAX).then_some(moment)
    }
}

pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1_000, 60_000_000_000, 3).unwrap()
}

fn argument(number: usize, default: u64) -> u64 {
    std::env::args().nth(number).map_or(default, |text| text.parse().unwrap())
}

fn main() {
    let (watchers, rate, seconds) = (argument(1, 1_000), argument(2, 2_000), argument(3, 60));
    let (_directory, engine) = durable_inbox(chats_wanted());
    let engine = Arc::new(engine);
    println!("{} chats, 600 managers, 1,000 tags; {rate} durable commands a second for {seconds} s", chats_wanted());
    round(&engine, 0, rate, seconds.min(10));
    let alone = round(&engine, 0, rate, seconds);
    let watched = round(&engine, watchers, rate, seconds);
    let slower = watched.value_at_quantile(0.5) as f64 / alone.value_at_quantile(0.5) as f64;
    println!("commands with watchers take {slower:.2} times as long, by medians");
    engine.close().unwrap();
}

/// Sends commands for a while. Returns how long they took.
fn round(engine: &Arc<Engine>, watchers: u64, rate: u64, seconds: u64) -> Histogram<u64> {
    let sent = Arc::new(Sent::new(engine.durable_seq(), rate * seconds));
    let watching = Watchers::begin(engine, watchers, &sent);
    let took = write(engine, rate, Duration::from_secs(seconds), &sent);
    line(&format!("commands, {watchers} watchers"), &took);
    if watchers > 0 {
        let told = watching.end(engine.durable_seq());
        line("events", &told.latency);
        println!("{} events to {watchers} watchers, none missing, none twice; {} lags", told.events, told.lags);
    }
    took
}

fn line(name: &str, histogram: &Histogram<u64>) {
    let at = |quantile| histogram.value_at_quantile(quantile) as f64 / 1e6;
    println!(
        "{name:<26} p50 {:>8.2} ms   p99 {:>8.2} ms   p99.9 {:>8.2} ms   max {:>8.2} ms",
        at(0.5),
        at(0.99),
        at(0.999),
        histogram.max() as f64 / 1e6
    );
}
