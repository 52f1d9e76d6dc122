//! A disk that becomes full at every write of a small run.

use crate::config::Durability;
use crate::engine::Engine;
use crate::error::{Error, OpenError};
use crate::testing::simulation::tests::history::{History, open, register_indexes};
use crate::testing::simulation::{Outage, SimulatedDisk};

const COMMANDS: usize = 40;

/// Executes the commands one by one, with occasional checkpoints. Returns how many were acknowledged before the disk
/// was full.
fn work(engine: &Engine, history: &History) -> usize {
    for (done, command) in history.commands[..COMMANDS].iter().enumerate() {
        match engine.execute(command.clone()) {
            Ok(_) | Err(Error::Refused(_)) => {}
            Err(Error::Unavailable(_)) => return done,
            Err(error) => panic!("command {done}: {error}"),
        }
        if done % 13 == 12 {
            // If this fails, the next command reports it.
            let _has_room = engine.checkpoint();
        }
    }
    COMMANDS
}

#[test]
fn full_disk_from_any_write_on_loses_nothing_and_stays_readable() {
    let history = History::new(0);
    let mut refused = 0;
    for good in 0.. {
        let disk = SimulatedDisk::new();
        register_indexes(&open(&disk, Durability::Sync).unwrap(), &history.commands);
        disk.machine().plan(good, Outage::Full, false);
        let acknowledged = match open(&disk, Durability::Sync) {
            Err(error) => {
                assert!(matches!(error, OpenError::Io { .. }), "{error}");
                0
            }
            Ok(engine) => {
                let acknowledged = work(&engine, &history);
                let first = &history.commands[0];
                engine.workspace(first.workspace).unwrap().count(&"all".parse().unwrap()).unwrap();
                let closed = engine.close();
                assert!(closed.is_ok() || disk.machine().has_failed());
                acknowledged
            }
        };
        let was_full = disk.machine().has_failed();
        refused += usize::from(acknowledged < COMMANDS);

        disk.machine().mend();
        let engine = open(&disk, Durability::Sync).unwrap();
        let held = history.through(engine.durable_seq());
        assert!(held >= acknowledged, "{held} of {acknowledged} commands are there, full after {good} operations");
        assert!(engine.scrub().unwrap().is_clean());
        engine.checkpoint().unwrap();
        history.assert_rows(held, &disk.state().rows());
        if !was_full {
            assert_eq!(acknowledged, COMMANDS);
            break;
        }
    }
    assert!(refused > COMMANDS);
}
