//! Event ids of engines that follow one log: a watcher goes on at another engine, loses nothing, and is told nothing twice.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use inboxdb::{
    Actor, AttributeIndex, ChangeEvent, Command, Config, Durability, Engine, Entry, Envelope, EventId, FeedEvent,
    Place, Restore, Timer, Timestamp, Watch, Watcher, Workspace, WorkspaceId,
};
use inboxdb_harness::seeds;
use inboxdb_naive::{Rng, trace};
use tempfile::TempDir;

use super::{settle, small, workspaces};

const BINDING: &str = "one log";

/// What a watcher of everything was told, with the id of each event. The seqs differ from engine to engine.
type Told = Vec<(EventId, ChangeEvent)>;

/// An engine, and how much of the log it has applied.
struct Node {
    engine: Engine,
    applied: usize,
    directory: TempDir,
}

impl Node {
    fn new(config: Config) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let engine = Engine::open(directory.path().join("store"), config).unwrap();
        engine.bind_log(BINDING).unwrap();
        Self { engine, applied: 0, directory }
    }

    fn apply(&mut self, log: &[Entry], count: usize) {
        for _ in 0..count.min(log.len() - self.applied) {
            let place = Place(self.applied as u64 + 1);
            self.engine.apply_entry(place, &log[self.applied]).unwrap();
            self.applied += 1;
        }
        let inboxes: Vec<Workspace> =
            self.engine.workspaces().unwrap().into_iter().map(|id| self.engine.workspace(id).unwrap()).collect();
        if !inboxes.is_empty() {
            settle(&self.engine, &inboxes);
        }
    }

    fn inbox(&self, workspace: impl Into<WorkspaceId>) -> Workspace {
        self.engine.workspace(workspace).unwrap()
    }
}

fn indexed(config: Config) -> Config {
    config.index("team", 1, AttributeIndex::new("team"))
}

fn unsynced() -> Config {
    Config::default().timer(Timer::Off).durability(Durability::Interval(Duration::from_millis(20)))
}

/// Takes everything there is by now. Returns whether it caught up.
fn take(watcher: &mut Watcher, told: &mut Told) -> bool {
    let mut has_caught_up = false;
    while let Some(event) = watcher.next_timeout(Duration::ZERO).unwrap() {
        match event {
            FeedEvent::Change(change) => {
                let mut change = ChangeEvent::clone(&change);
                (change.seq, change.counts) = (0, Vec::new());
                told.push((watcher.id(), change));
            }
            FeedEvent::CaughtUp { .. } => has_caught_up = true,
            FeedEvent::Lagged { .. } => {}
            reset => panic!("{reset:?}"),
        }
    }
    has_caught_up
}

/// Compares what was told, and shows the first difference alone.
fn assert_same(told: &Told, expected: &Told, context: &str) {
    for (told, expected) in told.iter().zip(expected) {
        assert_eq!(told, expected, "{context}");
    }
    assert_eq!(told.len(), expected.len(), "{context}");
}

/// The text is what clients keep.
fn again(id: EventId) -> Watch {
    Watch::after(id.to_string().parse().unwrap())
}

fn entry(at: u64, command: Command) -> Entry {
    Entry::Command(Envelope::new(1, at, Actor::System, command))
}

/// Entries of a random trace, with the ticks that an engine finds due in between.
fn log_of(seed: u64, commands: usize) -> (Vec<Entry>, Vec<WorkspaceId>) {
    let lines = trace(seed, commands);
    let all = workspaces(&lines);
    let mut node = Node::new(unsynced());
    let (mut log, mut rng) = (Vec::new(), Rng::new(seed));
    for line in &lines {
        let Ok(envelope) = serde_json::from_slice::<Envelope>(line) else { continue };
        if String::from_utf8_lossy(line).contains("custom:") {
            continue;
        }
        log.extend(node.engine.prepare_entry(envelope, Timestamp::MAX));
        node.apply(&log, usize::MAX);
        let now = node.inbox(all[0]).clock().as_millis() + rng.below(100_000);
        let due = node.engine.due(now.into()).unwrap();
        log.extend(due.into_iter().map(|(workspace, clock_epoch, at)| Entry::Tick { workspace, clock_epoch, at }));
        node.apply(&log, usize::MAX);
    }
    (log, all)
}

/// A watcher that goes from one engine to another.
#[derive(Default)]
struct Roaming {
    watcher: Option<Watcher>,
    id: Option<EventId>,
    told: Told,
    moves: usize,
}

impl Roaming {
    fn go(&mut self, inbox: &Workspace) {
        self.moves += usize::from(self.id.is_some());
        self.watcher = Some(inbox.watch(self.id.map_or_else(Watch::now, again)).unwrap());
    }

    /// Is told something, but perhaps not all there is.
    fn take(&mut self, rng: &mut Rng) {
        let Some(watcher) = &mut self.watcher else { return };
        if rng.chance(30) {
            if let Some(FeedEvent::Change(change)) = watcher.next_timeout(Duration::ZERO).unwrap() {
                let mut change = ChangeEvent::clone(&change);
                (change.seq, change.counts) = (0, Vec::new());
                self.told.push((watcher.id(), change));
            }
        } else {
            take(watcher, &mut self.told);
        }
        self.id = Some(watcher.id());
    }
}

fn roam(seed: u64) {
    let (log, all) = log_of(seed, 400);
    let mut rng = Rng::new(seed);
    // Steps of building an index have no place, and move the seqs on.
    let mut nodes = [Node::new(unsynced()), Node::new(indexed(small().workspaces_bytes_max(0).watch_events_max(3)))];
    let watch = |node: &Node| -> Vec<Watcher> {
        all.iter().map(|workspace| node.inbox(*workspace).watch(Watch::now()).unwrap()).collect()
    };
    let mut keepers: Vec<Vec<Watcher>> = nodes.iter().map(watch).collect();
    let mut told = vec![vec![Told::new(); all.len()]; 2];
    let mut roaming: Vec<Roaming> = all.iter().map(|_| Roaming::default()).collect();
    for (roaming, workspace) in roaming.iter_mut().zip(&all) {
        roaming.go(&nodes[0].inbox(*workspace));
        roaming.take(&mut rng);
    }
    while nodes.iter().any(|node| node.applied < log.len()) {
        let which = rng.index(2);
        nodes[which].apply(&log, rng.index(30));
        if rng.chance(20) {
            nodes[1].engine.build_indexes(|_| {}).unwrap();
        }
        for (number, workspace) in all.iter().enumerate() {
            take(&mut keepers[which][number], &mut told[which][number]);
            if rng.chance(30) {
                roaming[number].go(&nodes[rng.index(2)].inbox(*workspace));
            }
            roaming[number].take(&mut rng);
        }
    }
    let mut names = BTreeMap::new();
    for (number, workspace) in all.iter().enumerate() {
        for which in 0..2 {
            take(&mut keepers[which][number], &mut told[which][number]);
        }
        let expected = &told[0][number];
        assert_same(&told[1][number], expected, &format!("seed {seed}, workspace {workspace}"));
        let own = &mut roaming[number];
        take(own.watcher.as_mut().unwrap(), &mut own.told);
        assert_same(&own.told, expected, &format!("seed {seed}, workspace {workspace}, moving"));
        assert!(
            expected.is_sorted_by(|(a, _), (b, _)| (a.seq, a.index) < (b.seq, b.index)),
            "each has an id of its own"
        );
        for (id, _) in expected {
            assert_eq!(id.epoch, nodes[0].engine.watch_epoch());
            names.insert(id.to_string(), workspace);
        }
    }
    assert!(roaming.iter().map(|roaming| roaming.moves).sum::<usize>() > 5, "seed {seed}");
    assert!(names.len() > 100 && names.keys().any(|name| !name.ends_with(".0")), "seed {seed}: {}", names.len());
    let seqs = |which: usize| nodes[which].inbox(all[0]).seq();
    assert_ne!(seqs(0), seqs(1), "the seqs differ");
}

#[test]
fn replicated_watcher_moves_between_engines_and_is_told_each_change_once() {
    (1..=seeds(2)).for_each(roam);
}

/// Entries that are several changes: many snoozes that end at once, and the merge of a large tag.
#[test]
fn replicated_watcher_moves_in_the_middle_of_an_entry() {
    const TAGS: u32 = 1_200;
    const CHATS: u32 = 1_100;
    let mut log = vec![entry(1, Command::put_customer(5, "Grace")), entry(1, Command::create_tag("b"))];
    log.extend((0..TAGS).map(|number| entry(1, Command::create_tag(format!("a/t{number}")))));
    for chat in 1..=CHATS {
        log.extend([entry(1, Command::start_chat(5)), entry(1, Command::snooze(chat, 1_000))]);
    }
    log.push(entry(1_000, Command::merge_tag("a", "b")));
    let mut nodes = [Node::new(unsynced()), Node::new(indexed(small()))];
    let last = log.len();
    nodes.iter_mut().for_each(|node| node.apply(&log, last - 1));
    nodes[1].engine.build_indexes(|_| {}).unwrap();
    let mut watcher = nodes[0].inbox(1).watch(Watch::now()).unwrap();
    let mut told = Told::new();
    assert!(take(&mut watcher, &mut told) && told.is_empty());
    let before = watcher.id();
    nodes.iter_mut().for_each(|node| node.apply(&log, 1));
    take(&mut watcher, &mut told);
    let places: Vec<(u64, u32)> = told.iter().map(|(id, _)| (id.seq, id.index.unwrap())).collect();
    let count = places.len() as u32;
    assert!(count > 4, "{places:?}");
    assert_eq!(places, (0..count).map(|index| (last as u64, index)).collect::<Vec<_>>());

    let ids = [before].into_iter().chain(told.iter().map(|(id, _)| *id));
    for (number, id) in ids.enumerate() {
        for node in &nodes {
            let (mut watcher, mut rest) = (node.inbox(1).watch(again(id)).unwrap(), Told::new());
            assert!(take(&mut watcher, &mut rest));
            assert_eq!(rest, told[number..], "after {id}");
            assert_eq!(watcher.id(), told.last().unwrap().0);
        }
    }
}

#[test]
fn replicated_watcher_waits_for_an_engine_that_knows_less() {
    let log: Vec<Entry> = (1..=6).map(|customer| entry(1, Command::put_customer(customer, "Grace"))).collect();
    let mut nodes = [Node::new(unsynced()), Node::new(unsynced())];
    nodes[0].apply(&log, 4);
    nodes[1].apply(&log, 2);
    let mut ahead = nodes[0].inbox(1).watch(Watch::now()).unwrap();
    ahead.next();
    let id = ahead.id();
    assert_eq!((id.place(), id.index), (Some(Place(4)), Some(0)));
    let mut watcher = nodes[1].inbox(1).watch(again(id)).unwrap();
    let wait = Duration::from_millis(100);
    assert_eq!((watcher.next_timeout(wait).unwrap(), watcher.id()), (None, id));
    nodes[1].apply(&log, 1);
    assert_eq!((watcher.next_timeout(wait).unwrap(), watcher.id()), (None, id));
    thread::scope(|scope| {
        let first = scope.spawn(|| watcher.next().unwrap().unwrap());
        thread::sleep(wait);
        nodes[1].apply(&log, 1);
        assert!(matches!(first.join().unwrap(), FeedEvent::CaughtUp { caught_up: 4, .. }));
    });
    nodes[1].apply(&log, 2);
    let mut told = Told::new();
    take(&mut watcher, &mut told);
    assert_eq!(told.iter().map(|(id, _)| id.seq).collect::<Vec<_>>(), [5, 6]);
}

fn first_of(inbox: &Workspace, watch: Watch) -> FeedEvent {
    inbox.watch(watch).unwrap().next().unwrap().unwrap()
}

#[test]
fn replicated_ids_of_another_log_or_from_before_the_journal_are_a_reset() {
    let long = "x".repeat(2_000);
    let mut log = vec![entry(1, Command::put_customer(5, "Grace")), entry(1, Command::start_chat(5))];
    log.extend((0..400).map(|_| entry(1, Command::send_message(1, &*long))));
    let mut roomy = Node::new(unsynced());
    let start = roomy.inbox(1).watch(Watch::now()).unwrap().id();
    assert_eq!(start.to_string(), format!("{:016x}-0.0", roomy.engine.watch_epoch()));
    roomy.apply(&log, 10);
    let early = roomy.inbox(1).watch(Watch::now()).unwrap().id();
    roomy.apply(&log, usize::MAX);
    let late = roomy.inbox(1).watch(Watch::now()).unwrap().id();

    // Of the beginning, a journal that begins there has all; others have what they keep, also in an archive.
    let archives = tempfile::tempdir().unwrap();
    let short = || small().watch_journal_bytes(0);
    for (config, reaches_back) in [(small(), true), (short(), false), (short().archive(archives.path()), true)] {
        let mut node = Node::new(config.clone());
        // What is written together is one segment.
        while node.applied < log.len() {
            node.apply(&log, 40);
            node.engine.wait_durable(node.engine.workspace(1).unwrap().seq()).unwrap();
        }
        node.engine.close().unwrap();
        let engine = Engine::open(node.directory.path().join("store"), config).unwrap();
        let inbox = engine.workspace(1).unwrap();
        for (id, left) in [(start, log.len()), (early, log.len() - 10), (late, 0)] {
            let mut watcher = inbox.watch(again(id)).unwrap();
            if id != late && !reaches_back {
                assert!(matches!(watcher.next(), Some(Ok(FeedEvent::Reset { .. }))));
            } else {
                let mut told = Told::new();
                assert!(take(&mut watcher, &mut told));
                assert_eq!(told.len(), left);
            }
            assert_eq!(watcher.id(), late);
        }
    }

    // A store that was made from a backup goes on behind it.
    roomy.engine.checkpoint().unwrap();
    let backup = roomy.directory.path().join("backup");
    roomy.engine.backup_to(&backup, |_| {}).unwrap();
    let joined = roomy.directory.path().join("joined");
    Restore::from(&backup).run(&joined, |_| {}).unwrap();
    let joined = Engine::open(&joined, unsynced()).unwrap();
    let inbox = joined.workspace(1).unwrap();
    assert!(matches!(first_of(&inbox, again(late)), FeedEvent::CaughtUp { .. }));
    let first = first_of(&inbox, again(early));
    assert!(matches!(first, FeedEvent::Reset { .. }), "{first:?}");

    let other = tempfile::tempdir().unwrap();
    let other = Engine::open(other.path(), unsynced()).unwrap();
    other.bind_log("another log").unwrap();
    let inbox = other.workspace(1).unwrap();
    for id in [start, late] {
        assert!(matches!(first_of(&inbox, again(id)), FeedEvent::Reset { .. }), "of another log");
    }
    assert_ne!(other.watch_epoch(), roomy.engine.watch_epoch());
}

#[test]
fn replicated_store_has_ids_of_its_own_before_and_after_its_log() {
    let engine = Engine::temporary().unwrap();
    let inbox = engine.workspace(1).unwrap();
    inbox.as_system().put_customer(5, "Grace").unwrap();
    let mut watcher = inbox.watch(Watch::now()).unwrap();
    watcher.next();
    let alone = watcher.id();
    assert_eq!((alone.seq, alone.place()), (1, None));
    engine.bind_log(BINDING).unwrap();
    assert_eq!((watcher.id().seq, watcher.id().index), (0, Some(0)), "nothing of the log is told yet");
    engine.apply_entry(Place(7), &entry(1, Command::put_customer(6, "Alan"))).unwrap();
    let of_log = watcher.next().map(|_| watcher.id()).unwrap();
    assert_eq!((of_log.seq, of_log.index), (7, Some(0)));
    // What the store did by itself still counts there.
    let mut back = inbox.watch(again(alone)).unwrap();
    assert!(matches!(back.next(), Some(Ok(FeedEvent::Change(change))) if change.seq == 2));
    assert_eq!(back.id(), of_log);
    // Before the first entry of the log is behind what came before the log.
    let mut told = Told::new();
    take(&mut inbox.watch(again(EventId { seq: 0, ..of_log })).unwrap(), &mut told);
    assert_eq!(told.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [of_log]);

    engine.detach_log().unwrap();
    assert_eq!(watcher.id(), EventId { seq: 2, ..alone });
    assert!(matches!(first_of(&inbox, again(of_log)), FeedEvent::Reset { .. }));
    assert!(matches!(first_of(&inbox, again(EventId { seq: 2, ..alone })), FeedEvent::CaughtUp { .. }));
}
