//! Updates of the tag tree in place. What they cost depends on how many tags get another path, not on the size of the
//! tree.
//!
//! Only for trees without tags that are found by their spelling: in these, the key of a tag is that of its parent and its
//! own name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{TagNode, TagTree};
use crate::index::TagParents;
use crate::model::{TagId, is_overlong_name, normal_form};
use crate::record::TagRecord;

/// The tree must be built again from the records that its nodes have now and those of the update.
pub(super) struct Rebuild;

/// An update under way.
struct Update<'t> {
    tree: &'t mut TagTree,
    /// Keys that are no longer those of their tags.
    old_keys: Vec<Arc<str>>,
    /// Tags with another path than before.
    moved: Vec<TagId>,
    created: Vec<TagId>,
    /// Tags whose parent is missing, unless they are moved.
    orphans: Vec<TagId>,
}

impl TagTree {
    /// Removes, creates, and then moves and renames tags. A tag without a parent is left out, with those below it.
    pub(super) fn update_in_place(&mut self, tags: &[(TagId, Option<Arc<TagRecord>>)]) -> Result<(), Rebuild> {
        let mut update =
            Update { tree: self, old_keys: Vec::new(), moved: Vec::new(), created: Vec::new(), orphans: Vec::new() };
        update.remove(tags);
        update.create(tags)?;
        for (tag, record) in tags {
            if let Some(record) = record {
                update.place(*tag, record)?;
            }
        }
        update.drop_orphans();
        update.list();
        Ok(())
    }
}

impl Update<'_> {
    fn remove(&mut self, tags: &[(TagId, Option<Arc<TagRecord>>)]) {
        let gone = tags.iter().filter(|(_, record)| record.is_none());
        let removed: Vec<(TagId, TagNode)> = gone.filter_map(|(tag, _)| Some((*tag, self.take(*tag)?))).collect();
        for (tag, node) in &removed {
            self.unlink(*tag, node.record.parent);
        }
        let below = removed.iter().flat_map(|(_, node)| &node.children).copied();
        self.orphans.extend(below.filter(|tag| self.tree.nodes.contains_key(tag)));
    }

    fn take(&mut self, tag: TagId) -> Option<TagNode> {
        let node = self.tree.nodes.remove(&tag)?;
        self.tree.by_key.remove(&node.key);
        self.old_keys.push(Arc::clone(&node.key));
        Some(node)
    }

    fn unlink(&mut self, tag: TagId, parent: Option<TagId>) {
        if let Some(parent) = parent.and_then(|parent| self.tree.nodes.get_mut(&parent)) {
            parent.children.remove(&tag);
        }
    }

    /// Creates tags, a parent before its children, in whatever order they come.
    fn create(&mut self, tags: &[(TagId, Option<Arc<TagRecord>>)]) -> Result<(), Rebuild> {
        let new = |(tag, record): &(TagId, Option<Arc<TagRecord>>)| Some((*tag, record.clone()?));
        let mut waiting: Vec<(TagId, Arc<TagRecord>)> = tags.iter().filter_map(new).collect();
        waiting.retain(|(tag, _)| !self.tree.nodes.contains_key(tag));
        loop {
            let mut later = Vec::new();
            let before = waiting.len();
            for (tag, record) in waiting {
                match self.path_of(&record)? {
                    Some((path, key)) => self.add(tag, record, path, key)?,
                    None => later.push((tag, record)),
                }
            }
            if later.is_empty() || later.len() == before {
                return Ok(());
            }
            waiting = later;
        }
    }

    /// The path and the key of a tag. `None` if its parent is missing.
    fn path_of(&self, record: &TagRecord) -> Result<Option<(String, String)>, Rebuild> {
        if is_overlong_name(&record.name) {
            return Err(Rebuild);
        }
        let name = normal_form(&record.name);
        let Some(parent) = record.parent else { return Ok(Some((record.name.clone(), name.into_owned()))) };
        let Some(parent) = self.tree.nodes.get(&parent) else { return Ok(None) };
        Ok(Some((format!("{}/{}", parent.path, record.name), format!("{}/{name}", parent.key))))
    }

    fn add(&mut self, tag: TagId, record: Arc<TagRecord>, path: String, key: String) -> Result<(), Rebuild> {
        let (path, key) = shared(&path, &key);
        if self.tree.by_key.insert(Arc::clone(&key), tag).is_some() {
            return Err(Rebuild);
        }
        if let Some(parent) = record.parent.and_then(|parent| self.tree.nodes.get_mut(&parent)) {
            parent.children.insert(tag);
        }
        self.tree.nodes.insert(tag, TagNode { record, path, key, children: Default::default() });
        self.created.push(tag);
        Ok(())
    }

    /// Moves and renames a tag to where its record says.
    fn place(&mut self, tag: TagId, record: &Arc<TagRecord>) -> Result<(), Rebuild> {
        let Some(node) = self.tree.nodes.get(&tag) else { return Ok(()) };
        let parent_before = node.record.parent;
        if node.record == *record {
            return Ok(());
        }
        if record.parent.is_some_and(|parent| self.tree.lineage(parent).any(|above| above == tag)) {
            return Err(Rebuild);
        }
        let place = self.path_of(record)?;
        if record.parent != parent_before {
            self.unlink(tag, parent_before);
            if let Some(parent) = record.parent.and_then(|parent| self.tree.nodes.get_mut(&parent)) {
                parent.children.insert(tag);
            }
        }
        if let Some(node) = self.tree.nodes.get_mut(&tag) {
            node.record = Arc::clone(record);
        }
        match place {
            Some((path, key)) => self.rename(tag, &path, &key),
            None => {
                self.orphans.push(tag);
                Ok(())
            }
        }
    }

    /// Gives a tag another path, and those below it.
    fn rename(&mut self, tag: TagId, path: &str, key: &str) -> Result<(), Rebuild> {
        let Some(node) = self.tree.nodes.get(&tag) else { return Ok(()) };
        let (path_before, key_before) = (node.path.len(), node.key.len());
        let (mut new_path, mut new_key) = (path.to_owned(), key.to_owned());
        let mut open = vec![tag];
        while let Some(tag) = open.pop() {
            let Some(node) = self.tree.nodes.get_mut(&tag) else { continue };
            new_path.truncate(path.len());
            new_path.push_str(node.path.get(path_before..).unwrap_or_default());
            new_key.truncate(key.len());
            new_key.push_str(node.key.get(key_before..).unwrap_or_default());
            let (path, key) = shared(&new_path, &new_key);
            node.path = path;
            let old_key = std::mem::replace(&mut node.key, Arc::clone(&key));
            open.extend(&node.children);
            self.tree.by_key.remove(&old_key);
            if self.tree.by_key.insert(key, tag).is_some() {
                return Err(Rebuild);
            }
            self.old_keys.push(old_key);
            self.moved.push(tag);
        }
        Ok(())
    }

    /// Leaves out tags without a parent, with all below them.
    fn drop_orphans(&mut self) {
        let nodes = &self.tree.nodes;
        let parent = |tag: &TagId| nodes.get(tag).and_then(|node| node.record.parent);
        let mut open = std::mem::take(&mut self.orphans);
        open.retain(|tag| parent(tag).is_some_and(|parent| !nodes.contains_key(&parent)));
        while let Some(node) = open.pop().map(|tag| self.take(tag)) {
            open.extend(node.into_iter().flat_map(|node| node.children));
        }
    }

    /// Corrects the list in order.
    fn list(self) {
        /// One tag in so many is worth a pass over the list.
        const WIDE: usize = 16;
        let (nodes, in_order) = (&self.tree.nodes, &mut self.tree.in_order);
        let entry = |tag: TagId| nodes.get(&tag).map(|node| (Arc::clone(&node.key), (tag, Arc::clone(&node.path))));
        if self.old_keys.len() + self.created.len() < in_order.len() / WIDE {
            self.old_keys.iter().for_each(|key| drop(in_order.remove(key)));
            in_order.extend(self.moved.into_iter().chain(self.created).filter_map(entry));
            return;
        }
        let mut new = Vec::with_capacity(self.moved.len() + self.created.len());
        in_order.retain(|key, (tag, _)| {
            let node = nodes.get(tag);
            let stays = node.is_some_and(|node| Arc::ptr_eq(&node.key, key));
            if !stays {
                // In the order of the old keys: those below one that moved keep theirs.
                new.extend(entry(*tag));
            }
            stays
        });
        new.extend(self.created.into_iter().filter_map(entry));
        in_order.append(&mut new.into_iter().collect::<BTreeMap<_, _>>());
    }
}

/// The path and the key, as one if they are equal.
fn shared(path: &str, key: &str) -> (Arc<str>, Arc<str>) {
    let shared: Arc<str> = path.into();
    let key = if path == key { Arc::clone(&shared) } else { key.into() };
    (shared, key)
}
