//! What the leader of a round of group commit does.

use std::thread;
use std::time::{Duration, Instant};

use super::log::Journal;

/// How long the leader of a round waits for more changes before it writes, in all and for the next one.
const GATHER_MAX: Duration = Duration::from_micros(500);
const GATHER_NEXT_MAX: Duration = Duration::from_micros(40);

impl Journal {
    /// Leads one round of group commit. Waiters learn the outcome from `durable` or `failure`. `served` is the number of
    /// other waiters that the previous round had.
    pub(super) fn lead(&self, served: usize) {
        self.gather(served);
        let _outcome = self.with_active(|active| {
            let batch = self.group_commit.begin(|| {
                let batch = self.take(active);
                let through = batch.as_ref().map_or(active.last_seq(), |batch| batch.last_seq);
                (through, batch)
            });
            // A new segment gets its room with the second batch.
            if let Some(batch) = batch.as_ref().filter(|batch| batch.segment.is_none()) {
                let made = active.make_room(batch.bytes.len());
                made.map_err(|error| self.fail("write", active.name(), &error))?;
            }
            self.write(active, batch)?;
            self.sync(active)
        });
    }

    /// Gives the threads that the previous round served time to append their next change: until all have, or for as long
    /// as changes keep coming. Without this, the threads split into two halves that sync in turn and wait for each other.
    pub(super) fn gather(&self, served: usize) {
        let (begun, before) = (Instant::now(), self.last_seq());
        let (mut newest, mut newest_at) = (before, begun);
        while newest - before < served as u64 {
            thread::yield_now();
            let (now, last) = (Instant::now(), self.last_seq());
            if last != newest {
                (newest, newest_at) = (last, now);
            }
            if now - newest_at > GATHER_NEXT_MAX || now - begun > GATHER_MAX {
                return;
            }
        }
    }
}
