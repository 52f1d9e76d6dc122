//! Large commands, for stores with many rows and segments.

use inboxdb_harness::Subject;
use inboxdb_naive::{Naive, trace};
use serde_json::{Value, json};

/// A trace with large customers mixed in, each of many 16 KiB rows. Backups get many slices, and the journal many
/// segments.
pub fn large_trace(seed: u64, commands: usize, every: usize) -> Vec<Vec<u8>> {
    let mut lines = trace(seed, commands);
    let first: Value = lines.iter().find_map(|line| serde_json::from_slice(line).ok()).unwrap();
    let workspace = &first["workspace"];
    for (number, place) in (0..commands).step_by(every).enumerate().collect::<Vec<_>>().into_iter().rev() {
        lines.insert(place, large_customer(workspace, number).into_bytes());
    }
    lines
}

pub fn large_customer(workspace: &Value, number: usize) -> String {
    let profile: serde_json::Map<String, Value> =
        (0..60).map(|field| (format!("field {field}"), format!("{number:0>1000}").into())).collect();
    let put = json!({"put_customer":{"customer":900_000 + number % 20,"name":null,"profile":profile}});
    json!({"workspace":workspace,"at":0,"actor":"system","do":put}).to_string()
}

/// Returns the model after some lines.
pub fn model(lines: &[Vec<u8>]) -> Naive {
    let mut naive = Naive::new();
    lines.iter().for_each(|line| drop(naive.apply(line)));
    naive
}

/// Executes the lines one by one. Returns the newest change after each.
pub fn apply(subject: &Subject, lines: &[Vec<u8>]) -> Vec<u64> {
    let mut seqs = Vec::with_capacity(lines.len());
    for line in lines {
        subject.apply(std::slice::from_ref(line));
        seqs.push(subject.engine().durable_seq());
    }
    seqs
}
