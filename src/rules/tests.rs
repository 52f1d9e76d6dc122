//! Planning on its own, with an in-memory store: refusals leave no trace, and the same commands give the same bytes.

use std::sync::Arc;

use super::*;
use crate::command::{Command, CustomerUpdate};
use crate::error::Code;
use crate::kv::MemoryBackend;
use crate::model::limits::{MANAGERS_MAX, TAGS_MAX};
use crate::model::{Actor, ChatId, CustomerId, ManagerId, Role, TagId, WorkspaceId};
use crate::record::{RecordKey, TagRecord, codec};
use crate::rules::Preloaded;
use crate::store::{Store, load_members_of, load_workspace};
use crate::workspace::{Registry, State};

/// A workspace in memory, and the encoded changes so far.
struct Bench {
    store: Store,
    state: State,
    frames: Vec<Vec<u8>>,
}

impl Bench {
    fn new() -> Self {
        let store = Store::new(Box::new(MemoryBackend::default()));
        let state = load_workspace(&store, WorkspaceId(1), &Registry::default()).unwrap();
        Self { store, state, frames: Vec::new() }
    }

    fn run(&mut self, at: u64, actor: Actor, command: Command) -> Result<Reply, Code> {
        let envelope = Envelope::new(WorkspaceId(1), at, actor, command);
        let mut preloaded = Preloaded::default();
        let decision = loop {
            let input = PlanInput { state: &self.state, preloaded: &preloaded };
            let decision = plan(input, &envelope).unwrap();
            let missed = preloaded.take_missed();
            if missed.is_empty() {
                break decision;
            }
            for key in missed.records {
                preloaded.insert(key, self.store.record(WorkspaceId(1), key).unwrap());
            }
            for key in missed.postings {
                let members = load_members_of(&self.store, WorkspaceId(1), &key).unwrap();
                self.state.load_postings(vec![(key, members)]);
            }
        };
        if let Some(change) = decision.change {
            self.frames.push(codec::encode(&change).unwrap());
            for delta in &change.postings {
                let members = load_members_of(&self.store, WorkspaceId(1), &delta.key).unwrap();
                if delta.key.is_on_demand() {
                    self.state.load_postings(vec![(delta.key.clone(), members)]);
                }
            }
            self.state.apply(change);
        }
        decision.answer.map_err(|refusal| refusal.code)
    }

    fn system(&mut self, command: Command) -> Reply {
        self.run(1_000, Actor::System, command).unwrap()
    }
}

const ADA: ManagerId = ManagerId(7);
const CHAT: ChatId = ChatId(1);

/// A manager in operator mode, a customer with a chat, and tags.
fn bench() -> Bench {
    let mut bench = Bench::new();
    bench.system(Command::put_manager(ADA, "Ada", Role::Member));
    bench.system(Command::set_operator(ADA, true));
    bench.system(Command::put_customer(CustomerId(5), CustomerUpdate::new()));
    bench.system(Command::create_tag("a/b"));
    bench.system(Command::start_chat(CustomerId(5)));
    let send = Command::send_message(CHAT, "hello");
    bench.run(1_000, Actor::Customer(CustomerId(5)), send).unwrap();
    bench
}

#[test]
fn the_same_commands_give_the_same_bytes() {
    let (first, second) = (bench(), bench());
    assert_eq!(first.frames.len(), 6);
    assert_eq!(first.frames, second.frames);
}

#[test]
fn commands_without_effect_make_no_change_unless_time_passes() {
    let mut bench = bench();
    let changes = bench.frames.len();
    bench.system(Command::open(CHAT));
    assert_eq!(bench.run(900, Actor::System, Command::close(ChatId(2))), Err(Code::UnknownChat));
    assert_eq!(bench.frames.len(), changes);
    // The first step changes nothing, the second has moved the clock.
    assert_eq!(bench.run(2_000, Actor::System, Command::leave(CHAT)), Err(Code::Forbidden));
    assert_eq!((bench.frames.len(), bench.state.meta.clock), (changes, 1_000));
    assert_eq!(bench.run(2_000, Actor::System, Command::close(ChatId(2))), Err(Code::UnknownChat));
    assert_eq!((bench.frames.len(), bench.state.meta.clock), (changes + 1, 2_000));
}

#[test]
fn a_refused_command_leaves_no_partial_edits() {
    let mut bench = bench();
    let before = bench.state.known(RecordKey::Chat(CHAT));
    let paths: Vec<String> = (0..9).map(|tag| format!("t{tag}")).collect();
    for path in &paths {
        bench.system(Command::create_tag(path.clone()));
    }
    let tag = Command::tag(CHAT, paths);
    assert_eq!(bench.run(1_000, Actor::System, tag), Err(Code::TooManyTags));
    assert_eq!(bench.state.known(RecordKey::Chat(CHAT)), before);
}

#[test]
fn leaving_operator_mode_drops_unread_messages() {
    let mut bench = bench();
    assert_eq!(bench.state.unread_messages.get(&ADA).map(|sum| sum.all), Some(1));
    bench.system(Command::set_operator(ADA, false));
    assert_eq!(bench.state.unread_messages.get(&ADA), None);
    bench.system(Command::set_operator(ADA, true));
    assert_eq!(bench.state.unread_messages.get(&ADA), None, "turning it on adds no unread messages");
}

#[test]
fn moving_a_tag_moves_its_chats_between_parents() {
    let mut bench = bench();
    bench.system(Command::tag(CHAT, ["a/b"]));
    let open = |bench: &Bench, path: &str| {
        let tag = bench.state.tags.find(path).unwrap();
        bench.state.postings.counts(&crate::record::IndexKey::Tag(tag)).open
    };
    assert_eq!((open(&bench, "a"), open(&bench, "a/b")), (1, 1));
    bench.system(Command::move_tag("A/B", "New/Place/C"));
    assert_eq!((open(&bench, "a"), open(&bench, "new"), open(&bench, "new/place/c")), (0, 1, 1));
    let again = Command::move_tag("new", "new/place");
    assert_eq!(bench.run(1_000, Actor::System, again), Err(Code::InvalidTag));
}

#[test]
fn managers_and_tags_of_a_workspace_are_limited() {
    let mut bench = Bench::new();
    let put = |id: usize| Command::put_manager(ManagerId(id as u64), "Ada", Role::Member);
    let create = |path: &str| Command::create_tag(path);
    (0..MANAGERS_MAX).for_each(|id| drop(bench.system(put(id))));
    assert_eq!(bench.run(1_000, Actor::System, put(MANAGERS_MAX)), Err(Code::TooLarge));
    assert_eq!(bench.run(1_000, Actor::System, put(3)), Ok(Reply::Done {}));

    let record = |number: usize| Some(Arc::new(TagRecord { parent: None, name: number.to_string() }));
    let tags: Vec<_> = (1..TAGS_MAX).map(|number| (TagId(10 + number as u32), record(number))).collect();
    bench.state.tags.update(&tags);
    assert_eq!(bench.run(1_000, Actor::System, create("a/b")), Err(Code::TooLarge), "the parent counts, too");
    assert_eq!(bench.run(1_000, Actor::System, create("7")), Ok(Reply::Done {}));
    assert_eq!(bench.run(1_000, Actor::System, create("a")), Ok(Reply::Done {}));
    assert_eq!(bench.run(1_000, Actor::System, create("b")), Err(Code::TooLarge));
}
