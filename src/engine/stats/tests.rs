//! What the structures are said to take, beside what is freed with them.

use std::time::Duration;

use allocation_counter::measure;

use super::*;
use crate::command::{Command, CustomerUpdate, Envelope};
use crate::config::{Config, Durability, Timer};
use crate::heap::ALLOCATION_BYTES;
use crate::model::{Actor, ChatId, CustomerId, ManagerId, Role, WorkspaceId};
use crate::workspace::State;

const WORKSPACE: WorkspaceId = WorkspaceId(1);
const MANAGERS: u64 = 200;
const TAGS: u32 = 200;
const AT: u64 = 1_600_000_000_000;

/// A number for a property of a chat.
fn drawn(chat: u32, property: u32) -> u32 {
    let mixed = (u64::from(chat) << 8 | u64::from(property)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed ^ mixed >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 33) as u32
}

/// What one chat gets.
fn commands_of(chat: u32) -> Vec<Envelope> {
    let customer = CustomerId(u64::from(chat / 2));
    let manager = |property| ManagerId(1 + u64::from(drawn(chat, property)) % MANAGERS);
    let tag = |property| format!("area-{}/topic-{}", drawn(chat, property) % 10, drawn(chat, property) % TAGS);
    let by = |actor, command| Envelope::new(WORKSPACE, AT + u64::from(chat), actor, command);
    let system = |command| by(Actor::System, command);
    let id = ChatId(chat);
    let mut commands = vec![
        system(Command::put_customer(customer, CustomerUpdate::new().name(format!("Customer {customer}")))),
        system(Command::start_chat(customer)),
        system(Command::assign(id, manager(0))).with_id(format!("assignment of {chat}")),
        system(Command::tag(id, [tag(1), tag(2)])),
        by(Actor::Customer(customer), Command::send_message(id, "Where is my parcel?")),
    ];
    let others = [
        (3, system(Command::follow(id, [manager(4), manager(5), manager(6)]))),
        (10, system(Command::set_description(id, format!("A #word{} of ours", drawn(chat, 7) % 100)))),
        (8, system(Command::set_attribute(id, "plan", "premium"))),
        (10, system(Command::snooze(id, AT * 2 + u64::from(drawn(chat, 8))))),
        (2, system(Command::close(id))),
    ];
    let chosen =
        others.into_iter().enumerate().filter(|(at, (one_in, _))| drawn(chat, 20 + *at as u32).is_multiple_of(*one_in));
    commands.extend(chosen.map(|(_, (_, command))| command));
    commands
}

/// An engine that makes no checkpoint by itself.
fn filled(chats: u32) -> (tempfile::TempDir, Engine) {
    let directory = tempfile::tempdir().unwrap();
    let config = Config::default().timer(Timer::Off).durability(Durability::Interval(Duration::from_millis(50)));
    let config = config.record_cache_bytes(1 << 30).dirty_bytes_max(4 << 30);
    let config = config.checkpoint_journal_bytes(4 << 30).checkpoint_interval(Duration::from_secs(3_600));
    let engine = Engine::open(directory.path(), config).unwrap();
    let managers = (1..=MANAGERS).map(|id| Command::put_manager(id, format!("Manager {id}"), Role::Member));
    let tags = (0..10).map(|tag| format!("area-{tag}"));
    let tags = tags.chain((0..10 * TAGS).map(|tag| format!("area-{}/topic-{}", tag % 10, tag / 10)));
    let first = managers.chain(tags.map(Command::create_tag));
    let mut pipeline = engine.pipeline();
    first.for_each(|command| pipeline.push(&Envelope::new(WORKSPACE, AT, Actor::System, command)));
    (1..=chats).flat_map(commands_of).for_each(|envelope| pipeline.push(&envelope));
    assert!(pipeline.finish().iter().all(Result::is_ok));
    engine.workspace(WORKSPACE).unwrap().sidebar(1).unwrap();
    (directory, engine)
}

/// What is freed with a value, in bytes, with what the allocator takes beside it.
fn freed<T>(value: T) -> u64 {
    let freed = measure(|| drop(value));
    (-freed.bytes_current - freed.count_current * ALLOCATION_BYTES as i64).try_into().unwrap()
}

#[track_caller]
fn assert_near(what: &str, estimate: u64, freed: u64, off_max: f64) {
    let off = estimate as f64 / freed as f64 - 1.0;
    println!("{what:<20}{estimate:>12} estimated{freed:>12} freed{:>8.1} %", 100.0 * off);
    assert!(off.abs() <= off_max, "{what}: {estimate} bytes estimated, {freed} freed");
}

#[test]
fn memory_use_is_near_what_is_freed() {
    let (_directory, engine) = filled(10_000);
    let waiting = engine.memory_use();
    assert!(waiting.dirty_rows > 0 && waiting.records == 0 && waiting.journal > 0, "{waiting:?}");
    engine.checkpoint().unwrap();
    let memory = engine.memory_use();
    assert_eq!((memory.dirty_rows, memory.feed), (0, 0));
    assert_eq!(engine.stats().memory, memory);

    let workspaces = &engine.shared.workspaces;
    let records = measure(|| workspaces.records.cache().forget(WORKSPACE));
    let records = -records.bytes_current - records.count_current * ALLOCATION_BYTES as i64;
    let records_left = workspaces.records.cache().heap_bytes();
    let mut sum = (memory.records - records_left, records as u64);
    assert_near("records", sum.0, sum.1, 0.1);

    let State { postings, timeline, wheel, tags, managers, names, remembered, notices, .. } =
        workspaces.get(WORKSPACE).take_state();
    let parts = [
        ("postings", memory.postings + memory.postings_on_demand, freed(postings)),
        ("timeline", memory.timeline, freed(timeline)),
        ("snoozes", memory.snoozes, freed(wheel)),
        ("tags", memory.tags, freed(tags)),
        ("managers", memory.managers, freed((managers, names))),
        ("remembered", memory.remembered_ids, freed(remembered)),
        ("notices", memory.notices, freed(notices)),
    ];
    for (what, estimate, freed) in parts {
        assert_near(what, estimate, freed, 0.25);
        sum = (sum.0 + estimate, sum.1 + freed);
    }
    assert_near("the sum", sum.0, sum.1, 0.15);
}

#[test]
fn memory_use_of_changes_that_wait_is_near_what_is_freed() {
    let (_directory, engine) = filled(2_000);
    let memory = engine.memory_use();
    let elsewhere = memory.records + memory.journal + memory.state_store + memory.workspaces;
    assert_near(
        "with dirty rows",
        memory.total() - elsewhere,
        freed(engine.shared.workspaces.get(WORKSPACE).take_state()),
        0.15,
    );
}
