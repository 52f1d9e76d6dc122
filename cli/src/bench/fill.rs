//! Fills the store up to a number of chats.

use std::time::Instant;

use inboxdb::{Engine, Envelope, Error, Outcome, Pipeline};

use super::data::{Script, people_and_tags};
use super::interrupt;
use super::over_time::Recorder;
use super::results::Filling;
use crate::failure::{Failure, failed_store};
use crate::terminal::Progress;

/// Commands per pipeline.
const COMMANDS_PER_PIPELINE: usize = 4_096;
/// The clock is read and the bar moved once for so many chats.
const CHATS_PER_LOOK: u32 = 256;

/// Adds the chats behind the first `from` up to number `to`, from one thread. An empty store gets its people and tags
/// first, which do not count.
pub(super) fn fill(engine: &Engine, script: &mut Script, from: u32, to: u32) -> Result<Filling, Failure> {
    let mut commands = Pipe { engine, pipeline: engine.pipeline(), done: 0 };
    if from == 0 {
        people_and_tags().iter().try_for_each(|envelope| commands.push(envelope))?;
        commands.flush()?;
        commands.done = 0;
    }
    let progress = Progress::of_chats("filling", to.into());
    let mut recorder = Recorder::new(engine);
    let began = Instant::now();
    for chat in from + 1..=to {
        script.chat(chat).try_for_each(|envelope| commands.push(&envelope))?;
        if chat.is_multiple_of(CHATS_PER_LOOK) {
            recorder.see(Instant::now(), commands.done);
            progress.show_done(chat.into());
        }
    }
    commands.flush()?;
    let seconds = began.elapsed().as_secs_f64();
    let per_second = commands.done as f64 / seconds;
    let (chats, commands) = (u64::from(to - from), commands.done);
    Ok(Filling { chats, commands, seconds, per_second, over_time: recorder.finish() })
}

/// Commands on their way, some thousand at a time.
struct Pipe<'e> {
    engine: &'e Engine,
    pipeline: Pipeline<'e>,
    /// Commands that were applied.
    done: u64,
}

impl Pipe<'_> {
    fn push(&mut self, envelope: &Envelope) -> Result<(), Failure> {
        self.pipeline.push(envelope);
        self.done += 1;
        if self.pipeline.len() < COMMANDS_PER_PIPELINE { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<(), Failure> {
        interrupt::check()?;
        let full = std::mem::replace(&mut self.pipeline, self.engine.pipeline());
        full.finish().into_iter().try_for_each(check)
    }
}

/// The engine must accept every command.
pub(super) fn check(outcome: Result<Outcome, Error>) -> Result<(), Failure> {
    match outcome {
        Ok(_) => Ok(()),
        Err(Error::Refused(refusal)) => {
            Err(Failure::Broken(format!("this is a bug in the benchmark, please report it: {}", refusal.message)))
        }
        Err(failed) => Err(Failure::Broken(failed_store(&failed))),
    }
}
