//! The passing of time: workspaces with something due get a `tick`, like any other command.

use std::time::Duration;

use crate::command::{Command, Envelope};
use crate::engine::write::execute::submit;
use crate::engine::write::timer_queue::TimerQueue;
use crate::engine::write::writer::Writer;
use crate::error::Error;
use crate::model::{Actor, Timestamp};

/// Ticks by the wall clock, until `stopped` returns true.
pub(in crate::engine) fn keep_ticking(writer: &Writer, queue: &TimerQueue, stopped: impl Fn() -> bool) {
    const AFTER_FAILURE: Duration = Duration::from_millis(500);
    while !stopped() {
        queue.sleep();
        if stopped() || writer.journal.failure().is_some() {
            return;
        }
        if let Err(error) = tick_due(writer, Timestamp::now()) {
            tracing::warn!(%error, "a tick failed; it is tried again");
            std::thread::sleep(AFTER_FAILURE);
        }
    }
}

/// Sends a tick to every workspace with something due. Returns how many there were.
pub(in crate::engine) fn tick_due(writer: &Writer, now: Timestamp) -> Result<usize, Error> {
    let Some(queue) = &writer.timer else { return Ok(0) };
    let due = queue.due(now.as_millis());
    for workspace in &due {
        let tick = Envelope::new(*workspace, now, Actor::System, Command::Tick);
        let seq = submit(writer, &tick, &mut |_| {})?.seq;
        writer.settle(seq)?;
        // For a workspace that was not loaded, the queue knew only its row. Now its wheel shows what is due.
        let loaded = writer.workspace(*workspace)?;
        let state = loaded.read()?;
        queue.set(*workspace, state.wheel.next_deadline());
    }
    Ok(due.len())
}
