//! How far a node of a cluster is, as metrics. The numbers are read when they are asked for.

use std::sync::atomic::AtomicU64;

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::executor::NodeStatus;

/// The states of a node.
const STATES: [&str; 3] = ["running", "read_only", "stopped"];

/// One label.
type Label = Vec<(&'static str, String)>;
type Levels = Family<Label, Gauge>;
type Seconds = Family<Label, Gauge<f64, AtomicU64>>;

/// The metrics of a node. Without a log they stay empty.
#[derive(Default)]
pub(super) struct Node {
    state: Levels,
    place: Levels,
    lag: Levels,
    silence: Seconds,
}

impl Node {
    pub(super) fn register(&self, registry: &mut Registry) {
        let about = "1 for the state of the node: running, read_only or stopped";
        registry.register("node_state", about, self.state.clone());
        registry.register("log_place", "The last place applied, by group", self.place.clone());
        let about = "Entries of the log that are not applied yet, by group, as far as the node knows";
        registry.register("log_lag", about, self.lag.clone());
        let about = "Since the log was last heard of, by group";
        registry.register_with_unit("log_silence", about, Unit::Seconds, self.silence.clone());
    }

    /// Takes the numbers of the node over.
    pub(super) fn update(&self, status: &NodeStatus) {
        let level = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        for state in STATES {
            let label = vec![("state", state.to_owned())];
            self.state.get_or_create(&label).set(i64::from(status.state.name() == state));
        }
        for group in &status.groups {
            let label = vec![("group", group.group.to_string())];
            self.place.get_or_create(&label).set(level(group.applied.0));
            self.lag.get_or_create(&label).set(level(group.lag()));
            self.silence.get_or_create(&label).set(group.silence.as_secs_f64());
        }
    }
}
