//! Compaction on failing disks.

use std::sync::Arc;

use crate::config::{Config, Durability};
use crate::engine::Engine;
use crate::testing::simulation::tests::history::{History, open};
use crate::testing::simulation::{Outage, Random, SimulatedDisk};

/// A disk left by a killed process, with much in its journal.
fn left_by_a_crash(history: &History) -> SimulatedDisk {
    let disk = SimulatedDisk::new();
    let engine = open(&disk, Durability::Sync).unwrap();
    let (before, behind) = history.commands.split_at(history.commands.len() / 2);
    before.iter().for_each(|command| drop(engine.execute(command.clone())));
    engine.checkpoint().unwrap();
    behind.iter().for_each(|command| drop(engine.execute(command.clone())));
    let left = disk.copy();
    engine.close().unwrap();
    left
}

fn compact(disk: &SimulatedDisk) -> bool {
    Engine::compact_on(Arc::new(disk.clone()), &Config::default()).is_ok()
}

/// Opens what is left, and compacts it once more.
fn check(history: &History, disk: &SimulatedDisk) {
    let engine = open(disk, Durability::Sync).unwrap();
    assert!(engine.scrub().unwrap().is_clean());
    engine.close().unwrap();
    history.assert_rows(history.commands.len(), &disk.state().rows());
    assert!(compact(disk));
    history.assert_rows(history.commands.len(), &disk.state().rows());
    assert_eq!(disk.journal_names().len(), 1);
    let engine = open(disk, Durability::Sync).unwrap();
    assert!(engine.scrub().unwrap().is_clean());
    history.assert_rows(history.commands.len(), &disk.state().rows());
}

/// Compacts the store while an engine has it open, and goes on with that.
fn compact_live(disk: &SimulatedDisk, history: &History, good: usize, outage: Outage) -> bool {
    let engine = open(disk, Durability::Sync).unwrap();
    disk.machine().plan(good, outage, false);
    let is_done = engine.compact_live().is_ok();
    // A retry changes nothing, but makes the engine work.
    let goes_on = engine.checkpoint().is_ok() && engine.workspace(history.commands[0].workspace).is_ok();
    drop(engine);
    is_done && goes_on
}

/// Lets each operation of a compaction fail in turn, in each way, and checks what is left. Returns the smallest number of
/// operations that failed in one way.
fn failures(history: &History, compact: impl Fn(&SimulatedDisk, usize, Outage) -> bool) -> usize {
    let left = left_by_a_crash(history);
    let mut random = Random::new(1);
    let failures = [Outage::Once, Outage::Lasting, Outage::Full].map(|outage| {
        let mut failures = 0;
        for good in 0.. {
            let disk = left.copy();
            let is_done = compact(&disk, good, outage);
            if !disk.machine().has_failed() {
                assert!(is_done, "a healthy disk failed");
                break;
            }
            failures += 1;
            check(history, &disk.after_power_loss(&mut random));
            check(history, &disk.after_kill(&mut random));
        }
        failures
    });
    failures.into_iter().min().unwrap_or_default()
}

#[test]
fn live_compaction_keeps_the_store_whole_whatever_fails() {
    let history = History::new(0);
    let failures = failures(&history, |disk, good, outage| compact_live(disk, &history, good, outage));
    assert!(failures > 3, "{failures}");
}

#[test]
fn compact_keeps_the_store_whole_whatever_fails() {
    let failures = failures(&History::new(0), |disk, good, outage| {
        disk.machine().plan(good, outage, false);
        compact(disk)
    });
    assert!(failures > 20, "{failures}");
}
