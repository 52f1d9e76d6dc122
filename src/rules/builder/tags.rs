//! Edits of tags, and the tag tree with the edits applied.

use std::collections::{BTreeMap, BTreeSet, btree_map};
use std::sync::Arc;

use super::ChangeBuilder;
use crate::index::{TagParents, TagTree};
use crate::model::{TagId, TagPath, normal_form};
use crate::record::TagRecord;

impl ChangeBuilder<'_> {
    /// Returns an id for a new tag, or `None` if ids are exhausted.
    pub(in crate::rules) fn take_tag(&mut self) -> Option<TagId> {
        let tag = TagId(self.next.tag);
        self.next.tag = self.next.tag.checked_add(1)?;
        Some(tag)
    }

    /// Creates or replaces a tag, or removes it with `None`.
    pub(in crate::rules) fn put_tag(&mut self, tag: TagId, record: Option<TagRecord>) {
        self.tags.put(tag, record.map(Arc::new));
    }

    /// Returns the tag tree, with edits applied.
    pub(in crate::rules) fn tree(&self) -> EditedTags<'_> {
        EditedTags { base: &self.input.state.tags, edits: &self.tags }
    }
}

/// The edited tags, by id and by place.
#[derive(Default)]
pub(super) struct TagEdits {
    records: BTreeMap<TagId, Option<Arc<TagRecord>>>,
    /// Parent, name in the form that compares, and tag.
    places: BTreeSet<(Option<TagId>, String, TagId)>,
}

impl TagEdits {
    fn put(&mut self, tag: TagId, record: Option<Arc<TagRecord>>) {
        let place = |record: &TagRecord| (record.parent, normal_form(&record.name).into_owned(), tag);
        let new = record.as_deref().map(place);
        if let Some(Some(old)) = self.records.insert(tag, record) {
            self.places.remove(&place(&old));
        }
        self.places.extend(new);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub(super) fn iter(&self) -> btree_map::Iter<'_, TagId, Option<Arc<TagRecord>>> {
        self.records.iter()
    }

    /// The edited children of a tag, or roots, from a name on.
    fn below(&self, parent: Option<TagId>, name: &str) -> impl Iterator<Item = (&str, TagId)> {
        let from = self.places.range((parent, name.to_owned(), TagId(0))..);
        from.take_while(move |(above, ..)| *above == parent).map(|(_, name, tag)| (name.as_str(), *tag))
    }
}

impl IntoIterator for TagEdits {
    type Item = (TagId, Option<Arc<TagRecord>>);
    type IntoIter = btree_map::IntoIter<TagId, Option<Arc<TagRecord>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.records.into_iter()
    }
}

/// A tag tree with edits on top. Building it costs nothing, and a lookup costs no more than the edits add.
#[derive(Clone, Copy)]
pub(in crate::rules) struct EditedTags<'b> {
    base: &'b TagTree,
    edits: &'b TagEdits,
}

impl EditedTags<'_> {
    /// Returns the record of a tag, if it exists.
    pub(in crate::rules) fn get(&self, tag: TagId) -> Option<&Arc<TagRecord>> {
        match self.edits.records.get(&tag) {
            Some(record) => record.as_ref(),
            None => self.base.get(tag).map(|node| &node.record),
        }
    }

    /// The number of tags.
    pub(in crate::rules) fn len(&self) -> usize {
        let added = self.edits.iter().filter(|(tag, record)| record.is_some() && self.base.get(**tag).is_none());
        let gone = self.edits.iter().filter(|(tag, record)| record.is_none() && self.base.get(**tag).is_some());
        self.base.len() + added.count() - gone.count()
    }

    /// Finds a tag by its path, ignoring case.
    pub(in crate::rules) fn find(&self, path: &str) -> Option<TagId> {
        if self.edits.is_empty() {
            return self.base.find(path);
        }
        let path = TagPath::parse(path).ok()?;
        self.find_prefix(&path, path.depth())
    }

    /// Finds the tag named by the first names of a path.
    pub(in crate::rules) fn find_prefix(&self, path: &TagPath, depth: usize) -> Option<TagId> {
        if self.edits.is_empty() {
            return self.base.find_prefix(path, depth);
        }
        path.names()
            .iter()
            .take(depth)
            .try_fold(None, |parent, name| self.child(parent, &normal_form(name)).map(Some))?
    }

    /// Finds the child of a tag, or a root, by the key of its name.
    pub(in crate::rules) fn child(&self, parent: Option<TagId>, name: &str) -> Option<TagId> {
        if let Some((found, tag)) = self.edits.below(parent, name).next()
            && found == name
        {
            return Some(tag);
        }
        let key = match parent {
            None => name.to_owned(),
            Some(parent) => format!("{}/{name}", self.base.get(parent)?.key()),
        };
        self.base.by_key(&key).filter(|tag| !self.edits.records.contains_key(tag))
    }

    /// The path of a tag in the form that compares.
    pub(in crate::rules) fn key(&self, tag: TagId) -> String {
        if self.edits.is_empty() {
            return self.base.get(tag).map(|node| node.key().to_owned()).unwrap_or_default();
        }
        let mut names: Vec<String> = Vec::new();
        for above in self.lineage(tag) {
            names.extend(self.get(above).map(|record| normal_form(&record.name).into_owned()));
        }
        names.reverse();
        names.join("/")
    }

    /// The direct children of a tag, by id.
    pub(in crate::rules) fn children(&self, tag: TagId) -> Vec<TagId> {
        if self.edits.is_empty() {
            return self.base.children(tag).collect();
        }
        let kept = self.base.children(tag).filter(|child| !self.edits.records.contains_key(child));
        let mut children: Vec<TagId> = kept.chain(self.edits.below(Some(tag), "").map(|(_, child)| child)).collect();
        children.sort_unstable();
        children
    }

    /// The tag and all its descendants, parents first.
    pub(in crate::rules) fn subtree(&self, tag: TagId) -> Vec<TagId> {
        let mut found = vec![tag];
        let mut next = 0;
        while let Some(tag) = found.get(next).copied() {
            found.extend(self.children(tag));
            next += 1;
        }
        found
    }

    /// The number of levels in the subtree of a tag: 1 for a leaf.
    pub(in crate::rules) fn height(&self, tag: TagId) -> usize {
        1 + self.children(tag).into_iter().map(|child| self.height(child)).max().unwrap_or(0)
    }
}

impl TagParents for EditedTags<'_> {
    fn parent(&self, tag: TagId) -> Option<Option<TagId>> {
        self.get(tag).map(|record| record.parent)
    }
}
