//! What both SQL databases have in common: the two variants, and the rows of the data set that are not chats.

use crate::data::{MANAGERS, OPERATORS, TAGS, lineage};

/// How the numbers come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// Each is a COUNT over an index.
    Counted,
    /// Triggers keep each in a row.
    Kept,
}

/// What a row of `counters` counts, beside an id: `kind` in the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// All chats, with id 0.
    All = 0,
    /// Those without an assignee, with id 0.
    Unassigned = 1,
    /// Those of a manager.
    Assignee = 2,
    /// Those of a tag and the tags below it.
    Tag = 3,
}

/// Managers with whether they are in operator mode.
pub fn managers() -> impl Iterator<Item = (u32, bool)> {
    (1..=MANAGERS).map(|manager| (manager, manager <= OPERATORS))
}

/// Pairs of a tag and a tag that it is, or is below of.
pub fn closure() -> impl Iterator<Item = (u32, u32)> {
    (0..TAGS).flat_map(|tag| lineage(tag).map(move |above| (above, tag)))
}

/// Every row of `counters`.
pub fn counters() -> impl Iterator<Item = (Kind, u32)> {
    let managers = (1..=MANAGERS).map(|manager| (Kind::Assignee, manager));
    let tags = (0..TAGS).map(|tag| (Kind::Tag, tag));
    [(Kind::All, 0), (Kind::Unassigned, 0)].into_iter().chain(managers).chain(tags)
}
