//! The plots: latency and throughput against the number of chats, and throughput over time.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::results::{Measurement, OverTime, Results, Size};
use super::chart::{Axis, Chart, Line, number_of_logarithm};
use super::json::put;
use crate::failure::Failure;
use crate::output::{Place, cannot_write};
use crate::terminal::plural;

/// The files.
const NAMES: [&str; 5] = ["counts.svg", "commands.svg", "durable.svg", "over-time.svg", "filling.svg"];
/// With more points than these, each is not marked.
const MARKED_MAX: usize = 12;

/// Where the plots go.
pub(crate) struct Plots {
    files: Vec<PathBuf>,
    replace: bool,
}

impl Plots {
    /// Makes the directory and judges the files before the run begins.
    pub(crate) fn to(directory: &Path, replace: bool) -> Result<Self, Failure> {
        let places: Result<Vec<_>, _> = NAMES.iter().map(|name| Place::of(&directory.join(name), replace)).collect();
        let files: Result<Vec<_>, _> = places?.into_iter().map(Place::file).collect();
        fs::create_dir_all(directory).map_err(|error| cannot_write(directory, &error))?;
        Ok(Self { files: files?, replace })
    }

    /// Draws all of them.
    pub(crate) fn write(&self, results: &Results) -> Result<(), Failure> {
        let Some(largest) = results.sizes.last() else { return Ok(()) };
        let charts = [
            counts(&results.sizes),
            commands(&results.sizes),
            durable(&results.sizes),
            over_time(largest),
            filling(&results.sizes),
        ];
        for (chart, file) in charts.iter().zip(&self.files) {
            put(file, self.replace, &chart.draw()?)?;
        }
        Ok(())
    }
}

fn counts(sizes: &[Size]) -> Chart {
    let line = |name: &str, of: fn(&Measurement) -> f64| {
        against_chats(sizes, name, |size| size.measurement("count").map(|found| of(found).max(1.0).log10()))
    };
    let lines = vec![
        line("p50", |found| found.ns.p50),
        line("p99", |found| found.ns.p99),
        line("p99.9", |found| found.ns.p999),
    ];
    let values = || lines.iter().flat_map(|line| &line.points).map(|(_, logarithm)| 10_f64.powf(*logarithm));
    let y = Axis::of_logarithms("", values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
    let note = "Nanoseconds, means of some dozen counts of different views; both axes are logarithmic".to_owned();
    Chart { title: "How long a count takes".to_owned(), note, x: chats(sizes), y, lines }
}

fn commands(sizes: &[Size]) -> Chart {
    let lines = vec![
        rates(sizes, "message", "messages"),
        rates(sizes, "close", "closing, reopening"),
        rates(sizes, "mix", "a mix"),
        against_chats(sizes, "filling", |size| Some(size.filling.per_second)),
    ];
    let note = "Commands a second, from one thread, not durable, checkpoints included".to_owned();
    chart("Commands on random chats".to_owned(), note, chats(sizes), lines)
}

fn durable(sizes: &[Size]) -> Chart {
    let lines = vec![
        rates(sizes, "durable_close_64", "64 writers"),
        rates(sizes, "durable_close_32", "32 writers"),
        rates(sizes, "durable_close_8", "8 writers"),
        rates(sizes, "durable_close_1", "1 writer"),
    ];
    let note = "Chats closed or reopened a second; each command waits until it is on disk".to_owned();
    chart("Durable commands".to_owned(), note, chats(sizes), lines)
}

fn over_time(size: &Size) -> Chart {
    let of = [("message", "messages"), ("close", "closing, reopening"), ("mix", "a mix")];
    let measured = of.iter().filter_map(|(name, title)| Some((size.measurement(name)?.over_time.as_ref()?, *title)));
    let lines: Vec<Line> = measured.map(|(over_time, title)| steps(title, 0.0, over_time)).collect();
    let title = format!("Commands over time, on random ones of {}", plural(size.chats, "chat"));
    let note = "Commands a second, from one thread, not durable; at a dot, a checkpoint ended".to_owned();
    chart(title, note, seconds(&lines), lines)
}

fn filling(sizes: &[Size]) -> Chart {
    let mut whole = Line { name: "filling".to_owned(), points: Vec::new(), marked: Vec::new() };
    let mut began = 0.0;
    for size in sizes {
        let line = steps("", began, &size.filling.over_time);
        whole.points.extend(line.points);
        began += size.filling.seconds;
    }
    let chats = sizes.last().map_or(0, |size| size.chats);
    let title = format!("Filling the store with {}", plural(chats, "chat"));
    let note = "Commands a second, from one thread, not durable; at a dot, a checkpoint ended".to_owned();
    let lines = vec![whole];
    chart(title, note, seconds(&lines), lines)
}

fn chart(title: String, note: String, x: Axis, lines: Vec<Line>) -> Chart {
    let most = lines.iter().flat_map(|line| &line.points).map(|(_, y)| *y).fold(0.0, f64::max);
    Chart { title, note, x, y: Axis::from_zero("", most), lines }
}

fn rates(sizes: &[Size], name: &'static str, title: &str) -> Line {
    against_chats(sizes, title, |size| size.measurement(name).map(|found| found.per_second))
}

/// A value of each size, over the logarithm of its chats.
fn against_chats(sizes: &[Size], name: &str, value: impl Fn(&Size) -> Option<f64>) -> Line {
    let points: Vec<(f64, f64)> =
        sizes.iter().filter_map(|size| Some(((size.chats as f64).log10(), value(size)?))).collect();
    let marked = if points.len() <= MARKED_MAX { points.clone() } else { Vec::new() };
    Line { name: name.to_owned(), points, marked }
}

/// The values of the steps, each in the middle of its step.
fn steps(name: &str, began: f64, over_time: &OverTime) -> Line {
    let points: Vec<(f64, f64)> = (0..)
        .zip(&over_time.per_second)
        .map(|(step, value)| (began + (f64::from(step) + 0.5) * over_time.seconds_per_value, *value))
        .collect();
    let ended = points.iter().zip(&over_time.checkpoints).filter(|(_, checkpoints)| **checkpoints > 0);
    Line { name: name.to_owned(), marked: ended.map(|(point, _)| *point).collect(), points }
}

/// The axis of the sizes: a tick at each. A single one stands in the middle.
fn chats(sizes: &[Size]) -> Axis {
    let ticks: Vec<f64> = sizes.iter().map(|size| (size.chats as f64).log10()).collect();
    let (from, to) = (ticks.first().copied().unwrap_or(0.0), ticks.last().copied().unwrap_or(1.0));
    let beside = if from < to { (to - from) * 0.02 } else { 0.5 };
    Axis { title: "chats", from: from - beside, to: to + beside, ticks, text: number_of_logarithm }
}

fn seconds(lines: &[Line]) -> Axis {
    let most = lines.iter().flat_map(|line| &line.points).map(|(x, _)| *x).fold(0.0, f64::max);
    Axis::from_zero("seconds", most)
}
