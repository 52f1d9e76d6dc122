//! Tags that are gone although their records are still there.
//!
//! When a tag with many below it is deleted, only its own record goes at once. The others are out of the tree with it,
//! since their parent is missing, and their records are removed later, a few at a time.

use std::collections::BTreeMap;

use super::TagTree;
use crate::model::TagId;

/// By the tag that is missing: those below it, each behind its parent.
#[derive(Debug, Default, Clone)]
pub(super) struct Unswept(BTreeMap<TagId, Vec<TagId>>);

impl Unswept {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, missing: TagId, below: Vec<TagId>) {
        if !below.is_empty() {
            self.0.entry(missing).or_default().extend(below);
        }
    }

    /// Removes a tag whose record is gone, or which is in the tree again. Returns whether it was here.
    pub(super) fn remove(&mut self, tag: TagId) -> bool {
        // Nearly always the last one of a list: see `TagTree::note_swept`.
        let last = self.0.iter_mut().find(|(_, below)| below.last() == Some(&tag));
        let place = last.map(|(missing, below)| (*missing, below.len() - 1)).or_else(|| {
            let mut all = self.0.iter();
            all.find_map(|(missing, below)| Some((*missing, below.iter().position(|found| *found == tag)?)))
        });
        let Some((missing, place)) = place else { return false };
        if let Some(below) = self.0.get_mut(&missing) {
            below.remove(place);
            if below.is_empty() {
                self.0.remove(&missing);
            }
        }
        true
    }

    pub(super) fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    pub(super) fn into_lists(self) -> impl Iterator<Item = (TagId, Vec<TagId>)> {
        self.0.into_iter()
    }
}

impl TagTree {
    /// The tags that went with one that is missing, and whose records are still there. Each comes behind its parent.
    pub(crate) fn unswept(&self, missing: TagId) -> &[TagId] {
        self.unswept.0.get(&missing).map_or(&[], Vec::as_slice)
    }
}
