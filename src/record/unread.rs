//! Unread counts of a chat, per manager.

use smallvec::SmallVec;

use super::stored::{DecodeError, Decoder, EncodeError, Encoder, Stored, is_at_end, stored_struct};
use crate::heap;
use crate::model::ManagerId;
use crate::sets::IdSet;

/// The unread messages of a manager in all chats.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct UnreadSum {
    pub(crate) all: u64,
    /// Those in chats that the manager does not follow, and so receives only in operator mode. Versions before 3 did not
    /// tell them apart.
    pub(crate) as_operator: Option<u64>,
}

impl UnreadSum {
    /// A sum whose part as operator is unknown, unless there is nothing.
    pub(crate) fn of_older(all: u64) -> Self {
        Self { all, as_operator: (all == 0).then_some(0) }
    }
}

/// The part as operator came later. It ends the value, and a value of an older version ends before it.
impl Stored for UnreadSum {
    fn put<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.all.put(encoder)?;
        self.as_operator.map_or(Ok(()), |count| count.put(encoder))
    }

    fn take<D: Decoder<Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let all = u64::take(decoder)?;
        if is_at_end(decoder) {
            return Ok(Self::of_older(all));
        }
        Ok(Self { all, as_operator: Some(u64::take(decoder)?) })
    }
}

/// The new unread sums of managers, as a change carries them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NewUnreadSum(pub(crate) ManagerId, pub(crate) UnreadSum);

impl Stored for NewUnreadSum {
    fn put<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        (self.0, self.1.all, self.1.as_operator).put(encoder)
    }

    fn take<D: Decoder<Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let (manager, all, as_operator) = Stored::take(decoder)?;
        Ok(Self(manager, UnreadSum { all, as_operator }))
    }
}

/// Unread counts, with managers grouped by count. Most operators of an unassigned chat have the same count, so a
/// message moves one group instead of many counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Unread {
    /// Sorted by count. No count is zero, no group is empty, and each manager is in one group.
    groups: Vec<(u64, IdSet<ManagerId>)>,
}

stored_struct!(Unread { groups });

impl Unread {
    pub(crate) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The unread count of a manager.
    pub(crate) fn of(&self, manager: ManagerId) -> u64 {
        self.groups.iter().find(|(_, managers)| managers.contains(manager)).map_or(0, |(count, _)| *count)
    }

    /// Every manager with unread messages and the count, ordered by count and id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ManagerId, u64)> + '_ {
        self.groups.iter().flat_map(|(count, managers)| managers.iter().map(move |manager| (manager, *count)))
    }

    /// The approximate memory in bytes, beside the counts themselves.
    pub(crate) fn heap_bytes(&self) -> usize {
        let managers: usize = self.groups.iter().map(|(_, managers)| managers.heap_bytes()).sum();
        heap::of_vec::<(u64, IdSet<ManagerId>)>(self.groups.capacity()) + managers
    }

    /// The approximate number of managers.
    pub(crate) fn len(&self) -> usize {
        self.groups.iter().map(|(_, managers)| managers.len()).sum()
    }

    /// Builds the counts. Each manager must appear once.
    pub(crate) fn from_counts(counts: impl IntoIterator<Item = (ManagerId, u64)>) -> Self {
        let mut unread = Self::default();
        let unread_only = counts.into_iter().filter(|(_, count)| *count > 0);
        unread.regroup(&mut unread_only.map(|(manager, count)| (count, manager)).collect::<Vec<_>>());
        unread
    }

    pub(crate) fn add_one(&mut self, recipients: &IdSet<ManagerId>) {
        let mut counts = SmallVec::<[(u64, ManagerId); 8]>::with_capacity(self.len() + recipients.len());
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
        self.regroup(&mut counts);
    }

    /// Sets the count of a manager.
    pub(crate) fn set(&mut self, manager: ManagerId, count: u64) {
        if self.of(manager) == count {
            return;
        }
        self.clear(manager);
        if count > 0 {
            let all = self.iter().chain([(manager, count)]).map(|(manager, count)| (count, manager));
            self.regroup(&mut all.collect::<Vec<_>>());
        }
    }

    /// Clears the count of a manager. Returns whether there was one.
    pub(crate) fn clear(&mut self, manager: ManagerId) -> bool {
        let before = self.len();
        self.retain(|other| other != manager);
        self.len() < before
    }

    /// Keeps the counts of the selected managers.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(ManagerId) -> bool) {
        for (_, managers) in &mut self.groups {
            managers.retain(|manager| keep(*manager));
        }
        self.groups.retain(|(_, managers)| !managers.is_empty());
    }

    fn regroup(&mut self, counts: &mut [(u64, ManagerId)]) {
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
    fn unread_managers_with_equal_counts_share_a_group() {
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
