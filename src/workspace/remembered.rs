//! The ids of commands that were done, in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::heap;
use crate::model::Actor;
use crate::record::RememberedRecord;

/// The remembered ids of a workspace, oldest first.
#[derive(Debug, Default, Clone)]
pub(crate) struct Remembered {
    of_callers: BTreeMap<u64, Arc<RememberedRecord>>,
    /// Inner ids. They are forgotten by rules of their own.
    of_nodes: BTreeMap<u64, Arc<RememberedRecord>>,
    /// Hash of actor and id → number. Several ids may have one hash.
    by_hash: BTreeSet<(u64, u64)>,
    /// The memory of the records in bytes. There may be too many to ask each.
    record_bytes: usize,
}

impl Remembered {
    /// Finds the newest command of an actor with an id, unless it was done too long ago.
    pub(crate) fn find(&self, actor: Actor, id: &str, clock: u64) -> Option<&Arc<RememberedRecord>> {
        self.all_of(actor, id).find(|record| !record.is_expired(clock))
    }

    /// Finds the newest command of an actor with an id, also one that was done too long ago.
    pub(crate) fn newest(&self, actor: Actor, id: &str) -> Option<&Arc<RememberedRecord>> {
        self.all_of(actor, id).next()
    }

    /// Every command of an actor with an id, newest first.
    fn all_of(&self, actor: Actor, id: &str) -> impl Iterator<Item = &Arc<RememberedRecord>> {
        let hash = hash_of(actor, id);
        let numbers = self.by_hash.range((hash, 0)..=(hash, u64::MAX)).rev();
        let records = numbers.filter_map(|(_, number)| self.get(*number));
        records.filter(move |record| record.actor == actor && record.id == id)
    }

    pub(crate) fn get(&self, number: u64) -> Option<&Arc<RememberedRecord>> {
        self.of_callers.get(&number).or_else(|| self.of_nodes.get(&number))
    }

    pub(crate) fn put(&mut self, number: u64, record: Option<Arc<RememberedRecord>>) {
        let old = self.of_callers.remove(&number).or_else(|| self.of_nodes.remove(&number));
        if let Some(old) = old {
            self.by_hash.remove(&(hash_of(old.actor, &old.id), number));
            self.record_bytes -= heap_bytes_of(&old);
        }
        if let Some(record) = record {
            self.by_hash.insert((hash_of(record.actor, &record.id), number));
            self.record_bytes += heap_bytes_of(&record);
            let of_its_kind = if record.is_inner() { &mut self.of_nodes } else { &mut self.of_callers };
            of_its_kind.insert(number, record);
        }
    }

    /// How many ids of callers there are.
    pub(crate) fn callers(&self) -> u64 {
        self.of_callers.len() as u64
    }

    /// How many ids of nodes there are.
    pub(crate) fn inner(&self) -> u64 {
        self.of_nodes.len() as u64
    }

    /// The approximate memory in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        let len = self.by_hash.len();
        heap::of_tree::<u64, Arc<RememberedRecord>>(len) + heap::of_tree::<(u64, u64), ()>(len) + self.record_bytes
    }

    /// Every remembered id of a caller with its number, oldest first.
    pub(crate) fn of_callers(&self) -> impl Iterator<Item = (u64, &Arc<RememberedRecord>)> {
        self.of_callers.iter().map(|(number, record)| (*number, record))
    }

    /// Every remembered id of a node with its number, oldest first.
    pub(crate) fn of_nodes(&self) -> impl Iterator<Item = (u64, &Arc<RememberedRecord>)> {
        self.of_nodes.iter().map(|(number, record)| (*number, record))
    }
}

fn heap_bytes_of(record: &RememberedRecord) -> usize {
    heap::of_arc::<RememberedRecord>() + record.weight()
}

fn hash_of(actor: Actor, id: &str) -> u64 {
    let seed = match actor {
        Actor::System => 0,
        Actor::Manager(manager) => manager.0.wrapping_mul(2).wrapping_add(1),
        Actor::Customer(customer) => customer.0.wrapping_mul(2).wrapping_add(2),
    };
    xxh3_64_with_seed(id.as_bytes(), seed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Reply;
    use crate::model::limits::{INNER_REMEMBERED_MS, REMEMBERED_MS};
    use crate::model::{CustomerId, ManagerId};

    fn record(actor: Actor, id: &str, at: u64) -> Arc<RememberedRecord> {
        Arc::new(RememberedRecord { actor, id: id.to_owned(), digest: at, at, reply: Reply::Done {} })
    }

    #[test]
    fn remembered_ids_are_found_per_actor_until_they_expire() {
        let (ada, grace) = (Actor::Manager(ManagerId(7)), Actor::Customer(CustomerId(7)));
        let mut remembered = Remembered::default();
        remembered.put(0, Some(record(ada, "a", 1_000)));
        remembered.put(1, Some(record(grace, "a", 2_000)));
        remembered.put(2, Some(record(ada, "a", 3_000)));
        let found = |remembered: &Remembered, actor, clock| remembered.find(actor, "a", clock).map(|found| found.at);
        assert_eq!(found(&remembered, ada, 0), Some(3_000));
        assert_eq!(found(&remembered, grace, 2_000 + REMEMBERED_MS), Some(2_000));
        assert_eq!(found(&remembered, grace, 2_001 + REMEMBERED_MS), None);
        assert_eq!(found(&remembered, Actor::System, 0), None);
        remembered.put(2, None);
        assert_eq!(found(&remembered, ada, 0), Some(1_000));
        assert_eq!((remembered.callers(), remembered.by_hash.len()), (2, 2));
    }

    #[test]
    fn ids_of_nodes_are_kept_apart_and_expire_soon() {
        let inner = format!("~{:064x}", 7);
        let mut remembered = Remembered::default();
        remembered.put(0, Some(record(Actor::System, &inner, 1_000)));
        remembered.put(1, Some(record(Actor::System, "a", 1_000)));
        assert_eq!((remembered.callers(), remembered.inner()), (1, 1));
        let is_known = |id: &str, clock| remembered.find(Actor::System, id, clock).is_some();
        assert!(is_known(&inner, 1_000 + INNER_REMEMBERED_MS) && !is_known(&inner, 1_001 + INNER_REMEMBERED_MS));
        assert!(is_known("a", 1_001 + INNER_REMEMBERED_MS));
        remembered.put(0, None);
        assert_eq!((remembered.callers(), remembered.inner(), remembered.by_hash.len()), (1, 0, 1));
    }
}
