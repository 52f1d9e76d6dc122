//! `inboxdb bench`: the whole engine, measured in one run.

mod chats;
mod config;
mod data;
mod fill;
mod interrupt;
mod machine;
mod over_time;
mod place;
mod reads;
mod reopen;
mod report;
mod results;
mod sizes;
mod stage;
mod timings;
mod writes;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use inboxdb::{Config, Timestamp};

use crate::failure::Failure;
use crate::terminal::{clean, print, report as say_done};
use config::SYNC_EVERY;
use machine::Machine;
use place::Place;
use report::{Json, Plots, conditions, of_size, over_sizes};
use results::{Results, Settings};
use sizes::Run;

/// The version of the JSON.
const FORMAT: u32 = 1;
/// Numbers of chats have 32 bits.
const CHATS_MAX: u64 = 4_000_000_000;
const SECONDS_MAX: f64 = 600.0;
const SECONDS_MIN: f64 = 0.01;

const AFTER_HELP: &str = "\
Fills a store with chats and stops at 10,000, 100,000, 1,000,000 and so on, and at --chats, to measure: counts, sidebars,
pages, filters; messages, closes and a mix of commands; durable closes of 1 to 64 writers; closing and opening; memory and
disk. The data are the same in every run. docs/BENCHMARKS.md says what each figure means.

The store is deleted at the end. With the default of 100,000 chats a run takes about a minute, with 1,000,000 about three.

Example:
  inboxdb bench
  inboxdb bench --chats 1000000 --dir /mnt/disk/bench --json bench.json --plots plots

Exit status: 0 all is measured; 2 the store failed, or the output could not be written, or the arguments are wrong; 130 it
was interrupted.";

/// Measure the engine on this machine: latency, throughput, memory, disk and opening
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Number of chats in the end
    #[arg(long, value_name = "N", default_value_t = 100_000,
          value_parser = clap::value_parser!(u64).range(1..=CHATS_MAX))]
    chats: u64,
    /// First number of chats at which to measure; each further one is ten times as large
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=CHATS_MAX))]
    from: u64,
    /// Directory for the store, new or empty, on the disk to measure [default: a temporary directory]
    #[arg(long, value_name = "D")]
    dir: Option<PathBuf>,
    /// Write the figures into this file as JSON; `-` prints them in place of the tables
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draw the figures as SVG files in this directory, which is made if it is missing
    #[arg(long, value_name = "D")]
    plots: Option<PathBuf>,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
    /// Seconds for each measurement of commands; others take a part of it
    #[arg(long, value_name = "S", default_value_t = 3.0, value_parser = read_seconds)]
    seconds_per_measurement: f64,
    /// Keep the store
    #[arg(long)]
    keep: bool,
}

fn read_seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds, such as 3 or 0.5".to_owned())?;
    match (SECONDS_MIN..=SECONDS_MAX).contains(&seconds) {
        true => Ok(seconds),
        false => Err(format!("{text} is not in {SECONDS_MIN}..={SECONDS_MAX}")),
    }
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if let Some(store) = reopen::asked() {
        return reopen::run(&store);
    }
    let json = arguments.json.as_deref().map(|path| Json::to(path, arguments.force)).transpose()?;
    let plots = arguments.plots.as_deref().map(|path| Plots::to(path, arguments.force)).transpose()?;
    let place = Place::make(arguments.dir.as_deref(), arguments.keep, arguments.chats)?;
    interrupt::listen()?;
    let tables = !json.as_ref().is_some_and(Json::is_printed);
    let results = measure(arguments, &place, tables)?;
    if let Some(json) = json {
        json.write(&results)?;
    }
    if let Some(plots) = plots {
        plots.write(&results)?;
    }
    match place.kept() {
        Some(store) if tables => say_done(&format!("\nThe store is kept: {}\n", shown(&store))),
        _ => Ok(()),
    }
}

fn shown(path: &Path) -> String {
    clean(&path.to_string_lossy())
}

/// Measures at all sizes, and prints each as soon as it is known.
fn measure(arguments: &Arguments, place: &Place, tables: bool) -> Result<Results, Failure> {
    let began = Instant::now();
    let mut results = Results {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION"),
        at: Timestamp::now(),
        machine: Machine::this(),
        settings: settings(arguments),
        sizes: Vec::new(),
        seconds: 0.0,
    };
    let print = |text: String| if tables { print(&text) } else { Ok(()) };
    print(conditions(&results))?;
    let mut run = Run::new(place, arguments.seconds_per_measurement);
    let sizes = sizes(arguments.from, arguments.chats);
    for (index, chats) in sizes.iter().enumerate() {
        let size = run.measure(*chats, index + 1 == sizes.len())?;
        print(of_size(&size))?;
        results.sizes.push(size);
    }
    results.seconds = began.elapsed().as_secs_f64();
    print(over_sizes(&results))?;
    Ok(results)
}

/// The sizes at which is measured: each is ten times the one before it, but for the last.
fn sizes(from: u64, chats: u64) -> Vec<u32> {
    let growing = std::iter::successors(Some(from), |size| Some(size * 10)).take_while(|size| *size < chats);
    growing.chain([chats]).filter_map(|size| u32::try_from(size).ok()).collect()
}

fn settings(arguments: &Arguments) -> Settings {
    Settings {
        chats: arguments.chats,
        seconds_per_measurement: arguments.seconds_per_measurement,
        managers: data::MANAGERS,
        operators: data::OPERATORS,
        tags: data::TAGS,
        customers: arguments.chats.min(data::CUSTOMERS.into()),
        counts_per_reading_of_the_clock: reads::COUNTS_PER_READING,
        relaxed_sync_ms: SYNC_EVERY.as_millis() as u64,
        record_cache_bytes: Config::default_cache_bytes(),
        store_cache_bytes: Config::default_cache_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_size_is_ten_times_the_one_before_but_for_the_last() {
        let expected: [(u64, u64, &[u32]); 7] = [
            (10_000, 1, &[1]),
            (10_000, 10_000, &[10_000]),
            (10_000, 10_001, &[10_000, 10_001]),
            (10_000, 250_000, &[10_000, 100_000, 250_000]),
            (10_000, 1_000_000, &[10_000, 100_000, 1_000_000]),
            (30, 400, &[30, 300, 400]),
            (1_000_000, 1_000_000, &[1_000_000]),
        ];
        for (from, chats, found) in expected {
            assert_eq!(sizes(from, chats), found);
        }
        assert_eq!(sizes(10_000, CHATS_MAX).len(), 7);
    }

    #[test]
    fn seconds_are_a_sensible_number() {
        assert_eq!(read_seconds("0.5"), Ok(0.5));
        for text in ["0", "-1", "nan", "inf", "601", "1s", ""] {
            assert!(read_seconds(text).is_err(), "{text}");
        }
    }
}
