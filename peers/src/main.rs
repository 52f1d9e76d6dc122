//! `inboxdb-peers`: see `docs/PEERS.md`.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Parser;
use inboxdb_peers::check::Expected;
use inboxdb_peers::data::Data;
use inboxdb_peers::machine::Machine;
use inboxdb_peers::measure::{INTERRUPTED, Stopwatch, measure};
use inboxdb_peers::peers::{COLUMNS, Column, Family, Started};
use inboxdb_peers::report::{Report, Row};

/// Measures inboxdb beside other stores: the same data, the same work, the same machine.
///
/// Stores live in the temporary directory, which must be on a disk for durable commands to mean anything (TMPDIR sets
/// another). Servers are started on a private socket and end with the run; one that is not installed is skipped.
#[derive(Debug, Parser)]
#[command(name = "inboxdb-peers", version)]
struct Arguments {
    /// The number of chats
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1_000..))]
    chats: u32,
    /// How long each measurement takes
    #[arg(long, default_value_t = 2.0, value_name = "SECONDS", value_parser = seconds)]
    seconds: f64,
    /// Only these stores
    #[arg(long, value_delimiter = ',', value_name = "STORES")]
    only: Vec<Family>,
    /// Also write everything measured to a file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.01..=3_600.0).contains(&seconds) => Ok(seconds),
        _ => Err("a number from 0.01 to 3600".to_owned()),
    }
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed))?;
    let data = Data { chats: arguments.chats };
    let command = std::env::args().skip(1).collect::<Vec<_>>().join(" ");
    let mut report = Report {
        machine: Machine::inspect()?,
        command: format!("cargo run --release --manifest-path peers/Cargo.toml -- {command}").trim_end().to_owned(),
        chats: arguments.chats,
        peers: Vec::new(),
        skipped: Vec::new(),
    };
    let expected = Expected::compute(data)?;
    for column in COLUMNS.iter().filter(|column| arguments.only.is_empty() || arguments.only.contains(&column.family)) {
        match run(column, data, &expected, Duration::from_secs_f64(arguments.seconds)).context(column.name)? {
            Ok(row) => report.peers.push(row),
            Err(reason) => {
                let skipped = format!("skipped: {}: {reason}", column.name);
                eprintln!("{skipped}");
                report.skipped.push(skipped);
            }
        }
    }
    if let Some(file) = arguments.json {
        std::fs::write(&file, serde_json::to_string_pretty(&report)?).with_context(|| file.display().to_string())?;
    }
    print!("{}", report.to_markdown());
    Ok(())
}

/// One store from its start to its end; the reason if it is not there.
fn run(column: &Column, data: Data, expected: &Expected, each: Duration) -> Result<Result<Row, String>> {
    let mut peer = match column.start()? {
        Started::Ready(peer) => peer,
        Started::Skipped(reason) => return Ok(Err(reason)),
    };
    eprintln!("{}: {}", column.name, peer.version());
    let began = Instant::now();
    peer.fill(data)?;
    let fill = began.elapsed();
    eprintln!("  filled in {:.1} s", fill.as_secs_f64());
    expected.check(&*peer)?;
    eprintln!("  answers as it should");
    let measured = measure(&mut *peer, &Stopwatch::new(each, expected.closed()), fill)?;
    eprintln!("  measured");
    Ok(Ok(Row { name: column.name.to_owned(), version: peer.version(), setup: peer.setup(), measured }))
}
