//! Sends commands to random chats, one after the other, without waiting for the disk, and says how many a second it were,
//! how long they took, and what they cost on all processors together, with the checkpoints behind them.
//!
//! `cargo run --release -p inboxdb-benches --example random_commands -- CHATS COMMANDS KIND...`
//!
//! `KIND` is `message`, `close` (closes and reopens in turn) or `assign`. The store is kept for the next run, which works on a
//! copy of it. The caches have their default size.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to say")]

use std::error::Error;
use std::time::Instant;

use hdrhistogram::Histogram;
use inboxdb::{Actor, ChatId, Command, Engine, Envelope, ManagerId};
use inboxdb_benches::{Draw, WORKSPACE, processor_time, relaxed, scattered, store};

const AT: u64 = 1_700_000_000_000;
const USAGE: &str = "usage: random_commands CHATS COMMANDS KIND...; KIND is message, close or assign";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [chats, commands, kinds @ ..] = &arguments[..] else { return Err(USAGE.into()) };
    let (chats, commands) = (chats.parse()?, commands.parse()?);
    let directory = store(chats, Draw::Scattered);
    for kind in kinds {
        measure(Engine::open(directory.path(), relaxed())?, chats, commands, kind)?;
    }
    Ok(())
}

fn measure(engine: Engine, chats: u32, commands: u64, kind: &str) -> Result<(), Box<dyn Error>> {
    let mut took = Histogram::<u64>::new_with_bounds(100, 60_000_000_000, 3)?;
    // Loads the workspace, and ends the snoozes that are due by now.
    engine.execute(Envelope::new(WORKSPACE, AT, Actor::System, Command::Tick))?;
    engine.checkpoint()?;
    let (begun, processor) = (Instant::now(), processor_time());
    for round in 0..u32::try_from(commands)? {
        let envelope = Envelope::new(WORKSPACE, AT, Actor::System, command(kind, round, chats)?);
        let begun = Instant::now();
        engine.execute(envelope)?;
        took.record(u64::try_from(begun.elapsed().as_nanos())?)?;
    }
    let sent = begun.elapsed();
    engine.close()?;
    let processor = processor_time() - processor;
    let at = |quantile| took.value_at_quantile(quantile) as f64 / 1_000.0;
    let (p50, p99, p999) = (at(0.5), at(0.99), at(0.999));
    let rate = commands as f64 / sent.as_secs_f64();
    let cost = processor.as_secs_f64() * 1e6 / commands as f64;
    println!(
        "{kind}: {rate:.0} a second, p50 {p50:.1} us, p99 {p99:.1} us, p99.9 {p999:.1} us; {cost:.1} us of processor time each"
    );
    Ok(())
}

fn command(kind: &str, round: u32, chats: u32) -> Result<Command, Box<dyn Error>> {
    let chat = ChatId(1 + scattered(round, 77) % chats);
    Ok(match kind {
        "message" => Command::send_message(chat, format!("Message {round}")),
        "close" if round.is_multiple_of(2) => Command::close(chat),
        "close" => Command::open(chat),
        "assign" => Command::assign(chat, ManagerId(1 + u64::from(scattered(round, 78)) % 600)),
        other => return Err(format!("{other:?} is no kind of command; {USAGE}").into()),
    })
}
