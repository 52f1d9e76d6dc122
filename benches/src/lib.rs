//! The inbox used in benchmarks.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to say")]

pub mod kept;
#[cfg(unix)]
mod processor;
mod random;

use std::time::Duration;

use inboxdb::{
    Actor, ChatId, Command, Config, CustomerId, CustomerUpdate, Durability, Engine, Envelope, ManagerId, Role, Timer,
    WorkspaceId,
};
use tempfile::TempDir;

#[cfg(unix)]
pub use processor::processor_time;
pub use random::Random;

/// The workspace of the inbox.
pub const WORKSPACE: WorkspaceId = WorkspaceId(1);
/// The number of managers.
pub const MANAGERS: u64 = 600;
/// The time of the store's clock at the first command.
pub const AT: u64 = 1_600_000_000_000;

/// Returns the number of chats from `INBOXDB_BENCH_CHATS`, 100,000 by default.
pub fn chats_wanted() -> u32 {
    std::env::var("INBOXDB_BENCH_CHATS").ok().and_then(|chats| chats.parse().ok()).unwrap_or(100_000)
}

/// How the properties of an inbox's chats are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draw {
    /// All properties of a chat correlate. For example, all chats of a tag are closed.
    InStep,
    /// All properties of a chat are independent, so sets are spread over all chats and overlap.
    Scattered,
}

impl Draw {
    /// Draws a number for one property of a chat. Each has its own `decision`.
    fn draw(self, chat: u32, decision: u32) -> u32 {
        match self {
            Self::InStep => chat,
            Self::Scattered => scattered(chat, decision),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::InStep => "in-step",
            Self::Scattered => "scattered",
        }
    }
}

/// A pseudo-random number for one property of a chat.
pub fn scattered(chat: u32, decision: u32) -> u32 {
    let mixed = (u64::from(chat) << 8 | u64::from(decision)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed ^ mixed >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 33) as u32
}

/// A configuration whose commands do not wait for the disk.
pub fn relaxed() -> Config {
    Config::default().timer(Timer::Off).durability(Durability::Interval(Duration::from_millis(50)))
}

/// Opens an inbox like [`inbox`]'s, whose commands are durable when they return.
pub fn durable_inbox(chats: u32) -> (TempDir, Engine) {
    let directory = store(chats, Draw::Scattered);
    let engine = kept::open(&directory, Config::default().timer(Timer::Off));
    (directory, engine)
}

/// Opens an inbox of 600 managers, 1,000 tags and `chats` chats, most of them closed. Its commands do not wait for the
/// disk.
pub fn inbox(chats: u32, draw: Draw) -> (TempDir, Engine) {
    let directory = store(chats, draw);
    let engine = kept::open(&directory, relaxed());
    (directory, engine)
}

/// The store of [`inbox`], closed.
pub fn store(chats: u32, draw: Draw) -> TempDir {
    kept::copy_of(&format!("inbox-{}-{chats}", draw.name()), |engine| fill(engine, chats, draw))
}

/// Fills a new store with the inbox of [`inbox`].
pub fn fill(engine: &Engine, chats: u32, draw: Draw) {
    let mut batch = Batch::new(engine);
    for manager in (1..=MANAGERS).map(ManagerId) {
        batch.system(Command::put_manager(manager, format!("Manager {manager}"), Role::Member));
        batch.system(Command::set_operator(manager, manager.0 <= 12));
    }
    for tag in 0..1_000 {
        batch.system(Command::create_tag(tag_path(tag)));
    }
    for chat in 1..=chats {
        fill_chat(&mut batch, chat, |decision| draw.draw(chat, decision));
    }
    batch.finish();
}

/// Returns the path of a tag: 10 at the top level, 100 at the second, 890 at the third.
pub fn tag_path(tag: u32) -> String {
    match tag {
        0..10 => format!("area-{tag}"),
        10..110 => format!("area-{}/topic-{}", tag % 10, tag / 10),
        _ => format!("area-{}/topic-{}/case-{}", tag % 10, 1 + tag / 10 % 10, tag / 100),
    }
}

fn fill_chat(batch: &mut Batch<'_>, number: u32, draw: impl Fn(u32) -> u32) {
    let (chat, customer) = (ChatId(number), CustomerId(u64::from(number / 2)));
    let manager = ManagerId(1 + u64::from(draw(0)) * 7_919 % MANAGERS);
    batch.system(Command::put_customer(customer, CustomerUpdate::new()));
    batch.system(Command::start_chat(customer));
    batch.by(Actor::Customer(customer), Command::send_message(chat, "Where is my parcel?"));
    if !draw(1).is_multiple_of(20) {
        batch.system(Command::assign(chat, manager));
    }
    batch.system(Command::tag(chat, [tag_path(draw(2) % 1_000)]));
    if draw(3).is_multiple_of(50) {
        batch.system(Command::set_description(chat, "A #vip of ours"));
    }
    match draw(4) % 10 {
        0..2 => {}
        2 => batch.system(Command::snooze(chat, AT + 1_000_000_000)),
        _ => batch.system(Command::close(chat)),
    }
}

/// Sends commands in pipelines: each shares one wait for the disk. All of them must succeed.
#[derive(Debug)]
pub struct Batch<'e> {
    engine: &'e Engine,
    waiting: Option<inboxdb::Pipeline<'e>>,
}

impl<'e> Batch<'e> {
    /// Begins without commands.
    pub fn new(engine: &'e Engine) -> Self {
        Self { engine, waiting: None }
    }

    /// Adds a command of the system.
    pub fn system(&mut self, command: Command) {
        self.system_at(AT, command);
    }

    /// Adds a command of the system at a moment.
    pub fn system_at(&mut self, at: u64, command: Command) {
        self.push(&Envelope::new(WORKSPACE, at, Actor::System, command));
    }

    fn by(&mut self, actor: Actor, command: Command) {
        self.push(&Envelope::new(WORKSPACE, AT, actor, command));
    }

    fn push(&mut self, envelope: &Envelope) {
        let pipeline = self.waiting.get_or_insert_with(|| self.engine.pipeline());
        pipeline.push(envelope);
        if pipeline.len() == 4_096 {
            self.finish();
        }
    }

    /// Waits for all commands.
    pub fn finish(&mut self) {
        let results = self.waiting.take().map(inboxdb::Pipeline::finish).unwrap_or_default();
        assert!(results.iter().all(Result::is_ok));
    }
}
