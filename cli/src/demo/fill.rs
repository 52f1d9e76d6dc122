//! Filling the demo's store: the history goes through pipelines of some thousand commands, and a bar shows how far
//! it is.

use std::time::{Duration, Instant};

use inboxdb::{Engine, Envelope, Error, Outcome, Reply};

use super::history::History;
use crate::failure::{Failure, failed_store, say};
use crate::terminal::{Progress, thousands};

/// Commands that wait for the engine together.
const COMMANDS_PER_PIPELINE: usize = 4_096;
/// Where there is no terminal to draw a bar on, it is said so often how far it is.
const REPORTS: u64 = 10;

/// What was done.
pub(super) struct Filled {
    /// Commands, all accepted.
    pub(super) commands: u64,
    /// How long it took.
    pub(super) time: Duration,
}

/// Fills an empty store with so many chats.
pub(super) fn fill(engine: &Engine, chats: u32) -> Result<Filled, Failure> {
    let began = Instant::now();
    let mut filling = Filling::new(chats.into());
    let mut history = History::new(chats);
    let mut commands = 0;
    let mut batch: Vec<Envelope> = Vec::with_capacity(COMMANDS_PER_PIPELINE);
    loop {
        batch.extend(history.by_ref().take(COMMANDS_PER_PIPELINE));
        if batch.is_empty() {
            break;
        }
        let mut pipeline = engine.pipeline();
        batch.iter().for_each(|envelope| pipeline.push(envelope));
        for (outcome, envelope) in pipeline.finish().into_iter().zip(&batch) {
            filling.see(outcome, envelope)?;
        }
        commands += batch.len() as u64;
        batch.clear();
        filling.show();
    }
    Ok(Filled { commands, time: began.elapsed() })
}

/// How far it is, and that nothing goes wrong on the way.
struct Filling {
    progress: Progress,
    /// Chats in all.
    chats: u64,
    started: u64,
    reported: u64,
}

impl Filling {
    fn new(chats: u64) -> Self {
        Self { progress: Progress::of_chats("", chats), chats, started: 0, reported: 0 }
    }

    /// Counts the chats. The engine must accept every command, and number the chats as the history does.
    fn see(&mut self, outcome: Result<Outcome, Error>, envelope: &Envelope) -> Result<(), Failure> {
        match outcome {
            Ok(Outcome { reply: Reply::Chat { chat, .. }, .. }) if u64::from(chat.0) == self.started + 1 => {
                self.started += 1
            }
            Ok(Outcome { reply: Reply::Chat { chat, .. }, .. }) => {
                let wanted = self.started + 1;
                return Err(unexpected(&format!("chat {chat} should have been chat {wanted}"), envelope));
            }
            Ok(_) => {}
            Err(Error::Refused(refusal)) => return Err(unexpected(&refusal.message, envelope)),
            Err(failed) => return Err(Failure::Broken(failed_store(&failed))),
        }
        Ok(())
    }

    fn show(&mut self) {
        self.progress.show(self.started, self.chats);
        let report = self.started * REPORTS / self.chats;
        if !self.progress.on_terminal() && report > self.reported {
            self.reported = report;
            say(format_args!("{} of {} chats", thousands(self.started), thousands(self.chats)));
        }
    }
}

fn unexpected(what: &str, envelope: &Envelope) -> Failure {
    Failure::Broken(format!("this version's demo has a mistake, please report it: {what}, in {envelope:?}"))
}
