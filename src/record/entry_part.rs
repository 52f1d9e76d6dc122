//! Where a change stands in the log entry that made it.

use super::stored::stored_struct;
use crate::model::Place;

/// Where a change stands in the log: the place of its entry, and how many changes of the entry came before it, in its
/// workspace. The same on every engine that follows the log, unlike the number of the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ChangePlace {
    pub(crate) entry: Place,
    pub(crate) index: u32,
}

impl ChangePlace {
    /// Before the first change of the log.
    pub(crate) const START: Self = Self { entry: EntryPart::NO_PLACE, index: 0 };
}

/// Where a change stands in the log entry that made it. An entry makes one change, or more if snoozes end before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntryPart {
    pub(crate) place: Place,
    /// How many changes of the entry came before, in this workspace.
    pub(crate) number: u32,
    /// Whether the entry is done with this change.
    pub(crate) ends: bool,
}

stored_struct!(EntryPart { place, number, ends });

impl EntryPart {
    /// Stands for no place at all. Places are counted from 1.
    pub(crate) const NO_PLACE: Place = Place(0);

    /// Makes a workspace forget its place.
    pub(crate) const FORGET: Self = Self { place: Self::NO_PLACE, number: 0, ends: true };

    pub(crate) fn place(self) -> ChangePlace {
        ChangePlace { entry: self.place, index: self.number }
    }
}

/// How far a workspace is in the replicated log that the store follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LogPosition {
    /// The newest entry that is done.
    pub(crate) done: Option<Place>,
    /// The newest change of an entry. Stores of before have it only if its entry is not done.
    newest: Option<EntryPart>,
}

stored_struct!(LogPosition { done, newest });

impl LogPosition {
    /// Goes on by a change.
    pub(crate) fn advance(&mut self, part: EntryPart) {
        *self = match part {
            EntryPart { place: EntryPart::NO_PLACE, .. } => Self::default(),
            EntryPart { place, ends: true, .. } => Self { done: Some(place), newest: Some(part) },
            EntryPart { ends: false, .. } => Self { newest: Some(part), ..*self },
        };
    }

    /// The next change of the entry at a place.
    pub(crate) fn next_part(&self, place: Place, ends: bool) -> EntryPart {
        let before = self.newest.filter(|newest| newest.place == place);
        EntryPart { place, number: before.map_or(0, |newest| newest.number + 1), ends }
    }

    /// A change that goes on with what the newest entry has begun.
    pub(crate) fn further_part(&self) -> Option<EntryPart> {
        self.newest.map(|newest| EntryPart { number: newest.number + 1, ..newest })
    }

    /// Where the newest change of an entry stands.
    pub(crate) fn newest(&self) -> ChangePlace {
        match (self.newest, self.done) {
            (Some(newest), _) => newest.place(),
            (None, Some(entry)) => ChangePlace { entry, index: u32::MAX },
            (None, None) => ChangePlace::START,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_is_done_with_its_last_change_and_counts_those_before_a_crash() {
        let mut position = LogPosition::default();
        for (place, ends, number, done) in [
            (3, false, 0, None),
            (3, false, 1, None),
            // After a crash, the entry is applied again from here.
            (3, true, 2, Some(Place(3))),
            (5, false, 0, Some(Place(3))),
            // The entry was not applied again, since another one came instead.
            (6, true, 0, Some(Place(6))),
        ] {
            let part = position.next_part(Place(place), ends);
            assert_eq!(part, EntryPart { place: Place(place), number, ends });
            position.advance(part);
            assert_eq!((position.done, position.newest()), (done, part.place()));
        }
        let further = EntryPart { place: Place(6), number: 1, ends: true };
        assert_eq!(position.further_part(), Some(further));
        position.advance(further);
        assert_eq!((position.done, position.newest()), (Some(Place(6)), further.place()));
        position.advance(EntryPart::FORGET);
        assert_eq!(position, LogPosition::default());
        assert_eq!((position.newest(), position.further_part()), (ChangePlace::START, None));
    }

    #[test]
    fn place_of_before_is_behind_all_changes_of_its_entry() {
        let position = LogPosition { done: Some(Place(6)), newest: None };
        assert_eq!(position.newest(), ChangePlace { entry: Place(6), index: u32::MAX });
        assert_eq!(position.next_part(Place(7), true), EntryPart { place: Place(7), number: 0, ends: true });
    }
}
