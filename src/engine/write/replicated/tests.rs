//! How many ids of nodes are remembered. With a quarter of a million, a store must be filled from within.

use std::ops::Range;
use std::time::Duration;

use crate::model::limits::INNER_REMEMBERED_MAX;
use crate::record::RememberedRecord;
use crate::rules::plan_remembered;
use crate::{Actor, Command, Config, Durability, Engine, Entry, Envelope, Place, Reply, Timer};

/// Chats under the first numbers.
const CHATS: u32 = 8;

struct Follower {
    engine: Engine,
    place: u64,
}

fn entry(command: Command) -> Entry {
    Entry::Command(envelope(command))
}

fn envelope(command: Command) -> Envelope {
    Envelope::new(1, 1_000, Actor::System, command)
}

impl Follower {
    fn apply(&mut self, entry: &Entry) -> Reply {
        self.place += 1;
        self.engine.apply_entry(Place(self.place), entry).unwrap().outcome.unwrap().reply
    }

    /// Starts a chat, unless that was done under this number. Returns the chat.
    fn start(&mut self, number: u32) -> u32 {
        self.apply(&entry(Command::start_chat(5)).with_inner_id(number.into())).chat().unwrap().0
    }

    /// The same under the id of a caller.
    fn start_as_caller(&mut self) -> u32 {
        self.apply(&Entry::Command(envelope(Command::start_chat(5)).with_id("a"))).chat().unwrap().0
    }

    /// Remembers further numbers.
    fn fill(&self, numbers: Range<u64>) {
        let writer = &self.engine.shared.writer;
        let workspace = writer.workspace(1.into()).unwrap();
        let ids = numbers.map(|number| entry(Command::Tick).with_inner_id(1_000_000 + u128::from(number)));
        let records: Vec<RememberedRecord> = ids.map(|entry| remembered(&entry)).collect();
        for some in records.chunks(20_000) {
            let plan = |input: crate::rules::PlanInput<'_>| Ok((plan_remembered(input, some.to_vec())?, ()));
            writer.change(&workspace, |_| Vec::new(), plan).unwrap();
        }
    }
}

fn remembered(entry: &Entry) -> RememberedRecord {
    let Entry::Command(Envelope { id: Some(id), .. }) = entry else { panic!("no id") };
    RememberedRecord { actor: Actor::System, id: id.clone(), digest: 0, at: 1_000, reply: Reply::Done {} }
}

#[test]
fn inner_ids_push_out_the_oldest_of_their_kind_and_none_of_callers() {
    let directory = tempfile::tempdir().unwrap();
    let config = Config::default().timer(Timer::Off).durability(Durability::Interval(Duration::from_millis(100)));
    let mut follower = Follower { engine: Engine::open(directory.path(), config.clone()).unwrap(), place: 0 };
    follower.apply(&entry(Command::put_customer(5, "Grace")));
    assert_eq!(follower.start_as_caller(), 1);
    (0..CHATS).for_each(|number| assert_eq!(follower.start(number), 2 + number));
    let room = INNER_REMEMBERED_MAX - u64::from(CHATS);
    follower.fill(0..room);
    let again: Vec<u32> = (0..CHATS).map(|number| follower.start(number)).collect();
    assert_eq!(again, (2..2 + CHATS).collect::<Vec<u32>>(), "all are remembered");

    // The next chats are three more ids.
    assert_eq!([100, 101, 102].map(|number| follower.start(number)), [2, 3, 4].map(|chat| chat + CHATS));
    follower.engine.close().unwrap();
    follower.engine = Engine::open(directory.path(), config).unwrap();
    assert_eq!((follower.start(CHATS - 1), follower.start(3), follower.start(102)), (1 + CHATS, 5, 4 + CHATS));
    assert_eq!(follower.start(2), 5 + CHATS, "the oldest three are forgotten, however young");
    assert_eq!(follower.start(3), 6 + CHATS, "and the next one, for that of the new chat");
    assert_eq!((follower.start(4), follower.start(6)), (7 + CHATS, 8), "that pushed out 5, and no more");
    assert_eq!(follower.start_as_caller(), 1);
    assert!(follower.engine.scrub().unwrap().is_clean());
}
