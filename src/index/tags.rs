//! The tag tree of a workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::model::{TagId, TagPath, tag_key};
use crate::record::TagRecord;

/// A tag with the data derived from its place in the tree.
#[derive(Debug, Clone)]
pub(crate) struct TagNode {
    pub(crate) record: Arc<TagRecord>,
    /// The path as shown, each name in the letter case of its creation.
    pub(crate) path: Arc<str>,
    key: Arc<str>,
    children: BTreeSet<TagId>,
}

impl TagNode {
    /// The lookup key: the path in lower case.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }
}

/// The tag tree: nodes by id, ids by path.
#[derive(Debug, Default, Clone)]
pub(crate) struct TagTree {
    nodes: FxHashMap<TagId, TagNode>,
    /// Lower-case path → tag and path as shown, for listing in order.
    in_order: BTreeMap<Arc<str>, (TagId, Arc<str>)>,
    /// Lower-case path → tag, for fast lookup.
    by_key: FxHashMap<Arc<str>, TagId>,
}

impl TagTree {
    /// Builds the tree from the records of all tags. A record with a missing parent is left out, which can happen
    /// during replay.
    pub(crate) fn from_records(records: impl IntoIterator<Item = (TagId, Arc<TagRecord>)>) -> Self {
        let records: BTreeMap<TagId, Arc<TagRecord>> = records.into_iter().collect();
        let mut children: BTreeMap<Option<TagId>, Vec<TagId>> = BTreeMap::new();
        for (tag, record) in &records {
            children.entry(record.parent).or_default().push(*tag);
        }
        let mut tree = Self::default();
        let mut next: Vec<TagId> = children.get(&None).cloned().unwrap_or_default();
        while let Some(tag) = next.pop() {
            if let Some(record) = records.get(&tag) {
                tree.attach(tag, record.clone());
            }
            next.extend(children.get(&Some(tag)).into_iter().flatten());
        }
        tree
    }

    /// The approximate memory in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        // Beside the node: its record, an entry of the two maps by path, and a place among the children of its parent.
        const BESIDE_NODE_BYTES: usize = 160;
        let node = |node: &TagNode| {
            size_of::<TagNode>() + BESIDE_NODE_BYTES + node.path.len() + node.key.len() + node.record.weight()
        };
        self.nodes.values().map(node).sum()
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    #[inline]
    pub(crate) fn get(&self, tag: TagId) -> Option<&TagNode> {
        self.nodes.get(&tag)
    }

    /// Finds a tag by its path, ignoring case.
    #[inline]
    pub(crate) fn find(&self, path: &str) -> Option<TagId> {
        let is_key = path.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
        if is_key {
            return self.by_key(path);
        }
        // A path can grow past the length limit in lower case. Such a path names no tag.
        self.by_key(&TagPath::parse(path).ok()?.key())
    }

    /// Finds a tag by a path that is already in lower case.
    pub(crate) fn by_key(&self, key: &str) -> Option<TagId> {
        self.by_key.get(key).copied()
    }

    /// All tags and their paths as shown, ordered by lower-case path.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (TagId, &Arc<str>)> {
        self.in_order.values().map(|(tag, path)| (*tag, path))
    }

    /// The tag and its ancestors, from the tag up to the root.
    pub(crate) fn lineage(&self, tag: TagId) -> impl Iterator<Item = TagId> + '_ {
        let first = self.nodes.contains_key(&tag).then_some(tag);
        std::iter::successors(first, |tag| self.nodes.get(tag)?.record.parent)
    }

    /// The direct children of a tag, by id.
    pub(crate) fn children(&self, tag: TagId) -> impl Iterator<Item = TagId> + '_ {
        self.nodes.get(&tag).into_iter().flat_map(|node| node.children.iter().copied())
    }

    /// The tag and all its descendants, parents first.
    pub(crate) fn subtree(&self, tag: TagId) -> Vec<TagId> {
        let mut found = vec![tag];
        let mut next = 0;
        while let Some(tag) = found.get(next).copied() {
            found.extend(self.children(tag));
            next += 1;
        }
        found
    }

    /// The number of levels in the subtree of a tag: 1 for a leaf.
    pub(crate) fn height(&self, tag: TagId) -> usize {
        1 + self.children(tag).map(|child| self.height(child)).max().unwrap_or(0)
    }

    /// The paths of some tags as shown, sorted by their lower-case form.
    #[inline]
    pub(crate) fn paths(&self, tags: impl Iterator<Item = TagId>) -> Vec<Arc<str>> {
        let mut nodes: Vec<&TagNode> = tags.filter_map(|tag| self.nodes.get(&tag)).collect();
        nodes.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        nodes.into_iter().map(|node| node.path.clone()).collect()
    }

    /// Applies the tag records of a change. A tag is added, moved, renamed or, with `None`, removed.
    pub(crate) fn update(&mut self, tags: &[(TagId, Option<Arc<TagRecord>>)]) {
        let plain_growth = tags.iter().all(|(tag, record)| record.is_some() && !self.nodes.contains_key(tag));
        if plain_growth {
            for (tag, record) in tags.iter().filter_map(|(tag, record)| Some((*tag, record.clone()?))) {
                self.attach(tag, record);
            }
            return;
        }
        let mut records: BTreeMap<TagId, Arc<TagRecord>> =
            self.nodes.iter().map(|(tag, node)| (*tag, node.record.clone())).collect();
        for (tag, record) in tags {
            match record {
                Some(record) => records.insert(*tag, record.clone()),
                None => records.remove(tag),
            };
        }
        *self = Self::from_records(records);
    }

    /// Adds a tag below its parent. The parent must be in the tree already.
    fn attach(&mut self, tag: TagId, record: Arc<TagRecord>) {
        let (path, key) = match record.parent {
            None => (record.name.as_str().into(), tag_key(&record.name).into()),
            Some(parent) => {
                let Some(parent) = self.nodes.get_mut(&parent) else { return };
                parent.children.insert(tag);
                let path: Arc<str> = format!("{}/{}", parent.path, record.name).into();
                let key: Arc<str> = tag_key(&path).into();
                (path, key)
            }
        };
        self.in_order.insert(Arc::clone(&key), (tag, Arc::clone(&path)));
        self.by_key.insert(Arc::clone(&key), tag);
        self.nodes.insert(tag, TagNode { record, path, key, children: BTreeSet::new() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(parent: Option<u32>, name: &str) -> Option<Arc<TagRecord>> {
        Some(Arc::new(TagRecord { parent: parent.map(TagId), name: name.to_owned() }))
    }

    #[test]
    fn tag_tree_paths_follow_moves_and_deletions() {
        let mut tree = TagTree::default();
        tree.update(&[(TagId(1), record(None, "Billing")), (TagId(2), record(Some(1), "Refund"))]);
        tree.update(&[(TagId(3), record(Some(2), "x")), (TagId(4), record(None, "ops"))]);
        assert_eq!(tree.find("BILLING/refund/X"), Some(TagId(3)));
        assert_eq!(&*tree.get(TagId(3)).unwrap().path, "Billing/Refund/x");
        assert_eq!(tree.lineage(TagId(3)).collect::<Vec<_>>(), [TagId(3), TagId(2), TagId(1)]);
        assert_eq!(tree.height(TagId(1)), 3);

        tree.update(&[(TagId(2), record(Some(4), "Back"))]);
        assert_eq!(&*tree.get(TagId(3)).unwrap().path, "ops/Back/x");
        assert_eq!(tree.find("billing/refund"), None);
        assert_eq!(tree.subtree(TagId(4)), [TagId(4), TagId(2), TagId(3)]);

        tree.update(&[(TagId(2), None), (TagId(3), None)]);
        assert_eq!(tree.iter().map(|(tag, _)| tag).collect::<Vec<_>>(), [TagId(1), TagId(4)]);
        assert_eq!(tree.lineage(TagId(3)).count(), 0);
    }
}
