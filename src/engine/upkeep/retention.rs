//! What the journal keeps behind a checkpoint, and where the rest goes.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::config::{Config, Keep};
use crate::directory::{Disk, keep_since_backup, keeps_since_backup, read_last_backup};
use crate::engine::Inner;
use crate::error::{Error, OpenError};
use crate::journal::{Archive, Failed, Journal, discard};

/// What must not be let go of.
#[derive(Debug)]
pub(crate) struct Retention {
    /// The checkpoints from which on somebody reads the journal.
    pins: Mutex<Vec<u64>>,
    /// Where segments go that are not needed any more.
    archive: Option<Archive>,
    /// Held while a backup is made in a file, so that the one that is noted last is the newest.
    pub(crate) backing_up: Mutex<()>,
    /// The newest change that need not be kept for want of a backup.
    backed_up: AtomicU64,
}

/// Keeps the journal from a checkpoint on, as long as it is held.
pub(crate) struct Pin<'r> {
    retention: &'r Retention,
    checkpoint: u64,
}

impl Retention {
    pub(crate) fn new(config: &Config, disk: &dyn Disk) -> Result<Self, OpenError> {
        let archive = config.archive.as_deref().map(open_archive).transpose()?;
        let failed = |source| OpenError::Io {
            doing: "find out what the journal keeps in",
            path: disk.path().to_owned(),
            source,
        };
        let backed_up = match kept(config, disk).map_err(failed)? {
            Keep::Checkpoint => u64::MAX,
            Keep::SinceBackup => read_last_backup(disk.root()).map_err(failed)?.map_or(0, |backup| backup.seq),
        };
        Ok(Self { pins: Mutex::default(), archive, backing_up: Mutex::default(), backed_up: AtomicU64::new(backed_up) })
    }

    /// Removes the segments of the journal that hold only changes up to `through`, into the archive where there is one;
    /// says how many.
    pub(crate) fn let_go(&self, journal: &Journal, disk: &dyn Disk, through: u64) -> Result<usize, Failed> {
        match &self.archive {
            None => journal.prune(through, discard),
            Some(archive) => {
                let directory = disk.path().join("journal");
                journal.prune(through, |name| archive.keep(&directory, name))
            }
        }
    }

    /// A backup holds everything up to this change.
    pub(crate) fn backed_up(&self, seq: u64) {
        self.backed_up.fetch_max(seq, Ordering::Relaxed);
    }

    /// Up to which change the journal is not needed, where the store holds everything up to `checkpoint`.
    fn needless(&self, checkpoint: u64) -> u64 {
        let pins = self.pins.lock();
        pins.iter().copied().fold(checkpoint, u64::min).min(self.backed_up.load(Ordering::Relaxed))
    }
}

/// What the configuration says, which is noted, or what was noted before.
fn kept(config: &Config, disk: &dyn Disk) -> io::Result<Keep> {
    if let Some(keep) = config.keep {
        keep_since_backup(disk.root(), keep == Keep::SinceBackup)?;
        return Ok(keep);
    }
    Ok(if keeps_since_backup(disk.root())? { Keep::SinceBackup } else { Keep::Checkpoint })
}

fn open_archive(path: &Path) -> Result<Archive, OpenError> {
    Archive::open(path).map_err(|source| OpenError::Io {
        doing: "create the archive in",
        path: path.to_owned(),
        source,
    })
}

impl Pin<'_> {
    pub(crate) fn checkpoint(&self) -> u64 {
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

impl Inner {
    /// Keeps the journal behind the newest checkpoint.
    pub(crate) fn pin_checkpoint(&self) -> Pin<'_> {
        // No checkpoint is made, and so nothing let go of, between looking and pinning.
        let checkpoint = self.checkpoints.newest();
        self.retention.pins.lock().push(*checkpoint);
        Pin { retention: &self.retention, checkpoint: *checkpoint }
    }

    /// Lets go of the journal before a checkpoint, as far as nobody needs it.
    pub(crate) fn prune(&self, checkpoint: u64) -> Result<(), Error> {
        self.retention.let_go(&self.journal, &*self.disk, self.retention.needless(checkpoint))?;
        Ok(())
    }
}
