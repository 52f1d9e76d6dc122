//! Edits of tags, and the tag tree with the edits applied.

use std::collections::{BTreeMap, BTreeSet, btree_map};
use std::sync::Arc;

use roaring::RoaringBitmap;

use super::ChangeBuilder;
use crate::index::{TagParents, TagTree};
use crate::model::{Status, TagId, TagPath, normal_form};
use crate::record::{IndexKey, RecordKey, Setting, SettingKey, TagRecord, UNSWEPT};

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

    /// Removes a tag whose subtree is large. Only its own record goes with this change: without their parent, those below
    /// it are out of the tree. Their records and postings are swept later.
    pub(in crate::rules) fn cut_off(&mut self, subtree: &[TagId]) {
        for (place, tag) in subtree.iter().copied().enumerate() {
            let is_stored = self.input.state.tags.get(tag).is_some();
            if place > 0 && is_stored && !self.tags.records.contains_key(&tag) {
                self.tags.hidden.insert(tag.0);
                continue;
            }
            if is_stored {
                self.put_setting(SettingKey::MergedTag(tag), Some(Setting::MergedTag(UNSWEPT)));
            }
            self.put_tag(tag, None);
        }
    }

    /// Whether a tag may be on chats whose records the change does not edit. In a batch an earlier command can have merged
    /// others into it.
    pub(in crate::rules) fn may_have_chats(&self, tag: TagId) -> bool {
        self.is_in_batch() || self.input.state.postings.counts(&IndexKey::OwnTag(tag)).total() > 0
    }

    /// Takes tags whose records are still there, although they went with their parents, out of the store and the index.
    pub(in crate::rules) fn sweep_tags(&mut self, tags: &[TagId]) {
        self.unread_deletions.extend(tags.iter().copied().map(RecordKey::Tag));
        for key in tags.iter().flat_map(|tag| [IndexKey::Tag(*tag), IndexKey::OwnTag(*tag)]) {
            let Some(posting) = self.input.state.postings.get(&key) else { continue };
            for status in Status::ALL {
                self.move_members(key.clone(), status, false, posting.set(status).to_bitmap());
            }
        }
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
    /// Tags that go with one above them, although their records stay. See [`ChangeBuilder::cut_off`].
    hidden: RoaringBitmap,
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

    /// Tags that go with one above them, although their records stay.
    pub(super) fn take_hidden(&mut self) -> RoaringBitmap {
        std::mem::take(&mut self.hidden)
    }

    /// Whether a tag is as it was before.
    fn leave(&self, tag: TagId) -> bool {
        !self.records.contains_key(&tag) && !self.hidden.contains(tag.0)
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
            None if self.edits.hidden.contains(tag.0) => None,
            None => self.base.get(tag).map(|node| &node.record),
        }
    }

    /// The number of tags.
    pub(in crate::rules) fn len(&self) -> usize {
        let added = self.edits.iter().filter(|(tag, record)| record.is_some() && self.base.get(**tag).is_none());
        let gone = self.edits.iter().filter(|(tag, record)| record.is_none() && self.base.get(**tag).is_some());
        self.base.len() + added.count() - gone.count() - self.edits.hidden.len() as usize
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
        self.base.child(parent, name).filter(|tag| self.edits.leave(*tag))
    }

    /// The path of a tag in the form that compares.
    pub(in crate::rules) fn key(&self, tag: TagId) -> String {
        if self.edits.is_empty() {
            return self.base.key(tag).map(|key| key.as_ref().to_owned()).unwrap_or_default();
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
        let kept = self.base.children(tag).filter(|child| self.edits.leave(*child));
        let mut children: Vec<TagId> = kept.chain(self.edits.below(Some(tag), "").map(|(_, child)| child)).collect();
        children.sort_unstable();
        children
    }

    /// The tag and all its descendants, parents first.
    pub(in crate::rules) fn subtree(&self, tag: TagId) -> Vec<TagId> {
        let mut found = vec![tag];
        let mut next = 0;
        while let Some(tag) = found.get(next).copied() {
            if self.edits.is_empty() {
                found.extend(self.base.children(tag));
            } else {
                found.extend(self.children(tag));
            }
            next += 1;
        }
        found
    }

    /// The number of levels in the subtree of a tag: 1 for a leaf.
    pub(in crate::rules) fn height(&self, tag: TagId) -> usize {
        if self.edits.is_empty() {
            return self.base.height(tag);
        }
        1 + self.children(tag).into_iter().map(|child| self.height(child)).max().unwrap_or(0)
    }
}

impl TagParents for EditedTags<'_> {
    fn parent(&self, tag: TagId) -> Option<Option<TagId>> {
        self.get(tag).map(|record| record.parent)
    }
}
