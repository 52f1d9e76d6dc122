//! Counts, sidebars and pages at several sizes: the time of a count must not depend on the number of chats.
//!
//! `cargo bench --bench counts`, with `INBOXDB_BENCH_CHATS=1000000` for another largest size.

#![allow(missing_docs, reason = "the macros of criterion make public functions")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to say")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use inboxdb::{Actor, ChatId, Command, Engine, Envelope, Filter, ListOrder, ManagerId, View};
use inboxdb_benches::{AT, Batch, MANAGERS, Random, WORKSPACE, chats_wanted, scattered, tag_path};

fn reads(criterion: &mut Criterion) {
    let largest = chats_wanted();
    for chats in [largest / 100, largest] {
        let (_directory, engine) = inboxdb_benches::inbox(chats, inboxdb_benches::Draw::InStep);
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

/// Ids of pages, of a different manager or tag each time: with chats whose order of activity is that of their ids, and
/// after activity in random chats.
fn ids(criterion: &mut Criterion) {
    let chats = chats_wanted();
    let (_directory, engine) = inboxdb_benches::inbox(chats, inboxdb_benches::Draw::Scattered);
    measure_ids(criterion, &engine, "50 ids, in the order of ids", chats);
    let mut batch = Batch::new(&engine);
    for round in 0..chats {
        let chat = ChatId(1 + scattered(round, 77) % chats);
        batch.system(Command::send_message(chat, "It is on its way."));
    }
    batch.finish();
    measure_ids(criterion, &engine, "50 ids, after random activity", chats);
    measure_ids_between_commands(criterion, &engine, "50 ids, between commands", chats);
}

fn measure_ids(criterion: &mut Criterion, engine: &Engine, name: &str, chats: u32) {
    let inbox = engine.workspace(WORKSPACE).unwrap();
    let mut group = criterion.benchmark_group(name);
    for (name, views) in &views() {
        let mut views = views.iter().cycle();
        group.bench_function(BenchmarkId::new(*name, chats), |bencher| {
            bencher.iter(|| inbox.list_ids(black_box(views.next().unwrap()), ListOrder::Newest, None, 50));
        });
    }
    group.finish();
}

/// The same with a command on a random chat before each page. Only the pages are measured.
fn measure_ids_between_commands(criterion: &mut Criterion, engine: &Engine, name: &str, chats: u32) {
    let inbox = engine.workspace(WORKSPACE).unwrap();
    let mut random = Random::default();
    let mut group = criterion.benchmark_group(name);
    for (name, views) in &views() {
        let mut views = views.iter().cycle();
        group.bench_function(BenchmarkId::new(*name, chats), |bencher| {
            bencher.iter_custom(|pages| {
                (0..pages).fold(Duration::ZERO, |time, _| {
                    change_a_chat(engine, &mut random, chats);
                    let view = black_box(views.next().unwrap());
                    let before = Instant::now();
                    black_box(inbox.list_ids(view, ListOrder::Newest, None, 50)).unwrap();
                    time + before.elapsed()
                })
            });
        });
    }
    group.finish();
}

/// Sends a message to a random chat, or closes one.
fn change_a_chat(engine: &Engine, random: &mut Random, chats: u32) {
    let chat = ChatId(1 + random.below(chats.into()) as u32);
    let command = match random.below(2) {
        0 => Command::send_message(chat, "It is on its way."),
        _ => Command::close(chat),
    };
    // A chat that is closed cannot be closed.
    engine.execute(Envelope::new(WORKSPACE, AT, Actor::System, command)).ok();
}

fn views() -> [(&'static str, Vec<Filter>); 4] {
    let of_managers =
        |view: fn(u64) -> View| (1..=MANAGERS).map(|manager| view(manager * 7 % MANAGERS + 1).into()).collect();
    [
        ("an assignee's closed", of_managers(|manager| View::assigned(manager).closed())),
        ("a tag's closed", (10..110).map(|tag| View::tag(tag_path(tag)).closed().into()).collect()),
        ("a top tag's closed", (0..10).map(|tag| View::tag(tag_path(tag)).closed().into()).collect()),
        ("all closed", vec![View::all().closed().into()]),
    ]
}

criterion_group!(benches, reads, ids);
criterion_main!(benches);
