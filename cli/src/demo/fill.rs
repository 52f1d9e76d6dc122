//! Fills the demo's store: the history goes through pipelines of some thousand commands, with a progress bar.

use std::time::{Duration, Instant};

use inboxdb::{Engine, Envelope, Error, Outcome, Reply};

use super::history::History;
use crate::failure::{Failure, failed_store, say};
use crate::terminal::{Progress, is_quiet, thousands};

/// Commands per pipeline.
const COMMANDS_PER_PIPELINE: usize = 4_096;
/// Progress lines in all, if there is no terminal for a bar.
const REPORTS: u64 = 10;

/// What filling did.
pub(super) struct Filled {
    /// Commands; all were accepted.
    pub(super) commands: u64,
    /// How long it took.
    pub(super) time: Duration,
}

/// Fills an empty store with a history of so many chats.
pub(super) fn fill(engine: &Engine, chats: u32, mut history: History) -> Result<Filled, Failure> {
    let began = Instant::now();
    let mut filling = Filling::new(chats.into());
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

/// Counts the chats, and checks every outcome.
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

    /// The engine must accept every command, and number the chats as the history does.
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
        self.progress.show_done(self.started);
        let report = self.started * REPORTS / self.chats;
        if !self.progress.on_terminal() && !is_quiet() && report > self.reported {
            self.reported = report;
            say(format_args!("{} of {} chats", thousands(self.started), thousands(self.chats)));
        }
    }
}

fn unexpected(what: &str, envelope: &Envelope) -> Failure {
    Failure::Broken(format!("this is a bug in the demo, please report it: {what}, in {envelope:?}"))
}
