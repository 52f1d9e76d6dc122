//! The tag tree of a workspace.
//!
//! Tags are found by the normal form of their path. Stores of versions before NFC may hold tags that are equal in this
//! form: the one created first has the key, and each other one has a key of its own, right behind it, and is found by
//! its exact spelling. So nothing that such a store holds gets lost or counted together.

mod parents;
#[cfg(test)]
mod tests;
mod update;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::{TagId, TagPath, is_overlong_name, normal_form};
use crate::record::TagRecord;

pub(crate) use parents::{Lineage, TagParents};

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
    /// The lookup key: the normal form of the path, followed by the name itself if another tag has that key.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }
}

impl TagParents for TagTree {
    fn parent(&self, tag: TagId) -> Option<Option<TagId>> {
        self.nodes.get(&tag).map(|node| node.record.parent)
    }
}

/// The tag tree: nodes by id, ids by path.
#[derive(Debug, Default, Clone)]
pub(crate) struct TagTree {
    nodes: FxHashMap<TagId, TagNode>,
    /// Key → tag and path as shown, for listing in order.
    in_order: BTreeMap<Arc<str>, (TagId, Arc<str>)>,
    /// Key → tag, for fast lookup.
    by_key: FxHashMap<Arc<str>, TagId>,
    /// Path as shown → tag, for tags of older versions that can only be found so.
    by_spelling: FxHashMap<Arc<str>, TagId>,
}

/// Separates the two parts of a key of its own. No name has a space, so no other tag has this key, and it sorts before
/// the tags below the one with the plain key.
const OWN_KEY: char = ' ';

/// Another tag has the key of a tag, and was created later.
struct TakenByLater;

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
        // Siblings are attached in the order of their creation, since the first of two equal ones has the key.
        let mut next: Vec<TagId> = children.get(&None).into_iter().flatten().rev().copied().collect();
        while let Some(tag) = next.pop() {
            if let Some(record) = records.get(&tag) {
                let attached = tree.attach(tag, record.clone());
                debug_assert!(attached.is_ok(), "siblings come in the order of their ids");
            }
            next.extend(children.get(&Some(tag)).into_iter().flatten().rev());
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

    /// Finds a tag by its path, ignoring case and Unicode composition.
    #[inline]
    pub(crate) fn find(&self, path: &str) -> Option<TagId> {
        if !self.by_spelling.is_empty()
            && let Some(found) = self.find_by_spelling(path)
        {
            return found;
        }
        let is_key = path.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
        if is_key {
            return self.by_key(path);
        }
        // A path can grow past the length limit in lower case. Such a path names no tag.
        self.by_key(TagPath::parse(path).ok()?.key())
    }

    /// Finds the tag of the first `depth` names of a path.
    pub(crate) fn find_prefix(&self, path: &TagPath, depth: usize) -> Option<TagId> {
        if !self.by_spelling.is_empty()
            && let Some(found) = self.find_by_spelling(&path.prefix(depth))
        {
            return found;
        }
        self.by_key(path.key_of_prefix(depth))
    }

    /// Finds a tag at or below one that is found by its exact spelling. Returns `None` if no such tag is on the path.
    fn find_by_spelling(&self, path: &str) -> Option<Option<TagId>> {
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        let spelled = |end: usize| Some((end, self.get(*self.by_spelling.get(&path[..end])?)?));
        let (end, node) = ends.rev().find_map(spelled)?;
        let Some(below) = path[end..].strip_prefix('/') else { return Some(self.by_key(&node.key)) };
        let below = TagPath::parse(below).ok();
        Some(below.and_then(|below| self.by_key(&format!("{}/{}", node.key, below.key()))))
    }

    /// Finds a tag by a key.
    pub(crate) fn by_key(&self, key: &str) -> Option<TagId> {
        self.by_key.get(key).copied()
    }

    /// Whether a tag is of an older version and can only be found by its exact spelling.
    pub(crate) fn is_found_by_spelling(&self, path: &str) -> bool {
        self.by_spelling.contains_key(path)
    }

    /// The tags whose paths are equal, by their paths as shown. Each group begins with the tag that other spellings
    /// find, and has the others in the order of their creation.
    pub(crate) fn equal(&self) -> Vec<Vec<Arc<str>>> {
        let mut groups: BTreeMap<&str, BTreeSet<TagId>> = BTreeMap::new();
        for tag in self.by_spelling.values() {
            let Some(node) = self.get(*tag) else { continue };
            let own = node.key.rsplit_once(OWN_KEY).filter(|(_, name)| *name == node.record.name);
            let Some((plain, _)) = own else { continue };
            let group = groups.entry(plain).or_default();
            group.extend(self.by_key(plain).into_iter().chain([*tag]));
        }
        let path = |tag: TagId| self.get(tag).map(|node| Arc::clone(&node.path));
        groups.into_values().map(|group| group.into_iter().filter_map(path).collect()).collect()
    }

    /// All tags and their paths as shown, ordered by key.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (TagId, &Arc<str>)> {
        self.in_order.values().map(|(tag, path)| (*tag, path))
    }

    /// The direct children of a tag, by id.
    pub(crate) fn children(&self, tag: TagId) -> impl Iterator<Item = TagId> + '_ {
        self.nodes.get(&tag).into_iter().flat_map(|node| node.children.iter().copied())
    }

    /// The paths of some tags as shown, sorted by key.
    #[inline]
    pub(crate) fn paths(&self, tags: impl Iterator<Item = TagId>) -> Vec<Arc<str>> {
        let mut nodes: Vec<&TagNode> = tags.filter_map(|tag| self.nodes.get(&tag)).collect();
        nodes.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        nodes.into_iter().map(|node| node.path.clone()).collect()
    }

    /// Applies the tag records of a change. A tag is added, moved, renamed or, with `None`, removed.
    pub(crate) fn update(&mut self, tags: &[(TagId, Option<Arc<TagRecord>>)]) {
        let only_new = tags.iter().all(|(tag, record)| record.is_some() && !self.nodes.contains_key(tag));
        if only_new && self.has_parents(tags) && self.attach_all(tags).is_ok() {
            return;
        }
        // Whichever of two equal tags comes first has the key, so with any of those the whole tree is built again.
        if self.by_spelling.is_empty() && self.update_in_place(tags).is_ok() {
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

    /// Whether the parent of each tag is in the tree or comes before it. A batch can move a tag below one that it created
    /// later.
    fn has_parents(&self, tags: &[(TagId, Option<Arc<TagRecord>>)]) -> bool {
        let mut earlier = FxHashSet::default();
        tags.iter().all(|(tag, record)| {
            let parent = record.as_ref().and_then(|record| record.parent);
            let is_there = parent.is_none_or(|parent| self.nodes.contains_key(&parent) || earlier.contains(&parent));
            earlier.insert(*tag);
            is_there
        })
    }

    fn attach_all(&mut self, tags: &[(TagId, Option<Arc<TagRecord>>)]) -> Result<(), TakenByLater> {
        let records = tags.iter().filter_map(|(tag, record)| Some((*tag, record.clone()?)));
        records.into_iter().try_for_each(|(tag, record)| self.attach(tag, record))
    }

    /// Adds a tag below its parent. The parent must be in the tree already. Fails if a tag that was created later has
    /// its key: then the tree must be built in order.
    fn attach(&mut self, tag: TagId, record: Arc<TagRecord>) -> Result<(), TakenByLater> {
        let (path, mut key) = match record.parent {
            None => (Arc::from(record.name.as_str()), normal_form(&record.name).into_owned()),
            Some(parent) => {
                let Some(parent) = self.nodes.get_mut(&parent) else { return Ok(()) };
                let path: Arc<str> = format!("{}/{}", parent.path, record.name).into();
                let key = format!("{}/{}", parent.key, normal_form(&record.name));
                parent.children.insert(tag);
                (path, key)
            }
        };
        let taken = self.by_key(&key).filter(|other| *other != tag);
        if taken.is_some_and(|other| other > tag) {
            return Err(TakenByLater);
        }
        if taken.is_some() {
            key.push(OWN_KEY);
            key.push_str(&record.name);
        }
        if taken.is_some() || is_overlong_name(&record.name) {
            self.by_spelling.insert(Arc::clone(&path), tag);
        }
        let key: Arc<str> = key.into();
        self.in_order.insert(Arc::clone(&key), (tag, Arc::clone(&path)));
        self.by_key.insert(Arc::clone(&key), tag);
        self.nodes.insert(tag, TagNode { record, path, key, children: BTreeSet::new() });
        Ok(())
    }
}
