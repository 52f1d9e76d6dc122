//! Which keys gain or lose members in a change, apart from members that only get another status.
//!
//! The store keeps the members of a key apart from their statuses, so only these keys have rows to write.

use roaring::RoaringBitmap;
use smallvec::SmallVec;

use super::{Change, IndexKey, Members, PostingDelta};
use crate::sets::chunks;

type Chunks = SmallVec<[u16; 4]>;

impl Change {
    /// The keys loaded on demand that gain or lose members. They must be in memory when the change is applied. One whose
    /// members only get another status need not be: when it is loaded, their statuses are known.
    pub(crate) fn keys_to_load(&self) -> impl Iterator<Item = &IndexKey> {
        let mut keys: SmallVec<[&IndexKey; 4]> = SmallVec::new();
        each_key(self.postings.iter().filter(|delta| delta.key.is_on_demand()), |key, deltas| {
            if !changed_chunks(deltas).is_empty() {
                keys.push(key);
            }
        });
        keys.into_iter()
    }
}

/// Calls `each` with every key that gains or loses members, and the chunks of 65,536 chats in which it does.
pub(crate) fn each_changed_key<'d>(deltas: &'d [PostingDelta], mut each: impl FnMut(&'d IndexKey, Chunks)) {
    each_key(deltas.iter(), |key, deltas| {
        let chunks = changed_chunks(deltas);
        if !chunks.is_empty() {
            each(key, chunks);
        }
    });
}

/// Calls `each` with every key and its deltas.
fn each_key<'d>(
    deltas: impl Iterator<Item = &'d PostingDelta>,
    mut each: impl FnMut(&'d IndexKey, &[&'d PostingDelta]),
) {
    let mut sorted: SmallVec<[&PostingDelta; 64]> = deltas.collect();
    // Mostly two sorted runs: what is lost, and what is gained.
    sorted.sort_by(|a, b| a.key.cmp(&b.key));
    for group in sorted.chunk_by(|a, b| a.key == b.key) {
        each(&group[0].key, group);
    }
}

/// The chunks in which the deltas of one key add or remove members.
fn changed_chunks(deltas: &[&PostingDelta]) -> Chunks {
    match deltas {
        [PostingDelta { chats: Members::One(chat), .. }] => Chunks::from_slice(&[(chat.0 >> 16) as u16]),
        [
            PostingDelta { chats: Members::One(one), gains, .. },
            PostingDelta { chats: Members::One(other), gains: gains_other, .. },
        ] if one == other && gains != gains_other => Chunks::new(),
        deltas => {
            let all = |gains| {
                let mut all = RoaringBitmap::new();
                for delta in deltas.iter().filter(|delta| delta.gains == gains) {
                    match &delta.chats {
                        Members::One(chat) => drop(all.insert(chat.0)),
                        Members::Many(chats) => all |= chats,
                    }
                }
                all
            };
            chunks(&(all(true) ^ all(false))).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ChatId, CustomerId, ManagerId, Status};

    fn one(key: &IndexKey, status: Status, gains: bool, chat: u32) -> PostingDelta {
        PostingDelta { key: key.clone(), status, gains, chats: Members::One(ChatId(chat)) }
    }

    fn many(key: &IndexKey, status: Status, gains: bool, chats: &[u32]) -> PostingDelta {
        PostingDelta { key: key.clone(), status, gains, chats: Members::Many(chats.iter().copied().collect()) }
    }

    fn changed(deltas: &[PostingDelta]) -> Vec<(IndexKey, Vec<u16>)> {
        let mut found = Vec::new();
        each_key(deltas.iter(), |key, deltas| found.push((key.clone(), changed_chunks(deltas).to_vec())));
        found.retain(|(_, chunks)| !chunks.is_empty());
        found
    }

    #[test]
    fn membership_of_a_chat_that_only_gets_another_status_does_not_change() {
        let (ada, customer) = (IndexKey::Assignee(ManagerId(7)), IndexKey::Customer(CustomerId(5)));
        let (open, closed) = (Status::Open, Status::Closed);
        let keys = [&ada, &customer];
        let lost = keys.map(|key| one(key, open, false, 70_000));
        let gained = keys.map(|key| one(key, closed, true, 70_000));
        assert_eq!(changed(&[lost.clone(), gained.clone()].concat()), []);
        assert_eq!(changed(&[lost.clone().to_vec(), gained[..1].to_vec()].concat()), [(customer, vec![1])]);
        assert_eq!(changed(&lost[..1]), [(ada, vec![1])]);
    }

    #[test]
    fn membership_of_many_chats_is_compared_as_a_whole() {
        let key = IndexKey::Unassigned;
        let moved = [
            many(&key, Status::Open, false, &[1, 70_000]),
            many(&key, Status::Snoozed, false, &[2]),
            many(&key, Status::Closed, true, &[1, 2, 70_000]),
        ];
        assert_eq!(changed(&moved), []);
        assert_eq!(changed(&moved[1..]), [(key.clone(), vec![0, 1])]);
        let other = one(&key, Status::Open, true, 140_000);
        assert_eq!(changed(&[&moved[..], &[other]].concat()), [(key, vec![2])]);
    }
}
