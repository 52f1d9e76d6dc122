//! The tag tree of a workspace.
//!
//! A tag knows its parent and the names below it, and not its path. So a tag moves with all below it by one edit, and
//! paths are made when they are read.
//!
//! Tags are found by the normal form of their path. Stores of versions before NFC may hold tags that are equal in this
//! form: the one created first has the key, and each other one has a key of its own, right behind it, and is found by
//! its exact spelling. So nothing that such a store holds gets lost or counted together.

mod children;
mod discarded;
mod hints;
mod nodes;
mod order;
mod parents;
mod spelling;
#[cfg(test)]
mod tests;
mod unswept;
mod update;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use crate::heap;
use crate::model::limits::TAG_DEPTH_MAX;
use crate::model::{TagId, TagPath, is_overlong_name, normal_form};
use crate::record::TagRecord;
use children::Children;
use hints::Hints;
use nodes::Nodes;
use unswept::Unswept;

pub(crate) use discarded::Discarded;
pub(crate) use order::Listing;
pub(crate) use parents::{Lineage, TagParents};

/// A tag with the data derived from its place in the tree.
#[derive(Debug, Clone)]
pub(crate) struct TagNode {
    pub(crate) record: Arc<TagRecord>,
    /// The last part of its key: the normal form of the name, followed by the name itself if a sibling has that key.
    name: Arc<str>,
    children: Children,
    /// Made when it is first read. If it is there, so it is in each node above.
    full: OnceLock<Full>,
}

impl TagNode {
    /// The approximate memory in bytes, with that of the node itself.
    fn heap_bytes(&self) -> usize {
        let text = |text: &Arc<str>| heap::of_arc_slice::<u8>(text.len());
        let full = self.full.get().map_or(0, |full| {
            let path = if Arc::ptr_eq(&full.path, &full.key) { 0 } else { text(&full.path) };
            let key = if Arc::ptr_eq(&full.key, &self.name) { 0 } else { text(&full.key) };
            path + key
        });
        let record = heap::of_arc::<TagRecord>() + self.record.weight();
        heap::of_arc::<Self>() + text(&self.name) + full + record + self.children.heap_bytes()
    }
}

/// The path of a tag.
#[derive(Debug, Clone)]
struct Full {
    /// As shown, each name in the letter case of its creation.
    path: Arc<str>,
    /// For lookup and order. See [`TagNode::name`].
    key: Arc<str>,
}

impl Full {
    fn below(above: Option<&Full>, node: &TagNode) -> Self {
        let key: Arc<str> = match above {
            None => Arc::clone(&node.name),
            Some(above) => format!("{}/{}", above.key, node.name).into(),
        };
        let is_same = node.record.name == *node.name && above.is_none_or(|above| Arc::ptr_eq(&above.path, &above.key));
        let path: Arc<str> = match above {
            _ if is_same => Arc::clone(&key),
            None => node.record.name.as_str().into(),
            Some(above) => format!("{}/{}", above.path, node.record.name).into(),
        };
        Self { path, key }
    }
}

impl TagParents for TagTree {
    fn parent(&self, tag: TagId) -> Option<Option<TagId>> {
        self.nodes.get(tag).map(|node| node.record.parent)
    }
}

/// The tag tree.
#[derive(Debug, Default, Clone)]
pub(crate) struct TagTree {
    nodes: Nodes,
    top: Children,
    /// Tags of older versions that can only be found by their exact spelling.
    by_spelling: BTreeSet<TagId>,
    /// Made when it is first read.
    listing: OnceLock<Listing>,
    hints: Hints,
    unswept: Unswept,
}

/// Separates the two parts of a key of its own. No name has a space, so no other tag has this key, and it sorts before
/// the tags below the one with the plain key.
const OWN_KEY: char = ' ';

/// Another tag has the key of a tag, and was created later.
struct TakenByLater;

impl TagTree {
    /// Builds the tree from the records of all tags. A record with a missing parent is left out. That is so during
    /// replay, and until the tags below a deleted one are swept.
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
        let missing = children.keys().flatten().filter(|parent| !records.contains_key(parent));
        for parent in missing {
            let mut below = children.get(&Some(*parent)).cloned().unwrap_or_default();
            let mut next = 0;
            while let Some(tag) = below.get(next).copied() {
                below.extend(children.get(&Some(tag)).into_iter().flatten());
                next += 1;
            }
            tree.unswept.add(*parent, below);
        }
        tree
    }

    /// The approximate memory in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        let nodes: usize = self.nodes.iter().map(|(_, node)| node.heap_bytes()).sum();
        let listing = self.listing.get().map_or(0, Listing::heap_bytes);
        self.nodes.heap_bytes() + nodes + self.top.heap_bytes() + listing + self.hints.heap_bytes()
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    #[inline]
    pub(crate) fn get(&self, tag: TagId) -> Option<&TagNode> {
        self.nodes.get(tag)
    }

    /// The path of a tag as shown, each name in the letter case of its creation.
    pub(crate) fn path(&self, tag: TagId) -> Option<&Arc<str>> {
        self.full(tag).map(|full| &full.path)
    }

    /// The key of a tag, by which it is found and ordered: the normal form of the path, followed by the name itself if
    /// another tag has that key.
    pub(crate) fn key(&self, tag: TagId) -> Option<&Arc<str>> {
        self.full(tag).map(|full| &full.key)
    }

    #[inline]
    fn full(&self, tag: TagId) -> Option<&Full> {
        let node = self.nodes.get(tag)?;
        node.full.get().or_else(|| self.make_full(node))
    }

    /// Makes the paths of a tag and of those above it that have none.
    #[cold]
    fn make_full<'t>(&'t self, node: &'t TagNode) -> Option<&'t Full> {
        let mut without = SmallVec::<[&TagNode; TAG_DEPTH_MAX]>::from_slice(&[node]);
        let (mut above, mut full) = (node.record.parent, None);
        while let (Some(parent), None) = (above, full) {
            let node = self.nodes.get(parent)?;
            full = node.full.get();
            if full.is_none() {
                without.push(node);
                above = node.record.parent;
            }
        }
        for node in without.into_iter().rev() {
            full = Some(node.full.get_or_init(|| Full::below(full, node)));
        }
        full
    }

    /// Finds a tag by its path, ignoring case and Unicode composition.
    #[inline]
    pub(crate) fn find(&self, path: &str) -> Option<TagId> {
        if !self.by_spelling.is_empty()
            && let Some(found) = self.find_by_spelling(path)
        {
            return found;
        }
        let has_key = |tag| self.nodes.get(tag).and_then(|node| node.full.get()).is_some_and(|full| *full.key == *path);
        self.hints.find(path, has_key).or_else(|| self.search(path))
    }

    /// Finds a tag by the names of its path, one after the other.
    fn search(&self, path: &str) -> Option<TagId> {
        let is_key = path.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase());
        if is_key {
            let tag = self.find_below(None, path)?;
            if self.key(tag).is_some_and(|key| **key == *path) {
                self.hints.keep(path, tag, self.len());
            }
            return Some(tag);
        }
        // A path can grow past the length limit in lower case. Such a path names no tag.
        self.find_below(None, TagPath::parse(path).ok()?.key())
    }

    /// Finds the tag of the first `depth` names of a path.
    pub(crate) fn find_prefix(&self, path: &TagPath, depth: usize) -> Option<TagId> {
        if !self.by_spelling.is_empty()
            && let Some(found) = self.find_by_spelling(&path.prefix(depth))
        {
            return found;
        }
        self.find_below(None, path.key_of_prefix(depth))
    }

    /// Finds a tag below another, or from the top, by the rest of its key.
    #[inline]
    fn find_below(&self, above: Option<TagId>, key: &str) -> Option<TagId> {
        key.split('/').try_fold(above, |parent, name| self.child(parent, name).map(Some))?
    }

    /// Finds the child of a tag, or a root, by the key of its name.
    #[inline]
    pub(crate) fn child(&self, parent: Option<TagId>, name: &str) -> Option<TagId> {
        self.siblings(parent)?.get(name)
    }

    #[inline]
    fn siblings(&self, parent: Option<TagId>) -> Option<&Children> {
        match parent {
            None => Some(&self.top),
            Some(parent) => self.nodes.get(parent).map(|node| &node.children),
        }
    }

    fn siblings_mut(&mut self, parent: Option<TagId>) -> Option<&mut Children> {
        match parent {
            None => Some(&mut self.top),
            Some(parent) => self.nodes.get_parent_mut(parent).map(|node| &mut node.children),
        }
    }

    /// All tags and their paths as shown, ordered by key. The first time after an update, the list is made.
    pub(crate) fn listing(&self) -> &Listing {
        self.listing.get_or_init(|| self.list())
    }

    /// All tags and their paths as shown, ordered by key.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (TagId, &Arc<str>)> {
        let Listing { tags, paths } = self.listing();
        tags.iter().copied().zip(&**paths)
    }

    /// The direct children of a tag, by name.
    pub(crate) fn children(&self, tag: TagId) -> impl Iterator<Item = TagId> + '_ {
        self.nodes.get_parent(tag).into_iter().flat_map(|node| node.children.tags())
    }

    /// The number of levels in the subtree of a tag: 1 for a leaf.
    pub(crate) fn height(&self, tag: TagId) -> usize {
        let (mut height, mut level) = (0, vec![tag]);
        while !level.is_empty() {
            height += 1;
            level = level.into_iter().flat_map(|tag| self.children(tag)).collect();
        }
        height
    }

    /// The number of tags below one.
    pub(crate) fn count_below(&self, tag: TagId) -> usize {
        let (mut count, mut open) = (0, vec![tag]);
        while let Some(tag) = open.pop() {
            count += 1;
            open.extend(self.children(tag));
        }
        count - 1
    }

    /// The paths of some tags as shown, sorted by key.
    #[inline]
    pub(crate) fn paths(&self, tags: impl Iterator<Item = TagId>) -> Vec<Arc<str>> {
        let mut paths: Vec<&Full> = tags.filter_map(|tag| self.full(tag)).collect();
        paths.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        paths.into_iter().map(|full| Arc::clone(&full.path)).collect()
    }

    /// Applies the tag records of a change. A tag is added, moved, renamed or, with `None`, removed.
    pub(crate) fn update(&mut self, tags: &[(TagId, Option<Arc<TagRecord>>)]) -> Discarded {
        let mut discarded = Discarded::default();
        self.hints.fit(self.len() + tags.len());
        if !self.unswept.is_empty() && self.note_swept(tags) == tags.len() {
            return discarded;
        }
        discarded.listing = self.listing.take();
        let only_new = tags.iter().all(|(tag, record)| record.is_some() && !self.nodes.contains(*tag));
        if only_new && self.has_parents(tags) && self.attach_all(tags).is_ok() {
            return discarded;
        }
        // Whichever of two equal tags comes first has the key, so with any of those the whole tree is built again.
        if self.by_spelling.is_empty() && self.update_in_place(tags, &mut discarded).is_ok() {
            return discarded;
        }
        let mut records: BTreeMap<TagId, Arc<TagRecord>> =
            self.nodes.iter().map(|(tag, node)| (tag, node.record.clone())).collect();
        for (tag, record) in tags {
            match record {
                Some(record) => records.insert(*tag, record.clone()),
                None => records.remove(tag),
            };
        }
        let unswept = self.unswept.take();
        *self = Self::from_records(records);
        unswept.into_lists().for_each(|(missing, below)| self.unswept.add(missing, below));
        discarded
    }

    /// Notes which records of tags that are out of the tree are gone. Returns how many.
    fn note_swept(&mut self, tags: &[(TagId, Option<Arc<TagRecord>>)]) -> usize {
        // From the last one on, as they are kept.
        let out = tags.iter().rev().filter(|(tag, _)| !self.nodes.contains(*tag));
        out.filter(|(tag, record)| self.unswept.remove(*tag) && record.is_none()).count()
    }

    /// Whether the parent of each tag is in the tree or comes before it. A batch can move a tag below one that it created
    /// later.
    fn has_parents(&self, tags: &[(TagId, Option<Arc<TagRecord>>)]) -> bool {
        let mut earlier = FxHashSet::default();
        tags.iter().all(|(tag, record)| {
            let parent = record.as_ref().and_then(|record| record.parent);
            let is_there = parent.is_none_or(|parent| self.nodes.contains(parent) || earlier.contains(&parent));
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
        let Some(siblings) = self.siblings_mut(record.parent) else { return Ok(()) };
        let mut name = normal_form(&record.name).into_owned();
        let taken = siblings.get(&name).filter(|other| *other != tag);
        if taken.is_some_and(|other| other > tag) {
            return Err(TakenByLater);
        }
        while siblings.get(&name).is_some_and(|other| other != tag) {
            name.push(OWN_KEY);
            name.push_str(&record.name);
        }
        let name: Arc<str> = name.into();
        siblings.insert(Arc::clone(&name), tag);
        if taken.is_some() || is_overlong_name(&record.name) {
            self.by_spelling.insert(tag);
        }
        self.nodes.insert(tag, TagNode { record, name, children: Children::default(), full: OnceLock::new() });
        Ok(())
    }
}
