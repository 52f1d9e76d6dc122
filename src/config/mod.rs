//! Engine configuration.

mod cache_size;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::index::{Index, Registration};

use cache_size::cache_bytes;

/// How time passes without commands. In a store that follows a replicated log it passes with log entries alone, whatever is
/// chosen: see [`Engine::apply_entry`](crate::Engine::apply_entry).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Timer {
    /// A background thread ticks the workspaces with something due, by the wall clock. A snooze ends at most a second
    /// late and never early. Commands dated more than five minutes ahead of the wall clock are refused as malformed.
    #[default]
    Wall,
    /// Time passes only with [`Engine::advance`](crate::Engine::advance). For tests.
    Manual,
    /// Time passes only with commands. For replays of recorded commands.
    Off,
}

/// When a command is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Durability {
    /// Once it is durable on disk. Commands that wait at the same time share one sync (group commit).
    #[default]
    Sync,
    /// At once. The journal is synced within this time. A power loss or a killed process may lose the
    /// commands since the last sync. The state is then that after a prefix of the commands.
    Interval(Duration),
}

/// How long the journal keeps changes that the state store already holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Keep {
    /// Until the next checkpoint. Older changes are then only in the state store. Damage there is detected, but
    /// repairing it takes a backup and an archive.
    #[default]
    Checkpoint,
    /// Until a verified backup file made by [`Engine::backup_to`](crate::Engine::backup_to) holds them too. There are
    /// always two copies, and a damaged state store is rebuilt from that backup and the journal. Before the first
    /// backup everything is kept.
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
    pub(crate) workspaces_bytes_max: u64,
    pub(crate) dirty_bytes_max: usize,
    pub(crate) checkpoint_journal_bytes: u64,
    pub(crate) checkpoint_interval: Duration,
    pub(crate) segment_bytes: u64,
    pub(crate) archive: Option<PathBuf>,
    pub(crate) keep: Option<Keep>,
    pub(crate) disk_reserve_bytes: u64,
    pub(crate) indexes: Vec<Registration>,
    pub(crate) watch_events_max: usize,
    pub(crate) watch_journal_bytes: u64,
    pub(crate) compact_by_itself: bool,
}

impl Default for Config {
    /// The defaults: create a missing store, tick by the wall clock, sync commands, caches by the memory of the machine.
    fn default() -> Self {
        Self {
            create: true,
            timer: Timer::default(),
            durability: Durability::default(),
            record_cache_bytes: cache_bytes(),
            store_cache_bytes: cache_bytes(),
            workspaces_bytes_max: 1 << 30,
            dirty_bytes_max: 64 << 20,
            checkpoint_journal_bytes: 64 << 20,
            checkpoint_interval: Duration::from_secs(60),
            segment_bytes: 64 << 20,
            archive: None,
            keep: None,
            disk_reserve_bytes: 32 << 20,
            indexes: Vec::new(),
            watch_events_max: 4_096,
            watch_journal_bytes: 16 << 20,
            compact_by_itself: true,
        }
    }
}

impl Config {
    /// Whether to create a store in a missing or empty directory. On by default.
    #[must_use]
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// How time passes without commands.
    #[must_use]
    pub fn timer(mut self, timer: Timer) -> Self {
        self.timer = timer;
        self
    }

    /// When a command is acknowledged.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Registers a custom index. Views name it as `custom:name=value`. The name has 1 to 64 characters of a to z, 0 to
    /// 9, `_` and `-`.
    ///
    /// A workspace that lacks the index, or has another version of it, gets it when it is first touched. The index is
    /// built in the background from the chats, in steps that survive a crash, while commands continue; see
    /// [`Engine::build_indexes`](crate::Engine::build_indexes). An index that is no longer registered cannot be kept up
    /// to date, so the next change of the workspace drops it.
    #[must_use]
    pub fn index(mut self, name: impl Into<String>, version: u32, index: impl Index + 'static) -> Self {
        self.indexes.push(Registration { name: name.into(), version, index: Arc::new(index) });
        self
    }

    /// The default size of each of the two caches on this machine, in bytes: a sixteenth of its memory or of that of its
    /// container, at least 64 MiB and at most 1 GiB.
    #[must_use]
    pub fn default_cache_bytes() -> u64 {
        cache_bytes()
    }

    /// The size of the record cache in bytes, for chats and customers read or written recently, about 400 bytes each.
    ///
    /// [`default_cache_bytes`](Self::default_cache_bytes) by default. Memory is taken as the cache fills.
    #[must_use]
    pub fn record_cache_bytes(mut self, bytes: u64) -> Self {
        self.record_cache_bytes = bytes;
        self
    }

    /// The size of the state store's cache in bytes, at least 64 KiB. The default is that of
    /// [`record_cache_bytes`](Self::record_cache_bytes).
    #[must_use]
    pub fn store_cache_bytes(mut self, bytes: u64) -> Self {
        self.store_cache_bytes = bytes;
        self
    }

    /// The memory that loaded workspaces may take, in bytes. 1 GiB by default.
    ///
    /// A workspace is loaded on first use: its counts, lists and people, at about 100 to 300 bytes a chat beside the two
    /// caches (see `docs/PERFORMANCE.md`). Above this limit idle workspaces are unloaded, least recently used first, and
    /// loaded again by their next use, which takes about a millisecond for 1,000 chats. Handles keep working, and
    /// snoozes of unloaded workspaces end in time.
    ///
    /// The limit is one for idle workspaces, by an estimate. A workspace stays while it is in use, while a bulk action, an
    /// import or the building of an index goes on in it, and until the next checkpoint has written its changes. A limit
    /// below the largest workspace makes it go and come; 0 keeps only those in use.
    #[must_use]
    pub fn workspaces_bytes_max(mut self, bytes: u64) -> Self {
        self.workspaces_bytes_max = bytes;
        self
    }

    /// Backpressure: writers wait while about this many bytes are pending for the state store. 64 MiB by default, at
    /// least 1 MiB.
    #[must_use]
    pub fn dirty_bytes_max(mut self, bytes: usize) -> Self {
        self.dirty_bytes_max = bytes.max(1 << 20);
        self
    }

    /// Starts a checkpoint when the journal has grown by this many bytes. 64 MiB by default, at least 64 KiB.
    #[must_use]
    pub fn checkpoint_journal_bytes(mut self, bytes: u64) -> Self {
        self.checkpoint_journal_bytes = bytes.max(64 << 10);
        self
    }

    /// Starts a checkpoint this long after the last one, if anything has changed. A minute by default, at least 100 ms.
    #[must_use]
    pub fn checkpoint_interval(mut self, interval: Duration) -> Self {
        self.checkpoint_interval = interval.max(Duration::from_millis(100));
        self
    }

    /// The size at which the journal starts a new segment. 64 MiB by default, at least 64 KiB.
    #[must_use]
    pub fn segment_bytes(mut self, bytes: u64) -> Self {
        self.segment_bytes = bytes.max(64 << 10);
        self
    }

    /// Archives every journal segment that is no longer needed in this directory, which is created if missing. With the
    /// segments since a backup, [`Restore::archive`](crate::Restore::archive) can restore any later change. There is no
    /// archive by default.
    ///
    /// A checkpoint links or copies a segment into the archive and syncs it before removing it from the journal. If
    /// that fails, the segment stays in the journal, and the checkpoint reports it. Nothing is ever removed from the
    /// archive. Each store needs its own directory, and so does a store restored to an earlier moment.
    #[must_use]
    pub fn archive(mut self, directory: impl Into<PathBuf>) -> Self {
        self.archive = Some(directory.into());
        self
    }

    /// How long the journal keeps changes that the state store already holds. The store remembers the last setting, so
    /// an opening without one discards nothing that is still needed. The initial setting is [`Keep::Checkpoint`].
    #[must_use]
    pub fn keep(mut self, keep: Keep) -> Self {
        self.keep = Some(keep);
        self
    }

    /// How many changes of a watched workspace are kept in memory for its watchers, at about 1 KiB each. A watcher that is
    /// further behind gets [`FeedEvent::Lagged`](crate::FeedEvent::Lagged) and reads the journal. 4,096 by default, at
    /// least 1. A workspace without watchers keeps none.
    #[must_use]
    pub fn watch_events_max(mut self, events: usize) -> Self {
        self.watch_events_max = events.max(1);
        self
    }

    /// How much of the journal is kept for watchers who come back, in bytes, also after a clean close. 16 MiB by default.
    /// Less on a small disk. Segments are kept whole. A watcher whose last event is older gets [`FeedEvent::Reset`](crate::FeedEvent::Reset),
    /// unless there is an [`archive`](Self::archive).
    #[must_use]
    pub fn watch_journal_bytes(mut self, bytes: u64) -> Self {
        self.watch_journal_bytes = bytes;
        self
    }

    /// Whether the engine compacts its state store by itself, which is the default. After opening, and whenever half as much was written
    /// as the store has, it waits for a quiet time, half an hour at most, and reads the store; if that has at least 64 MiB and is about a
    /// third larger than a fresh one would be, it is compacted. Commands and reads go on. For that time there are two state stores, each
    /// with a cache. It is not done if the disk has no room for that. Not on Windows.
    #[must_use]
    pub fn compact_by_itself(mut self, compact: bool) -> Self {
        self.compact_by_itself = compact;
        self
    }

    /// Free disk space to reserve, in bytes. When less would remain, only commands that delete are accepted. 32 MiB by
    /// default; 0 turns the check off.
    #[must_use]
    pub fn disk_reserve_bytes(mut self, bytes: u64) -> Self {
        self.disk_reserve_bytes = bytes;
        self
    }
}
