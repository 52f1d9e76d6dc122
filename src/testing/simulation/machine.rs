//! Counts every operation on a disk, and injects failures.

use std::io;
use std::sync::Arc;

use parking_lot::Mutex;

/// Clones share the machine.
#[derive(Clone, Default)]
pub(crate) struct Machine(Arc<Mutex<Counter>>);

/// How the disk fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outage {
    /// One operation fails, and later ones succeed.
    Once,
    /// All operations fail from then on.
    Lasting,
    /// All writes fail from then on, as on a full disk. Removing and syncing continue.
    Full,
}

#[derive(Default)]
struct Counter {
    /// Every operation that changed, or should have changed, the disk.
    log: Vec<String>,
    /// The number of operations that still succeed, and how the next one fails.
    planned: Option<(usize, Outage)>,
    /// The current outage.
    outage: Option<Outage>,
    /// The kind of the first failed operation.
    failed: Option<Kind>,
    /// The length of the log at that point.
    failed_at: usize,
    reads_fail: bool,
    /// Whether syncs do nothing.
    lies: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Read,
    /// Needs free space.
    Write,
    Remove,
    Sync,
}

impl Machine {
    /// Fails one operation that changes the disk, after `good` more.
    pub(crate) fn fail_after(&self, good: usize) {
        self.plan(good, Outage::Once, false);
    }

    /// Plans an outage after `good` more operations. With `reads_fail`, reads count and fail too.
    pub(crate) fn plan(&self, good: usize, outage: Outage, reads_fail: bool) {
        let mut counter = self.0.lock();
        counter.planned = Some((good, outage));
        counter.reads_fail = reads_fail;
    }

    /// From now on syncs report success without making anything durable.
    pub(crate) fn lie(&self) {
        self.0.lock().lies = true;
    }

    /// Whether syncs do nothing.
    pub(crate) fn lies(&self) -> bool {
        self.0.lock().lies
    }

    /// The machine after its next boot.
    pub(crate) fn rebooted(&self) -> Self {
        let machine = Self::default();
        machine.0.lock().lies = self.lies();
        machine
    }

    /// Ends every outage, as replacing a cable or freeing space would.
    pub(crate) fn mend(&self) {
        let mut counter = self.0.lock();
        *counter = Counter { lies: counter.lies, ..Counter::default() };
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.0.lock().failed.is_some()
    }

    /// Whether the first failed operation was a write or a sync.
    pub(crate) fn has_failed_to_write(&self) -> bool {
        self.0.lock().failed.is_some_and(|kind| kind != Kind::Read && kind != Kind::Remove)
    }

    pub(crate) fn reads_fail(&self) -> bool {
        self.0.lock().reads_fail
    }

    /// The operations after the first failure.
    pub(crate) fn log_after_failure(&self) -> Vec<String> {
        let counter = self.0.lock();
        if counter.failed.is_none() { Vec::new() } else { counter.log[counter.failed_at..].to_vec() }
    }

    /// The operations since the last call.
    pub(crate) fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().log)
    }

    /// Counts an operation. Fails if it is planned to fail.
    pub(crate) fn operate(&self, kind: Kind, what: impl FnOnce() -> String) -> io::Result<()> {
        let mut counter = self.0.lock();
        if kind == Kind::Read && !counter.reads_fail {
            return Ok(());
        }
        if kind != Kind::Read {
            counter.log.push(what());
        }
        counter.count_down();
        if !counter.fails(kind) {
            return Ok(());
        }
        if counter.outage == Some(Outage::Once) {
            counter.outage = None;
        }
        if counter.failed.is_none() {
            counter.failed = Some(kind);
            counter.failed_at = counter.log.len();
        }
        Err(io::Error::from(io::ErrorKind::StorageFull))
    }
}

impl Counter {
    fn count_down(&mut self) {
        match &mut self.planned {
            Some((0, outage)) => {
                self.outage = Some(*outage);
                self.planned = None;
            }
            Some((good, _)) => *good -= 1,
            None => {}
        }
    }

    fn fails(&self, kind: Kind) -> bool {
        match self.outage {
            None => false,
            Some(Outage::Once | Outage::Lasting) => true,
            Some(Outage::Full) => kind == Kind::Write,
        }
    }
}
