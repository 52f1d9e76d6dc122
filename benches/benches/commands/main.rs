//! Commands that do not wait for the disk: each kind for itself, on chats in the order of their numbers and on random
//! ones, and a mix as in a busy inbox.
//!
//! `cargo bench --bench commands`, with `INBOXDB_BENCH_CHATS=1000000` for another size. What a command needs before it,
//! and what takes it back, is not measured.

#![allow(missing_docs, reason = "the macros of criterion make public functions")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to say")]

mod kinds;
mod mix;

use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use inboxdb::{ChatId, Engine};
use inboxdb_benches::{Draw, Random, chats_wanted};
use kinds::{About, KINDS, Kind};

fn each_kind(criterion: &mut Criterion) {
    let chats = chats_wanted();
    let (_directory, engine) = inboxdb_benches::inbox(chats, Draw::InStep);
    let mut random = Random::default();
    for kind in &KINDS {
        let among: Vec<u32> = (1..=chats).filter(|chat| (kind.among)(*chat)).collect();
        let mut group = criterion.benchmark_group(kind.name);
        let mut in_order = among.iter().cycle();
        group.bench_function(BenchmarkId::new("in sequence", chats), |bencher| {
            bencher.iter_custom(|times| measure(kind, &engine, times, &mut random, |_| *in_order.next().unwrap()));
        });
        group.bench_function(BenchmarkId::new("random", chats), |bencher| {
            bencher.iter_custom(|times| measure(kind, &engine, times, &mut random, |random| *random.pick(&among)));
        });
        group.finish();
    }
    engine.close().unwrap();
}

/// The time of the commands alone.
fn measure(
    kind: &Kind,
    engine: &Engine,
    times: u64,
    random: &mut Random,
    mut next: impl FnMut(&mut Random) -> u32,
) -> Duration {
    let once = |_| {
        let chat = ChatId(next(random));
        let mut about = About { chat, choice: random.below(1 << 32) };
        let envelope = kind.prepare(engine, &mut about);
        let begun = Instant::now();
        let outcome = engine.execute(envelope);
        let took = begun.elapsed();
        assert!(outcome.is_ok(), "{}: {outcome:?}", kind.name);
        kind.take_back(engine, about);
        took
    };
    (0..times).map(once).sum()
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .sample_size(20);
    targets = each_kind, mix::mix
}
criterion_main!(benches);
