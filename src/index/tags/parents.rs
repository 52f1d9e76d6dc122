//! The way from a tag up to its root.

use crate::model::TagId;

/// The parents of tags, before or after an edit of the tree.
pub(crate) trait TagParents {
    /// The parent of a tag, `Some(None)` for a root. `None` if there is no such tag.
    fn parent(&self, tag: TagId) -> Option<Option<TagId>>;

    /// The tag and its ancestors, from the tag up to the root.
    fn lineage(&self, tag: TagId) -> Lineage<'_>
    where
        Self: Sized,
    {
        Lineage { tags: self, next: Some(tag) }
    }
}

/// A tag and its ancestors. See [`TagParents::lineage`].
pub(crate) struct Lineage<'t> {
    tags: &'t dyn TagParents,
    next: Option<TagId>,
}

impl<'t> Lineage<'t> {
    pub(crate) fn of(tags: &'t dyn TagParents, tag: TagId) -> Self {
        Self { tags, next: Some(tag) }
    }
}

impl Iterator for Lineage<'_> {
    type Item = TagId;

    fn next(&mut self) -> Option<TagId> {
        let tag = self.next?;
        match self.tags.parent(tag) {
            Some(parent) => {
                self.next = parent;
                Some(tag)
            }
            None => {
                self.next = None;
                None
            }
        }
    }
}
