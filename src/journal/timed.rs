//! Counts of work that takes time, such as syncs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::Journal;

/// How often something was done since the store was opened, how much of it, and how long it took.
#[derive(Debug, Default)]
pub(crate) struct Timed {
    times: AtomicU64,
    units: AtomicU64,
    nanos: AtomicU64,
}

impl Timed {
    /// Adds one time.
    pub(crate) fn note(&self, units: u64, took: Duration) {
        self.times.fetch_add(1, Ordering::Relaxed);
        self.units.fetch_add(units, Ordering::Relaxed);
        self.nanos.fetch_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn times(&self) -> u64 {
        self.times.load(Ordering::Relaxed)
    }

    pub(crate) fn units(&self) -> u64 {
        self.units.load(Ordering::Relaxed)
    }

    pub(crate) fn took(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Ordering::Relaxed))
    }
}

impl Journal {
    /// The syncs, with the changes that they made durable.
    pub(crate) fn syncs(&self) -> &Timed {
        &self.syncs
    }
}
