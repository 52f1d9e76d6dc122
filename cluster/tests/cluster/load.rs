//! Clients that send commands to any node, and again with the same id until there is an answer; and what must be true
//! afterwards.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use inboxdb::{Actor, Command, Config, CustomerId, Engine, Entry, Envelope, ManagerId, Place, Role, Timer, Timestamp};
use inboxdb_cluster::{LogEntry, NodeError, Submitted};
use inboxdb_harness::{Subject, refusal};
use inboxdb_naive::Naive;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::histories::{Did, Histories, Operation};
use crate::nodes_support::{Cluster, command, done};

const WORKSPACES: u64 = 4;
const CHATS: u32 = 4;
const ANSWER_MAX: Duration = Duration::from_secs(120);
/// With less than that a test says little. How long it takes depends on the machine.
const ACKNOWLEDGED_MIN: u64 = 100;
const READS_MIN: u64 = 20;

/// Creates people, a tag and some chats.
pub async fn fill(cluster: &Cluster) {
    for workspace in 1..=WORKSPACES {
        let mut commands = vec![
            Command::put_manager(7, "Ada", Role::Owner),
            Command::put_manager(8, "Alan", Role::Member),
            Command::put_customer(5, "Grace"),
            Command::create_tag("a"),
        ];
        commands.extend((0..CHATS).map(|_| Command::start_chat(5)));
        for (number, filling) in commands.into_iter().enumerate() {
            done(cluster, 0, command(workspace, filling).with_id(format!("fill {number}"))).await;
        }
    }
}

/// A message: its workspace, its chat and its text, which no other has.
type Said = (u64, u32, String);

/// What clients know of a message.
enum Known {
    /// It was acknowledged, with this number in its chat.
    There(u32),
    /// There was no answer, and the client did not ask again.
    Unsure,
    /// The answer was that it was not done.
    NotDone,
}

/// What clients did, and what they know.
#[derive(Default)]
pub struct Work {
    said: Vec<(Said, Known, Instant)>,
    histories: Histories<(u64, u32)>,
}

/// How much all clients have done so far.
#[derive(Default)]
struct Done {
    acknowledged: AtomicU64,
    reads: AtomicU64,
}

impl Done {
    fn is_enough(&self) -> bool {
        self.acknowledged.load(Ordering::SeqCst) >= ACKNOWLEDGED_MIN && self.reads.load(Ordering::SeqCst) >= READS_MIN
    }
}

/// Clients at work.
pub struct Load {
    clients: JoinSet<Work>,
    stop: Arc<AtomicBool>,
    done: Arc<Done>,
}

impl Load {
    pub fn start(cluster: &Arc<Cluster>, clients: u64, seed: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let seen: Arc<Vec<AtomicU64>> = Arc::new((0..cluster.spread.count()).map(|_| AtomicU64::new(0)).collect());
        let done = Arc::new(Done::default());
        let mut tasks = JoinSet::new();
        for number in 0..clients {
            let rng = fastrand::Rng::with_seed(seed * 1_000 + number);
            let work = Work::default();
            let (seen, done) = (Arc::clone(&seen), Arc::clone(&done));
            let client = Client { cluster: Arc::clone(cluster), number, rng, seen, done, work };
            tasks.spawn(client.work(Arc::clone(&stop)));
        }
        Self { clients: tasks, stop, done }
    }

    /// Waits until the clients have done enough to be checked, and ends them.
    pub async fn stop(self) -> Acknowledged {
        let began = Instant::now();
        while !self.done.is_enough() {
            assert!(began.elapsed() < ANSWER_MAX, "hardly anything is acknowledged, or read");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.stop.store(true, Ordering::SeqCst);
        Acknowledged(self.clients.join_all().await)
    }
}

struct Client {
    cluster: Arc<Cluster>,
    number: u64,
    rng: fastrand::Rng,
    /// The newest place of each group that any client was told of: clients talk to each other.
    seen: Arc<Vec<AtomicU64>>,
    done: Arc<Done>,
    work: Work,
}

impl Client {
    async fn work(mut self, stop: Arc<AtomicBool>) -> Work {
        for number in 0.. {
            if stop.load(Ordering::SeqCst) {
                break;
            }
            let name = format!("client {}, command {number}", self.number);
            let (workspace, chat) = (self.rng.u64(1..=WORKSPACES), self.rng.u32(1..=CHATS));
            match self.rng.u8(..10) {
                0..5 => self.say(workspace, chat, name).await,
                5..8 => self.read(workspace, chat).await,
                _ => {
                    let actor = Actor::Manager(ManagerId(self.rng.u64(7..=8)));
                    let envelope = Envelope::new(workspace, Timestamp::now(), actor, other(chat, &mut self.rng));
                    let _refused_or_not = answered(&self.cluster, envelope.with_id(name), &mut self.rng).await;
                }
            }
            tokio::time::sleep(Duration::from_millis(self.rng.u64(..100))).await;
        }
        self.work
    }

    fn seen(&self, workspace: u64) -> &AtomicU64 {
        &self.seen[self.cluster.spread.of(workspace.into()) as usize]
    }

    /// Sends a message: mostly with an id, and until there is an answer.
    async fn say(&mut self, workspace: u64, chat: u32, text: String) {
        let command = Command::send_message(chat, text.as_str());
        let envelope = Envelope::new(workspace, Timestamp::now(), Actor::Customer(CustomerId(5)), command);
        let began = Instant::now();
        let answer = if self.rng.u8(..8) > 0 {
            Ok(answered(&self.cluster, envelope.with_id(&*text), &mut self.rng).await.unwrap())
        } else {
            let Some(node) = self.cluster.running(self.rng.usize(..self.cluster.len())) else { return };
            node.submit(envelope).await
        };
        let known = match answer {
            Ok(said) => {
                self.seen(workspace).fetch_max(said.place.0, Ordering::SeqCst);
                let number = said.outcome.reply.message().unwrap().0;
                let operation = Operation { did: Did::Append(number), began, ended: Some(Instant::now()) };
                self.work.histories.add((workspace, chat), operation);
                self.done.acknowledged.fetch_add(1, Ordering::SeqCst);
                Known::There(number)
            }
            Err(NodeError::Unknown(_)) => Known::Unsure,
            Err(NodeError::Unavailable(_)) => Known::NotDone,
            Err(error) => panic!("{error}"),
        };
        self.work.said.push(((workspace, chat, text), known, began));
    }

    /// Reads the newest message of a chat at any node that has applied all that clients know of.
    async fn read(&mut self, workspace: u64, chat: u32) {
        let Some(node) = self.cluster.running(self.rng.usize(..self.cluster.len())) else { return };
        let (began, wanted) = (Instant::now(), Place(self.seen(workspace).load(Ordering::SeqCst)));
        if node.wait_for(workspace.into(), wanted, Duration::from_secs(10)).await.is_err() {
            return;
        }
        let Ok(inbox) = node.engine().workspace(workspace) else { return };
        let (Ok(page), Ok(place)) = (inbox.messages(chat, None, None, 1), inbox.place()) else { return };
        // Others may rely on what was read here.
        self.seen(workspace).fetch_max(place.map_or(0, |place| place.0), Ordering::SeqCst);
        let newest = page.messages.first().map_or(0, |message| message.message.0);
        let operation = Operation { did: Did::Read(newest), began, ended: Some(Instant::now()) };
        self.work.histories.add((workspace, chat), operation);
        self.done.reads.fetch_add(1, Ordering::SeqCst);
    }
}

fn other(chat: u32, rng: &mut fastrand::Rng) -> Command {
    match rng.u8(..9) {
        0 => Command::close(chat),
        1 => Command::open(chat),
        2 => Command::snooze(chat, Timestamp::now() + Duration::from_millis(rng.u64(50..800))),
        3 => Command::assign(chat, 7),
        4 => Command::unassign(chat),
        5 => Command::tag(chat, ["a"]),
        6 => Command::untag(chat, ["a"]),
        7 => Command::mark_read(chat),
        _ => Command::tag(chat, ["unknown"]),
    }
}

/// Sends a command to one node after the other until there is an answer.
async fn answered(cluster: &Cluster, envelope: Envelope, rng: &mut fastrand::Rng) -> Option<Submitted> {
    let began = Instant::now();
    loop {
        let Some(node) = cluster.running(rng.usize(..cluster.len())) else {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        match node.submit(envelope.clone()).await {
            Ok(submitted) => return Some(submitted),
            Err(NodeError::Refused { .. }) => return None,
            Err(error) => assert!(began.elapsed() < ANSWER_MAX, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(rng.u64(1..50))).await;
    }
}

/// What all clients did.
pub struct Acknowledged(Vec<Work>);

impl Acknowledged {
    /// Returns how many messages were acknowledged.
    pub fn len(&self) -> usize {
        self.said().filter(|(_, known, ..)| matches!(known, Known::There(_))).count()
    }

    fn said(&self) -> impl Iterator<Item = &(Said, Known, Instant)> {
        self.0.iter().flat_map(|work| &work.said)
    }

    /// Checks that each message that was acknowledged is there once on each node, with its number, no message twice, and none
    /// that was said not to be done.
    pub fn assert_there_once(&self, cluster: &Cluster) {
        for node in 0..cluster.len() {
            let there = messages(cluster, node);
            for (said, known, ..) in self.said() {
                match known {
                    Known::There(number) => assert_eq!(there.get(said), Some(number), "{said:?} on node {node}"),
                    Known::NotDone => assert_eq!(there.get(said), None, "{said:?} on node {node}"),
                    Known::Unsure => {}
                }
            }
        }
    }

    /// Checks that one order explains what was answered and what was read of each chat.
    pub fn assert_linearisable(self, cluster: &Cluster) {
        let there = messages(cluster, 0);
        let mut all = Histories::default();
        for Work { said, histories } in self.0 {
            all.extend(histories);
            for (said, known, began) in said {
                if let (Known::Unsure, Some(number)) = (known, there.get(&said)) {
                    let operation = Operation { did: Did::Append(*number), began, ended: None };
                    all.add((said.0, said.1), operation);
                }
            }
        }
        println!("{} reads in the histories", all.reads());
        assert_eq!(all.contradiction(), None);
    }
}

/// All messages on a node.
fn messages(cluster: &Cluster, node: usize) -> BTreeMap<Said, u32> {
    let mut found = BTreeMap::new();
    for workspace in 1..=WORKSPACES {
        let inbox = cluster.engine(node).workspace(workspace).unwrap();
        for chat in 1..=CHATS {
            let mut before = None;
            loop {
                let page = inbox.messages(chat, None, before, 1_000).unwrap();
                for message in page.messages {
                    let said = (workspace, chat, message.text.clone());
                    assert_eq!(found.insert(said, message.message.0), None, "twice: {}", message.text);
                }
                before = page.next;
                if before.is_none() {
                    break;
                }
            }
        }
    }
    found
}

/// Closes the nodes, and compares what each of them holds with what the model makes of the entries of the logs.
pub async fn compare_with_model(cluster: Arc<Cluster>, logs: Vec<Vec<LogEntry>>, seed: u64) {
    let naive = replay(&logs, seed);
    for node in 0..cluster.len() {
        cluster.stop(node).await;
        let subject = Subject::at(&cluster.directory(node), Config::default().timer(Timer::Off));
        subject.engine().build_indexes(|_| {}).unwrap();
        subject.assert_equals_but_for_notifications(&naive, seed);
    }
}

/// Applies the entries of the logs to an engine and to the model, and compares each answer.
fn replay(logs: &[Vec<LogEntry>], seed: u64) -> Naive {
    let (mut naive, engine) = (Naive::new(), Engine::temporary().unwrap());
    // The model knows no ids of nodes.
    let mut done = HashMap::new();
    for logged in logs.iter().flatten() {
        let entry: Entry = serde_json::from_slice(&logged.bytes[1..]).unwrap();
        let line = line(&naive, &entry);
        let inner = inner_id(&entry);
        let before = inner.as_ref().and_then(|id| done.get(id).cloned());
        let ask = || line.as_ref().map_or_else(|| json!({"ok": {}}), |line| naive.apply(line.as_bytes()));
        let expected: Value = before.unwrap_or_else(ask);
        if let Some(id) = inner.filter(|_| expected.get("ok").is_some()) {
            done.insert(id, expected.clone());
        }
        let answer = match engine.apply_entry(logged.place, &entry).unwrap().outcome {
            Ok(outcome) => json!({"ok": outcome.reply}),
            Err(refused) => refusal(&refused.into()),
        };
        let open = json!({"count": {"workspace": entry.workspace(), "view": "all:open"}}).to_string();
        let count = engine.query(&serde_json::from_str(&open).unwrap()).unwrap();
        assert_eq!(
            (answer, json!(count)),
            (expected, naive.query(&open)),
            "seed {seed}, place {}: {entry:?}, {line:?}",
            logged.place.0
        );
    }
    naive
}

/// The id that a node gave a command, which is longer than any of a caller.
fn inner_id(entry: &Entry) -> Option<String> {
    match entry {
        Entry::Command(Envelope { id: Some(id), .. }) if id.len() > 64 => Some(id.clone()),
        _ => None,
    }
}

/// An entry as a line of commands. None for a tick when nothing is due, which does nothing, not even to the clock.
fn line(naive: &Naive, entry: &Entry) -> Option<String> {
    match entry {
        Entry::Command(envelope) => {
            let mut envelope = envelope.clone();
            envelope.id = envelope.id.filter(|_| inner_id(entry).is_none());
            Some(serde_json::to_string(&envelope).unwrap())
        }
        Entry::Tick { workspace, at, .. } => {
            let snoozed = json!({"list": {"workspace": workspace, "view": "all:snoozed", "limit": 1_000}});
            let snoozed = naive.query(&snoozed.to_string());
            let mut deadlines = snoozed["chats"].as_array().unwrap().iter().map(|chat| &chat["snoozed_until"]);
            let is_due = deadlines.any(|deadline| deadline.as_u64().unwrap() <= at.as_millis());
            is_due.then(|| json!({"workspace": workspace, "at": at, "actor": "system", "do": "tick"}).to_string())
        }
        other => panic!("{other:?}"),
    }
}
