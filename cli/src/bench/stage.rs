//! The measurements at one number of chats, one after the other, with a progress bar.

use std::time::Duration;

use inboxdb::Engine;

use super::over_time::Recorder;
use super::results::{Kind, Measurement, OverTime};
use super::timings::Timings;
use crate::failure::Failure;
use crate::terminal::Progress;

/// What a kind of measurement takes of the time that the person named.
const PARTS: [(Kind, f64); 4] = [(Kind::Read, 0.1), (Kind::Relaxed, 1.0), (Kind::Durable, 0.5), (Kind::Disk, 0.2)];

/// Collects measurements.
pub(super) struct Stage<'p> {
    progress: &'p Progress,
    seconds: f64,
    done: Vec<Measurement>,
}

impl<'p> Stage<'p> {
    pub(super) fn new(progress: &'p Progress, seconds: f64) -> Self {
        Self { progress, seconds, done: Vec::new() }
    }

    /// What was measured, by kind.
    pub(super) fn finish(mut self) -> Vec<Measurement> {
        self.done.sort_by_key(|measurement| measurement.kind);
        self.done
    }

    /// Measures for the time that a kind has.
    pub(super) fn measure(
        &mut self,
        name: &'static str,
        title: &str,
        kind: Kind,
        work: impl FnOnce(Duration) -> Result<Timings, Failure>,
    ) -> Result<(), Failure> {
        let span = self.begin(title, kind);
        let timings = work(span)?;
        self.push((name, title), kind, 1, &timings, None);
        Ok(())
    }

    /// Measures commands of so many writers, and their throughput over time.
    pub(super) fn record(
        &mut self,
        (name, title): (&'static str, &str),
        kind: Kind,
        writers: u32,
        engine: &Engine,
        work: impl FnOnce(Duration, &mut Recorder<'_>) -> Result<Timings, Failure>,
    ) -> Result<(), Failure> {
        let span = self.begin(title, kind);
        let mut recorder = Recorder::new(engine);
        let timings = work(span, &mut recorder)?;
        self.push((name, title), kind, writers, &timings, Some(recorder.finish()));
        Ok(())
    }

    fn begin(&self, title: &str, kind: Kind) -> Duration {
        self.progress.show_step(self.done.len() as u64, title);
        let part = PARTS.iter().find(|(of, _)| *of == kind).map_or(1.0, |(_, part)| *part);
        Duration::from_secs_f64(self.seconds * part)
    }

    fn push(
        &mut self,
        named: (&'static str, &str),
        kind: Kind,
        writers: u32,
        timings: &Timings,
        over: Option<OverTime>,
    ) {
        let (calls, time) = timings.total();
        let seconds = time.as_secs_f64();
        let per_second = if seconds > 0.0 { calls as f64 / seconds } else { 0.0 };
        let (name, title, ns, over_time) = (named.0, named.1.to_owned(), timings.latency(), over);
        self.done.push(Measurement { name, title, kind, writers, calls, seconds, per_second, ns, over_time });
    }
}
