//! Opening a store: after a clean close, and after a kill with commands that only the journal has.
//!
//! `cargo bench --bench opening`, with `INBOXDB_BENCH_CHATS=1000000` for another largest size. The files are in the
//! cache of the operating system.

#![allow(missing_docs, reason = "the macros of criterion make public functions")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to say")]

use std::time::{Duration, Instant};

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use inboxdb::{ChatId, Command, Config, ManagerId, Timer};
use inboxdb_benches::{Batch, Draw, MANAGERS, Random, WORKSPACE, chats_wanted, kept};
use tempfile::TempDir;

/// Commands that only the journal has when the store is killed.
const LEFT: u32 = 20_000;

fn config() -> Config {
    Config::default().timer(Timer::Off)
}

fn opening(criterion: &mut Criterion) {
    let largest = chats_wanted();
    for chats in [largest / 100, largest] {
        let mut group = criterion.benchmark_group("opening");
        let clean = inboxdb_benches::store(chats, Draw::Scattered);
        group.bench_function(BenchmarkId::new("after a clean close", chats), |bencher| {
            bencher.iter_custom(|times| (0..times).map(|_| open_and_read(&clean).0).sum());
        });
        group.bench_function(BenchmarkId::new("the first sidebar then", chats), |bencher| {
            bencher.iter_custom(|times| (0..times).map(|_| open_and_read(&clean).1).sum());
        });
        let killed = killed(chats);
        group.bench_function(BenchmarkId::new(format!("after a kill, {LEFT} commands"), chats), |bencher| {
            let again = || kept::copy(killed.path());
            bencher.iter_batched(again, |copy| (kept::open(&copy, config()), copy), BatchSize::PerIteration);
        });
        group.finish();
    }
}

/// How long opening takes, and the first sidebar, which loads the workspace.
fn open_and_read(store: &TempDir) -> (Duration, Duration) {
    let begun = Instant::now();
    let engine = kept::open(store, config());
    let opened = begun.elapsed();
    let begun = Instant::now();
    let sidebar = engine.workspace(WORKSPACE).unwrap().sidebar(7);
    let read = begun.elapsed();
    assert!(sidebar.is_ok());
    engine.close().unwrap();
    (opened, read)
}

/// What a killed process leaves on disk: a checkpoint, and a journal that goes on behind it.
fn killed(chats: u32) -> TempDir {
    let store = inboxdb_benches::store(chats, Draw::Scattered);
    let no_checkpoints = config()
        .checkpoint_interval(Duration::from_secs(3_600))
        .checkpoint_journal_bytes(1 << 30)
        .dirty_bytes_max(1 << 30);
    let engine = kept::open(&store, no_checkpoints);
    let (mut batch, mut random) = (Batch::new(&engine), Random::default());
    for _ in 0..LEFT {
        let chat = ChatId(1 + random.below(u64::from(chats)) as u32);
        batch.system(Command::assign(chat, ManagerId(1 + random.below(MANAGERS))));
    }
    batch.finish();
    kept::copy(store.path())
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .sample_size(10);
    targets = opening
}
criterion_main!(benches);
