//! The change feed: watchers of different sidebars beside durable commands.
//!
//! `cargo bench --bench feed`, with `INBOXDB_BENCH_CHATS=1000000` for another number of chats. The example `feed_load`
//! has the feed under a given load, with percentiles.

#![allow(missing_docs, reason = "the macros of criterion make public functions")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to say")]

use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use inboxdb::{Actor, ChatId, Command, Engine, Envelope, ManagerId, Watch, Watched, Watcher};
use inboxdb_benches::{AT, MANAGERS, WORKSPACE, chats_wanted, durable_inbox};

/// Chats that are closed and opened in turn.
const CHATS: u32 = 100;

/// Closes and opens chats, so that each command moves numbers of every sidebar.
struct Commands<'e> {
    engine: &'e Engine,
    sent: u32,
}

impl<'e> Commands<'e> {
    fn new(engine: &'e Engine) -> Self {
        let run = |command| engine.execute(Envelope::new(WORKSPACE, AT, Actor::System, command)).unwrap();
        (1..=CHATS).for_each(|chat| drop(run(Command::open(ChatId(chat)))));
        Self { engine, sent: 0 }
    }

    /// Sends the next command. Returns the number of its change.
    fn send(&mut self) -> u64 {
        let chat = ChatId(1 + self.sent % CHATS);
        let command = if (self.sent / CHATS).is_multiple_of(2) { Command::close(chat) } else { Command::open(chat) };
        self.sent += 1;
        self.engine.execute(Envelope::new(WORKSPACE, AT, Actor::System, command)).unwrap().seq
    }
}

fn take(watchers: &mut [Watcher], up_to: u64) {
    for watcher in watchers {
        while watcher.id().seq < up_to {
            watcher.next_timeout(Duration::from_secs(10)).unwrap().unwrap();
        }
    }
}

fn watch(engine: &Engine, count: u64) -> Vec<Watcher> {
    let inbox = engine.workspace(WORKSPACE).unwrap();
    let sidebar = |number| Watched::Sidebar(ManagerId(1 + number % MANAGERS));
    let watcher = |number| {
        let mut watcher = inbox.watch(Watch::now().views([sidebar(number)])).unwrap();
        watcher.next_timeout(Duration::from_secs(10)).unwrap().unwrap();
        watcher
    };
    (0..count).map(watcher).collect()
}

fn feed(criterion: &mut Criterion) {
    let chats = chats_wanted();
    let (_directory, engine) = durable_inbox(chats);
    let mut commands = Commands::new(&engine);
    for count in [0, 1, 100, 1_000] {
        let mut watchers = watch(&engine, count);
        let mut group = criterion.benchmark_group(format!("feed, {count} watchers"));
        group.bench_function(BenchmarkId::new("a durable command", chats), |bencher| {
            bencher.iter_custom(|times| {
                let once = |_| {
                    let begun = Instant::now();
                    let seq = commands.send();
                    let took = begun.elapsed();
                    take(&mut watchers, seq);
                    took
                };
                (0..times).map(once).sum()
            });
        });
        if count > 0 {
            group.bench_function(BenchmarkId::new("from a command until all have its event", chats), |bencher| {
                bencher.iter(|| {
                    let seq = commands.send();
                    take(&mut watchers, seq);
                });
            });
            group.throughput(Throughput::Elements(count * u64::from(CHATS)));
            group.bench_function(BenchmarkId::new(format!("{CHATS} events each are taken"), chats), |bencher| {
                bencher.iter_custom(|times| (0..times).map(|_| backlog(&mut commands, &mut watchers)).sum());
            });
        }
        group.finish();
    }
    engine.close().unwrap();
}

/// How long all watchers together need for events that are there already.
fn backlog(commands: &mut Commands<'_>, watchers: &mut [Watcher]) -> Duration {
    let newest = (0..CHATS).map(|_| commands.send()).max().unwrap_or_default();
    let begun = Instant::now();
    take(watchers, newest);
    begun.elapsed()
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .sample_size(10);
    targets = feed
}
criterion_main!(benches);
