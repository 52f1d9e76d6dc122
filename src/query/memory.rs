//! What the parts of an engine take in memory.

use serde::{Deserialize, Serialize};

/// Generates the struct and what has to name every field of it.
macro_rules! memory_use {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $field:ident,)+ }) => {
        $(#[$about])*
        pub struct $name {
            $($(#[$doc])* pub $field: u64,)+
        }

        impl $name {
            /// The names of the structures and their bytes, in the order of the fields.
            ///
            /// ```
            /// let memory = inboxdb::MemoryUse::default();
            /// assert_eq!(memory.structures().next(), Some(("records", 0)));
            /// ```
            pub fn structures(&self) -> impl ExactSizeIterator<Item = (&'static str, u64)> + use<> {
                [$((stringify!($field), self.$field)),+].into_iter()
            }

            /// Both together.
            pub(crate) fn plus(self, other: Self) -> Self {
                Self { $($field: self.$field.saturating_add(other.$field)),+ }
            }

            /// This without what `other` has.
            pub(crate) fn minus(self, other: Self) -> Self {
                Self { $($field: self.$field.saturating_sub(other.$field)),+ }
            }
        }
    };
}

memory_use! {
    /// What the structures of an open engine take in memory, in bytes. From
    /// [`Engine::memory_use`](crate::Engine::memory_use) and in [`EngineStats`](crate::EngineStats).
    ///
    /// All are estimates, made to be within 15 % of the memory that an engine adds to its process, with what the allocator
    /// needs for each allocation. Threads, the program itself, and memory that was freed and not given back to the system
    /// are not among them. `docs/PERFORMANCE.md` has what was measured.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[non_exhaustive]
    MemoryUse {
        /// The record cache: chats and customers read or written recently.
        records,
        /// The index sets that are loaded with their workspace: those of managers, tags and statuses.
        postings,
        /// The index sets that are loaded when they are first read: those of customers, hashtags and custom indexes.
        postings_on_demand,
        /// The order of all chats by activity.
        timeline,
        /// The deadlines of snoozed chats.
        snoozes,
        /// The tag trees.
        tags,
        /// The managers, their names and unread sums.
        managers,
        /// The settings of workspaces, with the selections of bulk actions under way.
        settings,
        /// The ids of the commands of the last day.
        remembered_ids,
        /// The recent notices of managers.
        notices,
        /// What a workspace takes beside the structures above.
        workspaces,
        /// Changes that are not in the state store yet.
        dirty_rows,
        /// The buffers of the journal.
        journal,
        /// The newest changes of watched workspaces, kept for their watchers.
        feed,
        /// The state store: its cache of pages, its table of pages, and its buffers. Estimated from the size of its files
        /// and from what was read and written.
        state_store,
    }
}

impl MemoryUse {
    /// The sum of all structures.
    pub fn total(&self) -> u64 {
        self.structures().map(|(_, bytes)| bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_use_adds_up_and_takes_away_by_structure() {
        let one = MemoryUse { records: 7, feed: 1, ..MemoryUse::default() };
        let other = MemoryUse { records: 3, journal: 5, ..MemoryUse::default() };
        let both = one.plus(other);
        assert_eq!((both.records, both.journal, both.feed, both.total()), (10, 5, 1, 16));
        assert_eq!(both.minus(other), one);
        assert_eq!(one.minus(both), MemoryUse::default());
        let json = serde_json::to_value(both).unwrap();
        assert!(both.structures().all(|(name, bytes)| json[name] == bytes), "{json}");
        assert_eq!(json.as_object().unwrap().len(), both.structures().len());
    }
}
