//! Several nodes in this process.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use inboxdb::{Actor, Command, Config, Durability, Engine, Entry, Envelope, Timer, Timestamp, View, WorkspaceId};
use inboxdb_cluster::{Groups, Logs, MessageId, Node, NodeConfig, Submitted};
use inboxdb_harness::files;
use parking_lot::Mutex;
use tempfile::TempDir;

const SYNC_INTERVAL: Duration = Duration::from_millis(20);
const AGREED_MAX: Duration = Duration::from_secs(60);

/// Nodes that can be restarted beside what uses them.
pub struct Cluster {
    /// Of each node: the same logs, but each over its own connection.
    logs: Vec<Logs>,
    pub spread: Groups,
    configure: fn(NodeConfig) -> NodeConfig,
    nodes: Vec<Mutex<Slot>>,
    home: TempDir,
}

struct Slot {
    node: Option<Arc<Node>>,
    directory: PathBuf,
    lives: usize,
}

pub fn config(index: usize) -> NodeConfig {
    NodeConfig::new(format!("node-{index}"))
        .tick_interval(Duration::from_millis(50))
        .bulk_stall_max(Duration::from_millis(500))
        .digest_every(50)
}

pub fn open_engine(directory: PathBuf) -> Arc<Engine> {
    let config = Config::default().timer(Timer::Off).durability(Durability::Interval(SYNC_INTERVAL));
    Arc::new(Engine::open(directory, config).unwrap())
}

/// A command of the host, dated now.
pub fn command(workspace: u64, command: Command) -> Envelope {
    Envelope::new(workspace, Timestamp::now(), Actor::System, command)
}

/// Does a command that must be done.
pub async fn done(cluster: &Cluster, node: usize, envelope: Envelope) -> Submitted {
    let node = cluster.node(node);
    node.submit(envelope).await.unwrap()
}

/// Waits until something is so.
pub async fn eventually(mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < AGREED_MAX, "it is still not so");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

impl Cluster {
    pub fn start(count: usize, logs: Logs) -> Arc<Self> {
        Self::start_with(count, logs, |config| config)
    }

    pub fn start_with(count: usize, logs: Logs, configure: fn(NodeConfig) -> NodeConfig) -> Arc<Self> {
        Self::start_each(vec![logs; count], configure)
    }

    /// Starts a node for each of these, which are the same logs.
    pub fn start_each(logs: Vec<Logs>, configure: fn(NodeConfig) -> NodeConfig) -> Arc<Self> {
        let count = logs.len();
        let home = tempfile::tempdir().unwrap();
        let slot = |index| Slot { node: None, directory: home.path().join(format!("{index}-0")), lives: 0 };
        let nodes = (0..count).map(|index| Mutex::new(slot(index))).collect();
        let cluster = Self { spread: logs[0].spread(), logs, configure, nodes, home };
        (0..count).for_each(|index| cluster.start_node(index));
        Arc::new(cluster)
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn start_node(&self, index: usize) {
        let mut slot = self.nodes[index].lock();
        let engine = open_engine(slot.directory.clone());
        slot.node =
            Some(Arc::new(Node::start(engine, self.logs[index].clone(), (self.configure)(config(index))).unwrap()));
    }

    pub fn node(&self, index: usize) -> Arc<Node> {
        self.running(index).unwrap()
    }

    /// A node, unless it is down.
    pub fn running(&self, index: usize) -> Option<Arc<Node>> {
        self.nodes[index].lock().node.clone()
    }

    pub fn engine(&self, index: usize) -> Arc<Engine> {
        self.node(index).engine().clone()
    }

    pub fn directory(&self, index: usize) -> PathBuf {
        self.nodes[index].lock().directory.clone()
    }

    /// Stops a node and closes its engine.
    pub async fn stop(&self, index: usize) {
        let node = self.nodes[index].lock().node.take().unwrap();
        node.stop().await;
        node.engine().close().unwrap();
    }

    /// Stops a node, and starts it with the files that it had when it was killed, or, every other time, when it was killed
    /// the time before.
    pub async fn restart(&self, index: usize) {
        let node = self.nodes[index].lock().node.take().unwrap();
        node.stop().await;
        // A copy is not made in one moment, so nothing must be synced meanwhile.
        tokio::time::sleep(5 * SYNC_INTERVAL).await;
        {
            let mut slot = self.nodes[index].lock();
            slot.lives += 1;
            let kept = |life: usize| self.home.path().join(format!("{index}-kept-{life}"));
            files::copy(&slot.directory, &kept(slot.lives));
            let from = if slot.lives.is_multiple_of(2) { kept(slot.lives - 1) } else { kept(slot.lives) };
            slot.directory = self.home.path().join(format!("{index}-{}", slot.lives));
            files::copy(&from, &slot.directory);
        }
        node.engine().close().unwrap();
        self.start_node(index);
    }

    /// Appends an entry as a node that then dies.
    pub async fn append(&self, entry: &Entry) {
        let mut bytes = vec![1];
        serde_json::to_writer(&mut bytes, entry).unwrap();
        let id = match entry {
            Entry::Command(envelope) => MessageId::of_command(envelope, 0),
            _ => panic!("not a command"),
        };
        self.logs[0].groups[self.spread.of(entry.workspace()) as usize].append(id, bytes.into()).await.unwrap();
    }

    pub fn workspaces(&self) -> Vec<WorkspaceId> {
        self.engine(0).workspaces().unwrap()
    }

    /// Waits until all nodes are equally far, and checks that they hold the same.
    pub async fn assert_agreed(&self, seed: u64) {
        // While something is due to end, ticks are on their way.
        let snoozed = |workspace: &WorkspaceId| {
            let inbox = self.engine(0).workspace(*workspace).unwrap();
            inbox.count(&View::all().snoozed().into()).unwrap()
        };
        eventually(|| self.workspaces().iter().all(|workspace| snoozed(workspace) == 0)).await;
        let mut lasts = Vec::new();
        for log in &self.logs[0].groups {
            lasts.push(log.bounds().await.unwrap().last);
        }
        let is_there = |index: usize| {
            let status = self.node(index).status();
            assert_eq!(status.state, inboxdb_cluster::NodeState::Running, "seed {seed}");
            status.groups.iter().zip(&lasts).all(|(group, last)| group.applied >= *last)
        };
        eventually(|| (0..self.len()).all(is_there)).await;
        for workspace in self.workspaces() {
            let digest = |index: usize| self.engine(index).workspace(workspace).unwrap().digest().unwrap();
            let digests: Vec<String> = (0..self.len()).map(digest).collect();
            assert!(
                digests.iter().all(|digest| *digest == digests[0]),
                "seed {seed}, workspace {workspace}: {digests:?}"
            );
        }
    }
}
