//! The inbox used in benchmarks.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to say")]
use std::time::Duration;

use inboxdb::{
    Actor, ChatId, Command, Config, CustomerId, CustomerUpdate, Durability, Engine, Envelope, ManagerId, Role, Timer,
    WorkspaceId,
};
use tempfile::TempDir;

/// The workspace of the inbox.
pub const WORKSPACE: WorkspaceId = WorkspaceId(1);
/// The number of managers.
pub const MANAGERS: u64 = 600;
const AT: u64 = 1_600_000_000_000;

/// Returns the number of chats from `INBOXDB_BENCH_CHATS`, 100,000 by default.
pub fn chats_wanted() -> u32 {
    std::env::var("INBOXDB_BENCH_CHATS").ok().and_then(|chats| chats.parse().ok()).unwrap_or(100_000)
}

/// Draws a pseudo-random number for one property of a chat. Each property of [`inbox`]'s chats has its own `decision`.
pub type Draw = fn(chat: u32, decision: u32) -> u32;

/// Makes all properties of a chat correlate. For example, all chats of a tag are closed.
pub fn in_step(chat: u32, _decision: u32) -> u32 {
    chat
}

/// Makes all properties of a chat independent, so sets are spread over all chats and overlap.
pub fn scattered(chat: u32, decision: u32) -> u32 {
    let mixed = (u64::from(chat) << 8 | u64::from(decision)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed ^ mixed >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 33) as u32
}

/// Creates an inbox like [`inbox`]'s, whose commands are durable when they return.
pub fn durable_inbox(chats: u32) -> (TempDir, Engine) {
    let (directory, engine) = inbox(chats, scattered);
    engine.close().unwrap();
    let engine = Engine::open(directory.path(), Config::default().timer(Timer::Off)).unwrap();
    (directory, engine)
}

/// Creates an inbox of 600 managers, 1,000 tags and `chats` chats, most of them closed.
pub fn inbox(chats: u32, draw: Draw) -> (TempDir, Engine) {
    let directory = tempfile::tempdir().unwrap();
    let config = Config::default().timer(Timer::Off).durability(Durability::Interval(Duration::from_millis(50)));
    let engine = Engine::open(directory.path(), config).unwrap();
    let mut batch = Batch::new(&engine);
    for manager in (1..=MANAGERS).map(ManagerId) {
        batch.system(Command::put_manager(manager, format!("Manager {manager}"), Role::Member));
        batch.system(Command::set_operator(manager, manager.0 <= 12));
    }
    for tag in 0..1_000 {
        batch.system(Command::create_tag(tag_path(tag)));
    }
    for chat in 1..=chats {
        fill_chat(&mut batch, chat, draw);
    }
    batch.finish();
    (directory, engine)
}

/// Returns the path of a tag: 10 at the top level, 100 at the second, 890 at the third.
pub fn tag_path(tag: u32) -> String {
    match tag {
        0..10 => format!("area-{tag}"),
        10..110 => format!("area-{}/topic-{}", tag % 10, tag / 10),
        _ => format!("area-{}/topic-{}/case-{}", tag % 10, 1 + tag / 10 % 10, tag / 100),
    }
}

fn fill_chat(batch: &mut Batch<'_>, number: u32, draw: Draw) {
    let (chat, customer) = (ChatId(number), CustomerId(u64::from(number / 2)));
    let manager = ManagerId(1 + u64::from(draw(number, 0)) * 7_919 % MANAGERS);
    batch.system(Command::put_customer(customer, CustomerUpdate::new()));
    batch.system(Command::start_chat(customer));
    batch.by(Actor::Customer(customer), Command::send_message(chat, "Where is my parcel?"));
    if !draw(number, 1).is_multiple_of(20) {
        batch.system(Command::assign(chat, manager));
    }
    batch.system(Command::tag(chat, [tag_path(draw(number, 2) % 1_000)]));
    if draw(number, 3).is_multiple_of(50) {
        batch.system(Command::set_description(chat, "A #vip of ours"));
    }
    match draw(number, 4) % 10 {
        0..2 => {}
        2 => batch.system(Command::snooze(chat, AT + 1_000_000_000)),
        _ => batch.system(Command::close(chat)),
    }
}

/// A batch of commands that share one wait for the disk.
struct Batch<'e> {
    engine: &'e Engine,
    waiting: Option<inboxdb::Pipeline<'e>>,
}

impl<'e> Batch<'e> {
    fn new(engine: &'e Engine) -> Self {
        Self { engine, waiting: None }
    }

    fn system(&mut self, command: Command) {
        self.by(Actor::System, command);
    }

    fn by(&mut self, actor: Actor, command: Command) {
        let pipeline = self.waiting.get_or_insert_with(|| self.engine.pipeline());
        pipeline.push(&Envelope::new(WORKSPACE, AT, actor, command));
        if pipeline.len() == 4_096 {
            self.finish();
        }
    }

    fn finish(&mut self) {
        let results = self.waiting.take().map(inboxdb::Pipeline::finish).unwrap_or_default();
        assert!(results.iter().all(Result::is_ok));
    }
}
