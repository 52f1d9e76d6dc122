//! The tags of a tree in the order of their paths.

use std::collections::btree_map;
use std::sync::Arc;

use super::TagTree;
use super::children::Children;
use crate::heap;
use crate::model::TagId;

/// All tags, in the order of their keys.
#[derive(Debug, Clone)]
pub(crate) struct Listing {
    pub(crate) tags: Arc<[TagId]>,
    /// Their paths as shown. Each sidebar has this list, too.
    pub(crate) paths: Arc<[Arc<str>]>,
}

impl Listing {
    /// The approximate memory in bytes, without the paths.
    pub(super) fn heap_bytes(&self) -> usize {
        heap::of_arc_slice::<TagId>(self.tags.len()) + heap::of_arc_slice::<Arc<str>>(self.paths.len())
    }
}

/// Siblings on the way through the tree.
struct Level<'t> {
    siblings: std::iter::Peekable<btree_map::Iter<'t, Arc<str>, TagId>>,
    /// Tags that were listed, and those below them not yet. Each begins with the one before it.
    open: Vec<(&'t str, &'t Children)>,
}

impl<'t> Level<'t> {
    fn new(siblings: &'t Children) -> Self {
        Self { siblings: siblings.iter().peekable(), open: Vec::new() }
    }

    /// The tags below one that was listed, if none of its siblings comes before them.
    fn take_below(&mut self) -> Option<&'t Children> {
        let (name, _) = self.open.last()?;
        let next = self.siblings.peek().and_then(|(next, _)| next.strip_prefix(name));
        // `a-b` comes before `a/b`.
        let comes_first = next.is_some_and(|rest| rest.as_bytes() < &b"/"[..]);
        if comes_first { None } else { self.open.pop().map(|(_, below)| below) }
    }
}

impl TagTree {
    /// Lists the tags. Takes some 100 ns for each.
    pub(super) fn list(&self) -> Listing {
        let (mut tags, mut paths) = (Vec::with_capacity(self.len()), Vec::with_capacity(self.len()));
        let mut levels = vec![Level::new(&self.top)];
        while let Some(level) = levels.last_mut() {
            if let Some(below) = level.take_below() {
                levels.push(Level::new(below));
                continue;
            }
            let Some((name, tag)) = level.siblings.next() else {
                levels.pop();
                continue;
            };
            let Some(node) = self.nodes.get(*tag) else { continue };
            let Some(path) = self.path(*tag) else { continue };
            tags.push(*tag);
            paths.push(Arc::clone(path));
            if !node.children.is_empty() {
                level.open.push((name, &node.children));
            }
        }
        Listing { tags: tags.into(), paths: paths.into() }
    }
}
