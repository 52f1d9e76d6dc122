//! Counts and pages of filters with three views: a few typical ones, and the distribution over many random ones.
//!
//! `cargo bench --bench filters`, with `INBOXDB_BENCH_CHATS=1000000` for another size. The distribution is printed at
//! the end.

#![allow(missing_docs, reason = "the macros of criterion make public functions")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to say")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use inboxdb::{Filter, Workspace};
use inboxdb_benches::{MANAGERS, Random, WORKSPACE, chats_wanted, tag_path};

const TYPICAL: [(&str, &str); 10] = [
    ("dense and dense and not dense", "all:closed & sessions:7 & !tag:area-3"),
    ("dense, each of them without a status", "!unassigned & !tag:area-3 & !tag:area-4"),
    ("dense or dense or dense", "tag:area-1 | tag:area-2:closed | unassigned:open"),
    ("or below and", "all:closed & (tag:area-1 | tag:area-2)"),
    ("and below or", "all:open & unassigned | tag:area-3:closed"),
    ("sparse and sparse", "assigned:7 & tag:area-3/topic-4 & !all:closed"),
    ("tag with all below it", "tag:area-3 & unassigned & !all:closed"),
    ("sessions of an operator", "sessions:7:open & tag:area-3 & !hashtag:vip"),
    ("hashtag", "hashtag:vip & all:closed & !tag:area-0"),
    ("customer", "customer:500 & all:closed & !tag:area-3"),
];

fn filters(criterion: &mut Criterion) {
    let chats = chats_wanted();
    let (_directory, engine) = inboxdb_benches::inbox(chats, inboxdb_benches::Draw::Scattered);
    let inbox = engine.workspace(WORKSPACE).unwrap();
    let mut group = criterion.benchmark_group("count");
    for (name, text) in TYPICAL {
        let filter: Filter = text.parse().unwrap();
        group.bench_function(BenchmarkId::new(name, chats), |bencher| bencher.iter(|| inbox.count(black_box(&filter))));
    }
    group.finish();
    let mut group = criterion.benchmark_group("page of 50");
    for (name, text) in TYPICAL {
        let filter: Filter = text.parse().unwrap();
        group.bench_function(BenchmarkId::new(name, chats), |bencher| {
            bencher.iter(|| inbox.list(black_box(&filter), None, 50));
        });
    }
    group.finish();
    distribution(&inbox, chats);
}

/// Prints how long counts and pages of many random filters take.
fn distribution(inbox: &Workspace, chats: u32) {
    const FILTERS: usize = 5_000;
    let mut random = Filters::default();
    let filters: Vec<Filter> = (0..FILTERS).map(|_| random.filter(chats).parse().unwrap()).collect();
    println!("{FILTERS} random filters of three views, {chats} chats:");
    print_times("count", &filters, |filter| {
        black_box(inbox.count(black_box(filter)).unwrap());
    });
    print_times("page of 50", &filters, |filter| {
        black_box(inbox.list(black_box(filter), None, 50).unwrap());
    });
}

/// Prints percentiles. The time of a filter is the median of a few runs, to filter out noise.
fn print_times(what: &str, filters: &[Filter], ask: impl Fn(&Filter)) {
    const TIMES: usize = 7;
    let time = |filter: &Filter| {
        let mut times = [(); TIMES].map(|()| {
            let began = Instant::now();
            ask(filter);
            began.elapsed()
        });
        times.sort_unstable();
        times[TIMES / 2]
    };
    let mut times: Vec<(Duration, &Filter)> = filters.iter().map(|filter| (time(filter), filter)).collect();
    times.sort_unstable_by_key(|(time, _)| *time);
    let (p50, p99) = (times[times.len() / 2].0, times[times.len() * 99 / 100].0);
    let (longest, slowest) = times[times.len() - 1];
    println!("  {what}: p50 {p50:?}, p99 {p99:?}, longest {longest:?} ({slowest})");
}

/// Draws filters.
#[derive(Default)]
struct Filters(Random);

impl Filters {
    /// Returns a random filter of three views.
    fn filter(&mut self, chats: u32) -> String {
        let [a, b, c] = [(); 3].map(|()| format!("{}{}", self.0.pick(&["", "", "!"]), self.view(chats)));
        match self.0.below(4) {
            0 => format!("{a} & {b} & {c}"),
            1 => format!("{a} & ({b} | {c})"),
            2 => format!("{a} & {b} | {c}"),
            _ => format!("{a} | {b} | {c}"),
        }
    }

    fn view(&mut self, chats: u32) -> String {
        let manager = 1 + self.0.below(MANAGERS);
        let operator = 1 + self.0.below(12);
        let view = match self.0.below(12) {
            0 => "all".to_owned(),
            1 => "unassigned".to_owned(),
            2 => format!("assigned:{manager}"),
            3 => format!("following:{manager}"),
            4 => format!("sessions:{operator}"),
            5 => format!("unread:{operator}"),
            6..8 => format!("tag:area-{}", self.0.below(10)),
            8..10 => format!("tag:{}", tag_path(self.0.below(1_000) as u32)),
            10 => "hashtag:vip".to_owned(),
            _ => format!("customer:{}", self.0.below(u64::from(chats) / 2)),
        };
        view + *self.0.pick::<&str>(&["", "", "", ":open", ":snoozed", ":closed", ":closed"])
    }
}

criterion_group!(benches, filters);
criterion_main!(benches);
