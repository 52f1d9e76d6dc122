//! The ids of commands that were done, in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::model::Actor;
use crate::record::RememberedRecord;

/// The remembered ids of a workspace, oldest first.
#[derive(Debug, Default, Clone)]
pub(crate) struct Remembered {
    by_number: BTreeMap<u64, Arc<RememberedRecord>>,
    /// Hash of actor and id → number. Several ids may have one hash.
    by_hash: BTreeSet<(u64, u64)>,
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
        let records = numbers.filter_map(|(_, number)| self.by_number.get(number));
        records.filter(move |record| record.actor == actor && record.id == id)
    }

    pub(crate) fn get(&self, number: u64) -> Option<&Arc<RememberedRecord>> {
        self.by_number.get(&number)
    }

    pub(crate) fn put(&mut self, number: u64, record: Option<Arc<RememberedRecord>>) {
        if let Some(old) = self.by_number.remove(&number) {
            self.by_hash.remove(&(hash_of(old.actor, &old.id), number));
        }
        if let Some(record) = record {
            self.by_hash.insert((hash_of(record.actor, &record.id), number));
            self.by_number.insert(number, record);
        }
    }

    pub(crate) fn len(&self) -> u64 {
        self.by_number.len() as u64
    }

    /// The approximate memory in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        const ENTRY_BYTES: usize = 200;
        self.by_number.len() * ENTRY_BYTES
    }

    /// Every remembered id with its number, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &Arc<RememberedRecord>)> {
        self.by_number.iter().map(|(number, record)| (*number, record))
    }
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
    use crate::model::limits::REMEMBERED_MS;
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
        assert_eq!((remembered.len(), remembered.by_hash.len()), (2, 2));
    }
}
