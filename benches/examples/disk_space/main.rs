//! How much disk a store takes after many messages and a day of mixed work, beside a fresh `compact` of the same store.
//!
//! `cargo run --release -p inboxdb-benches --example disk_space -- CHATS MESSAGES COMMANDS`
//!
//! It sends `MESSAGES` to random chats, then `COMMANDS` of all kinds, leaves the store alone until the engine has compacted it by
//! itself, and measures the files after each step. Nothing of it waits for the disk.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to say")]

use std::error::Error;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use inboxdb::{ChatId, Command, Engine, ManagerId};
use inboxdb_benches::{AT, Batch, Draw, MANAGERS, Random, relaxed, store, tag_path};

const USAGE: &str = "usage: disk_space CHATS MESSAGES COMMANDS";
const DAY_MS: u64 = 86_400_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<u64> = std::env::args().skip(1).map(|number| number.parse()).collect::<Result<_, _>>()?;
    let &[chats, messages, commands] = &arguments[..] else { return Err(USAGE.into()) };
    let chats = u32::try_from(chats)?;
    let directory = store(chats, Draw::Scattered);
    let mut random = Random::default();
    say("filled", directory.path())?;

    work(directory.path(), "messages", messages, |number| {
        let chat = any_chat(&mut random, chats);
        let text = format!("Message {number}: the parcel has not come yet, and the tracking says nothing new.");
        (AT, Command::send_message(chat, text))
    })?;
    work(directory.path(), "a day of mixed work", commands, |number| {
        (AT + number * DAY_MS / commands.max(1), mixed(&mut random, chats, number))
    })?;

    rest(directory.path())?;

    let before = bytes(&directory.path().join("state"))?;
    Engine::compact(directory.path(), relaxed(), |_| {})?;
    say("compacted", directory.path())?;
    let ratio = before as f64 / bytes(&directory.path().join("state"))? as f64;
    println!("the state store took {ratio:.2} times as much before");
    Ok(())
}

/// Executes commands, closes the store, and says what they took.
fn work(
    path: &Path,
    what: &str,
    count: u64,
    mut next: impl FnMut(u64) -> (u64, Command),
) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    let engine = Engine::open(path, relaxed())?;
    let mut batch = Batch::new(&engine);
    for number in 0..count {
        let (at, command) = next(number);
        batch.system_at(at, command);
    }
    batch.finish();
    engine.close()?;
    println!("{count} commands in {:.0} s", begun.elapsed().as_secs_f64());
    say(what, path)
}

/// Leaves an open store alone until the engine has compacted it by itself, or has not begun to within two minutes.
fn rest(path: &Path) -> Result<(), Box<dyn Error>> {
    const BEGINS_WITHIN: Duration = Duration::from_secs(120);
    let begun = Instant::now();
    let engine = Engine::open(path, relaxed())?;
    while begun.elapsed() < BEGINS_WITHIN || path.join("state.new").exists() {
        thread::sleep(Duration::from_secs(1));
    }
    println!("left alone for {:.0} s", begun.elapsed().as_secs_f64());
    engine.close()?;
    say("the same", path)
}

fn any_chat(random: &mut Random, chats: u32) -> ChatId {
    ChatId(1 + random.below(chats.into()) as u32)
}

/// What an inbox does in a day: mostly messages, and everything else now and then.
fn mixed(random: &mut Random, chats: u32, number: u64) -> Command {
    let chat = any_chat(random, chats);
    match random.below(100) {
        0..50 => Command::send_message(chat, format!("Message {number} of the day")),
        50..60 => Command::close(chat),
        60..70 => Command::open(chat),
        70..80 => Command::assign(chat, ManagerId(1 + random.below(MANAGERS))),
        80..90 => Command::tag(chat, [tag_path(random.below(1_000) as u32)]),
        90..98 => Command::untag(chat, [tag_path(random.below(1_000) as u32)]),
        _ => Command::snooze(chat, AT + 2 * DAY_MS + random.below(DAY_MS)),
    }
}

fn say(what: &str, path: &Path) -> Result<(), Box<dyn Error>> {
    let (state, all) = (bytes(&path.join("state"))?, bytes(path)?);
    println!("{what}: {:.1} MB of state store, {:.1} MB in all", state as f64 / 1e6, all as f64 / 1e6);
    Ok(())
}

/// The bytes of all files below a directory.
fn bytes(path: &Path) -> Result<u64, Box<dyn Error>> {
    if path.is_file() {
        return Ok(path.metadata()?.len());
    }
    let mut sum = 0;
    for entry in fs::read_dir(path)? {
        sum += bytes(&entry?.path())?;
    }
    Ok(sum)
}
