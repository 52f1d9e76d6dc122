//! A fixed script for `benches/instructions`, which counts the processor's instructions in each of its parts.
//!
//! The parts are functions that are called once each, in this order, and never inlined. What runs beside them, such as
//! checkpoints, is kept away, so that the counts are those of the calling thread and nearly the same each time.
#![allow(clippy::unwrap_used, reason = "a script that cannot run has nothing to say")]

use std::hint::black_box;
use std::time::Duration;

use inboxdb::{Actor, ChatId, Command, Config, Durability, Engine, Envelope, Filter, ManagerId, Timer, Workspace};
use inboxdb_benches::{Draw, WORKSPACE, inbox, scattered, tag_path};

const CHATS: u32 = 2_000;
/// How often each part does its work.
const TIMES: u32 = 1_000;

fn main() {
    let (directory, engine) = inbox(CHATS, Draw::Scattered);
    engine.close().unwrap();
    let config = Config::default()
        .timer(Timer::Off)
        .durability(Durability::Interval(Duration::from_secs(3_600)))
        .checkpoint_interval(Duration::from_secs(3_600))
        .checkpoint_journal_bytes(1 << 40)
        .dirty_bytes_max(1 << 40);
    let engine = Engine::open(directory.path(), config).unwrap();
    let inbox = engine.workspace(WORKSPACE).unwrap();
    // Everything is loaded before it is counted.
    part_pages(&inbox);
    run(&engine, |chat| Command::send_message(chat, "Is anyone there?"));
    part_counts(&inbox);
    part_sidebars(&inbox);
    part_pages(&inbox);
    part_messages(&engine);
    part_closes(&engine);
    part_assigns(&engine);
    part_tags(&engine);
    engine.close().unwrap();
}

fn run(engine: &Engine, command: impl Fn(ChatId) -> Command) {
    for round in 0..TIMES {
        let chat = ChatId(1 + scattered(round, 77) % CHATS);
        black_box(engine.execute(Envelope::new(WORKSPACE, 1_700_000_000_000, Actor::System, command(chat))).unwrap());
    }
}

#[inline(never)]
fn part_counts(inbox: &Workspace) {
    let views: [Filter; 2] = ["assigned:7:open".parse().unwrap(), "tag:area-3/topic-4:open".parse().unwrap()];
    for view in (0..TIMES).map(|round| &views[round as usize % views.len()]) {
        black_box(inbox.count(view).unwrap());
    }
}

#[inline(never)]
fn part_sidebars(inbox: &Workspace) {
    for _ in 0..TIMES {
        black_box(inbox.sidebar(ManagerId(7)).unwrap());
    }
}

/// Pages of several views: where the record cache keeps a chat, and so what it takes to find one, is different in each process.
#[inline(never)]
fn part_pages(inbox: &Workspace) {
    let views: Vec<Filter> = (0..10).map(|area| format!("tag:area-{area}:closed").parse().unwrap()).collect();
    for view in (0..TIMES).map(|round| &views[round as usize % views.len()]) {
        let page = black_box(inbox.list(view, None, 50).unwrap());
        assert_eq!(page.chats.len(), 50);
    }
}

#[inline(never)]
fn part_messages(engine: &Engine) {
    run(engine, |chat| Command::send_message(chat, "It is on its way."));
}

#[inline(never)]
fn part_closes(engine: &Engine) {
    run(engine, Command::close);
    run(engine, Command::open);
}

#[inline(never)]
fn part_assigns(engine: &Engine) {
    run(engine, |chat| Command::assign(chat, ManagerId(1 + u64::from(chat.0) % 600)));
}

#[inline(never)]
fn part_tags(engine: &Engine) {
    run(engine, |chat| Command::tag(chat, [tag_path(chat.0 % 1_000)]));
    run(engine, |chat| Command::untag(chat, [tag_path(chat.0 % 1_000)]));
}
