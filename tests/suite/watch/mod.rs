//! The change feed: what a client rebuilds from events equals what the engine says, and no change is lost or told twice.

mod cases;
mod client;
mod rebuilt;
mod replicated;
mod stream;

use std::time::Duration;

use inboxdb::{Config, Durability, ManagerId, Timer, Watched, WorkspaceId};
use inboxdb_harness::{Subject, files, seeds};
use inboxdb_naive::{Naive, Rng, queries, trace};
use serde_json::Value;

use client::{Client, Ledger, settle};

fn small() -> Config {
    Config::default()
        .timer(Timer::Off)
        .durability(Durability::Interval(Duration::from_millis(50)))
        .checkpoint_interval(Duration::from_millis(100))
        .checkpoint_journal_bytes(64 << 10)
        .segment_bytes(64 << 10)
        .dirty_bytes_max(1 << 20)
        .record_cache_bytes(50_000)
}

/// The workspaces that lines name.
fn workspaces(lines: &[Vec<u8>]) -> Vec<WorkspaceId> {
    let parsed = lines.iter().filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let mut found: Vec<WorkspaceId> = parsed.filter_map(|line| line["workspace"].as_u64()).map(WorkspaceId).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The single views that the model asks for in a workspace.
fn views(naive: &Naive, workspace: WorkspaceId, seed: u64) -> Vec<Watched> {
    let asked = queries(naive, seed, false).into_iter().filter_map(|query| {
        let query: Value = serde_json::from_str(&query).ok()?;
        let count = query.get("count").filter(|count| count["workspace"] == workspace.0)?;
        count["view"].as_str()?.parse::<Watched>().ok()
    });
    asked.collect()
}

/// Clients of one workspace.
struct Clients {
    workspace: WorkspaceId,
    ledger: Ledger,
    /// Watches everything, and is always there.
    keeper: Client,
    others: Vec<Client>,
}

impl Clients {
    fn new(workspace: WorkspaceId) -> Self {
        Self { workspace, ledger: Ledger::default(), keeper: Client::new(Vec::new()), others: Vec::new() }
    }

    /// Sends someone else in now and then: to watch everything, a sidebar, or a few views.
    fn change(&mut self, subject: &Subject, naive: &Naive, rng: &mut Rng) {
        let inbox = subject.engine().workspace(self.workspace).unwrap();
        if !self.keeper.is_there() {
            assert!(self.keeper.come(&inbox));
        }
        for client in &mut self.others {
            match rng.index(12) {
                0 if client.is_there() => client.go(),
                0..=2 if !client.is_there() => drop(client.come(&inbox)),
                _ => {}
            }
        }
        if self.others.len() < 6 && rng.index(20) == 0 {
            let watched = match rng.index(4) {
                0 => Vec::new(),
                1 => {
                    inbox.managers().unwrap().first().map(|first| Watched::Sidebar(first.manager)).into_iter().collect()
                }
                _ => {
                    let all = views(naive, self.workspace, rng.index(1_000) as u64);
                    all.into_iter().filter(|_| rng.index(3) == 0).collect()
                }
            };
            let mut client = Client::new(watched);
            if client.come(&inbox) {
                self.others.push(client);
            }
        }
        if self.others.len() == 6 && rng.index(60) == 0 {
            self.others.remove(rng.index(6));
        }
    }

    fn catch_up(&mut self, subject: &Subject, context: &str) {
        let inbox = subject.engine().workspace(self.workspace).unwrap();
        self.keeper.catch_up(&inbox, &mut self.ledger, true, context);
        for client in &mut self.others {
            client.catch_up(&inbox, &mut self.ledger, false, context);
        }
    }

    fn go(&mut self) {
        self.keeper.go();
        self.others.iter_mut().for_each(Client::go);
    }
}

/// Runs a trace a line at a time, with clients that come and go, and stores that are closed and killed.
fn watch_trace(seed: u64, commands: usize, config: Config) {
    let lines = trace(seed, commands);
    let mut rng = Rng::new(seed);
    let mut naive = Naive::new();
    let mut subject = Subject::new(config.clone());
    let mut all: Vec<Clients> = workspaces(&lines).into_iter().map(Clients::new).collect();
    for (n, line) in lines.iter().enumerate() {
        all.iter_mut().for_each(|clients| clients.change(&subject, &naive, &mut rng));
        subject.apply(std::slice::from_ref(line));
        naive.apply(line);
        let inboxes: Vec<_> =
            all.iter().map(|clients| subject.engine().workspace(clients.workspace).unwrap()).collect();
        settle(subject.engine(), &inboxes);
        drop(inboxes);
        let context = format!("seed {seed}, line {n}, {}", String::from_utf8_lossy(line));
        all.iter_mut().for_each(|clients| clients.catch_up(&subject, &context));
        match rng.index(150) {
            0 => {
                all.iter_mut().for_each(Clients::go);
                subject.reopen();
            }
            1 => {
                all.iter_mut().for_each(Clients::go);
                let directory = tempfile::tempdir().unwrap();
                files::copy(subject.path(), directory.path());
                subject = Subject::owning(directory, config.clone());
            }
            2 => subject.engine().checkpoint().unwrap(),
            _ => {}
        }
    }
    let clients = all.iter().flat_map(|clients| &clients.others);
    assert_eq!(clients.map(|client| client.resets).sum::<usize>(), 0, "seed {seed}: the journal reaches back");
    let mut seqs: Vec<u64> = all.iter().flat_map(|clients| &clients.ledger.changes).map(|change| change.seq).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=subject.engine().durable_seq()).collect::<Vec<u64>>(), "seed {seed}: each change once");
}

#[test]
fn watch_rebuilds_every_number_at_every_change() {
    for seed in 0..seeds(3) {
        watch_trace(seed, 900, small());
    }
}

/// A buffer for one change makes nearly everyone slow.
#[test]
fn watch_rebuilds_every_number_with_the_smallest_buffer() {
    for seed in 100..100 + seeds(1) {
        watch_trace(seed, 500, small().watch_events_max(1));
    }
}

#[test]
fn watch_goes_on_while_workspaces_are_unloaded() {
    for seed in 200..200 + seeds(2) {
        watch_trace(seed, 500, small().workspaces_bytes_max(0).dirty_bytes_max(0));
    }
}

#[test]
fn unknown_views_are_refused() {
    let subject = Subject::new(small());
    let inbox = subject.engine().workspace(1).unwrap();
    for unknown in ["assigned:7", "sidebar:7", "tag:a", "customer:5", "custom:nothing=x"] {
        let watched: Watched = unknown.parse().unwrap();
        let refused = inbox.watch(inboxdb::Watch::now().views([watched])).unwrap_err();
        assert!(refused.code().name().starts_with("unknown_"), "{unknown}: {refused}");
    }
    let many = (0..1_025).map(|_| Watched::Sidebar(ManagerId(7)));
    assert_eq!(inbox.watch(inboxdb::Watch::now().views(many)).unwrap_err().code().name(), "malformed");
    assert_eq!(inbox.watch(inboxdb::Watch::from(1)).unwrap_err().code().name(), "malformed");
}
