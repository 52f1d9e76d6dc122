//! The tag tree of a workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::model::{TagId, TagPath, tag_key};
use crate::record::TagRecord;

/// A tag with what follows from its place in the tree.
#[derive(Debug, Clone)]
pub(crate) struct TagNode {
    pub(crate) record: Arc<TagRecord>,
    /// The path as shown: each name with the letters of its own creation.
    pub(crate) path: Arc<str>,
    key: Arc<str>,
    children: BTreeSet<TagId>,
}

impl TagNode {
    /// The path by which it is found: in lower case.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }
}

/// The tag tree: nodes by id, ids by path.
#[derive(Debug, Default, Clone)]
pub(crate) struct TagTree {
    nodes: FxHashMap<TagId, TagNode>,
    /// By the lower-case path, with the path as shown.
    in_order: BTreeMap<Arc<str>, (TagId, Arc<str>)>,
    /// The same, for finding one.
    by_key: FxHashMap<Arc<str>, TagId>,
}

impl TagTree {
    /// The tree that the records of all tags make. A record whose parent is missing is left out; while a
    /// store is being redone, that can be.
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

    /// How many tags there are.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn get(&self, tag: TagId) -> Option<&TagNode> {
        self.nodes.get(&tag)
    }

    /// The tag with a path, whatever its letters' case.
    pub(crate) fn find(&self, path: &str) -> Option<TagId> {
        let is_key = path.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
        if is_key {
            return self.by_key(path);
        }
        // Lower case can be longer than a name may be: such a path names no tag.
        self.by_key(&TagPath::parse(path).ok()?.key())
    }

    /// The tag with a path that is in lower case already.
    pub(crate) fn by_key(&self, key: &str) -> Option<TagId> {
        self.by_key.get(key).copied()
    }

    /// All tags, with their paths as shown, in the order of their lower-case paths.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (TagId, &Arc<str>)> {
        self.in_order.values().map(|(tag, path)| (*tag, path))
    }

    /// A tag, its parent, and so on up to the top.
    pub(crate) fn lineage(&self, tag: TagId) -> impl Iterator<Item = TagId> + '_ {
        let first = self.nodes.contains_key(&tag).then_some(tag);
        std::iter::successors(first, |tag| self.nodes.get(tag)?.record.parent)
    }

    /// The tags right below one, by id.
    pub(crate) fn children(&self, tag: TagId) -> impl Iterator<Item = TagId> + '_ {
        self.nodes.get(&tag).into_iter().flat_map(|node| node.children.iter().copied())
    }

    /// A tag and all below it, parents first.
    pub(crate) fn subtree(&self, tag: TagId) -> Vec<TagId> {
        let mut found = vec![tag];
        let mut next = 0;
        while let Some(tag) = found.get(next).copied() {
            found.extend(self.children(tag));
            next += 1;
        }
        found
    }

    /// How many levels a tag and those below it take: 1 for a leaf.
    pub(crate) fn height(&self, tag: TagId) -> usize {
        1 + self.children(tag).map(|child| self.height(child)).max().unwrap_or(0)
    }

    /// Some tags' paths as shown, by their lower-case form.
    pub(crate) fn paths(&self, tags: impl Iterator<Item = TagId>) -> Vec<Arc<str>> {
        let mut nodes: Vec<&TagNode> = tags.filter_map(|tag| self.nodes.get(&tag)).collect();
        nodes.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        nodes.into_iter().map(|node| node.path.clone()).collect()
    }

    /// Puts, moves, renames or (with none) removes tags, as a change says.
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

    /// Hangs a tag under its parent, which must be there already.
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
    fn paths_follow_moves_and_deletions() {
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
