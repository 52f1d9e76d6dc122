//! The dashboard for Grafana, beside the metrics that a node shows.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::Cluster;

const DASHBOARD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/grafana.json");

/// The names of metrics in the expressions of all panels.
fn names_in_panels(dashboard: &Value) -> BTreeSet<String> {
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().unwrap());
    let words = targets.flat_map(|target| {
        target["expr"].as_str().unwrap().split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
    });
    words.filter(|word| word.starts_with("inboxdb_")).map(str::to_owned).collect()
}

/// What a node shows, by the names that its samples have.
fn names_shown(metrics: &str) -> BTreeSet<String> {
    let samples = metrics.lines().filter(|line| !line.starts_with('#'));
    samples.map(|line| line.split(['{', ' ']).next().unwrap().to_owned()).collect()
}

#[test]
#[ignore = "starts NATS servers"]
fn dashboard_asks_for_metrics_that_a_node_shows() {
    let Some(cluster) = Cluster::start() else { return };
    let node = cluster.node("a");
    // Metrics with labels are there once they have counted something.
    let refused = cluster.client.command(&node, "no", &json!({"start_chat": {"customer": 999}}));
    assert_eq!(refused.status, 404);
    let metrics = cluster.client.get(&node, "/metrics").json;
    let shown = names_shown(metrics.as_str().unwrap());
    let asked = names_in_panels(&serde_json::from_str(&fs::read_to_string(DASHBOARD).unwrap()).unwrap());
    let missing: Vec<&String> = asked.difference(&shown).collect();
    assert!(asked.len() > 20 && missing.is_empty(), "{missing:?} of {asked:?} in {shown:?}");
    assert_eq!(node.stop(), 0);
}
