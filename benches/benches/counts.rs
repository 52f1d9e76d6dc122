//! Counts, sidebars and pages at several sizes: the time of a count must not depend on the number of chats.
//!
//! `cargo bench --bench counts`, with `INBOXDB_BENCH_CHATS=1000000` for another largest size.

#![allow(missing_docs, reason = "the macros of criterion make public functions")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to say")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use inboxdb::{Filter, ManagerId};
use inboxdb_benches::{WORKSPACE, chats_wanted};

fn reads(criterion: &mut Criterion) {
    let largest = chats_wanted();
    for chats in [largest / 100, largest] {
        let (_directory, engine) = inboxdb_benches::inbox(chats, inboxdb_benches::in_step);
        let inbox = engine.workspace(WORKSPACE).unwrap();
        let mut group = criterion.benchmark_group("count");
        for text in ["assigned:7:open", "tag:area-3/topic-4:open", "sessions:7"] {
            let view: Filter = text.parse().unwrap();
            group.bench_function(BenchmarkId::new(text, chats), |bencher| {
                bencher.iter(|| inbox.count(black_box(&view)))
            });
        }
        group.finish();
        let mut group = criterion.benchmark_group("sidebar");
        group.bench_function(BenchmarkId::new("600 managers, 1,000 tags", chats), |bencher| {
            bencher.iter(|| inbox.sidebar(black_box(ManagerId(7))));
        });
        group.finish();
        let mut group = criterion.benchmark_group("page of 50");
        for text in ["all:closed", "assigned:7", "tag:area-3:closed", "sessions:7:open"] {
            let view: Filter = text.parse().unwrap();
            group.bench_function(BenchmarkId::new(text, chats), |bencher| {
                bencher.iter(|| inbox.list(black_box(&view), None, 50));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, reads);
criterion_main!(benches);
