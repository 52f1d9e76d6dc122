//! The tags directly below another one, or at the top.

use std::collections::{BTreeMap, btree_map};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::heap;
use crate::model::TagId;

/// Tags with the same parent, each by the name that tells it from the others.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Children {
    /// For lookup: a sorted map takes several times as long.
    by_name: FxHashMap<Arc<str>, TagId>,
    in_order: BTreeMap<Arc<str>, TagId>,
}

impl Children {
    #[inline]
    pub(super) fn get(&self, name: &str) -> Option<TagId> {
        self.by_name.get(name).copied()
    }

    /// Adds a tag. Returns the one that had the name before.
    pub(super) fn insert(&mut self, name: Arc<str>, tag: TagId) -> Option<TagId> {
        self.in_order.insert(Arc::clone(&name), tag);
        self.by_name.insert(name, tag)
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.by_name.remove(name);
        self.in_order.remove(name);
    }

    /// The approximate memory in bytes, without the names.
    pub(super) fn heap_bytes(&self) -> usize {
        heap::of_hash_table::<Arc<str>, TagId>(self.by_name.capacity())
            + heap::of_tree::<Arc<str>, TagId>(self.in_order.len())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.in_order.is_empty()
    }

    /// The tags in the order of their names.
    pub(super) fn iter(&self) -> btree_map::Iter<'_, Arc<str>, TagId> {
        self.in_order.iter()
    }

    /// The tags in the order of their names.
    pub(super) fn tags(&self) -> impl Iterator<Item = TagId> + '_ {
        self.in_order.values().copied()
    }
}
