//! How the store is opened.

use std::time::Duration;

use inboxdb::{Config, Durability, Timer};

/// How often relaxed commands are synced.
pub(super) const SYNC_EVERY: Duration = Duration::from_millis(50);

/// Commands do not wait for the disk.
pub(super) fn relaxed() -> Config {
    durable().durability(Durability::Interval(SYNC_EVERY))
}

/// Commands wait for the disk.
pub(super) fn durable() -> Config {
    Config::default().timer(Timer::Off).durability(Durability::Sync)
}
