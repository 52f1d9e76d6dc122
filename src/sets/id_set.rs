//! A small sorted set of ids.

use smallvec::SmallVec;

use crate::heap;

/// A set of ids in a sorted list. It is small in memory and on disk, and equal sets have equal bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct IdSet<T> {
    /// Most sets have two members at most, which take no more room here than a pointer to them.
    sorted: SmallVec<[T; 2]>,
}

impl<T> Default for IdSet<T> {
    fn default() -> Self {
        Self { sorted: SmallVec::new() }
    }
}

impl<T: Copy + Ord> IdSet<T> {
    pub(crate) fn contains(&self, id: T) -> bool {
        self.sorted.binary_search(&id).is_ok()
    }

    /// Adds a member. Returns whether it was new.
    pub(crate) fn insert(&mut self, id: T) -> bool {
        match self.sorted.binary_search(&id) {
            Ok(_) => false,
            Err(place) => {
                self.sorted.insert(place, id);
                true
            }
        }
    }

    /// Removes a member. Returns whether it was present.
    pub(crate) fn remove(&mut self, id: T) -> bool {
        match self.sorted.binary_search(&id) {
            Ok(place) => {
                self.sorted.remove(place);
                true
            }
            Err(_) => false,
        }
    }

    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.sorted.retain(|id| keep(id));
    }

    pub(crate) fn len(&self) -> usize {
        self.sorted.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The members in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = T> + '_ {
        self.sorted.iter().copied()
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        &self.sorted
    }

    /// The approximate memory in bytes, beside the set itself.
    pub(crate) fn heap_bytes(&self) -> usize {
        if self.sorted.spilled() { heap::of_vec::<T>(self.sorted.capacity()) } else { 0 }
    }

    /// Wraps members that are already sorted and distinct.
    pub(crate) fn from_sorted(sorted: Vec<T>) -> Self {
        Self { sorted: sorted.into_iter().collect() }
    }

    pub(crate) fn to_vec(&self) -> Vec<T> {
        self.sorted.to_vec()
    }
}

impl<T: Copy + Ord> FromIterator<T> for IdSet<T> {
    fn from_iter<I: IntoIterator<Item = T>>(ids: I) -> Self {
        let mut sorted: SmallVec<[T; 2]> = ids.into_iter().collect();
        sorted.sort_unstable();
        sorted.dedup();
        Self { sorted }
    }
}
