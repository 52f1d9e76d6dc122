//! The passing of time: workspaces with something due get a `tick`, like any other command.

use std::time::Duration;

use crate::command::{Command, Envelope};
use crate::config::Timer;
use crate::engine::write::execute::submit;
use crate::engine::write::writer::Writer;
use crate::error::Error;
use crate::model::{Actor, Timestamp};

/// Ticks by the wall clock, until `stopped` returns true.
pub(in crate::engine) fn keep_ticking(writer: &Writer, stopped: impl Fn() -> bool) {
    const AFTER_FAILURE: Duration = Duration::from_millis(500);
    while !stopped() {
        if writer.following.is_attached() {
            // The ticks are entries of the log.
            std::thread::park_timeout(AFTER_FAILURE);
            continue;
        }
        writer.timer.sleep();
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
    if writer.clock == Timer::Off {
        return Ok(0);
    }
    let due = writer.timer.due(now.as_millis());
    for (_, workspace) in &due {
        let tick = Envelope::new(*workspace, now, Actor::System, Command::Tick);
        let seq = submit(writer, &tick, &mut |_| {})?.seq;
        writer.settle(seq)?;
        // For a workspace that was not loaded, the queue knew only its row. Now its wheel shows what is due.
        let loaded = writer.workspace(*workspace)?;
        let state = loaded.read()?;
        writer.timer.set(*workspace, state.wheel.next_deadline());
    }
    Ok(due.len())
}
