//! What the engine counts, as metrics. The numbers are its own, read when they are asked for.

use std::sync::atomic::AtomicU64;

use inboxdb::EngineStats;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

/// A number that goes up and down.
type Level = Gauge;
/// The structure that takes memory.
type Structure = Vec<(&'static str, &'static str)>;
/// A total that is not a whole number, such as seconds.
type Seconds = Counter<f64, AtomicU64>;

/// The metrics of the store.
#[derive(Default)]
pub(super) struct Store {
    seq: Level,
    durable_seq: Level,
    syncs: Counter,
    synced_changes: Counter,
    sync_time: Seconds,
    checkpoints: Counter,
    checkpointed_changes: Counter,
    checkpoint_time: Seconds,
    cache_hits: Counter,
    cache_misses: Counter,
    backlog: Level,
    workspaces: Level,
    workspaces_memory: Level,
    memory: Family<Structure, Level>,
    process_memory: Level,
}

impl Store {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("seq", "The newest change", self.seq.clone());
        registry.register("durable_seq", "The newest durable change", self.durable_seq.clone());
        registry.register("journal_syncs", "Syncs of the journal", self.syncs.clone());
        let about = "Changes made durable; by sync, the size of a group commit";
        registry.register("journal_synced_changes", about, self.synced_changes.clone());
        registry.register_with_unit("journal_sync_time", "Time of all syncs", Unit::Seconds, self.sync_time.clone());
        registry.register("checkpoints", "Checkpoints made", self.checkpoints.clone());
        registry.register("checkpointed_changes", "Changes covered by checkpoints", self.checkpointed_changes.clone());
        let time = self.checkpoint_time.clone();
        registry.register_with_unit("checkpoint_time", "Time of all checkpoints", Unit::Seconds, time);
        registry.register("record_cache_hits", "Records found in the cache", self.cache_hits.clone());
        registry.register("record_cache_misses", "Records not found in the cache", self.cache_misses.clone());
        registry.register_with_unit("backlog", "Waiting for the state store", Unit::Bytes, self.backlog.clone());
        registry.register("workspaces", "Workspaces in memory", self.workspaces.clone());
        let about = "What the workspaces in memory take, as an estimate";
        registry.register_with_unit("workspaces_memory", about, Unit::Bytes, self.workspaces_memory.clone());
        let about = "What a structure of the engine takes in memory, as an estimate";
        registry.register_with_unit("memory", about, Unit::Bytes, self.memory.clone());
        let about = "Resident memory of the process, where the system tells it";
        registry.register_with_unit("process_memory", about, Unit::Bytes, self.process_memory.clone());
    }

    /// Takes the numbers of the engine over.
    pub(super) fn update(&self, stats: &EngineStats) {
        let level = |gauge: &Level, value: u64| {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        };
        let total = |counter: &Counter, value: u64| counter.inner().store(value, std::sync::atomic::Ordering::Relaxed);
        let seconds = |counter: &Seconds, value: f64| {
            counter.inner().store(value.to_bits(), std::sync::atomic::Ordering::Relaxed);
        };
        level(&self.seq, stats.seq);
        level(&self.durable_seq, stats.durable_seq);
        total(&self.syncs, stats.syncs);
        total(&self.synced_changes, stats.synced_changes);
        seconds(&self.sync_time, stats.sync_time.as_secs_f64());
        total(&self.checkpoints, stats.checkpoints);
        total(&self.checkpointed_changes, stats.checkpointed_changes);
        seconds(&self.checkpoint_time, stats.checkpoint_time.as_secs_f64());
        total(&self.cache_hits, stats.cache_hits);
        total(&self.cache_misses, stats.cache_misses);
        level(&self.backlog, stats.backlog_bytes);
        level(&self.workspaces, stats.workspaces);
        level(&self.workspaces_memory, stats.workspaces_bytes);
        for (structure, bytes) in stats.memory.structures() {
            level(&self.memory.get_or_create(&vec![("structure", structure)]), bytes);
        }
        level(&self.process_memory, resident_bytes().unwrap_or_default());
    }
}

/// The resident memory of this process, on Linux.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? << 10)
}
