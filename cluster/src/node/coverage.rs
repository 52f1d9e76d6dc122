//! What backups cover, and dropping the entries that all nodes have in one.
//!
//! Each node tells the others, through the log of the digests, up to which place of each group its newest backup reaches. What
//! all of them have may go. A node that was not heard of for a day does not count: if it comes back, it finds entries missing,
//! says so, and has to join again.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use inboxdb::{Place, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use super::shared::Shared;
use crate::log::{CommandLog, MessageId};

const VERSION: u32 = 1;

/// A node that was not heard of for so long does not count any more.
const AWAY_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Moments that wait for a backup. The oldest but one goes first: a backup that is later than both is later than the other.
const MOMENTS_MAX: usize = 1_024;

/// What a node says of its newest backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Coverage {
    coverage: u32,
    node: String,
    /// Of one start of the node.
    instance: u64,
    at: Timestamp,
    /// The last place of each group that the backup has.
    places: Vec<u64>,
}

impl Coverage {
    fn encode(&self) -> Result<Bytes, serde_json::Error> {
        serde_json::to_vec(self).map(Bytes::from)
    }

    /// Reads one. None if it is not one, or of another version.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|coverage: &Self| coverage.coverage == VERSION)
    }
}

/// What is known of the backups of all nodes.
#[derive(Debug, Default)]
pub(super) struct Backups {
    nodes: BTreeMap<String, Coverage>,
    /// When this start of this node was first heard: by then, everything before it was.
    complete_since: Option<Instant>,
}

impl Backups {
    pub(super) fn hear(&mut self, coverage: Coverage, instance: u64) {
        if coverage.instance == instance {
            self.complete_since.get_or_insert_with(Instant::now);
        }
        self.nodes.insert(coverage.node.clone(), coverage);
    }

    fn of(&self, node: &str) -> Option<&[u64]> {
        self.nodes.get(node).map(|coverage| coverage.places.as_slice())
    }

    /// Returns the places that the backups of all nodes have, once all nodes that run have had `patience` to speak.
    fn common(&self, groups: usize, now: Timestamp, patience: Duration) -> Option<Vec<Place>> {
        self.complete_since.filter(|since| since.elapsed() >= patience)?;
        let is_away =
            |coverage: &Coverage| now.as_millis().saturating_sub(coverage.at.as_millis()) > AWAY_MAX.as_millis() as u64;
        let nodes: Vec<&Coverage> = self.nodes.values().filter(|coverage| !is_away(coverage)).collect();
        let least = |group: usize| nodes.iter().map(|node| node.places.get(group).copied().unwrap_or(0)).min();
        (0..groups).map(|group| least(group).map(Place)).collect()
    }
}

/// Moments of this node: what it had applied, and the newest change by then. A backup with that change covers the places.
#[derive(Debug)]
struct Moments {
    waiting: VecDeque<(u64, Vec<Place>)>,
    covered: Vec<Place>,
}

impl Moments {
    fn new(seq: u64, places: Vec<Place>) -> Self {
        let covered = vec![Place(0); places.len()];
        Self { waiting: VecDeque::from([(seq, places)]), covered }
    }

    fn add(&mut self, seq: u64, places: Vec<Place>) {
        if self.waiting.len() >= MOMENTS_MAX {
            self.waiting.remove(1);
        }
        self.waiting.push_back((seq, places));
    }

    /// Takes note of the newest change in the newest backup.
    fn backed_up(&mut self, seq: u64) {
        while self.waiting.front().is_some_and(|(newest, _)| *newest <= seq) {
            let places = self.waiting.pop_front().map(|(_, places)| places);
            self.raise(&places.unwrap_or_default());
        }
    }

    fn raise(&mut self, places: &[Place]) {
        self.covered.iter_mut().zip(places).for_each(|(covered, place)| *covered = (*place).max(*covered));
    }
}

/// Tells the other nodes what this node's newest backup covers, and drops what those of all nodes do.
pub(super) async fn watch(shared: Arc<Shared>, log: Arc<dyn CommandLog>) {
    let (seq, places) = shared.newest_done();
    let mut moments = Moments::new(seq, places);
    for number in 0.. {
        if shared.is_stopped() {
            return;
        }
        tell(&shared, &log, &mut moments, number).await;
        let patience = shared.config.truncate_interval * 2;
        let common = shared.backups.lock().common(shared.groups.len(), Timestamp::now(), patience);
        if let Some(common) = common.filter(|_| shared.is_running()) {
            truncate(&shared, &common).await;
        }
        sleep(shared.config.truncate_interval).await;
    }
}

async fn tell(shared: &Arc<Shared>, log: &Arc<dyn CommandLog>, moments: &mut Moments, number: u64) {
    let engine = Arc::clone(&shared.engine);
    let asked = tokio::task::spawn_blocking(move || engine.info()).await;
    match asked {
        Ok(Ok(info)) => info.backup.into_iter().for_each(|backup| moments.backed_up(backup.seq)),
        Ok(Err(error)) => return tracing::debug!(%error, "which backup is the newest cannot be found out"),
        Err(error) => return tracing::debug!(%error, "which backup is the newest was not found out"),
    }
    let (seq, places) = shared.newest_done();
    moments.add(seq, places);
    let (node, instance) = (shared.config.name.clone(), shared.instance);
    // What an earlier start of this node has said: that backup is still there.
    let before: Vec<Place> = shared.backups.lock().of(&node).unwrap_or_default().iter().copied().map(Place).collect();
    moments.raise(&before);
    let places = moments.covered.iter().map(|place| place.0).collect();
    let coverage = Coverage { coverage: VERSION, node, instance, at: Timestamp::now(), places };
    let id = MessageId::of_coverage(&coverage.node, instance, number);
    let Ok(bytes) = coverage.encode() else { return };
    if let Err(error) = log.append(id, bytes).await {
        tracing::debug!(%error, "what the newest backup covers was not acknowledged");
    }
}

async fn truncate(shared: &Shared, common: &[Place]) {
    for (group, place) in shared.groups.iter().zip(common) {
        let Ok(bounds) = group.log.bounds().await else { continue };
        // A node that runs has what it has applied; the others have it in a backup.
        if bounds.first > *place || *place > group.applied() {
            continue;
        }
        match group.log.truncate(Place(place.0 + 1)).await {
            Ok(()) => tracing::info!(?group, place = place.0, "dropped the entries that all nodes have in a backup"),
            Err(error) => tracing::warn!(%error, place = place.0, "entries that all nodes have in a backup stay"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24 * 60 * 60 * 1_000;

    fn coverage(node: &str, at: u64, places: &[u64]) -> Coverage {
        let (node, places) = (node.to_owned(), places.to_vec());
        Coverage { coverage: VERSION, node, instance: 1, at: at.into(), places }
    }

    fn common(backups: &Backups, now: u64) -> Option<Vec<u64>> {
        let common = backups.common(2, now.into(), Duration::ZERO)?;
        Some(common.into_iter().map(|place| place.0).collect())
    }

    #[test]
    fn only_what_all_nodes_have_may_go() {
        let mut backups = Backups::default();
        backups.hear(coverage("b", 1_000, &[9, 4]), 7);
        assert_eq!(common(&backups, 1_000), None, "not all is heard yet");
        backups.hear(Coverage { instance: 7, ..coverage("a", 2_000, &[5, 6]) }, 7);
        assert_eq!(common(&backups, 2_000), Some(vec![5, 4]));
        assert_eq!(backups.common(2, 2_000.into(), Duration::from_secs(9)), None, "others may still speak");
        backups.hear(coverage("c", 2_000, &[]), 7);
        assert_eq!(common(&backups, 2_000), Some(vec![0, 0]));
        backups.hear(Coverage { instance: 7, ..coverage("a", 2_000 + DAY, &[8, 8]) }, 7);
        assert_eq!(common(&backups, 1_000 + DAY), Some(vec![0, 0]));
        assert_eq!(common(&backups, 2_001 + DAY), Some(vec![8, 8]), "b and c are away");
    }

    #[test]
    fn a_backup_covers_what_was_applied_before_its_newest_change() {
        let places = |place| vec![Place(place)];
        let mut moments = Moments::new(0, places(0));
        (1..=5).for_each(|number| moments.add(number * 10, places(number)));
        moments.backed_up(35);
        assert_eq!(moments.covered, places(3));
        moments.backed_up(9);
        assert_eq!(moments.covered, places(3));
        (6..2_000).for_each(|number| moments.add(number * 10, places(number)));
        moments.backed_up(u64::MAX);
        assert_eq!(moments.covered, places(1_999));
        assert!(moments.waiting.is_empty());
    }

    #[test]
    fn coverage_is_read_back_and_other_reports_are_not_taken_for_it() {
        let mut said = coverage("a", 1, &[2]);
        assert_eq!(Coverage::decode(&said.encode().unwrap()), Some(said.clone()));
        said.coverage = 2;
        assert_eq!(Coverage::decode(&said.encode().unwrap()), None);
        assert_eq!(Coverage::decode(b"{}"), None);
    }
}
