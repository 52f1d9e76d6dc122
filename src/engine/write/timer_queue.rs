//! The next deadline of each workspace, loaded or not.

use std::collections::BTreeSet;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use rustc_hash::FxHashMap;

use crate::model::{Timestamp, WorkspaceId};

/// The next deadline of each workspace, loaded or not.
#[derive(Default)]
pub(in crate::engine) struct TimerQueue {
    deadlines: Mutex<Deadlines>,
    earlier: Condvar,
}

#[derive(Default)]
struct Deadlines {
    by_time: BTreeSet<(u64, WorkspaceId)>,
    by_workspace: FxHashMap<WorkspaceId, u64>,
}

impl TimerQueue {
    /// Creates the queue from the deadlines in the store.
    pub(in crate::engine) fn new(deadlines: Vec<(WorkspaceId, u64)>) -> Self {
        let queue = Self::default();
        deadlines.into_iter().for_each(|(workspace, deadline)| queue.set(workspace, Some(deadline)));
        queue
    }

    /// Sets the next deadline of a workspace.
    pub(in crate::engine) fn set(&self, workspace: WorkspaceId, deadline: Option<u64>) {
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

    /// Returns the deadlines up to `now` with their workspaces, earliest first.
    pub(in crate::engine) fn due(&self, now: u64) -> Vec<(u64, WorkspaceId)> {
        let deadlines = self.deadlines.lock();
        deadlines.by_time.iter().take_while(|(deadline, _)| *deadline <= now).copied().collect()
    }

    /// Ends a sleep.
    pub(in crate::engine) fn wake(&self) {
        let _deadlines = self.deadlines.lock();
        self.earlier.notify_one();
    }

    /// Sleeps until something may be due, for one tick at most, because the wall clock may jump.
    pub(in crate::engine) fn sleep(&self) {
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
