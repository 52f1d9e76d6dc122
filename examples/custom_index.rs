//! Custom indexes. `cargo run --example custom_index`
//!
//! A shop stores the team and the order value of a chat as attributes, and wants to count and list chats by both. It
//! adds the indexes to a store that already has years of chats.

use inboxdb::{
    Actor, AttributeIndex, ChatId, Code, Command, Config, CustomerId, CustomerUpdate, Engine, Envelope, Error,
    IndexedChat, Keys, ManagerId, Role, Timer, WorkspaceId,
};

const SHOP: WorkspaceId = WorkspaceId(1);
const ADA: ManagerId = ManagerId(7);
const CHATS: u32 = 3_000;
/// A real program uses the wall clock.
const NOW: u64 = 1_582_652_374_000;

/// An index is a function from a chat to its values in the index: none, one or several. It must always return the same
/// values for the same chat. The engine calls it on every change, and keeps a set of chats per value.
fn order_size(chat: &IndexedChat<'_>, keys: &mut Keys) {
    let order = chat.attribute("order_value").and_then(|value| value.parse::<u64>().ok());
    match order {
        Some(0..100) => keys.push("small"),
        Some(100..) => keys.push("large"),
        None => {}
    }
}

/// The config of the shop from now on. An index has a name, which views use, and a version. Raise the version when you
/// change the function, and the engine rebuilds the index.
fn with_indexes() -> Config {
    without_indexes().index("team", 1, AttributeIndex::new("team")).index("order", 1, order_size)
}

fn without_indexes() -> Config {
    Config::default().timer(Timer::Off)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;

    // The years before: chats have attributes, but there is no index on them.
    let engine = Engine::open(directory.path(), without_indexes())?;
    fill(&engine)?;
    assert_eq!(code_of(count(&engine, "custom:team=payments")), Some(Code::UnknownIndex));
    engine.close()?;

    // The engine builds new indexes in the background, while commands go on. A query that needs one too early fails
    // with the code `index_building`. Here we wait.
    let engine = Engine::open(directory.path(), with_indexes())?;
    run(&engine, set(1, "team", Some("payments")))?;
    engine.build_indexes(|now| println!("{} of {} chats", now.done, now.total.unwrap_or_default()))?;
    assert!(engine.workspace(SHOP)?.indexes()?.iter().all(|index| index.readable));

    // Now a custom view works like any other: with or without a status, alone or joined with others.
    for (filter, expected) in [
        ("custom:team=payments", CHATS / 2 + 1),
        ("custom:team=delivery:open", CHATS / 2 - 1),
        ("custom:order=large", CHATS / 3),
        ("custom:team=payments & custom:order=large", CHATS / 6),
        ("custom:team=payments & custom:order=large & assigned:7:open", 1),
        ("custom:team=none", 0),
    ] {
        let found = count(&engine, filter)?;
        println!("{filter:<62}{found:>6}");
        assert_eq!(found, u64::from(expected), "{filter}");
    }

    // Every command updates the indexes: the chat moves from one set to another in the same change.
    run(&engine, set(6, "team", Some("delivery")))?;
    run(&engine, set(6, "order_value", Some("5")))?;
    assert_eq!(count(&engine, "custom:team=payments")?, u64::from(CHATS / 2));
    assert_eq!(count(&engine, "custom:order=small & assigned:7")?, 1);
    engine.close()?;

    // Indexes are stored on disk, and ready as soon as the store is open.
    let engine = Engine::open(directory.path(), with_indexes())?;
    assert_eq!(count(&engine, "custom:order=small & custom:team=delivery & assigned:7")?, 1);
    engine.close()?;
    Ok(())
}

/// Adds chats with attributes. Every second one is for the team `payments`, every third has a large order.
fn fill(engine: &Engine) -> Result<(), Error> {
    // Commands in a pipeline share one wait for the disk.
    let mut pipeline = engine.pipeline();
    let mut push = |command| pipeline.push(&Envelope::new(SHOP, NOW, Actor::System, command));
    push(Command::put_manager(ADA, "Ada", Role::Owner));
    push(Command::put_customer(CustomerId(5), CustomerUpdate::new()));
    for chat in 1..=CHATS {
        // The engine numbers chats from 1.
        push(Command::start_chat(CustomerId(5)));
        push(set(chat, "team", Some(if chat % 2 == 0 { "payments" } else { "delivery" })));
        push(set(chat, "order_value", (chat % 3 == 0).then_some("250")));
    }
    push(Command::assign(ChatId(6), ADA));
    pipeline.finish().into_iter().try_for_each(|outcome| outcome.map(drop))
}

fn set(chat: u32, key: &str, value: Option<&str>) -> Command {
    match value {
        Some(value) => Command::set_attribute(ChatId(chat), key, value),
        None => Command::remove_attribute(ChatId(chat), key),
    }
}

fn run(engine: &Engine, command: Command) -> Result<(), Error> {
    engine.execute(Envelope::new(SHOP, NOW, Actor::System, command)).map(drop)
}

fn count(engine: &Engine, filter: &str) -> Result<u64, Error> {
    engine.workspace(SHOP)?.count(&filter.parse()?)
}

fn code_of(result: Result<u64, Error>) -> Option<Code> {
    result.err().map(|error| error.code())
}
