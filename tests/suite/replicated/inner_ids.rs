//! The ids that nodes give to commands without one: how long they are remembered.

use std::time::Duration;

use inboxdb::limits::INNER_REMEMBERED_MS;
use inboxdb::{Actor, Command, Config, Durability, Engine, Entry, Envelope, Outcome, Place, Reply, Timer};
use inboxdb_harness::assert_clean;
use tempfile::TempDir;

/// An engine that follows a log.
struct Follower {
    engine: Engine,
    place: u64,
    directory: TempDir,
}

fn open(directory: &TempDir) -> Engine {
    let config = Config::default().timer(Timer::Off).durability(Durability::Interval(Duration::from_millis(100)));
    Engine::open(directory.path(), config).unwrap()
}

impl Follower {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut follower = Self { engine: open(&directory), place: 0, directory };
        follower.apply(Entry::Command(envelope(1_000, Command::put_customer(5, "Grace"))));
        follower
    }

    fn apply(&mut self, entry: Entry) -> Reply {
        self.place += 1;
        let Outcome { reply, .. } = self.engine.apply_entry(Place(self.place), &entry).unwrap().outcome.unwrap();
        reply
    }

    /// Starts a chat, unless that was done under this number. Returns the chat.
    fn start(&mut self, number: u128, at: u64) -> u32 {
        let entry = Entry::Command(envelope(at, Command::start_chat(5))).with_inner_id(number);
        self.apply(entry).chat().unwrap().0
    }

    /// The same under the id of a caller.
    fn start_as_caller(&mut self, at: u64) -> u32 {
        self.apply(Entry::Command(envelope(at, Command::start_chat(5)).with_id("a"))).chat().unwrap().0
    }

    /// Moves the clock of the workspace on.
    fn advance(&mut self, at: u64) {
        self.apply(Entry::Command(envelope(at, Command::put_customer(6, "Alan"))));
    }

    fn reopen(&mut self) {
        self.engine.close().unwrap();
        self.engine = open(&self.directory);
    }
}

fn envelope(at: u64, command: Command) -> Envelope {
    Envelope::new(1, at, Actor::System, command)
}

#[test]
fn replicated_inner_id_is_remembered_for_a_minute_of_the_workspaces_clock() {
    let mut follower = Follower::new();
    assert_eq!((follower.start(7, 1_000), follower.start_as_caller(1_000)), (1, 2));
    assert_eq!((follower.start(7, 1_000), follower.start(8, 1_000)), (1, 3));
    follower.advance(1_000 + INNER_REMEMBERED_MS);
    assert_eq!(follower.start(7, 1_000), 1, "the wall clock and the time of the command do not matter");
    follower.reopen();
    assert_eq!((follower.start(7, 1_000), follower.start(8, 1_000)), (1, 3));
    follower.advance(1_001 + INNER_REMEMBERED_MS);
    assert_eq!((follower.start(7, 1_000), follower.start_as_caller(1_000)), (4, 2), "a caller's is kept for a day");
    assert_eq!(follower.start(7, 1_000), 4, "it counts anew");
    assert_clean(&follower.engine);
}
