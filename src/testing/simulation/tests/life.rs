//! Runs engines on one disk, one after the other.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::command::{Envelope, Outcome};
use crate::config::Durability;
use crate::engine::{Engine, Submission};
use crate::error::{Error, OpenError};
use crate::testing::simulation::tests::history::{History, open, register_indexes};
use crate::testing::simulation::{Outage, Random, SimulatedDisk};

/// A disk and what must be on it.
pub(crate) struct Run<'h> {
    history: &'h History,
    random: Random,
    disk: SimulatedDisk,
    /// Commands that were acknowledged.
    acknowledged: usize,
    /// Commands that were submitted.
    submitted: usize,
}

impl<'h> Run<'h> {
    pub(crate) fn new(history: &'h History, random: Random, disk: SimulatedDisk) -> Self {
        let mut run = Self { history, random, disk, acknowledged: 0, submitted: 0 };
        run.begin();
        run
    }

    /// Executes the first commands without failures.
    fn begin(&mut self) {
        let commands = self.history.commands.len();
        let begun = match self.random.below(3) {
            0 => 0,
            1 => self.random.below(commands),
            _ => commands - self.random.below(40),
        };
        let engine = open(&self.disk, Durability::Sync).unwrap();
        register_indexes(&engine, &self.history.commands);
        let mut pipeline = engine.pipeline();
        self.history.commands[..begun].iter().for_each(|command| pipeline.push(command));
        drop(pipeline.finish());
        (self.acknowledged, self.submitted) = (begun, begun);
        engine.close().unwrap();
    }

    /// Opens an engine and works with it until something fails or the life ends. Then the process is killed or the
    /// power is lost.
    pub(crate) fn live(&mut self) {
        self.plan_outage();
        let durability =
            if self.random.one_in(6) { Durability::Interval(Duration::from_millis(1)) } else { Durability::Sync };
        match open(&self.disk, durability) {
            Ok(engine) => self.work(engine, durability),
            Err(error) => {
                assert!(self.disk.machine().has_failed(), "a healthy disk could not be opened: {error}");
                assert!(matches!(error, OpenError::Io { .. }), "a disk fault was reported as damage: {error}");
            }
        }
        self.disk = if self.random.one_in(3) {
            self.disk.after_kill(&mut self.random)
        } else {
            self.disk.after_power_loss(&mut self.random)
        };
        self.check();
    }

    fn plan_outage(&mut self) {
        let outage = match self.random.below(5) {
            0 => return,
            1 => Outage::Once,
            2 => Outage::Full,
            _ => Outage::Lasting,
        };
        let reads_fail = self.random.one_in(4);
        let good = self.random.below(if reads_fail { 3_000 } else { 150 });
        self.disk.machine().plan(good, outage, reads_fail);
    }

    fn work(&mut self, engine: Engine, durability: Durability) {
        // Everything found by an opening is durable from then on.
        self.acknowledged = self.history.through(engine.durable_seq()).min(self.submitted);
        self.submitted = self.history.reaching(engine.durable_seq()).max(self.acknowledged);
        if self.submitted > self.acknowledged {
            // A read has failed, and a bulk action waits for the next opening. Further commands would overtake it.
            return;
        }
        let mut failed = false;
        while !failed && self.submitted < self.history.commands.len() && !self.random.one_in(60) {
            failed = match self.random.below(20) {
                0 | 1 => engine.checkpoint().is_err(),
                // What has failed may have been the copy alone. Then the engine goes on, which is not looked at here.
                2 if engine.compact_live().is_err() => {
                    assert!(self.disk.machine().has_failed(), "a healthy disk failed");
                    return;
                }
                _ => self.execute(&engine),
            };
            if durability != Durability::Sync {
                // Only changes reported as durable are promised.
                self.acknowledged = self.history.through(engine.durable_seq()).min(self.submitted);
            }
        }
        assert!(!failed || self.disk.machine().has_failed(), "a healthy disk failed");
        if failed {
            self.refuse(&engine);
        }
        if failed || self.random.one_in(2) {
            // After a failure, dropping the engine writes nothing. Otherwise it closes the engine.
            drop(engine);
        } else {
            self.disk.machine().plan(0, Outage::Lasting, true);
            drop(engine);
        }
    }

    /// Executes some commands with one wait. Returns whether something failed.
    fn execute(&mut self, engine: &Engine) -> bool {
        // A command refused by a failed read is not done, and later commands of its group would be. So groups have one
        // command while reads fail.
        let group = if self.disk.machine().reads_fail() { 1 } else { 1 + self.random.below(6) };
        let commands: Vec<Envelope> = self.history.commands[self.submitted..].iter().take(group).cloned().collect();
        let before = self.submitted;
        self.submitted += commands.len();
        let results = if self.random.one_in(2) { submit(engine, commands) } else { pipeline(engine, &commands) };
        for (place, result) in results.into_iter().enumerate() {
            match result {
                Ok(_) | Err(Error::Refused(_)) => self.acknowledged = before + place + 1,
                Err(_) => return true,
            }
        }
        false
    }

    /// Asserts that nothing is written after a failed write or sync, and that reads continue.
    fn refuse(&self, engine: &Engine) {
        if !self.disk.machine().has_failed_to_write() {
            return;
        }
        let Some(command) = self.history.commands.first() else { return };
        let refused = engine.execute(command.clone());
        assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
        let written = self.disk.machine().log_after_failure();
        assert!(written.is_empty(), "after a failure: {written:?}");
        let counted = engine.workspace(command.workspace).and_then(|inbox| inbox.count(&"all".parse().unwrap()));
        assert!(counted.is_ok() || self.disk.machine().reads_fail(), "{counted:?}");
    }

    /// Opens a copy of what is left on a healthy machine, and compares.
    fn check(&self) {
        let disk = self.disk.copy();
        let engine = open(&disk, Durability::Sync).unwrap();
        // The opening finishes an interrupted bulk action. Its rows are not written yet.
        engine.checkpoint().unwrap();
        let seq = engine.durable_seq();
        // Commands without changes leave no trace, so those at the end may count or not.
        let held = self.history.through(seq).min(self.submitted);
        assert_eq!(self.history.seq(held), seq, "the newest change is not the last one of a command");
        assert!(held >= self.acknowledged, "{} commands were acknowledged, {held} are there", self.acknowledged);
        self.history.assert_rows(held, &disk.state().rows());
        assert!(engine.scrub().unwrap().is_clean());
    }
}

fn pipeline(engine: &Engine, commands: &[Envelope]) -> Vec<Result<Outcome, Error>> {
    let mut pipeline = engine.pipeline();
    commands.iter().for_each(|command| pipeline.push(command));
    pipeline.finish()
}

/// Submits the commands, then awaits them. Without threads, the first one that is polled leads the sync.
fn submit(engine: &Engine, commands: Vec<Envelope>) -> Vec<Result<Outcome, Error>> {
    let submissions: Vec<_> = commands.into_iter().map(|command| engine.submit(command)).collect();
    let mut context = Context::from_waker(Waker::noop());
    let mut poll = |mut submission: Submission| match Pin::new(&mut submission).poll(&mut context) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("nothing would wake it"),
    };
    submissions.into_iter().map(|submission| submission.and_then(&mut poll)).collect()
}
