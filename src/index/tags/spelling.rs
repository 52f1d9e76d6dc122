//! Tags of older versions that can only be found by their exact spelling.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{OWN_KEY, TagTree};
use crate::model::{TagId, TagPath, normal_form};

impl TagTree {
    /// Finds a tag at or below one that is found by its exact spelling. Returns `None` if no such tag is on the path.
    pub(super) fn find_by_spelling(&self, path: &str) -> Option<Option<TagId>> {
        let (mut parent, mut end, mut found) = (None, 0, None);
        for name in path.split('/') {
            let Some(tag) = self.child_as_spelled(parent, name) else { break };
            end += name.len() + usize::from(parent.is_some());
            parent = Some(tag);
            found = Some((end, tag)).filter(|_| self.is_found_by_spelling(tag)).or(found);
        }
        let (end, tag) = found?;
        let Some(below) = path[end..].strip_prefix('/') else { return Some(Some(tag)) };
        let below = TagPath::parse(below).ok();
        Some(below.and_then(|below| self.find_below(Some(tag), below.key())))
    }

    /// Finds the child of a tag, or a root, with exactly this name.
    fn child_as_spelled(&self, parent: Option<TagId>, name: &str) -> Option<TagId> {
        let is_spelled_so = |tag: &TagId| self.get(*tag).is_some_and(|node| node.record.name == name);
        let plain = normal_form(name);
        let own = || self.child(parent, &format!("{plain}{OWN_KEY}{name}"));
        self.child(parent, &plain).filter(is_spelled_so).or_else(|| own().filter(is_spelled_so))
    }

    /// Whether a tag is of an older version and can only be found by its exact spelling.
    pub(crate) fn is_found_by_spelling(&self, tag: TagId) -> bool {
        self.by_spelling.contains(&tag)
    }

    /// The tags whose paths are equal, by their paths as shown. Each group begins with the tag that other spellings
    /// find, and has the others in the order of their creation.
    pub(crate) fn equal(&self) -> Vec<Vec<Arc<str>>> {
        let mut groups: BTreeMap<&str, BTreeSet<TagId>> = BTreeMap::new();
        for tag in &self.by_spelling {
            let Some(node) = self.get(*tag) else { continue };
            let first = node.name.split_once(OWN_KEY).and_then(|(plain, _)| self.child(node.record.parent, plain));
            let Some(first) = first else { continue };
            if let Some(key) = self.key(first) {
                groups.entry(key).or_default().extend([first, *tag]);
            }
        }
        let path = |tag: TagId| self.path(tag).map(Arc::clone);
        groups.into_values().map(|group| group.into_iter().filter_map(path).collect()).collect()
    }
}
