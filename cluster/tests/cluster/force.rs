//! Nodes on real servers, while servers die, hang, lose their disks and each other, and nodes are killed.
//!
//! For longer, with everything in random order: `cargo test --release --test cluster -- --ignored --nocapture by_force`.
//! `INBOXDB_ROUNDS` says how often, and `INBOXDB_SEED` repeats an order. Network cuts need root and `ip`; without them they are
//! skipped, and say so.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::jetstream::stream::ClusterInfo;
use inboxdb::{Command, Place, Timestamp, View};
use inboxdb_cluster::{JetStream, LogEntry, Logs};
use inboxdb_nats::Servers;
use tokio::time::sleep;

use crate::load::{Load, compare_with_model, fill};
use crate::nodes_support::{Cluster, command, eventually};
use crate::support::{open, options, take};

const GROUPS: u32 = 2;
const SECOND: Duration = Duration::from_secs(1);

async fn connect(servers: &Servers, nodes: usize, replicas: usize) -> (Vec<JetStream>, Vec<Logs>) {
    let mut connections = Vec::new();
    for _ in 0..nodes {
        connections.push(open(options(servers, GROUPS, replicas)).await);
    }
    let logs = connections.iter().map(JetStream::logs).collect();
    (connections, logs)
}

async fn entries(logs: &Logs) -> Vec<Vec<LogEntry>> {
    let mut all = Vec::new();
    for log in &logs.groups {
        let last = log.bounds().await.unwrap().last;
        all.push(take(&mut log.read(Place(0)), last.0 as usize).await);
    }
    all
}

/// Waits for the end of the load, and checks everything that must be true then.
async fn check(cluster: Arc<Cluster>, load: Load, logs: &Logs, seed: u64) {
    let acknowledged = load.stop().await;
    println!("{} messages acknowledged", acknowledged.len());
    cluster.assert_agreed(seed).await;
    acknowledged.assert_there_once(&cluster);
    acknowledged.assert_linearisable(&cluster);
    compare_with_model(cluster, entries(logs).await, seed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_server_that_is_killed_again_and_again_loses_and_doubles_nothing() {
    let Some(mut servers) = Servers::start(1) else { return };
    let (_connections, logs) = connect(&servers, 2, 1).await;
    let cluster = Cluster::start_each(logs.clone(), |config| config.publish_max(2 * SECOND));
    fill(&cluster).await;
    let load = Load::start(&cluster, 8, 1);
    for round in 0..4 {
        sleep(SECOND).await;
        servers.kill(0);
        // Counts are answered without the log.
        let inbox = cluster.engine(round % 2).workspace(1).unwrap();
        assert_eq!(inbox.count(&View::all().into()).unwrap(), 4);
        servers.restart(0);
        cluster.restart(round % 2).await;
    }
    sleep(SECOND).await;
    check(cluster, load, &logs[0], 1).await;
}

/// What can happen to servers and nodes.
#[derive(Debug, Clone, Copy)]
enum Force {
    KillLeader,
    KillNode,
    KillLeaderAndNode,
    KillAll,
    FreezeLeader,
    WipeServer,
    CutLeader,
}

impl Force {
    const ALL: [Self; 7] = [
        Self::KillLeader,
        Self::KillNode,
        Self::KillLeaderAndNode,
        Self::FreezeLeader,
        Self::WipeServer,
        Self::CutLeader,
        Self::KillAll,
    ];
}

/// Three servers and three nodes.
struct Scene {
    servers: Servers,
    cluster: Arc<Cluster>,
    can_cut: bool,
    next_node: usize,
}

impl Scene {
    /// Does it, and waits until all are there again, if not yet as they were.
    async fn use_force(&mut self, force: Force) {
        let leader = leader(&self.servers).await;
        println!("{force:?}, of n{leader}");
        match force {
            Force::KillLeader => {
                self.servers.kill(leader);
                sleep(8 * SECOND).await;
                self.servers.restart(leader);
            }
            Force::KillNode => self.kill_node().await,
            Force::KillLeaderAndNode => {
                self.servers.kill(leader);
                self.kill_node().await;
                sleep(8 * SECOND).await;
                self.servers.restart(leader);
            }
            Force::KillAll => {
                (0..self.servers.count()).for_each(|index| self.servers.kill(index));
                for _ in 0..self.cluster.len() {
                    self.kill_node().await;
                }
                (0..self.servers.count()).for_each(|index| self.servers.launch(index));
            }
            Force::FreezeLeader => {
                self.servers.freeze(leader);
                sleep(12 * SECOND).await;
                self.servers.thaw(leader);
            }
            Force::WipeServer => {
                self.servers.kill(leader);
                self.servers.wipe(leader);
                self.servers.restart(leader);
            }
            Force::CutLeader if self.can_cut => {
                self.servers.cut(leader);
                sleep(12 * SECOND).await;
                self.servers.heal(leader);
            }
            Force::CutLeader => println!("skipped: the network cannot be cut here"),
        }
        self.wait_until_current().await;
    }

    async fn kill_node(&mut self) {
        self.cluster.restart(self.next_node).await;
        self.next_node = (self.next_node + 1) % self.cluster.len();
    }

    /// A server that has lost its disk must be whole again before another one may fail.
    async fn wait_until_current(&self) {
        let began = Instant::now();
        while !are_current(&self.servers).await {
            assert!(began.elapsed() < 120 * SECOND, "a replica is still not current");
            sleep(SECOND / 4).await;
        }
    }
}

async fn streams(servers: &Servers) -> Option<Vec<ClusterInfo>> {
    let urls: Vec<String> = servers.urls().split(',').map(str::to_owned).collect();
    let client = async_nats::ConnectOptions::new().request_timeout(Some(2 * SECOND)).connect(urls).await.ok()?;
    let context = async_nats::jetstream::new(client);
    let mut found = Vec::new();
    for stream in (0..GROUPS).map(|group| group.to_string()).chain(["digests".to_owned()]) {
        found.push(context.get_stream(format!("inboxdb-{stream}")).await.ok()?.cached_info().cluster.clone()?);
    }
    Some(found)
}

/// The server that leads the stream of the first group.
async fn leader(servers: &Servers) -> usize {
    let began = Instant::now();
    loop {
        let first = streams(servers).await.and_then(|streams| streams.into_iter().next());
        if let Some(leader) = first.and_then(|stream| servers.named(&stream.leader?)) {
            return leader;
        }
        assert!(began.elapsed() < 60 * SECOND, "there is no leader");
        sleep(SECOND / 4).await;
    }
}

async fn are_current(servers: &Servers) -> bool {
    let is_current = |stream: &ClusterInfo| {
        stream.leader.is_some()
            && stream.replicas.len() == 2
            && stream.replicas.iter().all(|peer| peer.current && !peer.offline)
    };
    streams(servers).await.is_some_and(|streams| streams.iter().all(is_current))
}

/// Servers whose network can be cut, or, where that is not possible, servers.
fn start_servers() -> Option<(Servers, bool)> {
    match Servers::start_apart(3) {
        Some(servers) => Some((servers, true)),
        None => Servers::start(3).map(|servers| (servers, false)),
    }
}

async fn use_forces(forces: impl IntoIterator<Item = Force>, clients: u64, seed: u64) {
    let Some((servers, can_cut)) = start_servers() else { return };
    let (_connections, logs) = connect(&servers, 3, 3).await;
    let cluster = Cluster::start_each(logs.clone(), |config| config);
    fill(&cluster).await;
    let load = Load::start(&cluster, clients, seed);
    let mut scene = Scene { servers, cluster: Arc::clone(&cluster), can_cut, next_node: 0 };
    for force in forces {
        sleep(SECOND).await;
        scene.use_force(force).await;
    }
    sleep(SECOND).await;
    check(cluster, load, &logs[0], seed).await;
    drop(scene);
}

#[tokio::test(flavor = "multi_thread")]
async fn three_servers_and_three_nodes_go_on_through_everything() {
    use_forces(Force::ALL, 64, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn three_servers_and_three_nodes_by_force_for_long() {
    let number = |name: &str, default| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let seed = number("INBOXDB_SEED", Timestamp::now().as_millis() % 1_000_000);
    println!("INBOXDB_SEED={seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    for round in 0..number("INBOXDB_ROUNDS", 3) {
        let mut forces = [Force::ALL, Force::ALL].concat();
        rng.shuffle(&mut forces);
        use_forces(forces, 64, seed + round).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn command_is_visible_on_every_node() {
    let Some(servers) = Servers::start(1) else { return };
    let (_connections, logs) = connect(&servers, 3, 1).await;
    let cluster = Cluster::start_each(logs, |config| config);
    fill(&cluster).await;
    let mut times = Vec::new();
    for number in 0..50 {
        let began = Instant::now();
        let said = cluster.node(number % 3).submit(command(1, Command::start_chat(5))).await.unwrap();
        for node in 0..3 {
            cluster.node(node).wait_for(1.into(), said.place, 10 * SECOND).await.unwrap();
            let chat = said.outcome.reply.chat().unwrap();
            assert!(cluster.engine(node).workspace(1).unwrap().chat(chat).is_ok());
        }
        times.push(began.elapsed());
    }
    times.sort();
    println!("visible on all nodes after {:?} (median)", times[25]);
    let status = cluster.node(0).status();
    eventually(|| status.groups.iter().all(|group| group.lag() == 0 || group.silence < 30 * SECOND)).await;
    cluster.assert_agreed(3).await;
}
