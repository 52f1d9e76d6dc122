//! Passes over chats that are not in a set.

use crate::heap;
use crate::model::ChatId;
use crate::sets::ChatSet;

/// With two bits for each member, about one chat in 70 that is no member looks like one.
const MEMBERS_PER_WORD: usize = 4;

/// A Bloom filter: it has every member of a set, and seems to have a few other chats. Looking into it reads one word, where a
/// lookup in a sparse set follows several pointers into memory that is seldom in a cache.
#[derive(Debug)]
pub(super) struct Sieve {
    words: Box<[u64]>,
    /// The number of chats that can be added before too many others pass.
    room: usize,
}

impl Sieve {
    pub(super) fn new(sets: &[ChatSet], members: usize) -> Self {
        let mut sieve = Self { words: vec![0; members / MEMBERS_PER_WORD + 1].into(), room: members };
        for set in sets {
            set.for_each_block_from_highest(|block| block.iter().for_each(|chat| sieve.put(ChatId(*chat))));
        }
        sieve
    }

    /// Adds a chat. Returns `false` if there is no room for it.
    pub(super) fn add(&mut self, chat: ChatId) -> bool {
        if self.may_have(chat) {
            return true;
        }
        let has_room = self.room > 0;
        if has_room {
            self.room -= 1;
            self.put(chat);
        }
        has_room
    }

    fn put(&mut self, chat: ChatId) {
        let (word, bits) = self.place(chat);
        self.words[word] |= bits;
    }

    #[inline]
    pub(super) fn may_have(&self, chat: ChatId) -> bool {
        let (word, bits) = self.place(chat);
        self.words[word] & bits == bits
    }

    #[inline]
    fn place(&self, chat: ChatId) -> (usize, u64) {
        let hash = u64::from(chat.0).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let word = ((hash >> 32) * self.words.len() as u64) >> 32;
        (word as usize, 1 << (hash >> 20 & 63) | 1 << (hash >> 26 & 63))
    }

    pub(super) fn heap_bytes(&self) -> usize {
        heap::of_vec::<u64>(self.words.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sieve_has_every_member_and_few_other_chats() {
        let sets: [ChatSet; 2] = [
            (0..20_000).filter(|id| id % 7 == 1).map(ChatId).collect(),
            (0..20_000).filter(|id| id % 700 == 3).map(ChatId).collect(),
        ];
        let members = sets.iter().map(ChatSet::len).sum::<u64>() as usize;
        let mut sieve = Sieve::new(&sets, members);
        assert!(sets.iter().flat_map(ChatSet::iter).all(|chat| sieve.may_have(chat)));
        let others = (20_000..120_000).filter(|id| sieve.may_have(ChatId(*id))).count();
        assert!(others < 3_000, "{others}");
        let added = (1_000_000..).map(ChatId).take_while(|chat| sieve.add(*chat)).collect::<Vec<_>>();
        assert!(added.len() >= members);
        assert!(added.into_iter().all(|chat| sieve.may_have(chat)));
    }
}
