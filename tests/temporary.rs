//! A temporary engine leaves nothing. By itself in a process, so that every store with its process id is its own.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;

use inboxdb::{Actor, Command, Engine, Envelope, WorkspaceId};

/// How many directories in the temporary directory are stores that this process holds.
fn own_stores() -> usize {
    let holder = format!("process {}\n", std::process::id());
    let entries = fs::read_dir(std::env::temp_dir()).unwrap().flatten();
    entries.filter(|entry| fs::read_to_string(entry.path().join("LOCK")).is_ok_and(|lock| lock == holder)).count()
}

#[test]
fn nothing_is_left_of_a_temporary_store() {
    let tick = || Envelope::new(WorkspaceId(1), 1_000, Actor::System, Command::Tick);
    let engine = Engine::temporary().unwrap();
    engine.execute(tick()).unwrap();
    assert_eq!(own_stores(), 1);
    engine.close().unwrap();
    assert_eq!(own_stores(), 0, "closed");

    let engine = Engine::temporary().unwrap();
    engine.execute(tick()).unwrap();
    drop(engine);
    assert_eq!(own_stores(), 0, "dropped");
}
