//! How a node behaves.

use std::time::Duration;

/// How a node behaves.
///
/// ```
/// let config = inboxdb_cluster::NodeConfig::new("node-a").publish_max(std::time::Duration::from_secs(30));
/// # let _ = config;
/// ```
#[derive(Debug, Clone)]
pub struct NodeConfig {
    pub(super) name: String,
    pub(super) publish_max: Duration,
    pub(super) tick_interval: Duration,
    pub(super) bulk_stall_max: Duration,
    pub(super) digest_every: u64,
    pub(super) digest_grace: Duration,
    pub(super) truncate_interval: Duration,
}

impl NodeConfig {
    /// The name of the node, which no other node of the cluster has, and which it keeps.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            publish_max: Duration::from_secs(20),
            tick_interval: Duration::from_millis(200),
            bulk_stall_max: Duration::from_secs(5),
            digest_every: 1_000,
            digest_grace: Duration::from_secs(5),
            truncate_interval: Duration::from_secs(60),
        }
    }

    /// How long a command is tried for before it is answered as unavailable or unknown. 20 seconds by default: a log that loses
    /// its leader takes up to 9 seconds to have another. At most 100 seconds, since servers know ids for two minutes.
    #[must_use]
    pub fn publish_max(mut self, time: Duration) -> Self {
        self.publish_max = time.min(Duration::from_secs(100));
        self
    }

    /// How often the node looks for snoozes that are due. 200 ms by default.
    #[must_use]
    pub fn tick_interval(mut self, interval: Duration) -> Self {
        self.tick_interval = interval.max(Duration::from_millis(1));
        self
    }

    /// How long a bulk action of another node may stand still before this one goes on with it. 5 seconds by default.
    #[must_use]
    pub fn bulk_stall_max(mut self, time: Duration) -> Self {
        self.bulk_stall_max = time;
        self
    }

    /// At which places of a log nodes compare their digests: at each multiple of this. 1,000 by default. All nodes need the
    /// same.
    #[must_use]
    pub fn digest_every(mut self, entries: u64) -> Self {
        self.digest_every = entries.max(1);
        self
    }

    /// How often the node tells the others which places its newest backup covers
    /// ([`Engine::backup_to`](inboxdb::Engine::backup_to)), and drops the entries that the backups of all nodes have. A minute by
    /// default. All nodes need about the same.
    #[must_use]
    pub fn truncate_interval(mut self, interval: Duration) -> Self {
        self.truncate_interval = interval.max(Duration::from_millis(10));
        self
    }

    /// How long nodes that differ wait for others to decide which of them is right. 5 seconds by default.
    #[must_use]
    pub fn digest_grace(mut self, time: Duration) -> Self {
        self.digest_grace = time;
        self
    }
}
