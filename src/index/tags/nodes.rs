//! The tags of a tree by number.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::TagNode;
use crate::heap;
use crate::model::TagId;

/// Tags with numbers from here on are kept apart. Numbers are sequential, so only a damaged row can hold such a one.
const DENSE_MAX: u32 = 1 << 20;

/// The nodes of a tree. A vector, because whole subtrees come and go under the lock of their workspace.
#[derive(Debug, Default, Clone)]
pub(super) struct Nodes {
    dense: Vec<Option<Arc<TagNode>>>,
    /// Which of these may have children. A walk through a subtree leaves out the others: each look at a node is a wait for
    /// memory.
    inner: Vec<bool>,
    others: FxHashMap<TagId, Arc<TagNode>>,
    len: usize,
}

impl Nodes {
    #[inline]
    pub(super) fn get(&self, tag: TagId) -> Option<&TagNode> {
        match self.dense.get(tag.0 as usize) {
            Some(node) => node.as_deref(),
            None if self.others.is_empty() => None,
            None => self.others.get(&tag).map(|node| &**node),
        }
    }

    /// A node to change. It is copied if a snapshot has it, too.
    pub(super) fn get_mut(&mut self, tag: TagId) -> Option<&mut TagNode> {
        let node = match self.dense.get_mut(tag.0 as usize) {
            Some(node) => node.as_mut(),
            None => self.others.get_mut(&tag),
        };
        node.map(Arc::make_mut)
    }

    /// A node whose children are to change.
    pub(super) fn get_parent_mut(&mut self, tag: TagId) -> Option<&mut TagNode> {
        if let Some(is_inner) = self.inner.get_mut(tag.0 as usize) {
            *is_inner = true;
        }
        self.get_mut(tag)
    }

    /// A node, if it may have children.
    pub(super) fn get_parent(&self, tag: TagId) -> Option<&TagNode> {
        let is_leaf = self.inner.get(tag.0 as usize) == Some(&false);
        if is_leaf { None } else { self.get(tag) }
    }

    pub(super) fn contains(&self, tag: TagId) -> bool {
        self.get(tag).is_some()
    }

    pub(super) fn insert(&mut self, tag: TagId, node: TagNode) {
        let node = Arc::new(node);
        let before = if tag.0 < DENSE_MAX {
            let place = tag.0 as usize;
            if place >= self.dense.len() {
                self.dense.resize(place + 1, None);
                self.inner.resize(place + 1, false);
            }
            self.inner[place] = !node.children.is_empty();
            self.dense[place].replace(node)
        } else {
            self.others.insert(tag, node)
        };
        self.len += usize::from(before.is_none());
    }

    pub(super) fn remove(&mut self, tag: TagId) -> Option<Arc<TagNode>> {
        let node = match self.dense.get_mut(tag.0 as usize) {
            Some(node) => node.take(),
            None => self.others.remove(&tag),
        };
        self.len -= usize::from(node.is_some());
        node
    }

    /// The approximate memory in bytes, without the nodes.
    pub(super) fn heap_bytes(&self) -> usize {
        heap::of_vec::<Option<Arc<TagNode>>>(self.dense.capacity())
            + heap::of_vec::<bool>(self.inner.capacity())
            + heap::of_hash_table::<TagId, Arc<TagNode>>(self.others.capacity())
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (TagId, &TagNode)> {
        let dense = (0..).zip(&self.dense).filter_map(|(tag, node)| Some((TagId(tag), &**node.as_ref()?)));
        dense.chain(self.others.iter().map(|(tag, node)| (*tag, &**node)))
    }
}
