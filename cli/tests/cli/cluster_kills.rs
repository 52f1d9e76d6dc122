//! Three NATS servers and three `inboxdb serve --log` on one disk, all of them real processes. Nodes and servers are killed, and
//! the power of everything is cut. 64 clients send messages, again with the same id until there is an answer. What was
//! acknowledged must be there exactly once, on every node.
//!
//! `INBOXDB_KILLS=50` runs longer. Without root, loop mounts and python3 the power is not cut, and that is said.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use inboxdb_naive::Rng;
use inboxdb_nats::Servers;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::Place;
use crate::disk::Disk;
use crate::kills::rounds;
use crate::serve::{Serving, send_keyed};

const CLIENTS: u64 = 64;
const NODES: usize = 3;
const WORKSPACES: u64 = 4;
const CHATS: u64 = 4;
const IMAGE_BYTES: u64 = 512 << 20;
const SECOND: Duration = Duration::from_secs(1);
/// Servers that were all killed take some seconds to find a leader, and clients wait for it.
const ANSWER_MAX: Duration = Duration::from_secs(120);

/// What is done to a running cluster.
#[derive(Debug, Clone, Copy)]
enum Force {
    KillNode,
    KillServerAndNode,
    KillAll,
    CutPower,
}

const FORCES: [Force; 4] = [Force::KillNode, Force::KillServerAndNode, Force::CutPower, Force::KillAll];

/// Where the nodes listen now. It changes with each start.
type Addresses = Arc<Mutex<Vec<String>>>;

struct Cluster {
    nodes: Vec<Option<Serving>>,
    addresses: Addresses,
    nats: Servers,
    place: Place,
    /// None where no power can be cut.
    disk: Option<Disk>,
    _directory: TempDir,
}

impl Cluster {
    /// None if there is no NATS server to start, which is then said.
    fn start() -> Option<Self> {
        let directory = TempDir::new().unwrap();
        let disk = Disk::new(directory.path(), IMAGE_BYTES);
        let home = disk.as_ref().map_or(directory.path(), |disk| &disk.mounted).to_owned();
        let nats = Servers::start_at(&home, NODES)?;
        let addresses = Arc::new(Mutex::new(vec![String::new(); NODES]));
        let nodes = (0..NODES).map(|_| None).collect();
        let mut cluster = Self { nodes, addresses, nats, place: Place::at(&home), disk, _directory: directory };
        (0..NODES).for_each(|node| cluster.start_node(node));
        Some(cluster)
    }

    fn start_node(&mut self, node: usize) {
        let (urls, monitors) = (self.nats.urls(), self.nats.monitors());
        let log = ["--log", &urls, "--log-monitor", &monitors, "--replicas", "3", "--groups", "2"];
        let serving = Serving::start_on(&self.place, &format!("node-{node}"), &log);
        self.addresses.lock().unwrap()[node].clone_from(&serving.address);
        self.nodes[node] = Some(serving);
    }

    /// Kills a node: dropping it sends SIGKILL.
    fn kill_node(&mut self, node: usize) {
        self.nodes[node] = None;
    }

    fn kill_all(&mut self) {
        (0..NODES).for_each(|node| self.kill_node(node));
        (0..NODES).for_each(|server| self.nats.kill(server));
    }

    fn start_all(&mut self) {
        self.nats.restart_all();
        (0..NODES).for_each(|node| self.start_node(node));
    }

    fn use_force(&mut self, force: Force, rng: &mut Rng) {
        let (server, node) = (rng.index(NODES), rng.index(NODES));
        eprintln!("{force:?}");
        match force {
            Force::KillNode => {
                self.kill_node(node);
                self.start_node(node);
            }
            Force::KillServerAndNode => {
                self.nats.kill(server);
                self.kill_node(node);
                thread::sleep(SECOND);
                self.nats.restart(server);
                self.start_node(node);
            }
            Force::KillAll => {
                self.kill_all();
                self.start_all();
            }
            Force::CutPower => {
                let Some(disk) = self.disk.take() else { return };
                disk.stop();
                // They run on without a disk for a moment: nothing may be acknowledged then.
                thread::sleep(SECOND / 5);
                self.kill_all();
                self.disk = Some(disk.started_again());
                self.start_all();
            }
        }
    }

    /// Sends one command until there is an answer.
    fn done(&self, workspace: u64, key: &str, command: &Value) -> Value {
        answered(&self.addresses, &mut Rng::new(1), key, &line(workspace, command))
    }

    fn ask(&self, node: usize, query: &Value) -> Value {
        let url = format!("http://{}/v1/queries", self.addresses.lock().unwrap()[node]);
        let began = Instant::now();
        loop {
            let request = ureq::post(&url).config().http_status_as_error(false).build();
            let mut response = request.content_type("application/json").send(query.to_string()).unwrap();
            if response.status() == 200 {
                return serde_json::from_str(&response.body_mut().read_to_string().unwrap()).unwrap();
            }
            let said = response.body_mut().read_to_string().unwrap();
            assert!(began.elapsed() < ANSWER_MAX, "{said}");
        }
    }

    /// All messages of a workspace on a node, with the number of each. None is there twice.
    fn messages(&self, node: usize, workspace: u64, place: &Value) -> BTreeMap<String, u64> {
        let mut found = BTreeMap::new();
        for chat in 1..=CHATS {
            let mut before = Value::Null;
            loop {
                let asked = json!({"workspace":workspace,"chat":chat,"limit":1000,"before":before,"at_least":place});
                let page = self.ask(node, &json!({ "messages": asked }));
                for message in page["messages"].as_array().unwrap() {
                    let text = message["text"].as_str().unwrap().to_owned();
                    assert_eq!(found.insert(text, message["message"].as_u64().unwrap()), None, "twice: {message}");
                }
                before = page["next"].clone();
                if before.is_null() {
                    break;
                }
            }
        }
        found
    }
}

fn line(workspace: u64, command: &Value) -> String {
    json!({"workspace":workspace,"actor":"system","do":command}).to_string()
}

/// Sends a command to one node after the other until there is an answer. None of these commands can be refused.
fn answered(addresses: &Addresses, rng: &mut Rng, key: &str, body: &str) -> Value {
    let began = Instant::now();
    loop {
        let address = addresses.lock().unwrap()[rng.index(NODES)].clone();
        let answer = send_keyed(&address, key, body);
        if let Some((200, answer)) = answer {
            return answer;
        }
        assert!(answer.as_ref().is_none_or(|(status, _)| *status == 503), "{answer:?}");
        assert!(began.elapsed() < ANSWER_MAX, "{answer:?}");
        thread::sleep(Duration::from_millis(5 + rng.below(30)));
    }
}

/// Messages that were acknowledged: workspace, text, number in its chat.
type Acknowledged = Vec<(u64, String, u64)>;

fn client(number: u64, addresses: Addresses, is_over: Arc<AtomicBool>) -> JoinHandle<Acknowledged> {
    thread::spawn(move || {
        let (mut rng, mut acknowledged) = (Rng::new(number), Vec::new());
        for message in 0.. {
            if is_over.load(Ordering::Relaxed) {
                break;
            }
            let (workspace, chat) = (1 + rng.below(WORKSPACES), 1 + rng.below(CHATS));
            let text = format!("client {number}, message {message}");
            let send = json!({"send_message":{"chat":chat,"visibility":"public","text":text}});
            let answer = answered(&addresses, &mut rng, &text, &line(workspace, &send));
            acknowledged.push((workspace, text, answer["ok"]["message"].as_u64().unwrap()));
        }
        acknowledged
    })
}

#[test]
#[ignore = "starts NATS servers"]
fn killed_nodes_and_power_cuts_lose_and_double_nothing_acknowledged() {
    let rounds = rounds(1);
    let Some(mut cluster) = Cluster::start() else { return };
    for workspace in 1..=WORKSPACES {
        cluster.done(workspace, "put", &json!({"put_customer":{"customer":5,"name":"Grace"}}));
        (0..CHATS).for_each(|chat| {
            drop(cluster.done(workspace, &format!("start {chat}"), &json!({"start_chat":{"customer":5}})));
        });
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> =
        (0..CLIENTS).map(|number| client(number, Arc::clone(&cluster.addresses), Arc::clone(&is_over))).collect();
    let mut rng = Rng::new(rounds);
    for round in 0..rounds {
        for force in FORCES {
            thread::sleep(SECOND + Duration::from_millis(rng.below(500)));
            cluster.use_force(force, &mut rng);
        }
        eprintln!("round {round}");
    }
    thread::sleep(SECOND);
    is_over.store(true, Ordering::Relaxed);
    let acknowledged: Acknowledged = clients.into_iter().flat_map(|client| client.join().unwrap()).collect();
    eprintln!("{} messages acknowledged", acknowledged.len());
    // Each client ends with an answer.
    assert!(acknowledged.len() >= CLIENTS as usize);

    for workspace in 1..=WORKSPACES {
        let place = cluster.done(workspace, "newest", &json!("tick"))["place"].clone();
        let digests: Vec<Value> = (0..NODES)
            .map(|node| cluster.ask(node, &json!({"digest":{"workspace":workspace,"at_least":place}})))
            .collect();
        assert!(digests.iter().all(|digest| *digest == digests[0]), "workspace {workspace}: {digests:?}");
        for node in 0..NODES {
            let there = cluster.messages(node, workspace, &place);
            for (_, text, number) in acknowledged.iter().filter(|(of, ..)| *of == workspace) {
                assert_eq!(there.get(text), Some(number), "{text} on node {node}");
            }
        }
    }
    for node in &mut cluster.nodes {
        assert_eq!(node.take().unwrap().stop(), 0);
    }
}
