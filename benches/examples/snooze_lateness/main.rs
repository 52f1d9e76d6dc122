//! How late snoozes end: many are pending, and many of them end within one second, while another thread sends messages.
//!
//! `cargo run --release -p inboxdb-benches --example snooze_lateness -- PENDING DUE RATE`
//!
//! `DUE` of the `PENDING` snoozes end within the same second. `RATE` messages a second are sent to other chats meanwhile.
//! Snoozes end in the order of their deadlines, so a count of the snoozed chats, asked every half millisecond, says which ones
//! have ended.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to say")]

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use hdrhistogram::Histogram;
use inboxdb::{Actor, ChatId, Command, Config, CustomerId, CustomerUpdate, Durability, Engine, Envelope, Timer};
use inboxdb_benches::{Batch, Random, WORKSPACE};

const USAGE: &str = "usage: snooze_lateness PENDING DUE RATE";
const YEAR_MS: u64 = 365 * 86_400_000;
/// How long to go on with messages before the first deadline, and to look after the last.
const LEAD_MS: u64 = 5_000;
const LOOK_EVERY: Duration = Duration::from_micros(500);
/// Chats that are not snoozed, for the messages.
const OTHERS: u32 = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<u32> = std::env::args().skip(1).map(|number| number.parse()).collect::<Result<_, _>>()?;
    let &[pending, due, rate] = &arguments[..] else { return Err(USAGE.into()) };
    if due > pending || rate == 0 {
        return Err(USAGE.into());
    }
    let directory = tempfile::tempdir()?;
    let config = Config::default().timer(Timer::Wall).durability(Durability::Interval(Duration::from_millis(50)));
    let engine = Engine::open(directory.path(), config)?;
    let mut random = Random::default();
    fill(&engine, pending, &mut random);
    let deadlines = set_deadlines(&engine, due, &mut random);
    println!("{pending} snoozes are pending, {due} of them end within one second");

    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = scope.spawn(|| write(&engine, pending, rate, &is_over));
        let late = look(&engine, pending, &deadlines)?;
        is_over.store(true, Ordering::Relaxed);
        say("late", &late);
        say("a message meanwhile", &writer.join().unwrap());
        Ok::<_, Box<dyn Error>>(())
    })?;
    engine.close()?;
    Ok(())
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis() as u64
}

/// Snoozes chats for one to ten years, and adds some that are not snoozed.
fn fill(engine: &Engine, pending: u32, random: &mut Random) {
    let (mut batch, at) = (Batch::new(engine), now_ms());
    for chat in 1..=pending + OTHERS {
        let customer = CustomerId(u64::from(chat / 100));
        if chat.is_multiple_of(100) || chat == 1 {
            batch.system_at(at, Command::put_customer(customer, CustomerUpdate::new()));
        }
        batch.system_at(at, Command::start_chat(customer));
        if chat <= pending {
            batch.system_at(at, Command::snooze(ChatId(chat), at + YEAR_MS + random.below(9 * YEAR_MS)));
        }
    }
    batch.finish();
}

/// Moves snoozes into one second, which begins when this is done. Returns the deadlines in order.
fn set_deadlines(engine: &Engine, due: u32, random: &mut Random) -> Vec<u64> {
    // Far enough away to set them all: a tenth of a millisecond for each is plenty.
    let begin = now_ms() + LEAD_MS + u64::from(due) / 10;
    let mut deadlines: Vec<u64> = (0..due).map(|_| begin + random.below(1_000)).collect();
    let (mut batch, at) = (Batch::new(engine), now_ms());
    for (chat, deadline) in (1..).zip(&deadlines) {
        batch.system_at(at, Command::snooze(ChatId(chat), *deadline));
    }
    batch.finish();
    assert!(now_ms() < begin, "this machine took too long to set the deadlines");
    deadlines.sort_unstable();
    deadlines
}

/// Sends messages at a rate. Returns how long they took, in microseconds.
fn write(engine: &Engine, first: u32, rate: u32, is_over: &AtomicBool) -> Histogram<u64> {
    let mut took = Histogram::new(3).unwrap();
    let (begun, mut random) = (Instant::now(), Random::default());
    for number in 0.. {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let chat = ChatId(first + 1 + random.below(OTHERS.into()) as u32);
        let command = Command::send_message(chat, format!("Message {number}"));
        let turn = begun + Duration::from_secs(1) * number / rate;
        thread::sleep(turn.saturating_duration_since(Instant::now()));
        let sent = Instant::now();
        engine.execute(Envelope::new(WORKSPACE, now_ms(), Actor::System, command)).unwrap();
        took.record(sent.elapsed().as_micros() as u64).unwrap();
    }
    took
}

/// Counts the snoozed chats until all that are due have ended. Returns how late they were, in microseconds.
fn look(engine: &Engine, pending: u32, deadlines: &[u64]) -> Result<Histogram<u64>, Box<dyn Error>> {
    let inbox = engine.workspace(WORKSPACE)?;
    let (all, mut late) = ("all".parse()?, Histogram::new(3)?);
    let mut ended = 0;
    while ended < deadlines.len() {
        thread::sleep(LOOK_EVERY);
        let snoozed = inbox.counts(&all)?.snoozed;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_micros() as u64;
        let until = (u64::from(pending) - snoozed) as usize;
        for deadline in deadlines.iter().take(until).skip(ended) {
            late.record(now.saturating_sub(deadline * 1_000))?;
        }
        ended = until.max(ended);
    }
    Ok(late)
}

fn say(what: &str, took: &Histogram<u64>) {
    let at = |quantile| took.value_at_quantile(quantile) as f64 / 1e3;
    let (p50, p90, p99, p999) = (at(0.5), at(0.9), at(0.99), at(0.999));
    let longest = took.max() as f64 / 1e3;
    println!(
        "{what}: p50 {p50:.1} ms, p90 {p90:.1} ms, p99 {p99:.1} ms, p99.9 {p999:.1} ms, longest {longest:.1} ms; {} in all",
        took.len()
    );
}
