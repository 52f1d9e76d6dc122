//! A set of index keys in 64 bits, which may hold more than it should. Most changes concern few numbers of a watcher,
//! and it takes one comparison to see that they concern none.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use crate::record::IndexKey;

/// A set of index keys. Keys with the same bit are not told apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct KeyMask(u64);

impl KeyMask {
    pub(super) fn of(keys: impl IntoIterator<Item = impl Borrow<IndexKey>>) -> Self {
        Self(keys.into_iter().fold(0, |mask, key| mask | bit(key.borrow())))
    }

    /// The keys of both.
    pub(super) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a key may be in both.
    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

fn bit(key: &IndexKey) -> u64 {
    let mut hasher = FxHasher::default();
    key.hash(&mut hasher);
    // The highest bits are the best ones of this hash.
    1 << (hasher.finish() >> 58)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ManagerId;

    #[test]
    fn feed_key_mask_meets_every_key_that_it_holds() {
        let keys: Vec<IndexKey> = (1..=100).map(|id| IndexKey::Unread(ManagerId(id))).collect();
        for few in keys.chunks(3) {
            let mask = KeyMask::of(few);
            assert!(few.iter().all(|key| mask.meets(KeyMask::of([key]))));
            assert!(keys.iter().any(|key| !mask.meets(KeyMask::of([key]))), "it tells keys apart");
        }
        assert!(!KeyMask::default().meets(KeyMask::of(&keys)));
    }
}
