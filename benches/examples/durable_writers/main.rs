//! Closes and reopens random chats from many threads that each wait for the disk, and says how many that makes a second, how long
//! they took, how many shared a sync, and what they cost on all processors together.
//!
//! `cargo run --release -p inboxdb-benches --example durable_writers -- CHATS SECONDS WRITERS...`
//!
//! It works on a copy of the store that `random_commands` keeps. Before the writers, it appends 8 KB to a file with an
//! `fdatasync` each, which shows what the disk can do.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to say")]

use std::error::Error;
use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use inboxdb::{Actor, ChatId, Command, Config, Engine, Envelope, Timer};
use inboxdb_benches::{Draw, WORKSPACE, processor_time, scattered, store};

const AT: u64 = 1_700_000_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<u32> = std::env::args().skip(1).map(|text| text.parse()).collect::<Result<_, _>>()?;
    let [chats, seconds, writers @ ..] = &arguments[..] else {
        return Err("usage: durable_writers CHATS SECONDS WRITERS...".into());
    };
    let span = Duration::from_secs(u64::from(*seconds));
    let directory = store(*chats, Draw::Scattered);
    syncs(span)?;
    for writers in writers {
        let engine = Engine::open(directory.path(), Config::default().timer(Timer::Off))?;
        measure(engine, *chats, *writers, span)?;
    }
    Ok(())
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(100, 60_000_000_000, 3).unwrap()
}

fn syncs(span: Duration) -> Result<(), Box<dyn Error>> {
    let mut file = tempfile::tempfile_in(std::env::current_dir()?)?;
    let mut took = histogram();
    let begun = Instant::now();
    while begun.elapsed() < span {
        let begun = Instant::now();
        file.write_all(&[0x5a; 8 << 10])?;
        file.sync_data()?;
        took.record(u64::try_from(begun.elapsed().as_nanos())?)?;
    }
    println!("fdatasync of 8 KB: {}", quantiles(&took));
    Ok(())
}

fn measure(engine: Engine, chats: u32, writers: u32, span: Duration) -> Result<(), Box<dyn Error>> {
    // Loads the workspace, and ends the snoozes that are due by now.
    engine.execute(Envelope::new(WORKSPACE, AT, Actor::System, Command::Tick))?;
    engine.checkpoint()?;
    let syncs = engine.stats().syncs;
    let (begun, processor) = (Instant::now(), processor_time());
    let took = thread::scope(|scope| {
        let engine = &engine;
        let threads: Vec<_> =
            (0..writers).map(|writer| scope.spawn(move || write(engine, chats, writer, span))).collect();
        let mut all = histogram();
        for thread in threads {
            all.add(thread.join().unwrap()).unwrap();
        }
        all
    });
    let (sent, processor) = (begun.elapsed(), processor_time() - processor);
    let syncs = engine.stats().syncs - syncs;
    engine.close()?;
    let count = took.len() as f64;
    println!(
        "{writers} writers: {:.0} a second, {}; {:.1} a sync, {:.1} us of processor time each",
        count / sent.as_secs_f64(),
        quantiles(&took),
        count / syncs as f64,
        processor.as_secs_f64() * 1e6 / count,
    );
    Ok(())
}

/// Closes and reopens chats for some time, each of which is written by this thread alone.
fn write(engine: &Engine, chats: u32, writer: u32, span: Duration) -> Histogram<u64> {
    let mut took = histogram();
    let begun = Instant::now();
    for round in 0_u32.. {
        if begun.elapsed() >= span {
            break;
        }
        let chat = ChatId(1 + scattered(round / 2, writer) % chats);
        // Most chats are closed to begin with, and closing a closed chat would not have to wait.
        let command = if round.is_multiple_of(2) { Command::open(chat) } else { Command::close(chat) };
        let begun = Instant::now();
        engine.execute(Envelope::new(WORKSPACE, AT, Actor::System, command)).unwrap();
        took.record(u64::try_from(begun.elapsed().as_nanos()).unwrap()).unwrap();
    }
    took
}

fn quantiles(took: &Histogram<u64>) -> String {
    let at = |quantile| took.value_at_quantile(quantile) as f64 / 1_000.0;
    format!("p50 {:.0} us, p99 {:.0} us, p99.9 {:.0} us", at(0.5), at(0.99), at(0.999))
}
