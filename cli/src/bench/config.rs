//! How the store is opened. What is the default is named here, as the results say it.

use std::time::Duration;

use inboxdb::{Config, Durability, Timer};

/// The cache of records.
pub(super) const RECORD_CACHE_BYTES: u64 = 64 << 20;
/// The cache of the state store.
pub(super) const STORE_CACHE_BYTES: u64 = 64 << 20;
/// How often relaxed commands are synced.
pub(super) const SYNC_EVERY: Duration = Duration::from_millis(50);

/// Commands do not wait for the disk.
pub(super) fn relaxed() -> Config {
    durable().durability(Durability::Interval(SYNC_EVERY))
}

/// Commands wait for the disk.
pub(super) fn durable() -> Config {
    Config::default()
        .timer(Timer::Off)
        .durability(Durability::Sync)
        .record_cache_bytes(RECORD_CACHE_BYTES)
        .store_cache_bytes(STORE_CACHE_BYTES)
}
