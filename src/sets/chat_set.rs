//! A set of chats: a sorted list while small, then a roaring bitmap.

use roaring::RoaringBitmap;

use crate::heap;
use crate::model::ChatId;

/// The size above which a set becomes a bitmap.
const LISTED_MAX: usize = 32;

/// The number of members that are decoded at once.
const BLOCK: usize = 2_048;

/// A set of chats with a materialised count.
#[derive(Debug, Clone)]
pub(crate) enum ChatSet {
    List(Vec<u32>),
    Bitmap { bits: RoaringBitmap, len: u64 },
}

impl Default for ChatSet {
    fn default() -> Self {
        ChatSet::List(Vec::new())
    }
}

impl PartialEq for ChatSet {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl ChatSet {
    #[inline]
    pub(crate) fn len(&self) -> u64 {
        match self {
            ChatSet::List(list) => list.len() as u64,
            ChatSet::Bitmap { len, .. } => *len,
        }
    }

    /// The approximate memory in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            ChatSet::List(list) => heap::of_vec::<u32>(list.capacity()),
            ChatSet::Bitmap { bits, .. } => heap_bytes_of_bitmap(bits),
        }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    pub(crate) fn contains(&self, chat: ChatId) -> bool {
        match self {
            ChatSet::List(list) => list.binary_search(&chat.0).is_ok(),
            ChatSet::Bitmap { bits, .. } => bits.contains(chat.0),
        }
    }

    /// Adds a chat. Returns whether it was new.
    pub(crate) fn insert(&mut self, chat: ChatId) -> bool {
        match self {
            ChatSet::List(list) => {
                let Err(place) = list.binary_search(&chat.0) else { return false };
                list.insert(place, chat.0);
                if list.len() > LISTED_MAX {
                    *self = Self::from_bitmap(list.iter().copied().collect());
                }
                true
            }
            ChatSet::Bitmap { bits, len } => {
                let new = bits.insert(chat.0);
                *len += u64::from(new);
                new
            }
        }
    }

    /// Removes a chat. Returns whether it was present.
    pub(crate) fn remove(&mut self, chat: ChatId) -> bool {
        match self {
            ChatSet::List(list) => {
                let Ok(place) = list.binary_search(&chat.0) else { return false };
                list.remove(place);
                true
            }
            ChatSet::Bitmap { bits, len } => {
                let was_there = bits.remove(chat.0);
                *len -= u64::from(was_there);
                was_there
            }
        }
    }

    pub(crate) fn insert_all(&mut self, chats: &RoaringBitmap) {
        self.change_bits(|bits| *bits |= chats);
    }

    pub(crate) fn remove_all(&mut self, chats: &RoaringBitmap) {
        self.change_bits(|bits| *bits -= chats);
    }

    fn change_bits(&mut self, change: impl FnOnce(&mut RoaringBitmap)) {
        let mut bits = match std::mem::take(self) {
            ChatSet::List(list) => list.into_iter().collect(),
            ChatSet::Bitmap { bits, .. } => bits,
        };
        change(&mut bits);
        *self = Self::from_bitmap(bits);
    }

    /// The members in order.
    pub(crate) fn iter(&self) -> Box<dyn Iterator<Item = ChatId> + '_> {
        match self {
            ChatSet::List(list) => Box::new(list.iter().copied().map(ChatId)),
            ChatSet::Bitmap { bits, .. } => Box::new(bits.iter().map(ChatId)),
        }
    }

    /// The members in order, without the first `skip`.
    pub(crate) fn iter_from(&self, skip: usize) -> Box<dyn Iterator<Item = ChatId> + '_> {
        match self {
            ChatSet::List(list) => Box::new(list.iter().skip(skip).copied().map(ChatId)),
            ChatSet::Bitmap { bits, .. } => {
                let first = u32::try_from(skip).ok().and_then(|skip| bits.select(skip));
                let members = first.into_iter().flat_map(|first| {
                    let mut members = bits.iter();
                    members.advance_to(first);
                    members
                });
                Box::new(members.map(ChatId))
            }
        }
    }

    /// The members below a chat, highest first.
    pub(crate) fn iter_below(&self, chat: ChatId) -> Box<dyn Iterator<Item = ChatId> + '_> {
        match self {
            ChatSet::List(list) => {
                let below = list.partition_point(|id| *id < chat.0);
                Box::new(list.iter().take(below).rev().copied().map(ChatId))
            }
            ChatSet::Bitmap { bits, .. } => Box::new(bits.range(..chat.0).rev().map(ChatId)),
        }
    }

    /// Calls `each` with blocks of members, the block with the highest ids first. Within a block the ids rise. Much faster
    /// than [`iter`](Self::iter): a block has as many members in a sparse set as in a dense one.
    #[inline]
    pub(crate) fn for_each_block_from_highest(&self, mut each: impl FnMut(&[u32])) {
        match self {
            ChatSet::List(list) => each(list),
            ChatSet::Bitmap { bits, len } => {
                let mut block = [0; BLOCK];
                let mut left = *len;
                while left > 0 {
                    let below = left.saturating_sub(BLOCK as u64);
                    let Some(first) = u32::try_from(below).ok().and_then(|rank| bits.select(rank)) else { break };
                    each(bits.range(first..).next_many(&mut block[..(left - below) as usize]));
                    left = below;
                }
            }
        }
    }

    /// Copies the set to a bitmap, for set operations.
    pub(crate) fn to_bitmap(&self) -> RoaringBitmap {
        match self {
            ChatSet::List(list) => list.iter().copied().collect(),
            ChatSet::Bitmap { bits, .. } => bits.clone(),
        }
    }

    pub(crate) fn from_bitmap(bits: RoaringBitmap) -> Self {
        let len = bits.len();
        if len <= LISTED_MAX as u64 {
            return ChatSet::List(bits.into_iter().collect());
        }
        ChatSet::Bitmap { bits, len }
    }

    /// The members of one chunk of 65,536 ids.
    pub(crate) fn chunk(&self, chunk: u16) -> ChatSet {
        let first = u32::from(chunk) << 16;
        let last = first | 0xFFFF;
        match self {
            ChatSet::List(list) => {
                ChatSet::List(list.iter().copied().filter(|id| (first..=last).contains(id)).collect())
            }
            ChatSet::Bitmap { bits, .. } => {
                let mut mask = RoaringBitmap::new();
                mask.insert_range(first..=last);
                Self::from_bitmap(bits & mask)
            }
        }
    }

    /// Whether all members are in one chunk.
    pub(crate) fn is_within(&self, chunk: u16) -> bool {
        let ends = match self {
            ChatSet::List(list) => list.first().copied().zip(list.last().copied()),
            ChatSet::Bitmap { bits, .. } => bits.min().zip(bits.max()),
        };
        ends.is_none_or(|(first, last)| [first, last].iter().all(|id| id >> 16 == u32::from(chunk)))
    }

    /// The chunks of 65,536 ids with members, in order.
    #[cfg(test)]
    pub(crate) fn chunks(&self) -> Vec<u16> {
        chunks(&self.to_bitmap())
    }

    /// The members that another set has as well.
    pub(crate) fn intersection(&self, other: &ChatSet) -> ChatSet {
        match (self, other) {
            (ChatSet::List(list), other) | (other, ChatSet::List(list)) => {
                ChatSet::List(list.iter().copied().filter(|id| other.contains(ChatId(*id))).collect())
            }
            (ChatSet::Bitmap { bits, .. }, ChatSet::Bitmap { bits: other, .. }) => Self::from_bitmap(bits & other),
        }
    }

    /// Adds all members of another set.
    pub(crate) fn absorb(&mut self, other: ChatSet) {
        match (&mut *self, other) {
            (ChatSet::List(mine), ChatSet::List(theirs)) if mine.len() + theirs.len() <= LISTED_MAX => {
                mine.extend(theirs);
                mine.sort_unstable();
                mine.dedup();
            }
            (_, other) => self.insert_all(&other.to_bitmap()),
        }
    }
}

/// The approximate memory of a bitmap in bytes: an allocation for each container, and one for the list of them.
pub(crate) fn heap_bytes_of_bitmap(bits: &RoaringBitmap) -> usize {
    const CONTAINER_BYTES: usize = 32;
    const CONTAINERS_MIN: usize = 4;
    const BITS_BYTES: usize = 8 << 10;
    let found = bits.statistics();
    // The statistics take each member of an array for four bytes. It has two.
    let arrays = found.n_bytes_array_containers as usize / 2;
    let members = arrays + found.n_bytes_run_containers as usize + found.n_bitset_containers as usize * BITS_BYTES;
    let containers = found.n_containers as usize;
    let list = heap::of_bytes(containers.next_power_of_two().max(CONTAINERS_MIN) * CONTAINER_BYTES);
    list + members + containers * heap::ALLOCATION_BYTES
}

/// The chunks of 65,536 ids with members, in order.
pub(crate) fn chunks(bits: &RoaringBitmap) -> Vec<u16> {
    let mut chunks = Vec::new();
    let mut ids = bits.iter();
    while let Some(id) = ids.next() {
        let chunk = (id >> 16) as u16;
        chunks.push(chunk);
        match (u32::from(chunk) + 1).checked_mul(1 << 16) {
            Some(next) => ids.advance_to(next),
            None => break,
        }
    }
    chunks
}

impl FromIterator<ChatId> for ChatSet {
    fn from_iter<I: IntoIterator<Item = ChatId>>(chats: I) -> Self {
        Self::from_bitmap(chats.into_iter().map(|chat| chat.0).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chat_set_grows_from_list_to_bitmap_and_keeps_its_length() {
        let mut set = ChatSet::default();
        for id in (0..100).rev() {
            assert!(set.insert(ChatId(id * 1_000)));
            assert!(!set.insert(ChatId(id * 1_000)));
        }
        assert!(matches!(set, ChatSet::Bitmap { .. }));
        assert_eq!(set.len(), 100);
        assert!(set.contains(ChatId(99_000)) && !set.contains(ChatId(99_001)));
        assert!(set.remove(ChatId(0)) && !set.remove(ChatId(0)));
        assert_eq!(set.len(), 99);
        assert_eq!(set.chunks(), [0, 1]);
    }

    #[test]
    fn chat_set_iterates_below_a_chat_highest_first() {
        for len in [5, 100] {
            let set: ChatSet = (1..=len).map(|id| ChatId(id * 2)).collect();
            let below = |id| set.iter_below(ChatId(id)).map(|chat| chat.0).collect::<Vec<_>>();
            assert_eq!(below(7), [6, 4, 2]);
            assert_eq!(below(6), [4, 2]);
            assert!(below(0).is_empty() && below(2).is_empty());
            assert_eq!(below(u32::MAX).len(), len as usize);
        }
    }

    #[test]
    fn chat_set_visits_every_member_in_blocks_from_the_highest() {
        let spread = (0..3 * BLOCK as u32).map(|id| id * 1_000);
        for members in
            [vec![], vec![0, 7], (0..200).map(|id| id * 3).collect(), (4_090..9_000).collect(), spread.collect()]
        {
            let mut ids: Vec<u32> = members;
            ids.extend([7_000_000, u32::MAX]);
            let set: ChatSet = ids.iter().copied().map(ChatId).collect();
            let mut visited: Vec<u32> = Vec::new();
            set.for_each_block_from_highest(|block| visited.extend(block.iter().rev()));
            assert!(visited.iter().eq(ids.iter().rev()), "{} members", ids.len());
        }
        ChatSet::default().for_each_block_from_highest(|block| assert!(block.is_empty()));
    }

    #[test]
    fn chat_set_intersections_are_those_of_their_members() {
        let sets: [ChatSet; 4] = [
            ChatSet::default(),
            [3, 8, 70_000].into_iter().map(ChatId).collect(),
            (0..100_000).step_by(4).map(ChatId).collect(),
            (0..200).chain(69_990..70_010).map(ChatId).collect(),
        ];
        for (one, other) in sets.iter().flat_map(|one| sets.iter().map(move |other| (one, other))) {
            let both: ChatSet = one.iter().filter(|chat| other.contains(*chat)).collect();
            assert_eq!(one.intersection(other), both);
            assert_eq!(one.intersection(other).len(), both.len());
        }
    }

    #[test]
    fn chat_set_is_the_union_of_its_chunks() {
        let set: ChatSet = (0..200_000).step_by(7).chain([u32::MAX]).map(ChatId).collect();
        let mut again = ChatSet::default();
        for chunk in set.chunks() {
            again.absorb(set.chunk(chunk));
        }
        assert_eq!(set, again);
        assert_eq!(set.chunks().last(), Some(&u16::MAX));
    }
}
