//! Mentions of managers in internal messages.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::ManagerId;
use crate::model::limits::MENTIONS_MAX;
use crate::record::ManagerRecord;
use crate::sets::IdSet;

/// Returns the managers mentioned in a text as `@name`. Case does not matter. If several names match, the longest wins.
/// There must be no letter, digit or `_` right before the `@` or after the name. Only the first 64 places are checked.
pub(super) fn mentioned(text: &str, managers: &BTreeMap<ManagerId, Arc<ManagerRecord>>) -> IdSet<ManagerId> {
    if !text.contains('@') {
        return IdSet::default();
    }
    let mut by_name: BTreeMap<String, Vec<ManagerId>> = BTreeMap::new();
    for (id, manager) in managers.iter().filter(|(_, manager)| !manager.name.is_empty()) {
        by_name.entry(manager.name.to_lowercase()).or_default().push(*id);
    }
    let places = text.match_indices('@').filter(|(place, _)| !text[..*place].ends_with(is_name_char));
    let named = places.take(MENTIONS_MAX).filter_map(|(place, at)| longest_name(&text[place + at.len()..], &by_name));
    named.flatten().copied().collect()
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns the managers with the longest name that the text starts with.
fn longest_name<'n>(text: &str, by_name: &'n BTreeMap<String, Vec<ManagerId>>) -> Option<&'n Vec<ManagerId>> {
    let fitting = by_name.iter().filter(|(name, _)| begins_with_name(text, name));
    fitting.max_by_key(|(name, _)| name.chars().count()).map(|(_, managers)| managers)
}

/// Returns whether the text starts with a name, ignoring case, and the name ends there.
fn begins_with_name(text: &str, lower_case_name: &str) -> bool {
    let mut rest = text.chars();
    let mut name = lower_case_name;
    while !name.is_empty() {
        let Some(c) = rest.next() else { return false };
        let mut lower = c.to_lowercase();
        let Some(after) = lower.try_fold(name, |name, c| name.strip_prefix(c)) else { return false };
        name = after;
    }
    !rest.next().is_some_and(is_name_char)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Role;

    #[test]
    fn mentions_match_whole_names_and_the_longest_wins() {
        let names = [(1, "Ada"), (2, "Ada Lovelace"), (3, "ada"), (4, "İz"), (5, ""), (6, "R2_D2")];
        let managers: BTreeMap<ManagerId, Arc<ManagerRecord>> =
            names.map(|(id, name)| (ManagerId(id), Arc::new(ManagerRecord::new(name, Role::Member)))).into();
        for (text, expected) in [
            ("@ada", vec![1, 3]),
            ("hi @ADA LOVELACE, look", vec![2]),
            ("@Ada Love", vec![1, 3]),
            ("@adam @ada_ x@ada 7@ada", vec![]),
            ("(@ada)@r2_d2!", vec![1, 3, 6]),
            ("@@ada", vec![1, 3]),
            ("@İz @", vec![4]),
            ("ada", vec![]),
        ] {
            let found: Vec<u64> = mentioned(text, &managers).iter().map(|id| id.0).collect();
            assert_eq!(found, expected, "{text}");
        }
        let late = format!("{}@ada", "@x ".repeat(MENTIONS_MAX));
        assert!(mentioned(&late, &managers).is_empty());
    }
}
