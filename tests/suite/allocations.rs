//! What is allocated on the paths that run most: nothing for a count, and little for a command.

use std::time::Duration;

use allocation_counter::measure;
use inboxdb::{Actor, ChatId, Command, Config, Durability, Engine, Envelope, Filter, Timer, View, Workspace};
use serde_json::{Value, json};

const CHATS: u32 = 200;

/// An inbox whose commands do not wait for the disk. Its chats have an assignee, a follower and a tag of three levels.
fn inbox() -> (tempfile::TempDir, Engine) {
    let directory = tempfile::tempdir().unwrap();
    let config = Config::default().timer(Timer::Off).durability(Durability::Interval(Duration::from_millis(50)));
    let engine = Engine::open(directory.path(), config).unwrap();
    for manager in 1..=20 {
        run(&engine, json!({"put_manager":{"manager":manager,"name":format!("Manager {manager}"),"role":"member"}}));
    }
    run(&engine, json!({"create_tag":{"path":"billing/refund/card"}}));
    for chat in 1..=CHATS {
        run(&engine, json!({"put_customer":{"customer":chat}}));
        run(&engine, json!({"start_chat":{"customer":chat}}));
        run(&engine, json!({"assign":{"chat":chat,"manager":1 + chat % 20}}));
        run(&engine, json!({"tag":{"chat":chat,"tags":["billing/refund/card"]}}));
    }
    (directory, engine)
}

fn run(engine: &Engine, command: Value) {
    let line = json!({"workspace":1,"at":0,"actor":"system","do":command});
    engine.execute(serde_json::from_value(line).unwrap()).unwrap();
}

fn counts(inbox: &Workspace, views: &[Filter]) -> u64 {
    views.iter().map(|view| inbox.count(view).unwrap()).sum()
}

#[test]
fn allocations_of_a_count_are_none() {
    let (_directory, engine) = inbox();
    let inbox = engine.workspace(1).unwrap();
    let views: Vec<Filter> =
        ["all", "all:open", "unassigned:open", "assigned:7:open", "tag:billing", "tag:billing/refund:closed"]
            .iter()
            .chain(&["sessions:7:open", "unread:7", "favorites:7", "customer:5"])
            .map(|view| view.parse::<View>().unwrap().into())
            .collect();
    let warm = counts(&inbox, &views);
    let mut again = 0;
    let allocated = measure(|| again = counts(&inbox, &views));
    assert_eq!((again, allocated.count_total), (warm, 0));
    assert!(warm > u64::from(CHATS), "they count something");
}

#[test]
fn allocations_of_a_command_are_few() {
    let (_directory, engine) = inbox();
    let send = |chat, at| {
        let text = "It is on its way.".to_owned();
        Envelope::new(1, at, Actor::Manager(3.into()), Command::send_message(chat, text))
    };
    let close = |chat, at| Envelope::new(1, at, Actor::System, Command::close(chat));
    // A mean, since now and then a set or a buffer grows.
    let mean = |name: &str, make: &dyn Fn(ChatId, u64) -> Envelope| {
        let envelopes: Vec<Envelope> = (1..=CHATS).map(|chat| make(ChatId(chat), 1_000 + u64::from(chat))).collect();
        let allocated = measure(|| envelopes.into_iter().for_each(|envelope| drop(engine.execute(envelope).unwrap())));
        let mean = allocated.count_total as f64 / f64::from(CHATS);
        println!("{name}: {mean:.1} allocations, {} bytes", allocated.bytes_total / u64::from(CHATS));
        mean
    };
    let messages = mean("a message", &send);
    let closes = mean("a close", &close);
    assert!(messages <= 20.0 && closes <= 20.0, "{messages} for a message, {closes} for a close");
}
