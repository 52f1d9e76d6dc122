//! Snoozes: with many pending, one is set, and some of them or many end at the same moment.
//!
//! `cargo bench --bench wheel`, with `INBOXDB_BENCH_CHATS=10000000` for another number of pending snoozes.

#![allow(missing_docs, reason = "the macros of criterion make public functions")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to say")]

use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use inboxdb::{Actor, ChatId, Command, CustomerId, CustomerUpdate, Engine, Envelope, Timer};
use inboxdb_benches::{AT, Batch, Random, WORKSPACE, chats_wanted, kept, relaxed};

const YEAR: u64 = 365 * 86_400_000;

/// Chats that are all snoozed, until moments in the second to the tenth year.
fn fill(engine: &Engine, chats: u32) {
    let (mut batch, mut random) = (Batch::new(engine), Random::default());
    for chat in 1..=chats {
        let customer = CustomerId(u64::from(chat / 100));
        if chat.is_multiple_of(100) || chat == 1 {
            batch.system(Command::put_customer(customer, CustomerUpdate::new()));
        }
        batch.system(Command::start_chat(customer));
        batch.system(Command::snooze(ChatId(chat), AT + YEAR + random.below(9 * YEAR)));
    }
    batch.finish();
}

fn wheel(criterion: &mut Criterion) {
    let pending = chats_wanted();
    let directory = kept::copy_of(&format!("snoozed-{pending}"), |engine| fill(engine, pending));
    let engine = kept::open(&directory, relaxed().timer(Timer::Manual));
    let mut random = Random::default();
    let mut clock = AT;
    let mut group = criterion.benchmark_group("wheel");
    group.bench_function(BenchmarkId::new("a random snooze moves", pending), |bencher| {
        bencher.iter(|| {
            let (chat, until) = (ChatId(1 + random.below(u64::from(pending)) as u32), AT + YEAR + random.below(YEAR));
            let command = Command::snooze(chat, until);
            engine.execute(Envelope::new(WORKSPACE, AT, Actor::System, command)).unwrap()
        });
    });
    for due in [1, 1_000, (pending / 10).max(1)] {
        group.throughput(Throughput::Elements(u64::from(due)));
        group.bench_function(BenchmarkId::new(format!("{due} end at once"), pending), |bencher| {
            bencher.iter_custom(|times| (0..times).map(|_| end(&engine, due, &mut clock)).sum());
        });
    }
    group.finish();
    engine.close().unwrap();
}

/// Snoozes some chats until the same moment. Returns how long it takes to end these snoozes then.
fn end(engine: &Engine, due: u32, clock: &mut u64) -> Duration {
    let mut batch = Batch::new(engine);
    let until = *clock + 1_000;
    (1..=due).for_each(|chat| batch.system_at(*clock, Command::snooze(ChatId(chat), until)));
    batch.finish();
    *clock = until;
    let begun = Instant::now();
    let ended = engine.advance(until).unwrap();
    let took = begun.elapsed();
    assert!(ended > 0);
    took
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(10);
    targets = wheel
}
criterion_main!(benches);
