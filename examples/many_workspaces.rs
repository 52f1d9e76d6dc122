//! Measures many workspaces in one store: opening, touching each once, and again, with a budget and without one.
//! `INBOXDB_WORKSPACES=10000 INBOXDB_CHATS=1000 cargo run --release --example many_workspaces`
//!
//! `INBOXDB_WORKSPACES` is how many there are (50), `INBOXDB_CHATS` how many chats each has (20), `INBOXDB_BUDGET` the
//! budget in MiB (1,024). The store is in the temporary directory, about 350 bytes a chat, and removed at the end.

use std::env;
use std::error::Error;
use std::path::Path;
use std::process;
use std::time::{Duration, Instant};

use inboxdb::{
    Actor, Command, Config, CustomerId, CustomerUpdate, Durability, Engine, Envelope, Filter, ManagerId, Role, Timer,
    View, WorkspaceId,
};

const AT: u64 = 1_600_000_000_000;
const MANAGERS: u64 = 5;
const TAGS: u64 = 20;
const CUSTOMERS: u64 = 100;

fn wanted(variable: &str, default: u64) -> u64 {
    env::var(variable).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

fn config() -> Config {
    Config::default().timer(Timer::Off).durability(Durability::Interval(Duration::from_millis(50)))
}

/// The memory of this process in MiB, where the operating system tells it.
fn memory() -> String {
    const PAGE_BYTES: u64 = 4_096;
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.map_or("unknown".to_owned(), |pages| format!("{} MiB", (pages * PAGE_BYTES) >> 20))
}

/// Gives a workspace its people, tags and chats. Most chats are closed.
fn fill(engine: &Engine, workspace: WorkspaceId, chats: u64) -> Result<(), Box<dyn Error>> {
    let mut pipeline = engine.pipeline();
    let mut push = |command| pipeline.push(&Envelope::new(workspace, AT, Actor::System, command));
    (1..=MANAGERS).for_each(|id| push(Command::put_manager(ManagerId(id), format!("Manager {id}"), Role::Owner)));
    (1..=TAGS).for_each(|tag| push(Command::create_tag(format!("topic-{tag}"))));
    (1..=CUSTOMERS).for_each(|id| push(Command::put_customer(CustomerId(id), CustomerUpdate::new())));
    for chat in 1..=chats {
        let id = u32::try_from(chat)?;
        push(Command::start_chat(CustomerId(1 + chat % CUSTOMERS)));
        push(Command::assign(id, ManagerId(1 + chat % MANAGERS)));
        if chat % 4 == 0 {
            push(Command::tag(id, [format!("topic-{}", 1 + chat / 4 % TAGS)]));
        }
        if chat % 10 > 0 {
            push(Command::close(id));
        }
    }
    pipeline.finish().into_iter().try_for_each(|outcome| outcome.map(drop))?;
    Ok(())
}

/// Shows a sidebar of every workspace, and says how long each took.
fn touch(engine: &Engine, workspaces: u64, what: &str) -> Result<(), Box<dyn Error>> {
    let mut times = Vec::new();
    let begun = Instant::now();
    for workspace in (1..=workspaces).map(WorkspaceId) {
        let begun = Instant::now();
        engine.workspace(workspace)?.sidebar(ManagerId(1))?;
        times.push(begun.elapsed());
    }
    let total = begun.elapsed();
    times.sort_unstable();
    let (median, p99) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    let loaded = engine.workspaces_in_memory();
    println!(
        "{what}: {total:.2?} in all, p50 {median:.1?}, p99 {p99:.1?}; {} workspaces in memory, by estimate {} MiB; process {}",
        loaded.workspaces,
        loaded.bytes >> 20,
        memory()
    );
    Ok(())
}

/// Reads workspaces that do not exist.
fn touch_unknown(engine: &Engine) -> Result<(), Box<dyn Error>> {
    let all: Filter = View::all().into();
    let begun = Instant::now();
    let before = memory();
    for made_up in (1..=200_000).map(|id| WorkspaceId(1 << 40 | id)) {
        assert_eq!(engine.workspace(made_up)?.count(&all)?, 0);
    }
    println!("200,000 unknown ids: {:.2?}; process {} after {before}", begun.elapsed(), memory());
    Ok(())
}

fn measure(path: &Path, workspaces: u64, bytes: u64) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    let engine = Engine::open(path, config().workspaces_bytes_max(bytes))?;
    println!("  open: {:.2?}; process {}", begun.elapsed(), memory());
    touch(&engine, workspaces, "  touch each once")?;
    touch(&engine, workspaces, "  touch each again")?;
    let begun = Instant::now();
    let found = engine.workspaces()?.len();
    println!("  list {found} workspaces: {:.2?}", begun.elapsed());
    print!("  ");
    touch_unknown(&engine)?;
    engine.close()?;
    Ok(())
}

/// Measures in a process of its own, whose memory holds nothing from before.
fn measure_apart(path: &Path, bytes: u64) -> Result<(), Box<dyn Error>> {
    let mut child = process::Command::new(env::current_exe()?);
    let done = child.arg(path).arg(bytes.to_string()).status()?;
    if done.success() { Ok(()) } else { Err("the measurement failed".into()) }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (workspaces, chats) = (wanted("INBOXDB_WORKSPACES", 50), wanted("INBOXDB_CHATS", 20));
    let budget = wanted("INBOXDB_BUDGET", 1_024);
    if let [_, path, bytes] = &env::args().collect::<Vec<_>>()[..] {
        return measure(Path::new(path), workspaces, bytes.parse()?);
    }
    let directory = tempfile::tempdir()?;
    let begun = Instant::now();
    let engine = Engine::open(directory.path(), config().workspaces_bytes_max(budget << 20))?;
    for workspace in 1..=workspaces {
        fill(&engine, WorkspaceId(workspace), chats)?;
    }
    println!("fill {workspaces} workspaces of {chats} chats: {:.1?}; process {}", begun.elapsed(), memory());
    engine.close()?;
    drop(engine);
    println!("with a budget of {budget} MiB");
    measure_apart(directory.path(), budget << 20)?;
    println!("without a budget");
    measure_apart(directory.path(), u64::MAX)
}
