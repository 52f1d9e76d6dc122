//! Compares the index with what was recomputed from the records.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use super::externals::ExternalDifference;
use super::recompute::Recomputed;
use crate::index::Posting;
use crate::kv::BackendError;
use crate::model::{ChatId, ManagerId, Status};
use crate::record::{ExternalKey, Family, IndexKey, IndexState, Total, UnreadSum};
use crate::store::{Store, load_members_of};
use crate::workspace::State;

/// A stored number and the recomputed one; 0 stands for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbers {
    pub(super) kept: u64,
    pub(super) found: u64,
}

/// The difference between the stored and the recomputed set of a key and status.
#[derive(Debug, Default)]
pub(super) struct SetDifference {
    pub(super) missing: RoaringBitmap,
    pub(super) dangling: RoaringBitmap,
    /// The stored length and the actual members, if they disagree.
    pub(super) miscounted: Option<(u64, RoaringBitmap)>,
}

/// All differences between an index and the records.
#[derive(Debug, Default)]
pub(crate) struct Differences {
    pub(super) sets: BTreeMap<(IndexKey, Status), SetDifference>,
    pub(super) unread_messages: BTreeMap<ManagerId, SumDifference>,
    pub(super) positions: BTreeMap<ChatId, Numbers>,
    pub(super) deadlines: BTreeMap<ChatId, Numbers>,
    pub(super) externals: BTreeMap<ExternalKey, ExternalDifference>,
    /// The stored and the recomputed total of the external ids, if they disagree.
    pub(super) external_totals: Option<(Total, Total)>,
    /// The total of the records of external ids that were found.
    pub(super) externals_found: Total,
    /// The stored and counted numbers of chats in the timeline and the wheel, if they disagree.
    pub(super) lengths: Vec<(&'static str, Numbers)>,
}

impl Differences {
    /// Whether the index agrees with the records.
    pub(crate) fn is_empty(&self) -> bool {
        let numbers = [self.positions.is_empty(), self.deadlines.is_empty(), self.unread_messages.is_empty()];
        let externals = self.externals.is_empty() && self.external_totals.is_none();
        self.sets.is_empty() && self.lengths.is_empty() && externals && numbers.into_iter().all(|empty| empty)
    }

    fn set(&mut self, key: &IndexKey, status: Status) -> &mut SetDifference {
        self.sets.entry((key.clone(), status)).or_default()
    }
}

/// Compares the index of a workspace with the recomputed one.
pub(super) fn compare(state: &State, store: &Store, recomputed: Recomputed) -> Result<Differences, BackendError> {
    let mut found = Differences::default();
    let mut left = recomputed.postings;
    let is_kept = |key: &IndexKey| match key {
        // What went with a deleted tag goes later.
        IndexKey::Tag(tag) | IndexKey::OwnTag(tag) => !recomputed.unswept.contains(tag.0),
        key => is_kept(state, key),
    };
    for (key, posting) in state.postings.iter() {
        compare_posting(state, (&key, is_kept(&key)), posting, &mut left, &mut found);
    }
    let stored = if state.is_wiped() { Vec::new() } else { store.on_demand_posting_keys(state.workspace)? };
    for key in stored.into_iter().filter(|key| !state.postings.is_loaded(key)) {
        let posting = state.postings.by_status(&load_members_of(store, state.workspace, &key)?);
        compare_posting(state, (&key, is_kept(&key)), &posting, &mut left, &mut found);
    }
    // Sets still left have no posting at all.
    for ((key, status), chats) in left {
        note_missing(state, &key, status, chats, &mut found);
    }
    let kept = state.timeline.newest_before(u64::MAX).map(|(position, chat)| (chat, position)).collect();
    found.lengths.extend(length("timeline", state.timeline.len(), &kept));
    found.positions = numbers(&kept, &recomputed.positions);
    let kept = state.wheel.iter().collect();
    found.lengths.extend(length("deadlines", state.wheel.len(), &kept));
    found.deadlines = numbers(&kept, &recomputed.deadlines);
    found.unread_messages = sums(&state.unread_messages, &recomputed.unread_messages);
    let place = Family::Externals.index();
    let (kept, there) = (state.meta.totals[place], recomputed.totals[place]);
    found.external_totals = (kept != there).then_some((kept, there));
    found.externals_found = there;
    found.externals = recomputed.externals.differences();
    Ok(found)
}

/// Compares the sets of a key, and removes them from `left`. One that is not kept may have more than it should.
fn compare_posting(
    state: &State,
    (key, is_kept): (&IndexKey, bool),
    posting: &Posting,
    left: &mut BTreeMap<(IndexKey, Status), RoaringBitmap>,
    found: &mut Differences,
) {
    for status in Status::ALL {
        let (set, must) = (posting.set(status), left.remove(&(key.clone(), status)).unwrap_or_default());
        let members = set.to_bitmap();
        note_missing(state, key, status, &must - &members, found);
        let dangling = &members - &must;
        if !dangling.is_empty() && is_kept {
            found.set(key, status).dangling = dangling;
        }
        if set.len() != members.len() {
            found.set(key, status).miscounted = Some((set.len(), members));
        }
    }
}

fn note_missing(state: &State, key: &IndexKey, status: Status, mut chats: RoaringBitmap, found: &mut Differences) {
    if let Some(built_below) = built_below(state, key) {
        chats.remove_range(built_below.0..);
    }
    if !chats.is_empty() {
        found.set(key, status).missing = chats;
    }
}

/// The chat up to which a custom index is built, while it is being built. Chats from there on may be missing.
fn built_below(state: &State, key: &IndexKey) -> Option<ChatId> {
    let id = key.custom_index()?;
    state.indexes().find_map(|(found, record)| match record.state {
        IndexState::Building { next } if found == id => Some(next),
        _ => None,
    })
}

/// Whether commands maintain this key. A custom index that is not registered is not maintained, and the next change
/// drops it.
fn is_kept(state: &State, key: &IndexKey) -> bool {
    match key.custom_index() {
        Some(id) if state.indexes().any(|(found, _)| found == id) => state.live_index(id).is_some(),
        Some(id) => !state.is_dropping(id),
        None => true,
    }
}

fn length(what: &'static str, kept: usize, named: &BTreeMap<ChatId, u64>) -> Option<(&'static str, Numbers)> {
    let numbers = Numbers { kept: kept as u64, found: named.len() as u64 };
    (numbers.kept != numbers.found).then_some((what, numbers))
}

/// The stored and the recomputed unread sum of a manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SumDifference {
    pub(super) kept: UnreadSum,
    pub(super) found: UnreadSum,
}

/// The unread sums that differ. A stored part as operator may be unknown.
fn sums(
    kept: &BTreeMap<ManagerId, UnreadSum>,
    found: &BTreeMap<ManagerId, UnreadSum>,
) -> BTreeMap<ManagerId, SumDifference> {
    let nothing = UnreadSum::of_older(0);
    let of = |map: &BTreeMap<ManagerId, UnreadSum>, manager| map.get(manager).copied().unwrap_or(nothing);
    let managers = kept.keys().chain(found.keys());
    let all = managers.map(|manager| (*manager, SumDifference { kept: of(kept, manager), found: of(found, manager) }));
    all.filter(|(_, sum)| {
        sum.kept.all != sum.found.all
            || (sum.kept.as_operator.is_some() && sum.kept.as_operator != sum.found.as_operator)
    })
    .collect()
}

/// The numbers that differ.
fn numbers<K: Ord + Copy>(kept: &BTreeMap<K, u64>, found: &BTreeMap<K, u64>) -> BTreeMap<K, Numbers> {
    let of = |map: &BTreeMap<K, u64>, key: &K| map.get(key).copied().unwrap_or(0);
    let all = kept.keys().chain(found.keys()).map(|key| (*key, Numbers { kept: of(kept, key), found: of(found, key) }));
    all.filter(|(_, numbers)| numbers.kept != numbers.found).collect()
}
