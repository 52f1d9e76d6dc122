//! How many messages of a chat each manager has not read.

use super::stored::stored_struct;
use crate::model::ManagerId;
use crate::sets::IdSet;

/// The managers with something unread, grouped by how much. Most operators of an unassigned chat have the
/// same number unread, so that a message moves one group instead of a count per manager.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Unread {
    /// Sorted by count; no count is zero, no set empty, no manager in two.
    groups: Vec<(u64, IdSet<ManagerId>)>,
}

stored_struct!(Unread { groups });

impl Unread {
    pub(crate) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// What one manager has not read.
    pub(crate) fn of(&self, manager: ManagerId) -> u64 {
        self.groups.iter().find(|(_, managers)| managers.contains(manager)).map_or(0, |(count, _)| *count)
    }

    /// Every manager with something unread and how much, by count and id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ManagerId, u64)> + '_ {
        self.groups.iter().flat_map(|(count, managers)| managers.iter().map(move |manager| (manager, *count)))
    }

    /// About how many managers it names.
    pub(crate) fn len(&self) -> usize {
        self.groups.iter().map(|(_, managers)| managers.len()).sum()
    }

    /// What these managers have not read, each named once.
    pub(crate) fn from_counts(counts: impl IntoIterator<Item = (ManagerId, u64)>) -> Self {
        let mut unread = Self::default();
        let unread_only = counts.into_iter().filter(|(_, count)| *count > 0);
        unread.regroup(unread_only.map(|(manager, count)| (count, manager)).collect());
        unread
    }

    /// Adds one for each of the recipients.
    pub(crate) fn add_one(&mut self, recipients: &IdSet<ManagerId>) {
        let mut counts: Vec<(u64, ManagerId)> = Vec::with_capacity(self.len() + recipients.len());
        let mut seen = 0;
        for (count, managers) in &self.groups {
            for manager in managers.iter() {
                let received = recipients.contains(manager);
                seen += usize::from(received);
                counts.push((count + u64::from(received), manager));
            }
        }
        if seen < recipients.len() {
            let new = recipients.iter().filter(|manager| self.of(*manager) == 0);
            counts.extend(new.map(|manager| (1, manager)));
        }
        self.regroup(counts);
    }

    /// Nothing unread for this manager any more; says whether there was something.
    pub(crate) fn clear(&mut self, manager: ManagerId) -> bool {
        let before = self.len();
        self.retain(|other| other != manager);
        self.len() < before
    }

    /// Keeps only what these managers have not read.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(ManagerId) -> bool) {
        for (_, managers) in &mut self.groups {
            managers.retain(|manager| keep(*manager));
        }
        self.groups.retain(|(_, managers)| !managers.is_empty());
    }

    fn regroup(&mut self, mut counts: Vec<(u64, ManagerId)>) {
        counts.sort_unstable();
        self.groups = counts
            .chunk_by(|a, b| a.0 == b.0)
            .map(|group| (group[0].0, group.iter().map(|(_, manager)| *manager).collect()))
            .collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ids: &[u64]) -> IdSet<ManagerId> {
        ids.iter().map(|id| ManagerId(*id)).collect()
    }

    fn counts(unread: &Unread) -> Vec<(u64, u64)> {
        unread.iter().map(|(manager, count)| (manager.0, count)).collect()
    }

    #[test]
    fn equal_counts_share_a_group() {
        let mut unread = Unread::default();
        unread.add_one(&set(&[1, 2, 3]));
        unread.add_one(&set(&[2, 3, 4]));
        assert_eq!(counts(&unread), [(1, 1), (4, 1), (2, 2), (3, 2)]);
        assert_eq!(unread.groups.len(), 2);
        assert!(unread.clear(ManagerId(1)));
        assert!(!unread.clear(ManagerId(1)));
        unread.add_one(&set(&[4]));
        assert_eq!(counts(&unread), [(2, 2), (3, 2), (4, 2)]);
        assert_eq!(unread.groups.len(), 1);
        unread.retain(|manager| manager.0 > 4);
        assert!(unread.is_empty());
        assert_eq!(unread.of(ManagerId(2)), 0);
    }
}
