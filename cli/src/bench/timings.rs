//! How long calls take: a histogram, and the loop that fills it.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::interrupt;
use super::over_time::Recorder;
use super::results::Latency;
use crate::failure::Failure;

/// Three significant digits.
const DIGITS: u8 = 3;
/// Picoseconds, as a count takes some ten nanoseconds.
const PICOS_PER_NANO: u64 = 1_000;
/// The longest time that can be told from a longer one: a quarter of an hour.
const PICOS_MAX: u64 = 900 * 1_000_000_000_000;
/// This part of the time is for warming up.
const WARM_UP: u32 = 10;

/// Times of calls.
pub(super) struct Timings {
    histogram: Histogram<u64>,
    calls: u64,
    time: Duration,
}

impl Timings {
    pub(super) fn new() -> Result<Self, Failure> {
        let histogram = Histogram::new_with_bounds(1, PICOS_MAX, DIGITS)
            .map_err(|error| Failure::Broken(format!("cannot make a histogram: {error}; please report it")))?;
        Ok(Self { histogram, calls: 0, time: Duration::ZERO })
    }

    /// Notes so many calls, timed together.
    fn record(&mut self, time: Duration, calls: u32) {
        let picos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).saturating_mul(PICOS_PER_NANO);
        self.histogram.saturating_record(picos / u64::from(calls.max(1)));
        self.calls += u64::from(calls);
    }

    /// Adds the calls of another thread in the same time.
    pub(super) fn add(&mut self, other: &Self) {
        // The bounds are the same, so nothing is left out.
        let _always_fits = self.histogram.add(&other.histogram);
        self.calls += other.calls;
        self.time = self.time.max(other.time);
    }

    /// The calls, and how long all of them took.
    pub(super) fn total(&self) -> (u64, Duration) {
        (self.calls, self.time)
    }

    pub(super) fn latency(&self) -> Latency {
        let nanos = |picos: u64| picos as f64 / PICOS_PER_NANO as f64;
        let at = |quantile| nanos(self.histogram.value_at_quantile(quantile));
        Latency {
            p50: at(0.5),
            p99: at(0.99),
            p999: at(0.999),
            max: nanos(self.histogram.max()),
            mean: self.histogram.mean() / PICOS_PER_NANO as f64,
        }
    }
}

/// Repeats `work`, which makes so many calls, for a time. The clock is read once per round, so that its cost counts once.
pub(super) fn time(span: Duration, calls: u32, work: impl FnMut() -> Result<(), Failure>) -> Result<Timings, Failure> {
    time_and_record(span, calls, None, work)
}

/// The same, after some rounds that do not count.
pub(super) fn time_warm(
    span: Duration,
    calls: u32,
    mut work: impl FnMut() -> Result<(), Failure>,
) -> Result<Timings, Failure> {
    time(span / WARM_UP, calls, &mut work)?;
    time(span, calls, work)
}

/// The same, and shows how the throughput went over time.
pub(super) fn time_and_record(
    span: Duration,
    calls: u32,
    mut recorder: Option<&mut Recorder<'_>>,
    mut work: impl FnMut() -> Result<(), Failure>,
) -> Result<Timings, Failure> {
    let mut timings = Timings::new()?;
    let began = Instant::now();
    let mut last = began;
    while last - began < span {
        interrupt::check()?;
        work()?;
        let now = Instant::now();
        timings.record(now - last, calls);
        if let Some(recorder) = &mut recorder {
            recorder.see(now, timings.calls);
        }
        last = now;
    }
    timings.time = last - began;
    Ok(timings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_recorded_times() {
        let mut timings = Timings::new().unwrap();
        (1..=1_000).for_each(|micros| timings.record(Duration::from_micros(micros), 1));
        let latency = timings.latency();
        for (found, micros) in [(latency.p50, 500.0), (latency.p99, 990.0), (latency.p999, 999.0), (latency.max, 1e3)] {
            assert!((found / 1_000.0 - micros).abs() < micros / 500.0, "{found}");
        }
        let mut batches = Timings::new().unwrap();
        batches.record(Duration::from_nanos(6_400), 64);
        batches.add(&timings);
        assert_eq!(batches.total().0, 1_064);
        assert!((batches.latency().max - 1e6).abs() < 2e3);
    }

    #[test]
    fn rounds_are_counted_until_the_time_is_over() {
        let mut rounds = 0_u64;
        let timings = time(Duration::from_millis(5), 2, || {
            rounds += 1;
            Ok(())
        });
        let (calls, time) = timings.unwrap().total();
        assert_eq!(calls, 2 * rounds);
        assert!(time >= Duration::from_millis(5));
    }
}
