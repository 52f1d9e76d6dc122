//! Four engines that apply one log at their own pace, each with its own configuration and its own kind of trouble.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use inboxdb::{
    Applied, AttributeIndex, Config, Durability, Engine, Entry, Error, Outcome, Place, Refusal, Timer, WorkspaceId,
};
use inboxdb_harness::{Subject, files, refusal};
use inboxdb_naive::{Naive, Rng};
use serde_json::{Value, json};
use tempfile::TempDir;

type Digests = BTreeMap<WorkspaceId, String>;

/// What went before in the log, and what the first engine made of it.
struct Done {
    entry: Entry,
    applied: Applied,
    /// The digests of the workspaces afterwards.
    digests: Digests,
}

/// Engines on one log.
pub(super) struct Nodes {
    log: Vec<Done>,
    nodes: Vec<Node>,
    rng: Rng,
    _directory: TempDir,
}

/// An engine, and how far it is.
struct Node {
    subject: Subject,
    /// How many entries it has applied.
    applied: usize,
    kind: Kind,
    directory: PathBuf,
    lives: usize,
    /// The length of the journal's file when it was last synced.
    synced_bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Applies first, with roomy caches.
    Calm,
    /// Syncs each entry, writes checkpoints all the time, keeps nothing in memory, and has a timer.
    Small,
    /// Has other custom indexes each time, and loses the end of its journal.
    Torn,
    /// Has other custom indexes each time, and is killed with what it has not written.
    Killed,
}

impl Kind {
    fn config(self) -> Config {
        let config = Config::default().timer(Timer::Off);
        let unsynced = Durability::Interval(Duration::from_secs(3_600));
        // Nothing is written behind the back of those that are killed: what is copied is of one moment.
        let quiet = |config: Config| config.checkpoint_interval(Duration::from_secs(3_600)).durability(unsynced);
        match self {
            Kind::Calm => config.durability(Durability::Interval(Duration::from_millis(50))),
            Kind::Small => config
                .timer(Timer::Wall)
                .checkpoint_interval(Duration::from_millis(100))
                .checkpoint_journal_bytes(64 << 10)
                .segment_bytes(64 << 10)
                .watch_journal_bytes(64 << 10)
                .record_cache_bytes(0)
                .store_cache_bytes(0)
                .workspaces_bytes_max(0),
            Kind::Torn => quiet(config.timer(Timer::Manual)),
            Kind::Killed => quiet(config.segment_bytes(64 << 10).record_cache_bytes(0).store_cache_bytes(0)),
        }
    }

    /// Opens an engine. Only the first two have the custom indexes that the model knows.
    fn open(self, path: &Path, indexed: Config, openings: &AtomicUsize) -> Engine {
        let opening = openings.fetch_add(1, Ordering::Relaxed);
        let config = match self {
            Kind::Calm | Kind::Small => indexed,
            Kind::Torn | Kind::Killed => match opening % 4 {
                0 => self.config(),
                1 => self.config().index("team", 1, AttributeIndex::new("team")),
                2 => self.config().index("team", 2, AttributeIndex::new("team")),
                _ => self.config().index("level", 1, AttributeIndex::new("level")),
            },
        };
        let engine = Engine::open(path, config).unwrap();
        if opening.is_multiple_of(2) {
            engine.build_indexes(|_| {}).unwrap();
        }
        engine
    }
}

impl Nodes {
    pub(super) fn new(seed: u64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let kinds = [Kind::Calm, Kind::Small, Kind::Torn, Kind::Killed];
        let nodes = kinds.map(|kind| Node::new(kind, &directory.path().join(format!("{kind:?}")))).into();
        Self { log: Vec::new(), nodes, rng: Rng::new(seed ^ 0x5eed), _directory: directory }
    }

    /// The engine that applies first.
    pub(super) fn first(&self) -> &Engine {
        self.nodes[0].subject.engine()
    }

    /// The number of entries.
    pub(super) fn len(&self) -> u64 {
        self.log.len() as u64
    }

    /// The digests of all workspaces.
    pub(super) fn digests(&self) -> Digests {
        digests(self.first(), self.log.iter().map(|done| done.entry.workspace()))
    }

    /// Adds an entry to the log, as another process would read it, and applies it in the first engine.
    pub(super) fn publish(&mut self, entry: Entry) -> Applied {
        let entry: Entry = serde_json::from_slice(&serde_json::to_vec(&entry).unwrap()).unwrap();
        let applied = self.first().apply_entry(Place(self.len() + 1), &entry).unwrap();
        let last = self.log.last().map(|done| done.digests.keys().copied().collect::<Vec<_>>()).unwrap_or_default();
        let digests = digests(self.first(), last.into_iter().chain([entry.workspace()]));
        self.log.push(Done { entry, applied: applied.clone(), digests });
        self.nodes[0].applied = self.log.len();
        applied
    }

    /// Lets some of the others apply a part of what is ahead of them, and then run into trouble.
    pub(super) fn follow_some(&mut self) {
        for node in &mut self.nodes[1..] {
            if self.rng.chance(70) {
                let ahead = self.log.len() - node.applied;
                node.follow(&self.log, node.applied + self.rng.index(ahead + 1));
                node.suffer(&mut self.rng);
            }
        }
    }

    /// Lets all apply all.
    pub(super) fn catch_up(&mut self) {
        for node in &mut self.nodes[1..] {
            node.follow(&self.log, self.log.len());
            node.suffer(&mut self.rng);
            node.live_on(|_| {});
            node.follow(&self.log, self.log.len());
        }
    }

    /// Asks those with the model's indexes everything that the model can answer.
    pub(super) fn assert_equal_to(&self, naive: &Naive, seed: u64) {
        for node in &self.nodes[..2] {
            node.subject.engine().build_indexes(|_| {}).unwrap();
            let workspaces = node.subject.query(r#"{"workspaces":{}}"#);
            if workspaces == naive.query(r#"{"workspaces":{}}"#) {
                node.subject.assert_equals(naive, seed, true);
            } else {
                assert_eq!(workspaces, json!({"workspaces":[super::LARGE]}));
            }
        }
    }
}

impl Node {
    fn new(kind: Kind, directory: &Path) -> Self {
        let subject = open(kind, &directory.join("0"), 0);
        let synced_bytes = journal_bytes(subject.path());
        Self { subject, applied: 0, kind, directory: directory.to_owned(), lives: 0, synced_bytes }
    }

    /// Applies the next entries, up to the first `until` of the log.
    fn follow(&mut self, log: &[Done], until: usize) {
        for (number, done) in log.iter().enumerate().take(until).skip(self.applied) {
            let applied = self.subject.engine().apply_entry(Place(number as u64 + 1), &done.entry).unwrap();
            let place = number + 1;
            assert_eq!(answer_of(&applied.outcome), answer_of(&done.applied.outcome), "{:?}, place {place}", self.kind);
            assert_eq!(applied.bulk, done.applied.bulk, "{:?}, place {place}", self.kind);
            let digests = digests(self.subject.engine(), done.digests.keys().copied());
            assert_eq!(digests, done.digests, "{:?}, place {place}: {:?}", self.kind, done.entry);
        }
        self.applied = self.applied.max(until);
    }

    fn suffer(&mut self, rng: &mut Rng) {
        match (self.kind, rng.below(4)) {
            (Kind::Calm, _) => {}
            (_, 0) => self.reopen(),
            (_, 1) => self.write(|engine| engine.checkpoint()),
            (Kind::Killed, 2) => self.write(|engine| engine.wait_durable(engine_seq(engine))),
            (Kind::Small | Kind::Killed, _) => self.live_on(|_| {}),
            (Kind::Torn, _) => self.tear(rng),
        }
    }

    fn write(&mut self, write: impl FnOnce(&Engine) -> Result<(), Error>) {
        write(self.subject.engine()).unwrap();
        self.synced_bytes = journal_bytes(self.subject.path());
    }

    fn reopen(&mut self) {
        self.subject.reopen();
        self.begin();
    }

    /// Goes on in a copy of what is on the disk, changed by `damage`.
    fn live_on(&mut self, damage: impl FnOnce(&Path)) {
        if self.kind == Kind::Small {
            // Afterwards nothing is written until the next entry.
            self.write(|engine| engine.checkpoint());
        }
        let copy = self.directory.join((self.lives + 1).to_string());
        files::copy(self.subject.path(), &copy);
        damage(&copy);
        self.subject = open(self.kind, &copy, self.lives + 1);
        self.begin();
    }

    /// Loses a part of the last write, at any byte: a change, half of one, or half of an entry.
    fn tear(&mut self, rng: &mut Rng) {
        let engine = self.subject.engine();
        engine.wait_durable(engine_seq(engine)).unwrap();
        let bytes = journal_bytes(self.subject.path());
        let lost = rng.below(bytes.saturating_sub(self.synced_bytes) + 1);
        self.live_on(|copy| {
            // It is never ahead of the journal, and may be lost with it.
            fs::remove_file(copy.join("DURABLE")).unwrap();
            let segment = newest_segment(copy);
            fs::File::options().write(true).open(segment).unwrap().set_len(bytes - lost).unwrap();
        });
    }

    /// Finds out how far the store is.
    fn begin(&mut self) {
        self.lives += 1;
        let engine = self.subject.engine();
        assert!(engine.follows_log() || self.applied == 0 || engine.durable_seq() == 0);
        let newest = engine.places().unwrap().into_iter().map(|(_, place)| place.0).max();
        assert!(newest.unwrap_or(0) <= self.applied as u64);
        self.applied = newest.unwrap_or(0) as usize;
        self.synced_bytes = journal_bytes(self.subject.path());
    }
}

fn open(kind: Kind, path: &Path, first: usize) -> Subject {
    let openings = Arc::new(AtomicUsize::new(first));
    Subject::opened_by(path, kind.config(), move |path, config| kind.open(path, config, &openings))
}

fn engine_seq(engine: &Engine) -> u64 {
    engine.workspaces().unwrap().into_iter().map(|id| engine.workspace(id).unwrap().seq()).max().unwrap_or(0)
}

pub(super) fn newest_segment(store: &Path) -> PathBuf {
    let segments = fs::read_dir(store.join("journal")).unwrap().map(|entry| entry.unwrap().path());
    segments.filter(|path| path.extension().is_some_and(|is| is == "log")).max().unwrap()
}

pub(super) fn journal_bytes(store: &Path) -> u64 {
    fs::metadata(newest_segment(store)).unwrap().len()
}

fn digests(engine: &Engine, workspaces: impl Iterator<Item = WorkspaceId>) -> Digests {
    workspaces.map(|id| (id, engine.workspace(id).unwrap().digest().unwrap())).collect()
}

/// An answer as the model gives it.
pub(super) fn answer_of(outcome: &Result<Outcome, Refusal>) -> Value {
    match outcome {
        Ok(outcome) => json!({ "ok": outcome.reply }),
        Err(refused) => refusal(&Error::Refused(refused.clone())),
    }
}
