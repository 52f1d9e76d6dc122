//! Updates of the tag tree in place. What they cost depends on what gets another path or goes, not on the size of the
//! tree.
//!
//! Only for trees without tags that are found by their spelling: in these, the key of a tag is that of its parent and its
//! own name.

use std::sync::{Arc, OnceLock};

use super::children::Children;
use super::{Discarded, TagNode, TagTree};
use crate::index::TagParents;
use crate::model::{TagId, is_overlong_name, normal_form};
use crate::record::TagRecord;

/// The tree must be built again from the records that its nodes have now and those of the update.
pub(super) struct Rebuild;

/// An update under way.
struct Update<'t> {
    tree: &'t mut TagTree,
    discarded: &'t mut Discarded,
    /// Tags whose parent is missing, unless they are moved.
    orphans: Vec<TagId>,
}

impl TagTree {
    /// Removes, creates, and then moves and renames tags. A tag without a parent is left out, with those below it.
    pub(super) fn update_in_place(
        &mut self,
        tags: &[(TagId, Option<Arc<TagRecord>>)],
        discarded: &mut Discarded,
    ) -> Result<(), Rebuild> {
        let mut update = Update { tree: self, discarded, orphans: Vec::new() };
        update.remove(tags);
        update.create(tags)?;
        for (tag, record) in tags {
            if let Some(record) = record {
                update.place(*tag, record)?;
            }
        }
        update.drop_orphans();
        Ok(())
    }
}

impl Update<'_> {
    fn remove(&mut self, tags: &[(TagId, Option<Arc<TagRecord>>)]) {
        let gone = tags.iter().filter(|(_, record)| record.is_none());
        let removed: Vec<(TagId, Arc<TagNode>)> =
            gone.filter_map(|(tag, _)| Some((*tag, self.tree.nodes.remove(*tag)?))).collect();
        for (_, node) in &removed {
            self.unlink(node.record.parent, &node.name);
        }
        let below = removed.iter().flat_map(|(_, node)| node.children.tags());
        self.orphans.extend(below.filter(|tag| self.tree.nodes.contains(*tag)));
        self.discarded.nodes.extend(removed.into_iter().map(|(_, node)| node));
    }

    fn unlink(&mut self, parent: Option<TagId>, name: &str) {
        if let Some(siblings) = self.tree.siblings_mut(parent) {
            siblings.remove(name);
        }
    }

    /// Creates tags, a parent before its children, in whatever order they come.
    fn create(&mut self, tags: &[(TagId, Option<Arc<TagRecord>>)]) -> Result<(), Rebuild> {
        let new = |(tag, record): &(TagId, Option<Arc<TagRecord>>)| Some((*tag, record.clone()?));
        let mut waiting: Vec<(TagId, Arc<TagRecord>)> = tags.iter().filter_map(new).collect();
        waiting.retain(|(tag, _)| !self.tree.nodes.contains(*tag));
        loop {
            let mut later = Vec::new();
            let before = waiting.len();
            for (tag, record) in waiting {
                if let Some(name) = self.link(tag, &record)? {
                    let node = TagNode { record, name, children: Children::default(), full: OnceLock::new() };
                    self.tree.nodes.insert(tag, node);
                } else {
                    later.push((tag, record));
                }
            }
            if later.is_empty() {
                return Ok(());
            }
            if later.len() == before {
                // Their parents are missing, or they are below themselves.
                return Err(Rebuild);
            }
            waiting = later;
        }
    }

    /// Makes a tag a child of its parent. Returns the name that it has there, or `None` if the parent is missing.
    fn link(&mut self, tag: TagId, record: &TagRecord) -> Result<Option<Arc<str>>, Rebuild> {
        if is_overlong_name(&record.name) {
            return Err(Rebuild);
        }
        let Some(siblings) = self.tree.siblings_mut(record.parent) else { return Ok(None) };
        let name: Arc<str> = normal_form(&record.name).into();
        match siblings.insert(Arc::clone(&name), tag) {
            Some(_) => Err(Rebuild),
            None => Ok(Some(name)),
        }
    }

    /// Moves and renames a tag to where its record says.
    fn place(&mut self, tag: TagId, record: &Arc<TagRecord>) -> Result<(), Rebuild> {
        let Some(node) = self.tree.nodes.get(tag) else { return Ok(()) };
        if node.record == *record {
            return Ok(());
        }
        if record.parent.is_some_and(|parent| self.tree.lineage(parent).any(|above| above == tag)) {
            return Err(Rebuild);
        }
        let (parent_before, name_before) = (node.record.parent, Arc::clone(&node.name));
        self.unlink(parent_before, &name_before);
        self.forget_paths(tag);
        let name = self.link(tag, record)?;
        if name.is_none() {
            self.orphans.push(tag);
        }
        if let Some(node) = self.tree.nodes.get_mut(tag) {
            node.record = Arc::clone(record);
            node.name = name.unwrap_or(name_before);
        }
        Ok(())
    }

    /// Forgets the path of a tag, and of those below it.
    fn forget_paths(&mut self, tag: TagId) {
        let mut open = vec![tag];
        while let Some(tag) = open.pop() {
            let has_path = self.tree.nodes.get(tag).is_some_and(|node| node.full.get().is_some());
            // Without a path there is none below.
            if has_path && let Some(node) = self.tree.nodes.get_mut(tag) {
                self.discarded.paths.extend(node.full.take());
                open.extend(node.children.tags());
            }
        }
    }

    /// Leaves out tags without a parent, with all below them.
    fn drop_orphans(&mut self) {
        for orphan in std::mem::take(&mut self.orphans) {
            let node = self.tree.nodes.get(orphan);
            let Some(parent) = node.and_then(|node| node.record.parent) else { continue };
            if self.tree.nodes.contains(parent) {
                continue;
            }
            let (mut below, mut next) = (vec![orphan], 0);
            while let Some(tag) = below.get(next).copied() {
                below.extend(self.tree.children(tag));
                self.discarded.nodes.extend(self.tree.nodes.remove(tag));
                next += 1;
            }
            self.tree.unswept.add(parent, below);
        }
    }
}
