//! Shows what the engine says that its structures take in memory, beside what the allocator counted and what the process
//! grew by.
//!
//! `cargo run --release -p inboxdb-benches --example memory -- CHATS COMMANDS [CACHE_MIB]`
//!
//! Two processes of their own: one fills a new store with `CHATS` chats, the other opens a closed one. Each then reads a
//! sidebar and sends `COMMANDS` commands to random chats. The caches have their default size, or `CACHE_MIB` each. Linux
//! only: it reads `/proc/self/statm`.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to say")]

use std::error::Error;
use std::fs;
use std::process::Command as Program;

use inboxdb::{Actor, ChatId, Command, Config, Engine, Envelope, ManagerId};
use inboxdb_benches::{Draw, WORKSPACE, fill, relaxed, scattered, store};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const AT: u64 = 1_700_000_000_000;
const USAGE: &str = "usage: memory CHATS COMMANDS [CACHE_MIB]";
/// Names the part of the run to the processes.
const PART: &str = "INBOXDB_MEMORY_PART";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (chats, commands, cache) = match &arguments[..] {
        [chats, commands] => (chats, commands, None),
        [chats, commands, cache] => (chats, commands, Some(cache.parse::<u64>()? << 20)),
        _ => return Err(USAGE.into()),
    };
    let (chats, commands) = (chats.parse()?, commands.parse()?);
    let config = cache.map_or(relaxed(), |bytes| relaxed().record_cache_bytes(bytes).store_cache_bytes(bytes));
    match std::env::var(PART).as_deref() {
        Ok("fill") => filled(chats, commands, config),
        Ok("open") => opened(chats, commands, config),
        Ok(_) => {
            store(chats, Draw::Scattered);
            Ok(())
        }
        Err(_) => ["build", "fill", "open"].into_iter().try_for_each(|part| run(part, &arguments)),
    }
}

/// Runs a part in a process of its own, which has nothing in memory yet.
fn run(part: &str, arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let ended = Program::new(std::env::current_exe()?).args(arguments).env(PART, part).status()?;
    if ended.success() { Ok(()) } else { Err(format!("{part}: {ended}").into()) }
}

fn filled(chats: u32, commands: u32, config: Config) -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let before = Memory::now()?;
    let engine = Engine::open(directory.path(), config)?;
    fill(&engine, chats, Draw::Scattered);
    before.show("filled", &engine)?;
    used(&engine, chats, commands, &before)
}

fn opened(chats: u32, commands: u32, config: Config) -> Result<(), Box<dyn Error>> {
    let directory = store(chats, Draw::Scattered);
    let before = Memory::now()?;
    let engine = Engine::open(directory.path(), config)?;
    engine.workspace(WORKSPACE)?.sidebar(ManagerId(1))?;
    before.show("opened", &engine)?;
    used(&engine, chats, commands, &before)
}

fn used(engine: &Engine, chats: u32, commands: u32, before: &Memory) -> Result<(), Box<dyn Error>> {
    for round in 0..commands {
        let chat = ChatId(1 + scattered(round, 77) % chats);
        let command = match round % 4 {
            0 => Command::close(chat),
            1 => Command::open(chat),
            2 => Command::assign(chat, ManagerId(1 + u64::from(scattered(round, 78)) % 600)),
            _ => Command::send_message(chat, format!("Message {round}")),
        };
        engine.execute(Envelope::new(WORKSPACE, AT, Actor::System, command))?;
    }
    before.show("after commands on random chats", engine)?;
    engine.checkpoint()?;
    before.show("after a checkpoint", engine)
}

/// What the process has in memory, in bytes.
struct Memory {
    allocated: u64,
    resident: u64,
}

impl Memory {
    fn now() -> Result<Self, Box<dyn Error>> {
        const PAGE_BYTES: u64 = 4096;
        let statm = fs::read_to_string("/proc/self/statm")?;
        let pages: u64 = statm.split(' ').nth(1).ok_or("statm has no second number")?.parse()?;
        Ok(Self { allocated: ALLOCATOR.current_usage() as u64, resident: pages * PAGE_BYTES })
    }

    fn show(&self, when: &str, engine: &Engine) -> Result<(), Box<dyn Error>> {
        let (memory, now) = (engine.memory_use(), Self::now()?);
        println!("{when}:");
        let line = |what: &str, bytes: u64| println!("  {what:<20}{:>10.1} MB", bytes as f64 / 1e6);
        memory.structures().for_each(|(structure, bytes)| line(structure, bytes));
        let (allocated, resident) = (now.allocated - self.allocated, now.resident.saturating_sub(self.resident));
        let files = engine.info()?.bytes.state;
        line("sum", memory.total());
        line("allocated", allocated);
        line("resident", resident);
        line("files of the store", files);
        let share = |of: u64| memory.total() as f64 / of as f64;
        println!("  the sum is {:.2} of allocated, {:.2} of resident memory", share(allocated), share(resident));
        Ok(())
    }
}
