//! Letting time pass: the workspaces with something due get a `tick`, through the path of any command.

use std::collections::BTreeSet;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use rustc_hash::FxHashMap;

use crate::command::{Command, Envelope};
use crate::engine::Inner;
use crate::error::Error;
use crate::model::{Actor, Timestamp, WorkspaceId};

/// When something is due next in each workspace, loaded or not.
#[derive(Default)]
pub(crate) struct TimerQueue {
    deadlines: Mutex<Deadlines>,
    earlier: Condvar,
}

#[derive(Default)]
struct Deadlines {
    by_time: BTreeSet<(u64, WorkspaceId)>,
    by_workspace: FxHashMap<WorkspaceId, u64>,
}

impl TimerQueue {
    /// Of the workspaces that the store knows something due of.
    pub(crate) fn new(deadlines: Vec<(WorkspaceId, u64)>) -> Self {
        let queue = Self::default();
        deadlines.into_iter().for_each(|(workspace, deadline)| queue.set(workspace, Some(deadline)));
        queue
    }

    /// Says when something is due next in a workspace.
    pub(crate) fn set(&self, workspace: WorkspaceId, deadline: Option<u64>) {
        let mut deadlines = self.deadlines.lock();
        let first = deadlines.by_time.first().copied();
        let before = match deadline {
            Some(deadline) => deadlines.by_workspace.insert(workspace, deadline),
            None => deadlines.by_workspace.remove(&workspace),
        };
        if let Some(before) = before {
            deadlines.by_time.remove(&(before, workspace));
        }
        if let Some(deadline) = deadline {
            deadlines.by_time.insert((deadline, workspace));
        }
        if deadlines.by_time.first().copied() != first {
            self.earlier.notify_one();
        }
    }

    /// The workspaces in which something is due by a moment, earliest first.
    fn due(&self, now: u64) -> Vec<WorkspaceId> {
        let deadlines = self.deadlines.lock();
        deadlines.by_time.iter().take_while(|(deadline, _)| *deadline <= now).map(|(_, workspace)| *workspace).collect()
    }

    /// Ends a sleep.
    pub(crate) fn wake(&self) {
        let _deadlines = self.deadlines.lock();
        self.earlier.notify_one();
    }

    /// Sleeps until something may be due, for a tick at the most: the wall clock may jump meanwhile.
    fn sleep(&self) {
        const TICK: Duration = Duration::from_millis(500);
        let mut deadlines = self.deadlines.lock();
        let wait = match deadlines.by_time.first() {
            None => TICK,
            Some((deadline, _)) => {
                Duration::from_millis(deadline.saturating_sub(Timestamp::now().as_millis())).min(TICK)
            }
        };
        if !wait.is_zero() {
            self.earlier.wait_for(&mut deadlines, wait);
        }
    }
}

/// Ticks by the wall clock, until `stopped`.
pub(crate) fn keep_ticking(inner: &Inner, stopped: impl Fn() -> bool) {
    const AFTER_FAILURE: Duration = Duration::from_millis(500);
    let Some(queue) = &inner.timer else { return };
    while !stopped() {
        queue.sleep();
        if stopped() || inner.journal.failure().is_some() {
            return;
        }
        if let Err(error) = tick_due(inner, Timestamp::now()) {
            tracing::warn!(%error, "a tick was not taken; it is tried again");
            std::thread::sleep(AFTER_FAILURE);
        }
    }
}

/// Sends a tick to every workspace in which something is due; answers with how many there were.
pub(crate) fn tick_due(inner: &Inner, now: Timestamp) -> Result<usize, Error> {
    let Some(queue) = &inner.timer else { return Ok(0) };
    let due = queue.due(now.as_millis());
    for workspace in &due {
        let seq = inner.submit(&Envelope::new(*workspace, now, Actor::System, Command::Tick))?.seq;
        inner.settle(seq)?;
        // A workspace that had only been known from the store says now what it has.
        let slot = inner.slot(*workspace)?;
        let state = slot.state.read();
        queue.set(*workspace, state.wheel.next_deadline());
    }
    Ok(due.len())
}
