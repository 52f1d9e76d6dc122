//! What the log costs: three servers, three nodes and the clients on this machine, beside one engine without a log, in one run.
//!
//! `cargo run --release -p inboxdb-cluster --example cost`. `INBOXDB_COST_SECONDS` is how long each line is measured (4).
//! A node catches up, and one joins, when there are `INBOXDB_COST_CHATS` chats (20,000) and the log has at least
//! `INBOXDB_COST_ENTRIES` entries (as many as there are by then).

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use inboxdb::{
    Actor, Command, Config, CustomerId, Durability, Engine, Envelope, Restore, Timer, Timestamp, View, WorkspaceId,
};
use inboxdb_cluster::{JetStream, JetStreamOptions, Node, NodeConfig, NodeError};
use inboxdb_nats::Servers;
use tokio::task::JoinSet;

type Failed = Box<dyn Error + Send + Sync>;

const NODES: usize = 3;
const WORKSPACES: u64 = 32;
const CHATS: u32 = 50;
const IN_FLIGHT: [usize; 3] = [1, 64, 1_024];

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let home = tempfile::tempdir()?;
    println!("|  | in flight | commands a second | p50 | p99 |\n|---|---|---|---|---|");
    without_log(&home.path().join("alone")).await?;
    let Some(servers) = Servers::start(3) else { return Ok(()) };
    with_log(&servers, &home.path().join("one"), 1).await?;
    let cluster = with_log(&servers, &home.path().join("eight"), 8).await?;
    cluster.count_at_full_speed().await?;
    cluster.grow(number("INBOXDB_COST_CHATS", 20_000), number("INBOXDB_COST_ENTRIES", 0)).await?;
    cluster.catch_up(&home.path().join("empty")).await?;
    cluster.join(home.path()).await
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn time() -> Duration {
    Duration::from_secs(number("INBOXDB_COST_SECONDS", 4))
}

fn message(number: u64) -> Envelope {
    let chat = (number / WORKSPACES) as u32 % CHATS + 1;
    let say = Command::send_message(chat, "Where is my parcel? It was to be here on Monday.");
    Envelope::new(number % WORKSPACES + 1, Timestamp::now(), Actor::Customer(CustomerId(5)), say)
        .with_id(format!("{number:x}"))
}

fn filling() -> impl Iterator<Item = Envelope> {
    (1..=WORKSPACES).flat_map(|workspace| {
        let chats = (0..CHATS).map(|_| Command::start_chat(5));
        let commands = [Command::put_customer(5, "Grace")].into_iter().chain(chats);
        commands.map(move |command| Envelope::new(workspace, Timestamp::now(), Actor::System, command))
    })
}

/// Numbers the messages of a run.
static NUMBER: AtomicU64 = AtomicU64::new(0);

fn next() -> u64 {
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

/// Prints a line of the table.
fn tell(what: &str, in_flight: usize, mut times: Vec<Duration>, took: Duration) {
    times.sort_unstable();
    let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
    let rate = times.len() as f64 / took.as_secs_f64();
    println!("| {what} | {in_flight} | {rate:.0} | {} | {} |", short(at(50)), short(at(99)));
}

fn short(time: Duration) -> String {
    match time.as_micros() {
        0..1_000 => format!("{:.1} µs", time.as_nanos() as f64 / 1e3),
        micros => format!("{:.1} ms", micros as f64 / 1e3),
    }
}

async fn without_log(path: &Path) -> Result<(), Failed> {
    let engine = Arc::new(Engine::open(path, Config::default().timer(Timer::Off))?);
    for envelope in filling() {
        engine.execute(envelope)?;
    }
    for in_flight in IN_FLIGHT {
        let (began, until) = (Instant::now(), Instant::now() + time());
        let client = |engine: Arc<Engine>| {
            move || {
                let mut times = Vec::new();
                while Instant::now() < until {
                    let began = Instant::now();
                    engine.execute(message(next()))?;
                    times.push(began.elapsed());
                }
                Ok::<_, inboxdb::Error>(times)
            }
        };
        let clients: Vec<_> = (0..in_flight).map(|_| std::thread::spawn(client(Arc::clone(&engine)))).collect();
        let mut times = Vec::new();
        for client in clients {
            times.extend(client.join().map_err(|_| "a client panicked")??);
        }
        tell("one engine without a log, synced", in_flight, times, began.elapsed());
    }
    Ok(engine.close()?)
}

/// A cluster that is measured.
struct Cluster {
    connections: Vec<JetStream>,
    nodes: Vec<Arc<Node>>,
}

fn open(path: &Path) -> Result<Arc<Engine>, Failed> {
    let durability = Durability::Interval(Duration::from_millis(20));
    Ok(Arc::new(Engine::open(path, Config::default().timer(Timer::Off).durability(durability))?))
}

/// Opens the logs. Servers that have just started may not answer yet.
async fn connect(options: JetStreamOptions) -> Result<JetStream, Failed> {
    let began = Instant::now();
    loop {
        match JetStream::open(options.clone()).await {
            Ok(opened) => return Ok(opened),
            Err(error) if began.elapsed() > Duration::from_secs(60) => return Err(error.into()),
            Err(_) => tokio::time::sleep(Duration::from_millis(500)).await,
        }
    }
}

async fn with_log(servers: &Servers, home: &Path, groups: u32) -> Result<Cluster, Failed> {
    let mut cluster = Cluster { connections: Vec::new(), nodes: Vec::new() };
    for index in 0..NODES {
        let options = JetStreamOptions::new(&servers.urls()).monitors(&servers.monitors());
        let jetstream = connect(options.prefix(format!("groups-{groups}")).groups(groups)).await?;
        let engine = open(&home.join(index.to_string()))?;
        cluster.nodes.push(Arc::new(Node::start(engine, jetstream.logs(), NodeConfig::new(index.to_string()))?));
        cluster.connections.push(jetstream);
    }
    cluster.send(filling()).await?;
    for in_flight in IN_FLIGHT {
        let (times, took) = cluster.load(in_flight).await?;
        let what = format!("three nodes, {groups} {}", if groups == 1 { "group" } else { "groups" });
        tell(&what, in_flight, times, took);
    }
    Ok(cluster)
}

impl Cluster {
    fn node(&self, number: usize) -> Arc<Node> {
        Arc::clone(&self.nodes[number % NODES])
    }

    /// Sends commands, those of each workspace in order.
    async fn send(&self, commands: impl Iterator<Item = Envelope>) -> Result<(), Failed> {
        let mut by_workspace: Vec<(WorkspaceId, Vec<Envelope>)> = Vec::new();
        for command in commands {
            match by_workspace.iter_mut().find(|(workspace, _)| *workspace == command.workspace) {
                Some((_, commands)) => commands.push(command),
                None => by_workspace.push((command.workspace, vec![command])),
            }
        }
        let mut sending = JoinSet::new();
        for (number, (_, commands)) in by_workspace.into_iter().enumerate() {
            let node = self.node(number);
            sending.spawn(async move {
                for command in commands {
                    node.submit(command).await?;
                }
                Ok::<_, Failed>(())
            });
        }
        sending.join_all().await.into_iter().collect()
    }

    async fn load(&self, in_flight: usize) -> Result<(Vec<Duration>, Duration), Failed> {
        let (began, until) = (Instant::now(), Instant::now() + time());
        let times = self.submit(in_flight, move || (Instant::now() < until).then(|| message(next()))).await?;
        Ok((times, began.elapsed()))
    }

    /// Sends commands as long as there are some, and returns how long each took. A node that is far behind the log gives up
    /// after a while, though the log has the command: such answers are left out, and counted.
    async fn submit<N>(&self, in_flight: usize, next: N) -> Result<Vec<Duration>, Failed>
    where
        N: Fn() -> Option<Envelope> + Clone + Send + 'static,
    {
        let mut clients = JoinSet::new();
        for client in 0..in_flight {
            let (node, next) = (self.node(client), next.clone());
            clients.spawn(async move {
                let (mut times, mut unanswered) = (Vec::new(), 0);
                while let Some(command) = next() {
                    let began = Instant::now();
                    match node.submit(command).await {
                        Ok(_) => times.push(began.elapsed()),
                        Err(NodeError::Unknown(_)) => unanswered += 1,
                        Err(error) => return Err(error.into()),
                    }
                }
                Ok::<_, Failed>((times, unanswered))
            });
        }
        let (mut times, mut unanswered) = (Vec::new(), 0_u64);
        for client in clients.join_all().await {
            let (of_client, unanswered_of_client) = client?;
            times.extend(of_client);
            unanswered += unanswered_of_client;
        }
        if unanswered > 0 {
            eprintln!("{unanswered} commands had no answer in time");
        }
        Ok(times)
    }

    /// Counts on a node while all apply what 1,024 clients send.
    async fn count_at_full_speed(&self) -> Result<(), Failed> {
        let (engine, stop) = (Arc::clone(self.nodes[0].engine()), Arc::new(AtomicBool::new(false)));
        let counting = std::thread::spawn({
            let stop = Arc::clone(&stop);
            move || {
                let inbox = engine.workspace(1)?;
                let (view, mut times) = (View::all().open().into(), Vec::new());
                while !stop.load(Ordering::Relaxed) {
                    let began = Instant::now();
                    inbox.count(&view)?;
                    times.push(began.elapsed());
                    std::thread::sleep(Duration::from_micros(100));
                }
                Ok::<_, inboxdb::Error>(times)
            }
        });
        let (_, took) = self.load(1_024).await?;
        stop.store(true, Ordering::Relaxed);
        tell(
            "a count, on a node that applies what 1,024 clients send",
            1,
            counting.join().map_err(|_| "panicked")??,
            took,
        );
        Ok(())
    }

    fn places(&self) -> u64 {
        self.nodes[0].status().groups.iter().map(|group| group.last.0).sum()
    }

    async fn start_behind(&self, engine: Arc<Engine>, name: &str) -> Result<Duration, Failed> {
        let wanted = self.places();
        let began = Instant::now();
        let node = Node::start(engine, self.connections[0].logs(), NodeConfig::new(name))?;
        while node.status().groups.iter().map(|group| group.applied.0).sum::<u64>() < wanted {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let took = began.elapsed();
        node.stop().await;
        Ok(took)
    }

    /// A node with an empty store reads everything.
    async fn catch_up(&self, path: &Path) -> Result<(), Failed> {
        let took = self.start_behind(open(path)?, "late").await?;
        let entries = self.places();
        println!("catching up: {entries} entries in {took:.1?}, {:.0} a second", entries as f64 / took.as_secs_f64());
        Ok(())
    }

    /// Starts chats, and then sends messages until the log has so many entries.
    async fn grow(&self, chats: u64, entries: u64) -> Result<(), Failed> {
        const IN_FLIGHT_MANY: usize = 1_024;
        let count_down = |count: u64| {
            let left = Arc::new(AtomicU64::new(count));
            move || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).ok()
        };
        let began = Instant::now();
        let start =
            |number| Envelope::new(number % WORKSPACES + 1, Timestamp::now(), Actor::System, Command::start_chat(5));
        let chat = count_down(chats);
        self.submit(IN_FLIGHT_MANY, move || chat().map(start)).await?;
        let more = count_down(entries.saturating_sub(self.places()));
        self.submit(IN_FLIGHT_MANY, move || more().map(|_| message(next()))).await?;
        println!(
            "\nstarted {chats} chats, and filled the log to {} entries, in {:.1?}",
            self.places(),
            began.elapsed()
        );
        Ok(())
    }

    /// A node with an empty disk gets a backup of another one.
    async fn join(&self, home: &Path) -> Result<(), Failed> {
        let (file, store) = (home.join("backup"), home.join("joined"));
        let began = Instant::now();
        self.nodes[1].engine().backup_to(&file, |_| {})?;
        let backed_up = began.elapsed();
        Restore::from(&file).run(&store, |_| {})?;
        let restored = began.elapsed();
        let engine = open(&store)?;
        let opened = began.elapsed();
        self.start_behind(engine, "joined").await?;
        let (bytes, entries) = (std::fs::metadata(&file)?.len(), self.places());
        println!(
            "joining beside {entries} entries: backup of {} KB {backed_up:.1?}, restored after {restored:.1?}, opened after \
             {opened:.1?}, caught up after {:.1?}",
            bytes / 1_000,
            began.elapsed()
        );
        Ok(())
    }
}
