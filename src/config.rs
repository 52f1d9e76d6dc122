//! How an engine is opened.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::index::{Index, Registration};

/// What lets time pass by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Timer {
    /// A background thread ticks the workspaces in which something is due, by the wall clock: a snooze ends at
    /// most a second late and never early. Commands dated more than five minutes ahead of the wall clock are
    /// refused as malformed.
    #[default]
    Wall,
    /// Nothing is due until [`Engine::advance`](crate::Engine::advance) says that it is. For tests.
    Manual,
    /// Time is what the commands say. For replays of what happened earlier.
    Off,
}

/// When a command counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Durability {
    /// When it is safe on the disk's medium. Commands that wait at the same time share one sync.
    #[default]
    Sync,
    /// At once. A loss of power may take the commands of the last such interval, and a killed process
    /// too; what is left is the state after a prefix of the commands.
    Interval(Duration),
}

/// How long the journal keeps changes that the state store holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Keep {
    /// Until the next checkpoint. Older changes are in the state store alone: damage there is noticed, and is repaired
    /// from a backup and an archive, where there are any.
    #[default]
    Checkpoint,
    /// Until a backup in a file, made by [`Engine::backup_to`](crate::Engine::backup_to) and read back, holds them too:
    /// there are always two copies, and a damaged state store is rebuilt from that backup and the journal. Before the
    /// first backup everything is kept.
    SinceBackup,
}

/// How an engine is opened.
///
/// ```
/// use std::time::Duration;
/// use inboxdb::{Config, Durability, Timer};
///
/// let durability = Durability::Interval(Duration::from_millis(50));
/// let config = Config::default().timer(Timer::Off).durability(durability);
/// # let _ = config;
/// ```
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) create: bool,
    pub(crate) timer: Timer,
    pub(crate) durability: Durability,
    pub(crate) record_cache_bytes: u64,
    pub(crate) store_cache_bytes: u64,
    pub(crate) dirty_bytes_max: usize,
    pub(crate) checkpoint_journal_bytes: u64,
    pub(crate) checkpoint_interval: Duration,
    pub(crate) segment_bytes: u64,
    pub(crate) archive: Option<PathBuf>,
    pub(crate) keep: Option<Keep>,
    pub(crate) disk_reserve_bytes: u64,
    pub(crate) indexes: Vec<Registration>,
}

impl Default for Config {
    /// A missing store is created; the wall clock ticks; commands are synced; caches of 64 MiB.
    fn default() -> Self {
        Self {
            create: true,
            timer: Timer::default(),
            durability: Durability::default(),
            record_cache_bytes: 64 << 20,
            store_cache_bytes: 64 << 20,
            dirty_bytes_max: 64 << 20,
            checkpoint_journal_bytes: 64 << 20,
            checkpoint_interval: Duration::from_secs(60),
            segment_bytes: 64 << 20,
            archive: None,
            keep: None,
            disk_reserve_bytes: 32 << 20,
            indexes: Vec::new(),
        }
    }
}

impl Config {
    /// Whether to make a missing or empty directory a store. On by default.
    #[must_use]
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// What lets time pass by itself.
    #[must_use]
    pub fn timer(mut self, timer: Timer) -> Self {
        self.timer = timer;
        self
    }

    /// When a command counts as done.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Registers a custom index: views name it as `custom:name=value`. The name has 1 to 64 characters of a to z, 0 to
    /// 9, `_` and `-`.
    ///
    /// A workspace that does not have it yet, or has it under another version, gets it when it is first touched: it is
    /// built in the background from the chats, in steps that survive a crash, while commands go on; see
    /// [`Engine::build_indexes`](crate::Engine::build_indexes). One that is no longer registered is dropped by the
    /// next change of the workspace, since it could not be kept.
    #[must_use]
    pub fn index(mut self, name: impl Into<String>, version: u32, index: impl Index + 'static) -> Self {
        self.indexes.push(Registration { name: name.into(), version, index: Arc::new(index) });
        self
    }

    /// Bytes of the cache of records: chats and customers that were read or written lately. 64 MiB by default.
    #[must_use]
    pub fn record_cache_bytes(mut self, bytes: u64) -> Self {
        self.record_cache_bytes = bytes;
        self
    }

    /// Bytes of the cache of the state store below. 64 MiB by default.
    #[must_use]
    pub fn store_cache_bytes(mut self, bytes: u64) -> Self {
        self.store_cache_bytes = bytes;
        self
    }

    /// About how many bytes may wait in memory for the state store before writers wait for it. 64 MiB by default,
    /// 1 MiB at least.
    #[must_use]
    pub fn dirty_bytes_max(mut self, bytes: usize) -> Self {
        self.dirty_bytes_max = bytes.max(1 << 20);
        self
    }

    /// A checkpoint begins when the journal has grown by so many bytes. 64 MiB by default, 64 KiB at least.
    #[must_use]
    pub fn checkpoint_journal_bytes(mut self, bytes: u64) -> Self {
        self.checkpoint_journal_bytes = bytes.max(64 << 10);
        self
    }

    /// A checkpoint begins when the last one is so long ago and something has changed. A minute by default, 100 ms at
    /// least.
    #[must_use]
    pub fn checkpoint_interval(mut self, interval: Duration) -> Self {
        self.checkpoint_interval = interval.max(Duration::from_millis(100));
        self
    }

    /// Bytes after which the journal begins a new segment. 64 MiB by default, 64 KiB at least.
    #[must_use]
    pub fn segment_bytes(mut self, bytes: u64) -> Self {
        self.segment_bytes = bytes.max(64 << 10);
        self
    }

    /// Keeps every segment of the journal that is no longer needed in a directory, which is made where it is missing:
    /// the changes since a backup, for [`Restore::archive`](crate::Restore::archive). None are kept by default.
    ///
    /// A checkpoint links or copies a segment there, and syncs it, before it removes it. One that cannot be kept stays
    /// in the journal, and the checkpoint says so. Nothing is ever removed from the archive. Each store needs a directory
    /// of its own, and so does one that was restored to an earlier moment.
    #[must_use]
    pub fn archive(mut self, directory: impl Into<PathBuf>) -> Self {
        self.archive = Some(directory.into());
        self
    }

    /// How long the journal keeps changes that the state store holds. A store remembers what it was told last, so that
    /// whoever opens it without saying anything lets go of nothing that others need; until the next checkpoint where it
    /// was never told.
    #[must_use]
    pub fn keep(mut self, keep: Keep) -> Self {
        self.keep = Some(keep);
        self
    }

    /// Bytes that are left free on the disk: when fewer would be, only commands that delete are taken. 32 MiB by
    /// default; 0 turns the check off.
    #[must_use]
    pub fn disk_reserve_bytes(mut self, bytes: u64) -> Self {
        self.disk_reserve_bytes = bytes;
        self
    }
}
