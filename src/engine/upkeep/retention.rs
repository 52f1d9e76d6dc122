//! Journal retention: which segments are kept after a checkpoint, and where the others go.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::config::{Config, Keep};
use crate::directory::{Disk, keep_since_backup, keeps_since_backup, read_last_backup};
use crate::engine::write::admission::fitting_bytes;
use crate::error::OpenError;
use crate::journal::{Archive, Failed, Journal, discard};

/// Decides which changes the journal keeps although the state store has them.
#[derive(Debug)]
pub(in crate::engine) struct Retention {
    /// Checkpoints after which the journal is being read.
    pins: Mutex<Vec<u64>>,
    /// Where unneeded segments go, if anywhere.
    archive: Option<Archive>,
    /// Held while a backup is made in a file, so that the last one recorded is the newest.
    pub(in crate::engine) backing_up: Mutex<()>,
    /// The newest change covered by a backup.
    backed_up: AtomicU64,
    /// The bytes that the journal keeps for watchers who come back.
    for_watchers: u64,
}

/// Keeps the journal after a checkpoint while it is held.
pub(in crate::engine) struct Pin<'r> {
    retention: &'r Retention,
    checkpoint: u64,
}

impl Retention {
    pub(in crate::engine) fn new(config: &Config, disk: &dyn Disk) -> Result<Self, OpenError> {
        let archive = config.archive.as_deref().map(open_archive).transpose()?;
        let failed = || OpenError::io("find out what the journal keeps in", disk.path());
        let backed_up = match kept(config, disk).map_err(failed())? {
            Keep::Checkpoint => u64::MAX,
            Keep::SinceBackup => read_last_backup(disk.root()).map_err(failed())?.map_or(0, |backup| backup.seq),
        };
        Ok(Self {
            pins: Mutex::default(),
            archive,
            backing_up: Mutex::default(),
            backed_up: AtomicU64::new(backed_up),
            for_watchers: fitting_bytes(disk, config.watch_journal_bytes),
        })
    }

    /// Keeps the journal after a checkpoint while the pin is held.
    pub(in crate::engine) fn pin(&self, checkpoint: u64) -> Pin<'_> {
        self.pins.lock().push(checkpoint);
        Pin { retention: self, checkpoint }
    }

    /// Removes the segments that are not needed after a checkpoint.
    pub(in crate::engine) fn prune(
        &self,
        journal: &Journal,
        disk: &dyn Disk,
        checkpoint: u64,
    ) -> Result<usize, Failed> {
        // What cannot be measured is kept.
        let older = journal.older_than(self.for_watchers).unwrap_or(0);
        self.remove(journal, disk, self.needless(checkpoint).min(older))
    }

    /// Where old segments are, if they are kept.
    pub(in crate::engine) fn archive(&self) -> Option<&Archive> {
        self.archive.as_ref()
    }

    /// Removes the journal segments that hold only changes up to `through`, moving them to the archive if there is one.
    /// Returns how many.
    pub(in crate::engine) fn remove(&self, journal: &Journal, disk: &dyn Disk, through: u64) -> Result<usize, Failed> {
        match &self.archive {
            None => journal.prune(through, discard),
            Some(archive) => {
                let files = disk.journal();
                journal.prune(through, |name| archive.keep(&*files, name))
            }
        }
    }

    /// Notes that a backup holds everything up to this change.
    pub(in crate::engine) fn backed_up(&self, seq: u64) {
        self.backed_up.fetch_max(seq, Ordering::Relaxed);
    }

    /// Returns the change up to which the journal is not needed, given a store that holds everything up to
    /// `checkpoint`.
    fn needless(&self, checkpoint: u64) -> u64 {
        let pins = self.pins.lock();
        pins.iter().copied().fold(checkpoint, u64::min).min(self.backed_up.load(Ordering::Relaxed))
    }
}

/// Returns the configured value, which is recorded, or else the value recorded before.
fn kept(config: &Config, disk: &dyn Disk) -> io::Result<Keep> {
    if let Some(keep) = config.keep {
        keep_since_backup(disk.root(), keep == Keep::SinceBackup)?;
        return Ok(keep);
    }
    Ok(if keeps_since_backup(disk.root())? { Keep::SinceBackup } else { Keep::Checkpoint })
}

fn open_archive(path: &Path) -> Result<Archive, OpenError> {
    Archive::open(path).map_err(OpenError::io("create the archive in", path))
}

impl Pin<'_> {
    pub(in crate::engine) fn checkpoint(&self) -> u64 {
        self.checkpoint
    }
}

impl Drop for Pin<'_> {
    fn drop(&mut self) {
        let mut pins = self.retention.pins.lock();
        if let Some(place) = pins.iter().position(|pinned| *pinned == self.checkpoint) {
            pins.swap_remove(place);
        }
    }
}
