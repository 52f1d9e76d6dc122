//! Throughput over time, so that the stalls of checkpoints show.

use std::time::{Duration, Instant};

use inboxdb::Engine;

use super::results::OverTime;

/// The first length of a step.
const STEP: Duration = Duration::from_millis(250);
/// With more steps, each becomes twice as long.
const STEPS_MAX: usize = 240;

/// What happened in one step.
#[derive(Clone, Copy, Default)]
struct Step {
    commands: u64,
    checkpoints: u64,
}

/// Counts commands and checkpoints, step by step.
pub(super) struct Recorder<'e> {
    engine: &'e Engine,
    began: Instant,
    length: Duration,
    steps: Vec<Step>,
    /// The totals at the end of the last step.
    commands: u64,
    checkpoints: u64,
}

impl<'e> Recorder<'e> {
    /// Begins now.
    pub(super) fn new(engine: &'e Engine) -> Self {
        let checkpoints = engine.stats().checkpoints;
        Self { engine, began: Instant::now(), length: STEP, steps: Vec::new(), commands: 0, checkpoints }
    }

    /// Ends the steps that are over, with all commands so far. Steps of a stall are empty.
    pub(super) fn see(&mut self, now: Instant, commands: u64) {
        while now - self.began >= self.length * (self.steps.len() as u32 + 1) {
            let checkpoints = self.engine.stats().checkpoints;
            self.push(commands, checkpoints);
        }
    }

    fn push(&mut self, commands: u64, checkpoints: u64) {
        let step = Step { commands: commands - self.commands, checkpoints: checkpoints - self.checkpoints };
        (self.commands, self.checkpoints) = (commands, checkpoints);
        self.steps.push(step);
        if self.steps.len() == STEPS_MAX {
            self.steps = halved(&self.steps);
            self.length *= 2;
        }
    }

    /// The whole steps. What is left of the last one is not a step.
    pub(super) fn finish(self) -> OverTime {
        let seconds = self.length.as_secs_f64();
        OverTime {
            seconds_per_value: seconds,
            per_second: self.steps.iter().map(|step| step.commands as f64 / seconds).collect(),
            checkpoints: self.steps.iter().map(|step| step.checkpoints).collect(),
        }
    }
}

/// Two steps become one.
fn halved(steps: &[Step]) -> Vec<Step> {
    let sum = |pair: &[Step]| Step {
        commands: pair.iter().map(|step| step.commands).sum(),
        checkpoints: pair.iter().map(|step| step.checkpoints).sum(),
    };
    steps.chunks(2).map(sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stalls_are_empty_steps_and_long_runs_have_longer_ones() {
        let engine = Engine::temporary().unwrap();
        let mut recorder = Recorder::new(&engine);
        let began = recorder.began;
        recorder.see(began + STEP / 2, 10);
        recorder.see(began + STEP * 3, 40);
        recorder.see(began + STEP * 4, 60);
        let found = recorder.finish();
        assert_eq!(found.per_second, [160.0, 0.0, 0.0, 80.0]);
        assert_eq!((found.seconds_per_value, found.checkpoints), (0.25, vec![0; 4]));

        let mut recorder = Recorder::new(&engine);
        let began = recorder.began;
        (1..=300).for_each(|step| recorder.see(began + STEP * step, u64::from(step)));
        let found = recorder.finish();
        assert_eq!((found.seconds_per_value, found.per_second.len()), (0.5, 150));
        assert!(found.per_second.iter().all(|value| *value == 4.0));
    }
}
