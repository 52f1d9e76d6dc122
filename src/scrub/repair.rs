//! Repairs the index from the records.
//!
//! A repair consists of ordinary changes: absolute, and journalled before they are applied. A crash in between leaves
//! some of them applied, and each is correct by itself.

use super::differences::Differences;
use super::externals::{mended, read};
use crate::error::Error;
use crate::model::{ChatId, ManagerId, Status};
use crate::record::{
    Cause, Change, Family, IndexKey, Members, NewUnreadSum, PostingDelta, Record, RecordKey, Total, UnreadSum,
};
use crate::store::Store;
use crate::workspace::State;

/// Counts what a repair changes in a workspace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Mended {
    /// Chats added to a set.
    pub(crate) added: u64,
    /// Chats removed from a set.
    pub(crate) removed: u64,
    /// Sets counted again.
    pub(crate) recounted: u64,
    pub(crate) unread_sums: u64,
    pub(crate) positions: u64,
    pub(crate) deadlines: u64,
    /// Records of external ids made again.
    pub(crate) externals: u64,
}

/// Plans the changes that make the index agree with the records. The state is unchanged until they are applied.
pub(crate) fn plan_repair(
    state: &State,
    store: &Store,
    differences: &Differences,
) -> Result<(Vec<Change>, Mended), Error> {
    let mut plan = Plan { state, changes: Vec::new(), weight: WEIGHT_MAX, mended: Mended::default() };
    plan.mended.positions = differences.positions.len() as u64;
    plan.mended.deadlines = differences.deadlines.len() as u64;
    let mut chats: Vec<ChatId> = differences.positions.keys().chain(differences.deadlines.keys()).copied().collect();
    chats.sort_unstable();
    chats.dedup();
    for chat in chats {
        plan.put_chat(chat, read(state, store, RecordKey::Chat(chat))?);
    }
    for ((key, status), set) in &differences.sets {
        plan.mended.added += set.missing.len();
        plan.mended.removed += set.dangling.len();
        if let Some((_, members)) = &set.miscounted {
            plan.mended.recounted += 1;
            plan.move_members(key, *status, true, members);
        }
        plan.move_members(key, *status, true, &set.missing);
        plan.move_members(key, *status, false, &set.dangling);
    }
    for (manager, sum) in &differences.unread_messages {
        plan.put_sum(*manager, sum.found);
    }
    if !differences.externals.is_empty() || differences.external_totals.is_some() {
        let (records, total) = mended(state, store, &differences.externals, differences.externals_found)?;
        plan.put_externals(records, total);
    }
    if !differences.lengths.is_empty() && plan.changes.is_empty() {
        // Applying any repair sorts the timeline, so a change without content is enough.
        plan.change(0);
    }
    Ok((plan.changes, plan.mended))
}

/// The approximate weight of one change: set members, plus a fixed weight for each delta and record.
const WEIGHT_MAX: u64 = 1 << 20;
const DELTA_WEIGHT: u64 = 64;
const RECORD_WEIGHT: u64 = 256;

struct Plan<'s> {
    state: &'s State,
    changes: Vec<Change>,
    /// The weight of the last change.
    weight: u64,
    mended: Mended,
}

impl Plan<'_> {
    /// Returns the change to add to, starting a new one if `weight` does not fit.
    fn change(&mut self, weight: u64) -> &mut Change {
        self.weight = self.weight.saturating_add(weight);
        let place = if self.weight < WEIGHT_MAX { self.changes.pop() } else { None };
        let change = place.unwrap_or_else(|| {
            self.weight = weight;
            Change::of_nothing(self.state.workspace, Cause::Repair, &self.state.meta)
        });
        let place = self.changes.len();
        self.changes.push(change);
        &mut self.changes[place]
    }

    /// Adds the unchanged record of a chat. Applying it sets the position and the deadline.
    fn put_chat(&mut self, chat: ChatId, record: Option<Record>) {
        self.change(RECORD_WEIGHT).records.push((RecordKey::Chat(chat), record));
    }

    fn move_members(&mut self, key: &IndexKey, status: Status, gains: bool, chats: &roaring::RoaringBitmap) {
        if !chats.is_empty() {
            let delta = PostingDelta { key: key.clone(), status, gains, chats: Members::Many(chats.clone()) };
            self.change(chats.len() + DELTA_WEIGHT).postings.push(delta);
        }
    }

    /// Adds records of external ids, and the total of their family.
    fn put_externals(&mut self, records: Vec<(RecordKey, Option<Record>)>, total: Total) {
        self.mended.externals += records.len() as u64;
        for (key, record) in records {
            self.change(RECORD_WEIGHT).records.push((key, record));
        }
        self.change(DELTA_WEIGHT).totals.push((Family::Externals, total));
    }

    fn put_sum(&mut self, manager: ManagerId, sum: UnreadSum) {
        self.mended.unread_sums += 1;
        self.change(DELTA_WEIGHT).unread_messages.push(NewUnreadSum(manager, sum));
    }
}
