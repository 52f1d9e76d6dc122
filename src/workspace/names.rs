//! The names of managers, for finding mentions.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::heap;
use crate::model::{ManagerId, normal_form};
use crate::sets::IdSet;

/// The managers by name, in the form by which mentions are compared.
#[derive(Debug, Default, Clone)]
pub(crate) struct ManagerNames {
    by_name: BTreeMap<String, IdSet<ManagerId>>,
}

/// The form by which mentions are compared. A final sigma is like any other: what follows a name in a text decides which
/// of the two is written.
pub(crate) fn name_form(text: &str) -> String {
    let mut form = normal_form(text).into_owned();
    if form.contains('ς') {
        form = form.replace('ς', "σ");
    }
    form
}

impl ManagerNames {
    pub(crate) fn insert(&mut self, name: &str, manager: ManagerId) {
        if !name.is_empty() {
            self.by_name.entry(name_form(name)).or_default().insert(manager);
        }
    }

    pub(crate) fn remove(&mut self, name: &str, manager: ManagerId) {
        let form = name_form(name);
        if let Some(managers) = self.by_name.get_mut(&form) {
            managers.remove(manager);
            if managers.is_empty() {
                self.by_name.remove(&form);
            }
        }
    }

    /// The approximate memory in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        let entries =
            self.by_name.iter().map(|(name, managers)| heap::of_bytes(name.capacity()) + managers.heap_bytes());
        heap::of_tree::<String, IdSet<ManagerId>>(self.by_name.len()) + entries.sum::<usize>()
    }

    /// The names that a text begins with, the longest first, and who has them. The text is in the form of
    /// [`name_form`].
    pub(crate) fn beginning<'n>(&'n self, text: &'n str) -> impl Iterator<Item = (&'n str, &'n IdSet<ManagerId>)> {
        // What the next name is a beginning of. Each name that is none shortens it to what they have in common, so the
        // steps are at most as many as the characters of the longest name.
        let mut within = Bound::Included(text);
        std::iter::from_fn(move || {
            loop {
                let (Bound::Included(longest) | Bound::Excluded(longest)) = within else { return None };
                let (name, managers) = self.by_name.range::<str, _>((Bound::Unbounded, within)).next_back()?;
                if longest.starts_with(name.as_str()) {
                    within = Bound::Excluded(&longest[..name.len()]);
                    return Some((name.as_str(), managers));
                }
                within = Bound::Included(common_beginning(longest, name));
            }
        })
    }
}

fn common_beginning<'t>(text: &'t str, other: &str) -> &'t str {
    let different = text.char_indices().zip(other.chars()).find(|((_, c), d)| c != d);
    let end = different.map_or(text.len().min(other.len()), |((at, _), _)| at);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &[(u64, &str)], text: &str) -> Vec<(String, Vec<ManagerId>)> {
        let mut all = ManagerNames::default();
        names.iter().for_each(|(id, name)| all.insert(name, ManagerId(*id)));
        let form = name_form(text);
        all.beginning(&form).map(|(name, managers)| (name.to_owned(), managers.to_vec())).collect()
    }

    #[test]
    fn names_that_a_text_begins_with_come_longest_first() {
        let names =
            [(1, "Ada"), (2, "ada lovelace"), (3, "ADA"), (4, "Adb"), (5, "A"), (6, ""), (7, "ad-hoc"), (8, "김")];
        let expected = |list: &[(&str, &[u64])]| -> Vec<(String, Vec<ManagerId>)> {
            list.iter().map(|(name, ids)| ((*name).to_owned(), ids.iter().copied().map(ManagerId).collect())).collect()
        };
        assert_eq!(found(&names, "Ada Lov"), expected(&[("ada", &[1, 3]), ("a", &[5])]));
        assert_eq!(found(&names, "ADA LOVELACE!"), expected(&[("ada lovelace", &[2]), ("ada", &[1, 3]), ("a", &[5])]));
        assert_eq!(found(&names, "adz"), expected(&[("a", &[5])]));
        assert_eq!(found(&names, "김민준"), expected(&[("김", &[8])]));
        assert_eq!(found(&names, ""), []);
        assert_eq!(found(&names, "b"), []);
    }

    #[test]
    fn names_are_forgotten_with_their_last_manager() {
        let mut names = ManagerNames::default();
        names.insert("Ada", ManagerId(1));
        names.insert("ada", ManagerId(2));
        names.remove("ADA", ManagerId(1));
        assert_eq!(names.beginning("ada").count(), 1);
        names.remove("ada", ManagerId(2));
        names.remove("ada", ManagerId(2));
        assert!(names.by_name.is_empty());
    }
}
