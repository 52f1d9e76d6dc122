//! The index of external ids: from the id in the caller's own system to our number.
//!
//! A record holds the external ids with one hash. A lookup reads one record, however many there are, and two ids with
//! the same hash share a record instead of colliding.

use xxhash_rust::xxh3::xxh3_64;

use super::key_bytes::{KeyPart, KeyReader};
#[cfg(any(test, feature = "fuzzing"))]
use super::sample::{Draw, Order};
use super::stored::{stored_enum, stored_struct};
use crate::heap;
use crate::model::ChatId;

/// What an external id belongs to. It is unique within its space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ExternalSpace {
    Managers,
    Customers,
    Chats,
    /// The messages of one chat.
    Messages(ChatId),
}

stored_enum!(ExternalSpace { 0 => Managers, 1 => Customers, 2 => Chats, 3 => Messages(chat) });

/// Names the record with all external ids of a space that have one hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ExternalKey {
    space: ExternalSpace,
    hash: u64,
}

stored_struct!(ExternalKey { space, hash });

impl ExternalKey {
    pub(crate) fn of(space: ExternalSpace, external: &str) -> Self {
        Self { space, hash: xxh3_64(external.as_bytes()) }
    }

    pub(crate) fn space(self) -> ExternalSpace {
        self.space
    }
}

/// The external ids with one hash, and the numbers that have them. Sorted by external id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ExternalRecord {
    entries: Vec<(String, u64)>,
}

stored_struct!(ExternalRecord { entries });

impl ExternalRecord {
    /// The number that has an external id.
    pub(crate) fn number(&self, external: &str) -> Option<u64> {
        self.place(external).ok().and_then(|place| self.entries.get(place)).map(|(_, number)| *number)
    }

    pub(crate) fn put(&mut self, external: &str, number: u64) {
        match self.place(external) {
            Ok(place) => self.entries[place].1 = number,
            Err(place) => self.entries.insert(place, (external.to_owned(), number)),
        }
    }

    pub(crate) fn remove(&mut self, external: &str) {
        if let Ok(place) = self.place(external) {
            self.entries.remove(place);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Every external id and its number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.entries.iter().map(|(external, number)| (external.as_str(), *number))
    }

    fn place(&self, external: &str) -> Result<usize, usize> {
        self.entries.binary_search_by(|(found, _)| found.as_str().cmp(external))
    }

    /// The approximate heap size in bytes.
    pub(crate) fn weight(&self) -> usize {
        let texts: usize = self.entries.iter().map(|(external, _)| heap::of_bytes(external.len())).sum();
        heap::of_vec::<(String, u64)>(self.entries.len()) + texts
    }
}

impl KeyPart for ExternalKey {
    fn push(&self, bytes: &mut Vec<u8>) {
        match self.space {
            ExternalSpace::Managers => bytes.push(0),
            ExternalSpace::Customers => bytes.push(1),
            ExternalSpace::Chats => bytes.push(2),
            ExternalSpace::Messages(chat) => {
                bytes.push(3);
                chat.push(bytes);
            }
        }
        self.hash.push(bytes);
    }

    fn read(bytes: &mut KeyReader<'_>) -> Option<Self> {
        let space = match bytes.u8()? {
            0 => ExternalSpace::Managers,
            1 => ExternalSpace::Customers,
            2 => ExternalSpace::Chats,
            3 => ExternalSpace::Messages(ChatId::read(bytes)?),
            _ => return None,
        };
        Some(Self { space, hash: u64::read(bytes)? })
    }

    #[cfg(any(test, feature = "fuzzing"))]
    fn draw(from: &mut dyn Draw) -> Self {
        let space = match from.u16() % 4 {
            0 => ExternalSpace::Managers,
            1 => ExternalSpace::Customers,
            2 => ExternalSpace::Chats,
            _ => ExternalSpace::Messages(ChatId::draw(from)),
        };
        Self { space, hash: from.u64() }
    }

    #[cfg(any(test, feature = "fuzzing"))]
    fn order(&self) -> Vec<Order> {
        let space = match self.space {
            ExternalSpace::Managers => vec![Order::Number(0)],
            ExternalSpace::Customers => vec![Order::Number(1)],
            ExternalSpace::Chats => vec![Order::Number(2)],
            ExternalSpace::Messages(chat) => [vec![Order::Number(3)], chat.order()].concat(),
        };
        [space, self.hash.order()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_ids_with_one_hash_share_a_record() {
        let mut record = ExternalRecord::default();
        for (external, number) in [("b", 2), ("a", 1), ("b", 3)] {
            record.put(external, number);
        }
        assert!(record.iter().eq([("a", 1), ("b", 3)]));
        assert_eq!((record.number("b"), record.number("c")), (Some(3), None));
        record.remove("c");
        record.remove("a");
        assert!(record.number("a").is_none() && !record.is_empty());
        record.remove("b");
        assert!(record.is_empty());
    }
}
