//! What was measured, as it goes into the JSON file. `docs/BENCHMARKS.md` explains each field.

use inboxdb::{StoreBytes, Timestamp};
use serde::{Deserialize, Serialize};

use super::machine::Machine;

/// A run.
#[derive(Serialize)]
pub(super) struct Results {
    /// The version of this form.
    pub(super) format: u32,
    pub(super) version: &'static str,
    /// When the run began.
    pub(super) at: Timestamp,
    pub(super) machine: Machine,
    pub(super) settings: Settings,
    pub(super) sizes: Vec<Size>,
    pub(super) seconds: f64,
}

/// How it was measured.
#[derive(Serialize)]
pub(super) struct Settings {
    pub(super) chats: u64,
    pub(super) seconds_per_measurement: f64,
    pub(super) managers: u64,
    pub(super) operators: u64,
    pub(super) tags: u64,
    pub(super) customers: u64,
    pub(super) counts_per_reading_of_the_clock: u32,
    pub(super) relaxed_sync_ms: u64,
    pub(super) record_cache_bytes: u64,
    pub(super) store_cache_bytes: u64,
}

/// What was measured at one number of chats.
#[derive(Serialize)]
pub(super) struct Size {
    pub(super) chats: u64,
    pub(super) filling: Filling,
    pub(super) closing_seconds: f64,
    pub(super) opening: Opening,
    pub(super) memory: Memory,
    pub(super) disk: Disk,
    pub(super) measurements: Vec<Measurement>,
}

impl Size {
    /// The measurement of a name.
    pub(super) fn measurement(&self, name: &str) -> Option<&Measurement> {
        self.measurements.iter().find(|measurement| measurement.name == name)
    }
}

/// How the store grew to the size.
#[derive(Serialize)]
pub(super) struct Filling {
    pub(super) chats: u64,
    pub(super) commands: u64,
    pub(super) seconds: f64,
    pub(super) per_second: f64,
    pub(super) over_time: OverTime,
}

/// How a new process opened the closed store.
#[derive(Serialize)]
pub(super) struct Opening {
    pub(super) seconds: f64,
    pub(super) first_sidebar_seconds: f64,
}

/// Memory, in bytes.
#[derive(Serialize)]
pub(super) struct Memory {
    /// What this process took more than before the first command.
    pub(super) filling_growth: u64,
    /// What a new process took for the store, once it had opened it and shown a sidebar.
    pub(super) opened_growth: u64,
    /// What the workspace takes by the engine's own account.
    pub(super) workspace: u64,
    pub(super) workspace_per_chat: f64,
}

/// The store on disk, in bytes.
#[derive(Serialize)]
pub(super) struct Disk {
    pub(super) state: u64,
    pub(super) journal: u64,
    pub(super) messages: u64,
    pub(super) message_texts: u64,
    /// Of the state store, without the texts of messages.
    pub(super) state_per_chat_beyond_texts: f64,
}

/// One measurement.
#[derive(Serialize)]
pub(super) struct Measurement {
    pub(super) name: &'static str,
    /// For people.
    #[serde(skip)]
    pub(super) title: String,
    pub(super) kind: Kind,
    pub(super) writers: u32,
    pub(super) calls: u64,
    pub(super) seconds: f64,
    pub(super) per_second: f64,
    pub(super) ns: Latency,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) over_time: Option<OverTime>,
}

/// In the order of the tables.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Read,
    /// A command that does not wait for the disk.
    Relaxed,
    Durable,
    /// A sync without the engine.
    Disk,
}

/// The distribution of the times of calls, in ns.
#[derive(Serialize)]
pub(super) struct Latency {
    pub(super) p50: f64,
    pub(super) p99: f64,
    pub(super) p999: f64,
    pub(super) max: f64,
    pub(super) mean: f64,
}

/// How the throughput went.
#[derive(Serialize)]
pub(super) struct OverTime {
    pub(super) seconds_per_value: f64,
    pub(super) per_second: Vec<f64>,
    /// Checkpoints that ended in each step.
    pub(super) checkpoints: Vec<u64>,
}

/// What a new process found when it opened the store. One process writes it, the other reads it.
#[derive(Serialize, Deserialize)]
pub(super) struct Reopened {
    pub(super) open_seconds: f64,
    pub(super) sidebar_seconds: f64,
    pub(super) resident_before: u64,
    pub(super) resident_after: u64,
    pub(super) workspace_bytes: u64,
    pub(super) bytes: StoreBytes,
}
