//! What the postings and unread sums of managers become when one leaves, or leaves operator mode.
//!
//! Their chats are not read. What their records say of the manager is void from then on, and the index follows by set
//! operations. Chats edited by the change are left out: theirs follow from their records.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use roaring::RoaringBitmap;

use super::ChangeBuilder;
use crate::index::keys_in;
use crate::model::{ChatId, ManagerId, Status};
use crate::record::{IndexKey, Members, PostingDelta};
use crate::rules::effects::Effects;
use crate::rules::preload;

/// The managers of whom something becomes void.
#[derive(Debug, Default)]
pub(in crate::rules) struct Voided {
    /// Those who left. Everything that chats say of them is void.
    pub(in crate::rules) left: Vec<ManagerId>,
    /// Those who left operator mode. What they had not read as operators is void.
    pub(in crate::rules) no_operators: Vec<ManagerId>,
}

impl Voided {
    fn is_empty(&self) -> bool {
        self.left.is_empty() && self.no_operators.is_empty()
    }
}

impl ChangeBuilder<'_> {
    pub(super) fn voided(&self) -> Voided {
        let before = self.input.state.meta.next.era;
        let mut voided = Voided::default();
        for (manager, record) in &self.managers {
            if record.removed_era > before {
                voided.left.push(*manager);
            } else if record.operator_era > before {
                voided.no_operators.push(*manager);
            }
        }
        voided
    }

    /// Returns what the postings lose and gain.
    pub(super) fn manager_deltas(&self, voided: &Voided) -> Vec<PostingDelta> {
        if voided.is_empty() {
            return Vec::new();
        }
        let mut deltas = Deltas { edited: self.chats.keys().map(|chat| chat.0).collect(), deltas: Vec::new() };
        for status in Status::ALL {
            let members = |key: IndexKey| self.members(key, status);
            let mut unassigned = RoaringBitmap::new();
            for manager in &voided.left {
                unassigned |= members(IndexKey::Assignee(*manager));
                for key in IndexKey::of_manager(*manager) {
                    deltas.add(key.clone(), status, false, members(key));
                }
            }
            for manager in &voided.no_operators {
                let lost = members(IndexKey::Unread(*manager)) - members(IndexKey::Following(*manager));
                deltas.add(IndexKey::Unread(*manager), status, false, lost);
            }
            if unassigned.is_empty() {
                continue;
            }
            for manager in self.input.state.managers.keys().filter(|manager| !voided.left.contains(manager)) {
                let followed = &unassigned & members(IndexKey::Following(*manager));
                deltas.add(IndexKey::FollowingUnassigned(*manager), status, true, followed);
            }
            deltas.add(IndexKey::Unassigned, status, true, unassigned);
        }
        deltas.deltas
    }

    /// Returns what custom indexes lose and gain. They may depend on any field of a chat, so its record is read, but not
    /// written.
    pub(super) fn custom_deltas(&self, voided: &Voided) -> Vec<PostingDelta> {
        let state = self.input.state;
        if voided.is_empty() || state.live_indexes().is_empty() {
            return Vec::new();
        }
        let mut effects = Effects::new(2, &[], true);
        let left = voided.left.iter().flat_map(|manager| preload::chats_of_manager(self.input, *manager));
        let others = voided.no_operators.iter().flat_map(|manager| preload::chats_of_operator(self.input, *manager));
        let chats: BTreeSet<ChatId> = left.chain(others).filter(|chat| !self.chats.contains_key(chat)).collect();
        for chat in chats {
            let Some(stored) = self.input.stored_chat(chat) else { continue };
            let (before, after) = (state.current_chat(Arc::clone(&stored)), self.current(stored));
            for index in state.live_indexes() {
                let old = keys_in(&before, &state.tags, index);
                let new = keys_in(&after, &self.tree(), index);
                effects.add_keys(chat, Some((before.status, &old)), Some((after.status, &new)));
            }
        }
        let mut deltas = Vec::new();
        effects.put_postings(&mut deltas);
        deltas
    }

    fn members(&self, key: IndexKey, status: Status) -> RoaringBitmap {
        let posting = self.input.state.postings.get(&key);
        posting.map(|posting| posting.set(status).to_bitmap()).unwrap_or_default()
    }

    /// Counts what managers lose as operators, where stores of older versions do not keep the sum. Chats edited by the
    /// change are left out.
    pub(super) fn count_as_operator(&self, voided: &Voided) -> BTreeMap<ManagerId, u64> {
        let sum_of = |manager: &ManagerId| self.input.state.unread_messages.get(manager).copied();
        let unknown = |manager: &&ManagerId| sum_of(manager).is_some_and(|sum| sum.as_operator.is_none());
        let count = |manager: ManagerId| {
            let chats = preload::chats_of_operator(self.input, manager).filter(|chat| !self.chats.contains_key(chat));
            chats.filter_map(|chat| self.input.chat(chat)).map(|record| record.unread.of(manager)).sum()
        };
        voided.no_operators.iter().filter(unknown).map(|manager| (*manager, count(*manager))).collect()
    }
}

struct Deltas {
    edited: RoaringBitmap,
    deltas: Vec<PostingDelta>,
}

impl Deltas {
    fn add(&mut self, key: IndexKey, status: Status, gains: bool, chats: RoaringBitmap) {
        let chats = chats - &self.edited;
        if !chats.is_empty() {
            self.deltas.push(PostingDelta { key, status, gains, chats: Members::Many(chats) });
        }
    }
}
