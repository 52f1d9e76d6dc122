//! A disk that is really full: a small file system in memory, filled by another file. Opening may fail and commands may
//! be refused. Once there is room again, every acknowledged command is there.
//!
//! Needs root, and is skipped without it. `INBOXDB_ROUNDS=200` runs longer.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use inboxdb::{Config, Engine, Envelope, Error, OpenError, Timer};
use tempfile::TempDir;

use inboxdb_harness::{Subject, indexed};
use inboxdb_naive::{Naive, Rng, trace};

const DISK_BYTES: u64 = 64 << 20;

/// A separate file system.
struct Disk(TempDir);

impl Disk {
    fn new() -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={DISK_BYTES}"), "inboxdb-test"]).arg(directory.path());
        succeeds(&mut mount).then_some(Self(directory))
    }

    /// Fills the disk up to this many free bytes.
    fn fill(&self, free: u64) {
        let used = Command::new("df").args(["--output=avail", "-B1"]).arg(self.0.path()).output().unwrap();
        let text = String::from_utf8(used.stdout).unwrap();
        let available: u64 = text.lines().last().unwrap().trim().parse().unwrap();
        let ballast = File::create(self.0.path().join("ballast")).unwrap();
        rustix::fs::fallocate(&ballast, rustix::fs::FallocateFlags::empty(), 0, (available - free).max(1)).unwrap();
    }

    fn make_room(&self) {
        fs::remove_file(self.0.path().join("ballast")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        assert!(succeeds(Command::new("umount").arg("-l").arg(self.0.path())) || std::thread::panicking());
    }
}

fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn config() -> Config {
    // Without the reserve, the engine runs into the end of the disk at any write.
    Config::default().timer(Timer::Off).disk_reserve_bytes(0).segment_bytes(1 << 20)
}

/// Executes commands until one is refused because the disk is full. Returns how many were done.
fn work(store: &Path, lines: &[Vec<u8>]) -> usize {
    let engine = match Engine::open(store, indexed(config())) {
        Ok(engine) => engine,
        Err(OpenError::Io { .. } | OpenError::Damaged(_)) => return 0,
        Err(error) => panic!("{error}"),
    };
    let mut done = 0;
    for line in lines {
        let Ok(envelope) = serde_json::from_slice::<Envelope>(line) else {
            done += 1;
            continue;
        };
        match engine.execute(envelope) {
            Ok(_) | Err(Error::Refused(_)) => done += 1,
            Err(Error::Unavailable(_)) => break,
            Err(error) => panic!("{error}"),
        }
        if done % 50 == 49 {
            // If this fails, the next command reports it.
            let _has_room = engine.checkpoint();
        }
    }
    engine.workspace(inboxdb::WorkspaceId(1)).unwrap().count(&"all".parse().unwrap()).unwrap();
    done
}

#[test]
fn full_disk_loses_nothing_and_recovers_once_there_is_room() {
    let Some(disk) = Disk::new() else {
        eprintln!("skipped: cannot mount a file system here; needs root");
        return;
    };
    let rounds: u64 = std::env::var("INBOXDB_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(6);
    let store = disk.0.path().join("store");
    let lines = trace(11, 300 * rounds as usize);
    let mut rng = Rng::new(11);
    let mut model = Naive::new();
    let mut held = 0;
    let mut refused = 0;
    for _ in 0..rounds {
        disk.fill(rng.below(64) << 12);
        let until = (held + 300).min(lines.len());
        let done = work(&store, &lines[held..until]);
        disk.make_room();
        refused += usize::from(held + done < until);

        lines[held..held + done].iter().for_each(|line| drop(model.apply(line)));
        held += done;
        let subject = Subject::at(&store, config());
        if held < lines.len() && subject.difference(&model, held as u64).is_some() {
            // The refused command may have been executed.
            model.apply(&lines[held]);
            held += 1;
        }
        subject.assert_equals(&model, held as u64, true);
    }
    eprintln!("{rounds} rounds, {refused} with a full disk, {held} commands held");
    assert!(refused > 0);
}
